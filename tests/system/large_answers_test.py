"""A path that loses large UDP packets and fragments: row 36 of FAULTS.md section 2."""

import dns.flags

from lockstep_test import figures, netns, query
from lockstep_test.networked import ZONE, NetworkedPair

# Names by how many TXT records they have: answers of 0.1 to 13 KiB, close together around 512, 1,000 and 1,232 octets.
COUNTS = [1, 4, 7, 8, 13, 15, 18, 19, 20, 50, 200]
LARGE = "meta l4proto udp meta length > 1000"


def texts(count):
    return {f"text {number} of {count} ".ljust(50, "x") for number in range(count)}


class LargeAnswers(NetworkedPair):
    TIMERS = (3600, 60, 604800)
    RECORDS = "@ IN NS ns1\nns1 IN A 192.0.2.1\n" + "".join(
        f'count{count} IN TXT "{text}"\n' for count in COUNTS for text in sorted(texts(count)))

    def resolve(self, server, count):
        """What a resolver gets for one name: it asks again for less where nothing comes, and over TCP after TC. Returns
        the steps that it took."""
        steps = []
        for payload in (1232, 512):
            answer = query.ask(server.endpoint, f"count{count}.{ZONE}", "TXT", payload=payload, timeout=0.6)
            steps.append("nothing" if answer is None else "TC" if answer.flags & dns.flags.TC else "UDP")
            if answer is not None:
                break
        self.assertIsNotNone(answer, f"{server.name} answers neither of two questions for {count} records")
        if answer.flags & dns.flags.TC:
            answer = query.ask(server.endpoint, f"count{count}.{ZONE}", "TXT", tcp=True, timeout=5)
            steps.append("TCP")
        self.assertFalse(answer.flags & dns.flags.TC)
        self.assertEqual({rdata.strings[0].decode() for rdata in answer.answer[0]}, texts(count))
        return steps

    def assert_all_resolve(self, path, match):
        """Over a path that loses what `match` says every answer is whole; those that are large come over TCP."""
        rules = [place.drop(match, "prerouting")
                 for place in (self.network.here, self.primary.host, self.secondary.host)]
        over_tcp = 0
        for server in self.servers:
            steps = {count: self.resolve(server, count) for count in COUNTS}
            self.assertEqual(steps[1], ["UDP"])
            for count in COUNTS:
                if steps[count][0] == "nothing":
                    self.assertEqual(steps[count], ["nothing", "TC", "TCP"])
                if count * 63 > 1232:  # octets, a record: what is too large is not tried over UDP
                    self.assertEqual(steps[count], ["TC", "TCP"])
            over_tcp += sum(taken[-1] == "TCP" for taken in steps.values())
        self.assertGreater(rules[0].packets, 0, "nothing was lost")
        serial = self.change()
        self.secondary.wait_serial(ZONE, serial)
        self.assert_in_step()
        figures.note(36, path, L2=0, L4=0, more=f"{over_tcp} of {2 * len(COUNTS)} answers over TCP")
        for rule in rules:
            rule.remove()

    def test_every_answer_is_whole_where_large_packets_or_fragments_are_lost(self):
        self.start()
        self.assert_all_resolve("UDP above 1,000 octets lost", LARGE)
        for server in self.servers:
            server.host.run("ip", "link", "set", "eth0", "mtu", 800)
        self.assert_all_resolve("links of 800 octets, fragments lost", "ip frag-off & 0x3fff != 0")


if __name__ == "__main__":
    netns.main()
