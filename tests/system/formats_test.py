"""State files of a format that this version does not know: row 48 of FAULTS.md section 2."""

import time
import unittest

from lockstep_test import state
from lockstep_test.control import ask, dump
from lockstep_test.figures import note
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.process import wait_until

BLOB_VERSION = 2  # its place: "LS", version, kind, checksum


def newer_blobs(table, column):
    """As a version would write them that puts another version octet into each blob of `table`."""
    def change(database):
        rows = database.execute(f"SELECT rowid, {column} FROM {table}" if table == "zones" else
                                f"SELECT zone, {column} FROM {table}").fetchall()
        assert rows and all(blob[:2] == b"LS" for _, blob in rows), f"{table} holds {len(rows)} blobs"
        for _, blob in rows:
            newer = blob[:BLOB_VERSION] + bytes([blob[BLOB_VERSION] + 1]) + blob[BLOB_VERSION + 1:]
            database.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (newer, blob))
    return change


def pragma(text):
    return lambda database: database.execute(f"PRAGMA {text}")


FORMATS = {
    "a newer file": pragma("user_version = 2"),
    "an older file": pragma("user_version = 0"),
    "newer rows": newer_blobs("zones", "state"),
    "newer bases": newer_blobs("bases", "records"),
    "newer changes": newer_blobs("deltas", "changes"),
}


class Formats(PairTest):
    def set_aside(self, server):
        return [name for name in state.quarantined(server) if not name.endswith("-wal")]

    def test_an_unknown_format_is_set_aside_and_the_zone_had_anew(self):
        self.start()
        for server in self.servers[:2]:
            for what, change in FORMATS.items():
                with self.subTest(server=server.name, format=what):
                    # The state holds a base and a change, and the file has the serial that is served.
                    ask(self.primary, "bump", ZONE)
                    self.file.serial = self.file.serial_in_file()
                    ask(self.primary, "wait", ZONE, timeout_seconds=20)
                    wanted = dump(self.primary, ZONE)
                    before = len(self.set_aside(server))
                    server.stop()
                    with state.opened(server, "rw") as database:
                        change(database)
                    spoilt = (server.state_directory / "state.db").read_bytes()
                    logged = len(server.log())
                    started = time.monotonic()
                    server.process.start()
                    server.wait_serial(ZONE, self.file.serial)
                    taken = time.monotonic() - started
                    self.assertEqual(dump(server, ZONE), wanted)
                    # It is all there still, for the version that knows it, and one line tells where.
                    names = self.set_aside(server)
                    self.assertEqual(len(names), before + 1)
                    self.assertIn(spoilt, [(server.state_directory / name).read_bytes() for name in names])
                    said = [line for line in server.log()[logged:].splitlines() if " set aside as " in line]
                    self.assertEqual(len(said), 1, said)
            server.crash()  # and the next start finds nothing odd
            server.wait_serial(ZONE, self.file.serial)
            self.assertEqual(len(self.set_aside(server)), len(FORMATS))
        ask(self.primary, "bump", ZONE)
        ask(self.primary, "wait", ZONE, timeout_seconds=20)
        note("48", "unknown format of the state file", L2=0, L3=0, L4=0, L5=taken, more=f"{len(FORMATS)} formats on either role")

    def test_a_serial_that_only_the_state_knew_does_not_come_again(self):
        """Policy auto serves serials that stand in no file. Without its state the primary must not fall back behind them:
        its secondaries would follow it no more."""
        self.start()
        for number in range(3):
            self.file.edit(serial=1, add=f"new{number} IN A 192.0.2.1")
            ask(self.primary, "reload", ZONE)
        self.assert_all_serve(4)
        self.primary.stop()
        with state.opened(self.primary, "rw") as database:
            FORMATS["a newer file"](database)
        self.primary.process.start()
        wait_until("the primary serves again", lambda: self.primary.serial(ZONE, timeout=0.5) is not None)
        self.file.edit(serial=1, add="after IN A 192.0.2.1")
        ask(self.primary, "reload", ZONE)
        wait_until("the primary has gone beyond its secondaries", lambda: self.primary.serial(ZONE, timeout=0.5) > 4)
        ask(self.primary, "wait", ZONE, timeout_seconds=10)
        for server in self.servers:
            self.assertIn(f"after.{ZONE} ", dump(server, ZONE))
        note("48", "unknown format, serials by policy", L3=0, L4=0)


if __name__ == "__main__":
    unittest.main()
