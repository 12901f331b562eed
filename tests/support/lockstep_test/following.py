"""What any secondary must do behind any primary; the interop tests set the two classes."""

from lockstep_test.case import ServerTest
from lockstep_test.net import WRONG_KEY
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile, compiled, hosts

ZONE = "example.test."


class Following(ServerTest):
    """Tests of a pair; subclasses set PRIMARY and SECONDARY, and whether changes arrive by IXFR."""

    PRIMARY = SECONDARY = None
    INCREMENTAL = True

    def pair(self, records=None, secondary_key=None, **zone):
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE, **({"records": records} if records else {}),
                             **zone)
        self.primary = self.PRIMARY(self, "ns1")
        self.secondary = self.SECONDARY(self, "ns2", **({"key": secondary_key} if secondary_key else {}))
        link(self.primary, self.secondary)
        for server in self.servers:
            server.grant_transfers()  # assert_follows() looks from outside
        self.primary.zones[ZONE] = self.file
        self.secondary.zones[ZONE] = None

    def start_pair(self, **options):
        self.pair(**options)
        self.primary.start()
        self.secondary.start()
        self.assert_follows()

    def change(self, **edit):
        self.file.edit(**edit)
        self.primary.reload(ZONE)

    def assert_follows(self):
        """Both serve the file: its serial, and each of its records, no others."""
        self.primary.wait_serial(ZONE, self.file.serial)
        self.secondary.wait_serial(ZONE, self.file.serial)
        wanted = compiled(self.file.path, ZONE)
        for server in (self.primary, self.secondary):
            self.assert_same_lines(wanted, server.axfr(ZONE), f"the file, and what {server.name} serves")

    def assert_last_transfer(self, kind):
        self.assertEqual(self.secondary.last_transfer_kind(ZONE), kind)

    def test_a_zone_arrives_by_axfr(self):
        self.start_pair()
        self.assert_last_transfer("AXFR")

    def test_a_zone_of_many_messages_arrives_by_axfr(self):
        self.start_pair(records=hosts(10000))
        self.assert_last_transfer("AXFR")

    def test_changes_arrive(self):
        self.start_pair()
        for edit in ({"add": 'new IN TXT "one more"'}, {"replace": ("192.0.2.80", "192.0.2.81")},
                     {"replace": ("www     IN CNAME web\n", "")}, {"serial": 1000, "add": "new IN A 192.0.2.99"}):
            with self.subTest(edit=edit):
                self.change(**edit)
                self.assert_follows()
                self.assert_last_transfer("IXFR" if self.INCREMENTAL else "AXFR")

    def test_a_serial_that_wraps_arrives(self):
        self.start_pair(serial=4294967295)
        self.change(serial=0, add='wrapped IN TXT "RFC 1982"')
        self.assert_follows()

    def test_a_secondary_that_was_away_catches_up(self):
        self.start_pair()
        self.secondary.stop()
        for number in range(3):
            self.change(add=f"away{number} IN A 192.0.2.{number}")
            self.primary.wait_serial(ZONE, self.file.serial)
        self.secondary.start()
        self.nudge()
        self.assert_follows()

    def nudge(self):
        """For pairs that do not find out by themselves that the secondary is back."""

    def test_a_secondary_with_another_secret_gets_nothing(self):
        self.pair(secondary_key=WRONG_KEY)
        self.primary.start()
        self.secondary.start()
        wait_until("the secondary tells of the failure", lambda: self.secondary.transfer_failed(ZONE))
        self.assertIsNone(self.secondary.serial(ZONE))
