"""The test case that owns a folder and its servers."""

import os
import pathlib
import sys
import tempfile
import unittest

from lockstep_test.process import SANITIZER_REPORT

LOG_LINES = 60  # of each server, shown when a test fails


class ServerTest(unittest.TestCase):
    """Gives each test a `directory` and stops its `servers` afterwards. A sanitizer's report in any log fails the test;
    of a failed test the logs' ends are shown. LOCKSTEP_KEEP=1 leaves the folder."""

    prefix = ()  # of the servers' command lines

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        self.servers = []
        # A short path: control sockets live in it, and their addresses hold 107 octets.
        with tempfile.TemporaryDirectory(prefix="lockstep-", ignore_cleanup_errors=True) as folder:
            self.directory = pathlib.Path(folder)
            before = len(result.failures) + len(result.errors)
            super().run(result)
            if len(result.failures) + len(result.errors) > before:
                for server in self.servers:
                    tail = server.log().splitlines()[-LOG_LINES:]
                    print(f"--- log of {server.name}", *tail, sep="\n", file=sys.stderr)
            if os.environ.get("LOCKSTEP_KEEP") == "1":
                kept = pathlib.Path(tempfile.mkdtemp(prefix="lockstep-kept-"))
                self.directory.rename(kept / "test")
                print(f"{self.id()} is kept in {kept}", file=sys.stderr)
                self.directory.mkdir()
        return result

    def setUp(self):
        self.addCleanup(self._check_logs)
        self.addCleanup(self._stop_servers)

    def _stop_servers(self):
        wrong = []
        for server in self.servers:
            if server.process.child is not None:
                try:
                    server.check_stopped(server.stop())
                except AssertionError as error:
                    wrong.append(str(error))
        self.assertEqual(wrong, [])

    def _check_logs(self):
        for server in self.servers:
            found = SANITIZER_REPORT.search(server.log())
            self.assertIsNone(found, f"{server.name}: a sanitizer reports; see its log")

    def assert_same_lines(self, left, right, text):
        """Two lists of lines are equal; else the first differences are shown, not the lists."""
        if left != right:
            gone, come = sorted(set(left) - set(right)), sorted(set(right) - set(left))
            self.fail(f"{text}: {len(gone)} lines only on the left {gone[:5]}, {len(come)} only on the right {come[:5]}")
