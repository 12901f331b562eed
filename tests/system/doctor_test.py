"""What `doctor` and `last_error` say when two servers do not get along: cause and remedy, for each usual mistake."""

import json
import re
import select
import socket
import threading
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.clocks import Clocks
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import WRONG_KEY, free_endpoint
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
GOOD_OF_PRIMARY = ["udp", "tcp", "tsig", "clock", "serial", "transfer"]
GOOD_OF_SECONDARY = ["udp", "tcp", "tsig", "clock", "serial", "notify"]

# What is wrong: (the step that fails, its cause, its remedy, and cause and remedy of last_error on the secondary).
CASES = {
    "wrong port": ("udp", r"Connection refused", r"listens on 127\.0\.0\.1:\d+",
                   r"Connection refused", r"listens on 127\.0\.0\.1:\d+"),
    "closed TCP": ("tcp", r"TCP to 127\.0\.0\.1:\d+: Connection refused", r"no firewall drops TCP port \d+",
                   r"TCP to 127\.0\.0\.1:\d+: Connection refused", r"no firewall drops TCP port \d+"),
    "wrong key name": ("tsig", r"knows no key other\.example\. with any algorithm", r"under exactly this name",
                       r"BADKEY", r"same name, algorithm \(hmac-sha256\) and secret"),
    "wrong secret": ("tsig", r"BADSIG", r"key pair\.example\. has the same .*secret on both",
                     r"BADSIG", r"key pair\.example\. has the same .*secret on both"),
    "wrong algorithm": ("tsig", r"has key pair\.example\. with algorithm hmac-sha256, and we with hmac-sha512",
                        r"same algorithm on both servers: hmac-sha256",
                        r"BADKEY", r"same name, algorithm \(hmac-sha512\) and secret"),
    "clock off by 400 s": ("clock", r"(399|400|401) s", r"set the clocks of both servers \(NTP\)",
                           r"(399|400|401) s", r"set the clocks of both servers \(NTP\)"),
    "not in the ACL": ("transfer", r"AXFR was answered REFUSED", r"allow our address, and our key",
                       r"REFUSED", r"allow our address, and our key"),
    "zone not there": ("zone", r"SOA query was answered REFUSED", r"for this zone on the peer",
                       r"NOTAUTH|REFUSED", r"configure the zone on the peer|for this zone on the peer"),
}


class UdpOnly:
    """Passes datagrams on to a server and back, at a port where nothing listens over TCP."""

    def __init__(self, test, server):
        self.server = server
        self.endpoint = free_endpoint()
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind((self.endpoint.address, self.endpoint.port))
        self.ended, self.end = socket.socketpair()
        thread = threading.Thread(target=self._pass)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self.end.close)

    def _pass(self):
        with self.front, self.ended:
            while True:
                ready, _, _ = select.select([self.front, self.ended], [], [])
                if self.ended in ready:
                    return
                message, asker = self.front.recvfrom(65535)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
                    back.settimeout(5)
                    back.sendto(message, (self.server.address, self.server.port))
                    try:
                        self.front.sendto(back.recv(65535), asker)
                    except TimeoutError:
                        continue


class Secondary(LockstepSecondary):
    """Its configuration has one mistake."""

    mistake = staticmethod(lambda configuration: None)

    def configuration(self):
        configuration = super().configuration()
        self.mistake(configuration)
        return configuration


