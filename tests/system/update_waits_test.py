"""`update_waits`: an update is answered when the secondaries serve it, or after a time, never later."""

import threading
import time
import unittest

from lockstep_test.pair import ZONE
from lockstep_test.updates import OTHER_KEY, UPDATE_KEY, UpdateTest, add, delete_rrset

HOST = f"host.{ZONE}"
SECONDS = 4  # that updates wait where a test does not say otherwise
OVER_UDP = (2.3, 3.0)  # nsupdate sends again after 3 s


class Waits(UpdateTest):
    def start_waiting(self, secondaries=2, stopped=0, **waits):
        """`stopped` of the secondaries end before the first update."""
        self.primary.zone_settings["update_waits"] = {"seconds": SECONDS, **waits}
        self.start({"key": UPDATE_KEY.name}, {"key": OTHER_KEY.name}, secondaries=secondaries)
        self.primary.verb("wait", ZONE, "--timeout", 20)
        for secondary in self.secondaries[:stopped]:
            secondary.stop()

    def timed(self, label, *, key=UPDATE_KEY, **options):
        """(The answer, after how many seconds it came) of an update that adds a record."""
        with self.primary.client(key, **options) as client:
            started = time.monotonic()
            answer = client.update(add(f"{label}.{ZONE}", "TXT", f'"{label}"'))
            return answer, time.monotonic() - started

    def at_once(self, **calls):
        """What timed() gives for each of them, all sent at the same time."""
        results = {}

        def one(label, options):
            results[label] = self.timed(label, **options)
        threads = [threading.Thread(target=one, args=call) for call in calls.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(results), set(calls))
        return results

    def assert_between(self, low, seconds, high, label):
        self.assertTrue(low <= seconds <= high, f"{label}: {seconds:.2f} s, wanted {low} to {high}")

    def test_with_a_secondary_gone_the_answer_comes_when_the_time_is_up(self):
        self.start_waiting(stopped=1)
        gone, there = self.secondaries
        results = self.at_once(udp={}, tcp={"tcp": True}, udpold={"edns": False}, tcpold={"tcp": True, "edns": False})
        for label, (answer, seconds) in results.items():
            self.assertEqual(answer.rcode, "NOERROR", label)
            self.assertEqual(bool(answer.errors), "old" not in label, f"{label}: {answer.errors}")
            self.assert_between(*((OVER_UDP[0], seconds, OVER_UDP[1]) if "udp" in label else (SECONDS - 0.1, seconds, SECONDS + 1)), label)
            self.assertEqual(self.of(label, "TXT"), {f'"{label}"'})
            self.assertEqual(self.of(label, "TXT", there), {f'"{label}"'})
        warnings = [line for line in self.primary.log().splitlines() if "warning" in line and "answered before" in line]
        self.assertTrue(warnings)
        self.assertIn(gone.name, warnings[0])
        self.assertNotIn(there.name, warnings[0])
        self.assertEqual((self.primary.counted("late"), self.primary.counted("done")), (4, 4))
        print(", ".join(f"{label}: {seconds:.2f} s" for label, (_, seconds) in results.items()))

    def test_it_is_served_here_while_its_answer_waits(self):
        self.start_waiting(stopped=1)
        with self.primary.client() as client:
            octets, _ = client.message(add(HOST, "A", "192.0.2.7"))
            started = time.monotonic()
            client.send(octets)
            while not self.of("host", "A"):
                self.assertLess(time.monotonic() - started, 2)
            self.assertLess(time.monotonic() - started, 1)
            # Others do not wait for it, nor do those that change nothing.
            client.send(octets)
            self.assertEqual(client.receive(), client.receive(), "the same message twice has the same answer")
        self.assertEqual(self.primary.counted("again"), 1)

    def test_a_quorum_is_enough(self):
        self.start_waiting(stopped=1, quorum=1)
        for tcp in (False, True):
            answer, seconds = self.timed(f"quorum{tcp}", tcp=tcp)
            self.assertEqual((answer.rcode, answer.errors), ("NOERROR", {}))
            self.assertLess(seconds, 1)
            self.assertEqual(self.of(f"quorum{tcp}", "TXT", self.secondaries[1]), {f'"quorum{tcp}"'})
        self.assertEqual(self.primary.counted("late"), 0)

    def test_when_the_answer_comes_each_secondary_serves_it(self):
        self.start_waiting()
        times = []
        clients = [self.client(), self.client(tcp=True)]
        for number in range(50):
            started = time.monotonic()
            answer = clients[number % 2].update(delete_rrset(HOST, "TXT"), add(HOST, "TXT", f'"{number}"'))
            times.append(time.monotonic() - started)
            seen = [self.of("host", "TXT", secondary) for secondary in self.secondaries]
            self.assertEqual((answer.rcode, answer.errors, seen), ("NOERROR", {}, [{f'"{number}"'}] * 2), number)
        self.assertEqual(self.primary.counted("late"), 0)
        print(f"50 updates seen on two secondaries: {sorted(times)[25] * 1000:.0f} ms at the median, {max(times) * 1000:.0f} at most")

    def test_what_a_key_says_wins_over_what_the_zone_says(self):
        self.primary.key_settings[OTHER_KEY.name] = {"update_waits": {"seconds": 3}}
        self.start_waiting(stopped=1, seconds=1)
        results = self.at_once(zones={"tcp": True}, keys={"tcp": True, "key": OTHER_KEY}, udp={}, keysudp={"key": OTHER_KEY})
        for label, low, high in (("zones", 0.9, 2), ("keys", 2.9, 4), ("udp", 0.9, 2), ("keysudp", *OVER_UDP)):
            self.assert_between(low, results[label][1], high, label)

    def test_what_is_not_done_is_answered_at_once(self):
        self.start_waiting(stopped=2)
        with self.primary.client() as client:
            for change, rcode in ((add("out.test.", "A", "192.0.2.7"), "NOTZONE"),):
                started = time.monotonic()
                self.assertEqual(client.update(change).rcode, rcode)
                self.assertLess(time.monotonic() - started, 1)

    def test_without_secondaries_nothing_waits(self):
        self.start_waiting(secondaries=0)
        answer, seconds = self.timed("alone")
        self.assertEqual((answer.rcode, answer.errors), ("NOERROR", {}))
        self.assertLess(seconds, 1)

    def test_many_clients_at_once_share_versions_and_transfers(self):
        self.start_waiting()
        clients, each = 20, 10

        def sent_out():
            series = self.primary.metrics("lockstep_transfers_total")
            return sum(value for labels, value in series.items() if labels[0] == "out" and labels[2] == "done")
        before, wrong = sent_out(), []

        def work(number):
            with self.primary.client(tcp=number % 2 == 1) as client:
                for turn in range(each):
                    answer = client.update(add(f"c{number}t{turn}.{ZONE}", "TXT", '"shared"'))
                    if (answer.rcode, answer.errors) != ("NOERROR", {}):
                        wrong.append((number, turn, answer))
                    missing = [s.name for s in self.secondaries if not self.of(f"c{number}t{turn}", "TXT", s)]
                    if missing:
                        wrong.append((number, turn, missing))
        started = time.monotonic()
        threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took, transfers, versions = time.monotonic() - started, sent_out() - before, self.serial() - 1
        print(f"{clients * each} updates of {clients} clients: {versions} versions, {transfers:.0f} transfers to two, {took:.1f} s")
        self.assertEqual(wrong, [])
        self.assertLessEqual(transfers, 2 * versions)
        self.assertLess(versions, clients * each / 2)


if __name__ == "__main__":
    unittest.main()
