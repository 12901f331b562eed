"""A primary and two secondaries with TSIG: changes arrive, strangers are refused, bad input changes nothing."""

import json
import os
import random
import signal
import socket
import time
import unittest

import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode

from lockstep_test import query
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import FOREIGN_KEY, KEY, WRONG_KEY
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.process import wait_until
from lockstep_test.zones import ZoneFile, canonical, compiled


class Changes(PairTest):
    def test_a_bump_reaches_both_secondaries(self):
        self.start()
        before = self.file.path.read_text()
        serial = self.bump()
        self.assertEqual(serial, 2)
        self.assertEqual(self.file.path.read_text(), before.replace("hostmaster 1 ", "hostmaster 2 "),
                         "bump changed more than the serial's digits")
        self.primary.verb("wait", ZONE, "--serial", serial, "--timeout", 20)
        for server in self.servers:
            self.assertEqual(server.serial(ZONE), serial)
        wait_until("the primary sees both in sync", lambda: [
            s["state"] for s in self.primary.status(ZONE)["secondaries"]] == ["in-sync", "in-sync"])

    def test_bump_takes_the_serial_it_is_given(self):
        self.start()
        self.primary.verb("bump", ZONE, "--serial", 4711)
        self.assert_all_serve(4711)
        self.primary.verb("bump", ZONE, "--serial", 4711, expect=1)
        self.assert_all_serve(4711)

    def test_an_edited_file_arrives_by_ixfr_and_is_served_as_written(self):
        self.start()
        serial = self.file.edit(add='new IN TXT "one more"', replace=("192.0.2.80", "192.0.2.81"))
        self.primary.reload(ZONE)
        dump = self.assert_all_serve(serial)
        self.assert_same_lines(compiled(self.file.path, ZONE), canonical(dump), "the file, and what is served")
        for secondary in self.secondaries:
            self.assertEqual(secondary.last_transfer_kind(ZONE), "IXFR")

    def test_an_ixfr_tells_the_changes_and_no_more(self):
        self.start()
        for number in range(3):
            self.file.edit(add=f"new{number} IN A 192.0.2.{number}")
            self.primary.reload(ZONE)
        answer = query.transfer(self.primary.endpoint, ZONE, "IXFR", since=1)
        self.assertGreaterEqual(query.deltas(answer), 1)
        told = sorted(line.split()[0] for line in answer if " SOA " not in " ".join(line.split()))
        self.assertEqual(told, [f"new{number}.{ZONE}" for number in range(3)])
        self.assertIsNone(query.deltas(query.transfer(self.primary.endpoint, ZONE, "IXFR", since=self.file.serial)))

    def test_sighup_is_a_reload(self):
        self.start()
        serial = self.file.edit(add="new IN A 192.0.2.7")
        os.kill(self.primary.process.pid, signal.SIGHUP)
        self.assert_all_serve(serial)

    def test_a_secondary_that_was_away_catches_up(self):
        self.start()
        self.secondaries[0].stop()
        serial = self.file.edit(add="away IN A 192.0.2.7")
        self.primary.reload(ZONE)
        self.secondaries[0].start()
        self.assert_all_serve(serial)

    def test_secondaries_serve_what_they_stored_while_the_primary_is_away(self):
        self.start()
        dump = self.primary.dump(ZONE)
        for server in self.servers:
            server.stop()
        for secondary in self.secondaries:
            secondary.start()
            secondary.wait_serial(ZONE, self.file.serial)
            self.assertEqual(secondary.dump(ZONE), dump)
        serial = self.file.edit(add="back IN A 192.0.2.7")
        self.primary.start()
        self.assert_all_serve(serial)

    def test_retransfer_takes_the_zone_whole(self):
        self.start()
        self.bump()
        secondary = self.secondaries[0]
        self.assert_all_serve(self.file.serial)
        self.assertEqual(secondary.last_transfer_kind(ZONE), "IXFR")
        secondary.verb("retransfer", ZONE)
        self.assertEqual(secondary.last_transfer_kind(ZONE), "AXFR")
        self.assert_all_serve(self.file.serial)


