"""What the daemons tell the service manager, and when its watchdog would end them."""

import os
import re
import signal
import subprocess
import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.notified import NotifiedPrimary, NotifiedSecondary
from lockstep_test.pair import ZONE
from lockstep_test.process import wait_until
from lockstep_test.server import find_program, link
from lockstep_test.zones import ZoneFile

LEAST_PERIOD = 6  # seconds of a watchdog under which a loaded machine could pass for a stuck thread


class ServiceManager(ServerTest):
    def primary(self, **options):
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        primary = NotifiedPrimary(self, "ns1", **options)
        primary.zones[ZONE] = self.file
        return primary

    def test_ready_is_told_once_and_by_then_everything_is_answered(self):
        primary = self.primary()
        primary.configure()
        primary.process.start()
        self.assertEqual(primary.manager.wait_for(READY="1")["STATUS"], "1 zone")
        self.assertEqual(primary.serial(ZONE), self.file.serial)
        primary.stop()
        primary.manager.drain()
        told = [message for message in primary.manager.told if "READY" in message]
        self.assertEqual(len(told), 1, primary.manager.told)

    def test_a_daemon_that_does_not_start_is_never_ready(self):
        primary = self.primary()
        primary.configure()
        self.file.path.write_text("@ IN A not-an-address\n")
        primary.refused_start()
        primary.manager.drain()
        self.assertEqual([m for m in primary.manager.told if "READY" in m], [])

    def test_a_reload_is_announced_with_the_time_and_ends_with_ready(self):
        primary = self.primary().start()
        primary.manager.wait_for(READY="1")
        serial = self.file.edit(add="new IN A 192.0.2.1", serial=self.file.serial + 1)
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        os.kill(primary.process.pid, signal.SIGHUP)
        reloading = primary.manager.wait_for(RELOADING="1")
        after = time.clock_gettime(time.CLOCK_MONOTONIC)
        self.assertTrue(before <= int(reloading["MONOTONIC_USEC"]) / 1e6 <= after, reloading)
        primary.manager.wait_for(READY="1")
        self.assertEqual(primary.serial(ZONE), self.file.serial, serial)

    def test_a_reload_that_fails_ends_with_ready_too(self):
        primary = self.primary().start()
        primary.manager.wait_for(READY="1")
        primary.config_path.write_text("{")
        os.kill(primary.process.pid, signal.SIGHUP)
        primary.manager.wait_for(RELOADING="1")
        primary.manager.wait_for(READY="1")
        self.assertEqual(primary.serial(ZONE), self.file.serial)

    def test_stopping_is_told(self):
        primary = self.primary().start()
        self.assertEqual(primary.stop(), 0)
        primary.manager.wait_for(STOPPING="1")

    def test_the_status_line_follows_who_is_behind(self):
        primary = self.primary()
        secondary = LockstepSecondary(self, "ns2")
        secondary.zones[ZONE] = None
        link(primary, secondary)
        primary.start()
        primary.manager.wait_for(STATUS="1 zone, 1 behind")  # nobody answers there
        secondary.start()
        primary.manager.wait_for(STATUS="1 zone")

    def test_a_secondary_tells_that_it_has_nothing_to_serve_until_it_has(self):
        primary = self.primary()
        secondary = NotifiedSecondary(self, "ns2")
        secondary.zones[ZONE] = None
        link(primary, secondary)
        secondary.start()
        self.assertEqual(secondary.manager.wait_for(READY="1")["STATUS"], "1 zone, 1 not served")
        primary.start()
        secondary.verb("wait", ZONE)
        secondary.manager.wait_for(STATUS="1 zone")

    def test_the_watchdog_is_fed_three_times_a_period_while_all_is_idle(self):
        primary = self.primary(watchdog_seconds=LEAST_PERIOD).start()
        primary.manager.wait_for(WATCHDOG="1")
        for _ in range(3):
            primary.manager.wait_for(LEAST_PERIOD / 2, WATCHDOG="1")

    def test_without_a_watchdog_nothing_is_fed(self):
        primary = self.primary().start()
        primary.manager.wait_for(READY="1")
        self.assertIsNone(primary.manager.next(1.5))

    def hold_up(self, process, call, seconds):
        """Every `call` of the process takes so long from now on, until the returned tracer is ended."""
        tracer = subprocess.Popen(
            [find_program("strace"), "-f", "-qq", "-o", self.directory / "trace", "-e", f"trace={call}",
             "-e", f"inject={call}:delay_enter={seconds * 1_000_000}", "-p", str(process.pid)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(tracer.stderr.close)
        self.addCleanup(tracer.wait)
        self.addCleanup(tracer.terminate)
        return tracer

    def stands_still(self, call, name):
        primary = self.primary(watchdog_seconds=LEAST_PERIOD)
        primary.settings["udp_workers"] = 1
        primary.start()
        primary.manager.wait_for(WATCHDOG="1")
        tracer = self.hold_up(primary.process, call, 600)
        stuck = re.compile(rf"error.* {name} stands still; the service manager will restart us")
        wait_until(f"{name} is named", lambda: stuck.search(primary.log()))
        primary.manager.drain()
        self.assertIsNone(primary.manager.next(LEAST_PERIOD), "the watchdog is fed while a thread stands still")
        self.assertEqual(len(stuck.findall(primary.log())), 1)
        tracer.send_signal(signal.SIGINT)  # lets the call go on
        tracer.wait(30)
        primary.manager.wait_for(WATCHDOG="1")
        wait_until("it moves again", lambda: re.search(f"{name} moves again", primary.log()))

    def test_a_udp_worker_that_stands_still_is_named_and_the_watchdog_is_not_fed(self):
        self.stands_still("recvmmsg", r"UDP worker 1 of [0-9.:]+")


class Privileges(ServerTest):
    def test_what_took_a_low_port_is_dropped_after_binding(self):
        primary = NotifiedPrimary(self, "ns1")
        file = ZoneFile(self.directory / "example.test.zone", ZONE)
        primary.zones[ZONE] = file
        primary.start()
        allowed = {1: "CAP_DAC_OVERRIDE", 2: "CAP_DAC_READ_SEARCH", 3: "CAP_FOWNER"} if os.geteuid() == 0 else {}
        tasks = f"/proc/{primary.process.pid}/task"
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/status") as status:
                masks = dict(re.findall(r"^(Cap(?:Prm|Eff|Inh|Amb)):\s*([0-9a-f]+)$", status.read(), re.M))
            for name, mask in masks.items():
                left = {bit for bit in range(64) if int(mask, 16) >> bit & 1}
                self.assertLessEqual(left, set(allowed), f"{name} of thread {task}")


if __name__ == "__main__":
    unittest.main()
