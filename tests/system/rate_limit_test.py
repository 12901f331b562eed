"""Response rate limiting, seen from the network: a flood under a forged address, and resolvers of the same network."""

import re
import subprocess

import dns.message

from lockstep_test import netns, query
from lockstep_test.flood import Flood
from lockstep_test.networked import ZONE, NetworkedPair
from lockstep_test.server import find_program

VICTIM = "203.0.113.7"
NEIGHBOUR = "203.0.113.9"
BIG = "big." + ZONE
RATE, SECONDS = 4000, 3
WORKERS = 2  # each with the whole rate


class RateLimit(NetworkedPair):
    TIMERS = (3600, 60, 604800)
    RECORDS = NetworkedPair.RECORDS + "big IN TXT " + " ".join(f'"{"x" * 200}"' for _ in range(4)) + "\n"

    def setUp(self):
        super().setUp()
        self.primary.settings["udp_workers"] = WORKERS
        self.resolver = self.network.host("resolver")
        self.attacker = self.network.host("attacker")
        # A resolver in the network of the victim, whose answers find their way.
        self.resolver.run("ip", "address", "add", f"{NEIGHBOUR}/32", "dev", "eth0")
        self.primary.host.run("ip", "route", "add", f"{NEIGHBOUR}/32", "via", self.resolver.address)
        to_victim = f"ip daddr {VICTIM} udp sport 53"
        self.whole = self.primary.host.count(f"{to_victim} udp length > 800", chain="output")
        self.short = self.primary.host.count(f"{to_victim} udp length < 100", chain="output")
        self.start()

    def flood(self):
        """(Sent, answered whole, answered truncated)."""
        before = self.whole.packets, self.short.packets
        question = dns.message.make_query(BIG, "TXT", use_edns=0, payload=1232).to_wire()
        sent, _ = Flood(self.attacker, self.primary.endpoint, [question], VICTIM, RATE, SECONDS).wait()
        return sent, self.whole.packets - before[0], self.short.packets - before[1]

    def dig(self, *arguments, source=NEIGHBOUR):
        command = [*self.resolver.prefix, find_program("dig"), f"@{self.primary.endpoint.address}", "-b", source,
                   "+timeout=1", BIG, "TXT", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout

    def test_a_flood_under_a_forged_address_gets_little_and_nobody_else_less(self):
        sent, whole, short = self.flood()
        print(f"{sent} questions from {VICTIM}: {whole} answered whole, {short} truncated", flush=True)
        self.assertGreater(sent, RATE * SECONDS / 2)
        self.assertGreaterEqual(whole, 200)
        # A second's worth at once, and what the rate adds until that is used up, 0.1 s at an even 2,000 a second a worker.
        self.assertLessEqual(whole, 200 * WORKERS * 1.5)
        self.assertAlmostEqual(short, (sent - whole) / 2, delta=sent / 10)
        # Others: another network, the pair itself.
        for _ in range(300):
            self.assertTrue(query.ask(self.primary.endpoint, BIG, "TXT").answer)
        serial = self.change()
        self.secondary.wait_serial(ZONE, serial)
        self.assert_in_step()
        lines = [line for line in self.primary.log().splitlines() if "are limited" in line]
        self.assertRegex(lines[0], rf"UDP responses to 203\.0\.113\.0/24 are limited, .*: {re.escape(BIG)} TXT")
        self.assertLessEqual(len(lines), 1 + (SECONDS + 10) / 10)

    def test_a_resolver_beside_the_victim_comes_through(self):
        self.flood()
        # Truncated, or dropped and asked again until it is; then over TCP, which brings a cookie.
        answer = self.dig("+tries=10")
        self.assertIn("ANSWER: 1,", answer)
        cookie = re.search(r"; COOKIE: ([0-9a-f]{48}) \(good\)", answer)[1]
        self.flood()
        for _ in range(20):
            answer = self.dig("+tries=1", "+ignore", f"+cookie={cookie}")
            self.assertIn("ANSWER: 1,", answer)
            self.assertNotIn("tc", re.search(r"flags: ([a-z ]*);", answer)[1].split())
            self.assertIn("(good)", answer)
        self.assertIn("ANSWER: 1,", self.dig("+tcp", "+nocookie"))

    def test_what_is_exempt_follows_a_reload(self):
        self.primary.rate_limit = {"exempt": ["203.0.113.0/24"]}
        self.primary.configure()
        self.primary.reload()
        sent, whole, short = self.flood()
        self.assertEqual(short, 0)
        self.assertGreater(whole, sent * 0.9)


if __name__ == "__main__":
    netns.main()