class Authentication(PairTest):
    def test_transfers_want_the_right_key(self):
        self.start()
        for server in self.servers[:2]:
            for kind in ("AXFR", "IXFR"):
                with self.subTest(server=server.name, kind=kind):
                    # Only the primary's secondaries are configured; a secondary without any grants nothing.
                    refusal = query.refusal(server.endpoint, ZONE, kind, key=KEY)
                    (self.assertIsNone if server is self.primary else self.assertIsNotNone)(refusal)
                    for key in (None, WRONG_KEY, FOREIGN_KEY):
                        self.assertIsNotNone(query.refusal(server.endpoint, ZONE, kind, key=key), key)

    def test_a_secondary_with_another_secret_gets_nothing_and_says_why(self):
        stranger = LockstepSecondary(self, "stranger", key=WRONG_KEY)
        stranger.zones[ZONE] = None
        stranger.primaries.append(self.primary)
        self.primary.start()
        stranger.start()
        error = wait_until("the secondary tells of the failure", lambda: stranger.status(ZONE)["last_error"])
        self.assertEqual(error["stage"], "tsig")
        self.assertTrue(error["remedy"])
        self.assertIsNone(stranger.serial(ZONE))

    def test_a_notify_without_the_key_is_refused(self):
        self.start()
        notify = dns.message.make_query(ZONE, "SOA")
        notify.flags = dns.opcode.to_flags(dns.opcode.NOTIFY) | dns.flags.AA
        secondary = self.secondaries[0].endpoint
        answer = dns.query.udp(notify, secondary.address, 5, secondary.port)
        self.assertIn(answer.rcode(), (dns.rcode.REFUSED, dns.rcode.NOTAUTH))


