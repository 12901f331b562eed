"""A zone that holds every vector of every type: through each peer and back unchanged, and as others print it."""

import pathlib
import subprocess
import unittest

import dns.rdatatype

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.peers import Bind, Knot, Nsd
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile, canonical, compiled

ZONE = "example."  # the origin of the vectors
DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "rdata"
# Not a name in ldns; a quote that it writes without its backslash; mnemonics that it does not know in a bitmap; a
# gateway of 255 octets.
MISREAD_BY_LDNS = ("NSAP-PTR ", r"NS a\.b\@c", "NSEC next URI CAA WALLET", "IPSECKEY 0 3 1 aaa")


def vectors(file, maker):
    """`TYPE words` of what `maker` takes."""
    lines = (line.split("\t") for line in (DATA / file).read_text().splitlines())
    return [f"{fields[1]} {fields[2]}" for fields in lines if fields[0] == maker]


def records(without=(), of=None):
    """The vectors, each at an owner of its own, but for an SOA and for what begins as one of `without` does."""
    wanted = [vector for vector in of or vectors("vectors.txt", "ok") if not vector.startswith(("SOA ", *without))]
    lines = [f"{vector.split(' ')[0].lower()}{number} IN {vector}" for number, vector in enumerate(wanted)]
    return "\n".join(["@ IN NS ns1", "ns1 IN A 192.0.2.1", *lines]) + "\n"


class EveryType(ServerTest):
    def serve(self, without=(), of=None):
        self.file = ZoneFile(self.directory / "example.zone", ZONE, records(without, of))
        self.primary = LockstepPrimary(self, "ns1")
        self.primary.zones[ZONE] = self.file

    def dumped(self):
        """The file as we load and print it."""
        return self.primary.run("checkzone", "--dump", ZONE, self.file.path).stdout

    def assert_unchanged_through(self, peer, without=()):
        self.serve(without)
        between = peer(self, "ns2")
        far = LockstepSecondary(self, "ns3")
        for primary, secondary in ((self.primary, between), (between, far)):
            secondary.zones[ZONE] = None
            link(primary, secondary)
        for server in self.servers:
            server.start()
        far.wait_serial(ZONE, self.file.serial)
        dump = self.primary.dump(ZONE)
        self.assertEqual(len(dump.splitlines()), len(records(without).splitlines()) + 1)
        self.assert_same_lines(dump.splitlines(), far.dump(ZONE).splitlines(), f"before {peer.__name__}, and behind it")

    def test_every_type_that_others_know_is_among_them(self):
        listed = subprocess.run(["named-rrchecker", "-T"], capture_output=True, text=True, check=True).stdout.split()
        known = {*listed, *(rdtype.name.replace("_", "-") for rdtype in dns.rdatatype.RdataType
                            if rdtype and not dns.rdatatype.is_metatype(rdtype) and rdtype != dns.rdatatype.OPT)}
        self.assertGreater(len(known), 85)
        self.assertEqual(known - {vector.split(" ")[0] for vector in vectors("vectors.txt", "ok")}, set())

    def test_through_bind_and_back(self):
        self.assert_unchanged_through(Bind)

    def test_through_knot_and_back(self):
        # Knot takes no NULL of no octets and no LOC of another version (RFC 1876 §2), and serves a signature with the
        # TTL that is signed in it.
        self.assert_unchanged_through(Knot, without=(r"NULL \# 0", r"LOC \# 1 01", "RRSIG "))

    def test_through_nsd_and_back(self):
        self.assert_unchanged_through(Nsd)

    def test_printed_as_bind_prints_it(self):
        # BIND transfers MD and MF, but takes them from no file; and two types' texts have TYPEnnn as a bare number.
        self.serve(without=("MD ", "MF ", "NXT next TYPE127", "SIG 65279"))
        self.assert_same_lines(compiled(self.file.path, ZONE), canonical(self.dumped()), "named-compilezone, and dump")

    def test_read_by_ldns(self):
        taken = [vector for vector in vectors("others.txt", "ldns") if r" \# " not in vector]
        self.serve(of=taken, without=MISREAD_BY_LDNS)
        before = self.dumped()
        self.assertGreater(len(before.splitlines()), 250)
        read = subprocess.run(["ldns-read-zone"], input=before, capture_output=True, text=True, check=False)
        self.assertEqual(read.returncode, 0, read.stderr)
        self.file.write(read.stdout)
        self.assert_same_lines(before.splitlines(), self.dumped().splitlines(), "our dump, and what ldns makes of it")


if __name__ == "__main__":
    unittest.main()
