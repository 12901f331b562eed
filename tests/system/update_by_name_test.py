"""nsupdate that is told neither zone nor server: it asks its resolver, and sends to the MNAME at port 53 (RFC 2136 section 4)."""

import subprocess

from lockstep_test import netns, query
from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.pair import ZONE
from lockstep_test.server import find_program, link
from lockstep_test.updates import OTHER_KEY, UPDATE_KEY, UpdatablePrimary
from lockstep_test.zones import ZoneFile

# nsupdate knows no other place for its resolver's address.
WITH_RESOLVER = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'


class ByName(netns.NetworkTest):
    def setUp(self):
        super().setUp()
        self.primary = self.network.place(UpdatablePrimary(self, "ns1"))
        self.secondary = self.network.place(LockstepSecondary(self, "ns2"))
        self.file = ZoneFile(self.directory / "zone", ZONE, f"@ IN NS ns1\nns1 IN A {self.primary.host.address}\n")
        self.primary.zones[ZONE], self.secondary.zones[ZONE] = self.file, None
        link(self.primary, self.secondary)
        for server in self.servers:
            server.start()
        self.secondary.wait_serial(ZONE, self.file.serial)

    def nsupdate(self, *options, text):
        resolver = self.directory / "resolv.conf"
        resolver.write_text(f"nameserver {self.secondary.host.address}\n")
        return subprocess.run(["unshare", "--mount", "sh", "-c", WITH_RESOLVER, "sh", resolver, find_program("nsupdate"), *options],
                              input=text, capture_output=True, text=True, timeout=60)

    def addresses(self, name):
        answer = query.ask(self.primary.endpoint, f"{name}.{ZONE}", "A")
        return sorted(str(rdata) for rrset in answer.answer for rdata in rrset)

    def test_nsupdate_finds_zone_and_primary_by_the_secondary_alone(self):
        key = f"{UPDATE_KEY.algorithm}:{UPDATE_KEY.name}:{UPDATE_KEY.secret}"
        for number, options in enumerate(([], ["-v"])):
            done = self.nsupdate("-y", key, *options, text=f"update add deep.down.n{number}.{ZONE} 60 A 192.0.2.{number}\nsend\n")
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
            self.assertEqual(self.addresses(f"deep.down.n{number}"), [f"192.0.2.{number}"])
        self.secondary.wait_serial(ZONE, self.file.serial + 2)

    def test_who_may_not_update_is_told_so(self):
        key = f"{OTHER_KEY.algorithm}:{OTHER_KEY.name}:{OTHER_KEY.secret}"
        done = self.nsupdate("-y", key, text=f"update add n.{ZONE} 60 A 192.0.2.1\nsend\n")
        self.assertEqual((done.returncode, done.stderr.strip()), (2, "update failed: REFUSED"))
        self.assertEqual(self.addresses("n"), [])


if __name__ == "__main__":
    netns.main()