class BadInput(PairTest):
    def assert_unchanged(self, dump, serial=1):
        for server in self.servers:
            self.assertEqual(server.serial(ZONE), serial)
            self.assertEqual(server.dump(ZONE), dump)

    def test_a_broken_zone_file_at_reload_changes_nothing(self):
        self.start()
        dump = self.primary.dump(ZONE)
        self.file.serial = 2
        self.file.write(self.file.text() + "bad IN A 300.1.2.3\nworse IN MX mail\n")
        done = self.primary.reload(ZONE, expect=1)
        lines = self.file.text().count("\n")
        for line in (lines + 1, lines + 2):
            self.assertRegex(done.stderr, rf"example\.test\.zone:{line}:\d+: ")
        self.assert_unchanged(dump)
        self.assertIsNotNone(self.primary.status(ZONE)["error"])
        self.file.write()
        self.primary.reload(ZONE)
        self.assert_all_serve(2)
        self.assertIsNone(self.primary.status(ZONE)["error"])

    def test_a_broken_configuration_at_reload_changes_nothing(self):
        self.start()
        dump = self.primary.dump(ZONE)
        self.file.edit(add="new IN A 192.0.2.7")
        for server in self.servers:
            good = server.config_path.read_text()
            server.write_configuration(good.replace('"listen"', '"listn"'))
            # The daemon is found by its socket: its configuration file is what is broken.
            done = server.run("reload", "--socket", server.directory / "control")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stderr, rf"{server.ROLE}\.json:\d+:\d+: .*listn")
            server.write_configuration(good)
        self.assert_unchanged(dump)

    def test_zones_come_and_go_by_reload(self):
        self.start()
        new = "new.test."
        secondary = self.secondaries[0]
        self.primary.zones[new] = ZoneFile(self.directory / "new.test.zone", new)
        secondary.zones[new] = None
        for server in (self.primary, secondary):
            server.configure()
            server.verb("reload")
            # It is served when reload returns, not some time later.
            self.assertEqual(server.dump(new), self.primary.dump(new))
        del self.primary.zones[new]
        del secondary.zones[new]
        for server in (self.primary, secondary):
            server.configure()
            server.verb("reload")
            self.assertIn(new, server.verb("dump", new, expect=1).stderr)
            self.assertNotIn(new, server.verb("zones").stdout)
        self.assert_all_serve(self.file.serial)

    def test_a_zone_that_no_primary_has_fails_the_reload_and_nothing_else(self):
        self.start()
        secondary = self.secondaries[0]
        secondary.zones["none.test."] = None
        secondary.configure()
        said = secondary.verb("reload", expect=1).stderr
        self.assertRegex(said, r"none\.test\.: ns1: .*NOTAUTH")
        self.assertEqual(secondary.status("none.test.")["state"], "empty")
        self.assert_all_serve(self.bump())

    def test_every_error_of_a_configuration_is_told_at_start(self):
        configuration = self.primary.configuration()
        configuration["server"]["listen"] = ["127.0.0.1:70000"]
        configuration["sever"] = {}
        configuration["zones"][0]["serial_policy"] = "sometimes"
        configuration["keys"][0]["secret"] = 7
        self.primary.write_configuration(configuration)
        said = self.primary.refused_start()
        for pointer in ("/server/listen/0", "/sever", "/zones/0/serial_policy", "/keys/0/secret"):
            self.assertIn(pointer, said)
        done = self.primary.verb("check", expect=1)
        self.assertIn("/zones/0/serial_policy", done.stdout + done.stderr)

    def test_every_error_of_the_zone_files_is_told_at_start(self):
        other = ZoneFile(self.directory / "other.test.zone", "other.test.")
        self.primary.zones["other.test."] = other
        self.file.write(self.file.text() + "bad IN A 300.1.2.3\n")
        other.write(other.text() + "bad IN AAAA ::1::2\nworse IN MX mail\n")
        self.primary.configure()
        said = self.primary.refused_start()
        lines = self.file.text().count("\n")
        for place in (f"example.test.zone:{lines + 1}:", f"other.test.zone:{lines + 1}:",
                      f"other.test.zone:{lines + 2}:"):
            self.assertIn(place, said)
        self.primary.verb("check", expect=1)

    def test_a_port_in_use_is_refused_at_start(self):
        for server in (self.primary, self.secondaries[0]):
            with self.subTest(server=server.name):
                holders = query.port_in_use(server.endpoint)
                server.configure()
                said = server.refused_start()
                self.assertIn(str(server.endpoint), said)
                for holder in holders:
                    holder.close()

    def test_an_unusable_state_directory_is_refused_at_start(self):
        for server in (self.primary, self.secondaries[0]):
            with self.subTest(server=server.name):
                server.state_directory.write_text("a file stands where the folder should be")
                server.write_configuration(server.configuration())
                self.assertIn(str(server.state_directory.name), server.refused_start())
                if os.geteuid() != 0:  # to root everything is writable
                    server.state_directory.unlink()
                    server.state_directory.mkdir(mode=0o500)
                    self.assertIn(str(server.state_directory.name), server.refused_start())

    def test_two_daemons_on_one_state_directory_are_one_too_many(self):
        self.start()
        for server, kind in ((self.primary, LockstepPrimary), (self.secondaries[0], LockstepSecondary)):
            second = kind(self, f"{server.name}-again")
            second.zones = server.zones
            second.primaries = server.primaries
            second.settings = {"state_directory": str(server.state_directory)}
            second.configure()
            second.refused_start()
        self.assert_all_serve(self.file.serial)

    def test_nonsense_from_the_network_stops_nothing(self):
        self.start()
        dice = random.Random(2)
        question = dns.message.make_query(ZONE, "SOA", use_edns=0).to_wire()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for number in range(2000):
                packet = bytearray(question if number % 2 else dice.randbytes(dice.randrange(0, 600)))
                for _ in range(dice.randrange(1, 6)):
                    if packet:
                        packet[dice.randrange(len(packet))] = dice.randrange(256)
                for server in self.servers[:2]:
                    udp.sendto(packet, (server.endpoint.address, server.endpoint.port))
        for server in self.servers[:2]:
            for number in range(50):
                with socket.create_connection((server.endpoint.address, server.endpoint.port), 5) as tcp:
                    packet = dice.randbytes(dice.randrange(0, 600))
                    tcp.sendall(len(packet).to_bytes(2) + packet if number % 2 else packet)
        self.assert_all_serve(self.file.serial)


class State(PairTest):
    def spoil(self, server, old, new):
        """Replaces octets in all state files of a stopped server; how often."""
        count = 0
        for path in server.state_directory.iterdir():
            if path.is_file():
                content = path.read_bytes()
                count += content.count(old)
                path.write_bytes(content.replace(old, new))
        return count

    def assert_recovers(self, server):
        server.start()
        self.assertTrue(wait_until("the bad state file is set aside",
                                   lambda: list(server.state_directory.glob("*.bad-*"))))
        self.assert_all_serve(self.file.serial)

    def test_a_flipped_octet_is_found_and_set_aside(self):
        self.start()
        for server in self.servers[:2]:
            with self.subTest(server=server.name):
                server.stop()
                self.assertGreater(self.spoil(server, b"v=spf1", b"v=spf2"), 0, "the state holds no such text")
                self.assert_recovers(server)

    def test_a_state_file_that_is_no_database_is_set_aside(self):
        self.start()
        for server in self.servers[:2]:
            with self.subTest(server=server.name):
                server.stop()
                self.assertGreater(self.spoil(server, b"SQLite format 3", b"nothing like it"), 0)
                self.assert_recovers(server)


if __name__ == "__main__":
    unittest.main()
