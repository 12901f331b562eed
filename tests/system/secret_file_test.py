"""Key files and ports that are no good any more at a reload: rows 43 and 44 of FAULTS.md section 2."""

import json
import os
import shutil
import unittest

from lockstep_test import query
from lockstep_test.control import ask, dump
from lockstep_test.figures import note
from lockstep_test.net import KEY, Key, free_endpoint
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.zones import ZoneFile

NEXT = Key(KEY.name, "YW5vdGhlciBzZWNyZXQgb2YgMzIgb2N0ZXRzLCBuZXchISE=")
USER = "nobody"


def missing(path):
    path.unlink()


def folder(path):
    path.unlink()
    path.mkdir()


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def loop(path):
    path.unlink()
    path.symlink_to(path.name)


def written(content, mode=0o600):
    def write(path):
        path.write_bytes(content)
        path.chmod(mode)
    return write


BAD = {
    "is missing": missing, "is a folder": folder, "is a pipe without a writer": pipe, "is a link to itself": loop,
    "is empty": written(b""), "is no base64": written(b"not/base64!\n"), "is binary": written(bytes(range(256))),
    "is too short": written(b"AAAA\n"), "is large": written(b"A" * 100000),
    "has two lines": written(f"{KEY.secret}\n{NEXT.secret}\n".encode()),
    "may be read by everybody": written(f"{NEXT.secret}\n".encode(), 0o644),
}


class SecretFile(PairTest):
    """Each server has its key in a file of its own."""

    def secret(self, server):
        return server.directory / "pair.key"

    def put(self, server, key=KEY):
        path = self.secret(server)
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        path.write_text(f"{key.secret}\n")
        path.chmod(0o600)

    def start(self):
        for server in self.servers:
            self.put(server)
            configuration = server.configuration
            server.configuration = lambda get=configuration: get() | {
                "keys": [{"name": KEY.name, "algorithm": KEY.algorithm, "secret_file": "pair.key"}]}
        super().start()

    def assert_in_force(self, key):
        """The servers speak with each other by `key`, and the primary with nobody by the other one."""
        self.assertIsNone(query.refusal(self.primary.endpoint, ZONE, key=key))
        self.assertIsNotNone(query.refusal(self.primary.endpoint, ZONE, key=NEXT if key is KEY else KEY))
        ask(self.primary, "bump", ZONE)
        ask(self.primary, "wait", ZONE, timeout_seconds=20)

    def assert_refused(self, server):
        """The reload as a whole: the zone that the configuration also brings does not come. Returns what it says."""
        new = "new.test."
        server.zones[new] = ZoneFile(server.directory / "new.zone", new) if server is self.primary else None
        server.write_configuration(server.configuration())
        said = ask(server, "reload", expect=1)
        self.assertIn(str(self.secret(server)), said.errors)
        self.assertIn("nothing was changed", said.errors)
        self.assertNotIn(new, ask(server, "zones").output)
        del server.zones[new]
        server.write_configuration(server.configuration())
        return said.errors

    def test_a_bad_key_file_refuses_the_whole_reload_and_the_old_key_stays(self):
        self.start()
        for server in (self.primary, self.secondaries[0]):
            for what, spoil in BAD.items():
                with self.subTest(server=server.name, file=what):
                    self.put(server)
                    spoil(self.secret(server))
                    self.assert_refused(server)
            self.assert_in_force(KEY)
            self.put(server)
            ask(server, "reload")
        for server in self.servers:
            self.put(server, NEXT)
            ask(server, "reload")
        self.assert_in_force(NEXT)
        note("44", "key file no good at reload", L4=0, more=f"{len(BAD)} kinds on either role")

    def test_a_key_file_that_the_daemons_user_may_not_read_refuses_the_reload(self):
        self.directory.chmod(0o755)
        shutil.chown(self.directory, USER)  # it holds the zone file, which bump replaces
        for server in self.servers:
            server.settings["user"] = USER
            server.state_directory.mkdir()
            for path in (server.directory, server.state_directory):
                shutil.chown(path, USER)
        self.start()  # they read the key before they become another user
        for server in (self.primary, self.secondaries[0]):
            with self.subTest(server=server.name):
                self.assertIn("Permission denied", self.assert_refused(server))
                self.assert_in_force(KEY)
                shutil.chown(self.secret(server), USER)
                ask(server, "reload")

    def test_a_port_in_use_at_reload_leaves_the_old_sockets(self):
        self.start()
        for server in (self.primary, self.secondaries[0]):
            with self.subTest(server=server.name):
                other = free_endpoint()
                holders = query.port_in_use(other)
                configuration = server.configuration()
                configuration["server"]["listen"] = [str(other)]
                server.write_configuration(json.dumps(configuration))
                self.assertIn("restart", ask(server, "reload").output)
                self.assertEqual(server.serial(ZONE), server.serial(ZONE, tcp=True))
                self.assertIn(ZONE, dump(server, ZONE))
                for holder in holders:
                    holder.close()
        self.assert_in_force(KEY)
        note("43", "port in use at reload", L4=0)


if __name__ == "__main__":
    unittest.main()
