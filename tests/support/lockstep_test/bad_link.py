"""A link that loses, doubles, delays and overtakes: an emulator in user space, between a host and the others."""

import fcntl
import heapq
import os
import random
import selectors
import struct
import threading
import time

from lockstep_test.netns import run

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
IP = b"\x08\x00"


def tap(name):
    """A network device whose other end is the file that is returned."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return file


class BadLink(threading.Thread):
    """Takes the place of a host's cable until the test is over. `loss` and `doubled`: shares of the packets, each way;
    `delay`: seconds, between these two. With both ends of `delay` apart, packets overtake each other."""

    def __init__(self, test, host, loss=0.0, doubled=0.0, delay=(0.0, 0.0), seed=1):
        super().__init__(daemon=True)
        self.loss, self.doubled, self.delay = loss, doubled, delay
        self.dice = random.Random(seed)
        self.carried = self.lost = self.twice = self.overtook = 0
        self.queue, self.latest = [], {}  # (when, number, where to, frame); when the last one is due, by where to
        self.over = threading.Event()
        run("ip", "link", "delete", host.port)
        inner, outer = f"in-{host.name}", f"bad-{host.name}"
        near, far = tap(inner), tap(outer)
        self.other = {near: far, far: near}
        test.addCleanup(self.finish)
        run("ip", "link", "set", inner, "netns", host.holder.pid, "name", "eth0")
        host.plug_in(outer)
        self.start()

    def run(self):
        with selectors.DefaultSelector() as selector:
            for file in self.other:
                selector.register(file, selectors.EVENT_READ)
            while not self.over.is_set():
                wait = max(0, self.queue[0][0] - time.monotonic()) if self.queue else 0.2
                for key, _ in selector.select(min(wait, 0.2)):
                    self._receive(key.fd)
                self._deliver()

    def _receive(self, file):
        try:
            while True:
                self._carry(os.read(file, 65536), self.other[file])
        except BlockingIOError:
            pass

    def _carry(self, frame, to):
        now = time.monotonic()
        if frame[12:14] != IP:  # neighbours find each other as on any link
            heapq.heappush(self.queue, (now, self.carried, to, frame))
            self.carried += 1
            return
        if self.dice.random() < self.loss:
            self.lost += 1
            return
        copies = 1 + (self.dice.random() < self.doubled)
        self.twice += copies - 1
        for _ in range(copies):
            due = now + self.dice.uniform(*self.delay)
            self.overtook += due < self.latest.get(to, 0)
            self.latest[to] = max(due, self.latest.get(to, 0))
            heapq.heappush(self.queue, (due, self.carried, to, frame))
            self.carried += 1

    def _deliver(self):
        while self.queue and self.queue[0][0] <= time.monotonic():
            _, _, to, frame = heapq.heappop(self.queue)
            try:
                os.write(to, frame)
            except OSError:
                pass  # the device is down, or its queue is full: what is lost is lost

    def finish(self):
        self.over.set()
        if self.ident is not None:
            self.join()
        for file in self.other:
            os.close(file)

    def __str__(self):
        return f"{self.carried} packets carried, {self.lost} lost, {self.twice} twice, {self.overtook} out of order"