class Doctor(ServerTest):
    def make_pair(self):
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), Secondary(self, "ns2")
        self.primary.zones[ZONE], self.secondary.zones[ZONE] = self.file, None
        link(self.primary, self.secondary)

    def examine(self, server, peer, expect):
        done = server.verb("doctor", peer, "--json", expect=expect)
        [examined] = json.loads(done.stdout)
        self.assertEqual(examined["peer"], peer)
        text = server.verb("doctor", peer, expect=expect).stdout
        for step in examined["steps"]:
            self.assertIn(f"{'ok  ' if step['ok'] else 'FAIL'}  {step['step']}", text)
        return examined["steps"]

    def fails(self, steps):
        return {step["step"]: step for step in steps if not step["ok"]}

    def test_a_pair_without_a_fault_passes_every_step_both_ways(self):
        self.make_pair()
        self.primary.start()
        self.secondary.start()
        self.secondary.wait_serial(ZONE, 1)
        self.assertEqual([s["step"] for s in self.examine(self.secondary, "ns1", 0)], GOOD_OF_PRIMARY)
        self.assertEqual([s["step"] for s in self.examine(self.primary, "ns2", 0)], GOOD_OF_SECONDARY)
        self.assertRegex(self.primary.verb("doctor", "ns9", expect=1).stderr, r"no peer 'ns9'")

    def mistake(self, name):
        """The change of the secondary's configuration, made before its start."""
        def set_primary(**keys):
            return lambda configuration: configuration["primaries"][0].update(keys)

        def set_key(**keys):
            return lambda configuration: configuration["keys"][0].update(keys)

        def rename_key(configuration):
            configuration["keys"][0]["name"] = "other.example."
            for peer in configuration["primaries"] + configuration["secondaries"]:
                peer["key"] = "other.example."

        def other_zone(configuration):
            configuration["zones"] = [{"name": "absent.test."}]

        return {"wrong port": set_primary(address=str(free_endpoint())),
                "closed TCP": lambda configuration: set_primary(address=str(self.udp_only.endpoint))(configuration),
                "wrong key name": rename_key,
                "wrong secret": set_key(secret=WRONG_KEY.secret),
                "wrong algorithm": set_key(algorithm="hmac-sha512"),
                "zone not there": other_zone}.get(name, lambda configuration: None)

    def test_each_mistake_is_named_with_its_remedy(self):
        for name, (step, cause, remedy, last_cause, last_remedy) in CASES.items():
            with self.subTest(name):
                self.check_mistake(name, step, cause, remedy, last_cause, last_remedy)

    def check_mistake(self, name, step, cause, remedy, last_cause, last_remedy):
        self.directory = self.directory / name.replace(" ", "")[:6]
        self.directory.mkdir()
        self.addCleanup(setattr, self, "directory", self.directory.parent)
        self.make_pair()
        if name == "not in the ACL":
            self.primary.secondaries.clear()
        self.primary.start()
        self.udp_only = UdpOnly(self, self.primary.endpoint)
        self.secondary.mistake = self.mistake(name)
        if name == "clock off by 400 s":
            clocks = Clocks(self.directory)
            clocks.set_wall(400)
            self.secondary.process.argv[:0] = clocks.prefix
        self.secondary.start()
        zone = "absent.test." if name == "zone not there" else ZONE
        error = wait_until("the first failure", lambda: self.secondary.status(zone)["last_error"])
        self.assertRegex(error["text"], last_cause)
        self.assertRegex(error["remedy"], last_remedy)
        failed = self.fails(self.examine(self.secondary, "ns1", 1))
        self.assertIn(step, failed)
        self.assertRegex(failed[step]["text"], cause)
        self.assertRegex(failed[step]["remedy"], remedy)
        if name != "wrong port":
            self.assertEqual(list(failed), [step])
        self.directory = self.directory.parent

    def test_a_primary_that_fell_behind_is_named_from_both_sides(self):
        self.make_pair()
        self.primary.zone_settings["serial_policy"] = "manual"
        self.file.edit(serial=9)
        self.primary.start()
        self.secondary.start()
        self.secondary.wait_serial(ZONE, 9)
        self.primary.stop()
        for file in self.primary.state_directory.iterdir():
            file.unlink()
        self.file.edit(serial=5)
        self.primary.start()
        self.secondary.verb("refresh", expect=1)
        error = self.secondary.status(ZONE)["last_error"]
        self.assertRegex(error["text"], "serial 5 there is not newer than 9 here")
        self.assertRegex(error["remedy"], "raise the serial on the primary")
        failed = self.fails(self.examine(self.secondary, "ns1", 1))
        self.assertEqual(list(failed), ["serial"])
        self.assertRegex(failed["serial"]["text"], "serial 5, lower than 9 here")
        self.assertRegex(failed["serial"]["remedy"], "raise the serial on ns1 above ours, or run 'retransfer'")
        failed = self.fails(self.examine(self.primary, "ns2", 1))
        self.assertEqual(list(failed), ["serial"])
        self.assertRegex(failed["serial"]["text"], "serial 9, newer than 5 here")
        self.assertRegex(failed["serial"]["remedy"], re.escape(f"bump {ZONE} --serial N"))
        error = wait_until("the primary sees it", lambda: self.primary.status(ZONE)["secondaries"][0]["last_error"])
        self.assertRegex(error["text"], "serial 9, newer than 5 here")
        self.assertRegex(error["remedy"], "raise the serial here above it")


if __name__ == "__main__":
    unittest.main()
