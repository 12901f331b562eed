"""The root zone's eight real versions: file → primary → two secondaries → one behind a secondary, step by step by IXFR."""

import os
import pathlib
import tarfile
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile, canonical, compiled

DATA = pathlib.Path(os.environ.get("LOCKSTEP_ROOT_ZONE") or
                    pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "root-zone")


@unittest.skipUnless((DATA / "versions.tar.xz").exists(), f"the root zone's versions are not in {DATA}")
class RootZone(ServerTest):
    def setUp(self):
        super().setUp()
        with tarfile.open(DATA / "versions.tar.xz") as archive:
            archive.extractall(self.directory / "versions")
        self.versions = sorted((self.directory / "versions").glob("*.zone"))
        self.file = ZoneFile(self.directory / "root.zone", ".")
        self.put(self.versions[0])
        self.primary = LockstepPrimary(self, "ns1")
        self.primary.zones["."] = self.file
        near = [LockstepSecondary(self, name) for name in ("ns2", "ns3")]
        far = LockstepSecondary(self, "ns4")
        for secondary, primary in ((near[0], self.primary), (near[1], self.primary), (far, near[0])):
            secondary.zones["."] = None
            link(primary, secondary)
        self.followers = [*near, far]

    def put(self, version):
        self.file.write(version.read_text())
        self.file.serial = int(version.stem)

    def assert_identical(self):
        dumps = {}
        for server in self.servers:
            server.wait_serial(".", self.file.serial)
            dumps[server.name] = server.dump(".")
        for name, dump in dumps.items():
            self.assertEqual(hash(dump), hash(dumps["ns1"]), f"the dumps of ns1 and {name} differ at {self.file.serial}")
        self.assert_same_lines(compiled(self.file.path, "."), canonical(dumps["ns1"]),
                               f"named-compilezone of {self.file.serial}, and dump")

    def test_every_version_arrives_everywhere_by_ixfr(self):
        self.assertEqual(len(self.versions), 8)
        for server in self.servers:
            server.start()
        self.assert_identical()
        for follower in self.followers:
            self.assertEqual(follower.last_transfer_kind("."), "AXFR")
        for version in self.versions[1:]:
            self.put(version)
            self.primary.reload(".")
            self.assert_identical()
            for follower in self.followers:
                self.assertEqual(follower.last_transfer_kind("."), "IXFR", f"{follower.name} at {self.file.serial}")


if __name__ == "__main__":
    unittest.main()
