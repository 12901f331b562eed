"""Looking at servers while something goes on: serials, answers and their time, descriptors and memory."""

import pathlib
import threading
import time

import dns.rcode

from lockstep_test import query
from lockstep_test.bench import percentile


def newer(left, right):
    """RFC 1982."""
    return 0 < (left - right) % 2**32 < 2**31


class Repeat(threading.Thread):
    """Calls `step` until stopped; keeps what it raises, for finish() to raise again."""

    def __init__(self, step):
        super().__init__(daemon=True)
        self.step, self.over, self.error = step, threading.Event(), None
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                self.step()
        except BaseException as error:
            self.error = error

    def finish(self):
        self.over.set()
        self.join()
        if self.error:
            raise self.error


class Observer:
    """What a client sees of one zone on one server: serials that go back, a zone that is gone although the server
    answers, and how long answers take. `may_expire`: SERVFAIL is no fault, and any serial may follow it."""

    def __init__(self, server, zone, may_expire=False, pause=0.0):
        self.server, self.zone, self.may_expire, self.pause = server, zone, may_expire, pause
        self.last, self.seen, self.wrong, self.times = None, 0, [], []
        self.unanswered = 0

    def step(self):
        started = time.monotonic()
        answer = query.ask(self.server.endpoint, self.zone, timeout=0.2)
        if answer is None:
            self.unanswered += 1
            time.sleep(0.005)
            return
        self.times.append(time.monotonic() - started)
        if answer.rcode() != dns.rcode.NOERROR or not answer.answer:
            if self.may_expire and answer.rcode() == dns.rcode.SERVFAIL:
                self.last = None
            elif self.last is not None:
                self.wrong.append(f"{self.server.name} answers {dns.rcode.to_text(answer.rcode())} after {self.last}")
            return
        serial = answer.answer[0][0].serial
        if self.last is not None and newer(self.last, serial):
            self.wrong.append(f"{self.server.name} goes back from {self.last} to {serial}")
        self.seen += serial != self.last
        self.last = serial
        time.sleep(self.pause)

    def p99(self):
        """Of the answers' times, in seconds, as a client in Python sees them."""
        return percentile(self.times, 0.99)


def descriptors(server):
    """How many the server's process has open."""
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()))


def resident(server):
    """The server's resident memory, in octets."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/status").read_text().split("VmRSS:")[1].split()
    return int(fields[0]) * 1024


def peak(server):
    """The most resident memory that the server's process had since forget_peak(), in octets."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/status").read_text().split("VmHWM:")[1].split()
    return int(fields[0]) * 1024


def forget_peak(server):
    pathlib.Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
