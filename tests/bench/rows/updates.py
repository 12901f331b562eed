"""Queries while the zone changes.

All servers are secondaries, one after the other, of the same scripted primary on the load's core: every 10 ms it has
another serial and sends NOTIFY, and gives what is asked for by IXFR, with TSIG. So what is measured is what a change costs
who takes it, and not how a primary reads files. How many changes a server takes at a time, and whether it keeps up, is its
own affair: the table tells. Queries come at the same rate for all, as the cost of the changes is shared by them.
"""

import contextlib
import random
import socket
import struct
import time
from dataclasses import dataclass, replace
from typing import Callable

import dns.zone

from lockstep_test import bench, bulk
from lockstep_test.evil import AXFR, IXFR, Plan, ScriptedPrimary, notification
from lockstep_test.net import KEY
from lockstep_test.scripted import Zone
from lockstep_test.server import link
from lockstep_test.watching import Repeat
from lockstep_test.zones import hosts
from rows.paced import Paced, behind_the_load
from rows.row import Row, best, make
from rows.servers import SECONDARIES
from rows.udp import ZONE, mix

RATE, STEP = 10_000, 0.01  # queries a second; seconds from one change to the next


@dataclass
class Moving(Plan):
    """A zone of which one TXT record changes with each serial; `body` are the other records, as octets."""
    soas: Callable = None
    texts: Callable = None
    body: tuple = ()

    @classmethod
    def of_hosts(cls, count):
        zone = dns.zone.from_text(f"$TTL 300\n{hosts(count)}", ZONE, relativize=False, check_origin=False)
        body = tuple(name.to_wire() + struct.pack("!HHIH", rdata.rdtype, rdata.rdclass, ttl, len(rdata.to_wire())) +
                     rdata.to_wire() for name, ttl, rdata in zone.iterate_rdatas())
        first = Zone(ZONE).soa(1)
        return cls(first, [], [], bulk.soas(first), bulk.texts(f"moving.{ZONE}", 250), body)

    @property
    def serial(self):
        return int(self.soa.text.split()[2])

    def script(self, query):
        soa = self.soas(self.serial)
        if query.rdtype == AXFR:
            return list(bulk.messages([soa, *self.body, self.texts(self.serial), soa]))
        if query.rdtype == IXFR and query.held != self.serial:
            return list(bulk.messages(bulk.chain(self.soas, self.texts, query.held, self.serial)))
        return super().script(query)


def changing(primary, secondary):
    """A thread that makes the next serial every STEP, and tells the secondary."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind((primary.endpoint.address, 0))
    ear.connect((secondary.endpoint.address, secondary.endpoint.port))
    due = time.monotonic()

    def step():
        nonlocal due
        due += STEP
        time.sleep(max(0, due - time.monotonic()))
        plan = primary.plans[ZONE]
        primary.plans[ZONE] = replace(plan, soa=Zone(ZONE).soa(plan.serial + 1))
        with contextlib.suppress(ConnectionError):
            ear.send(notification(primary.plans[ZONE].soa, KEY).to_wire())
    return Repeat(step)


def asked(scene, primary, secondary, questions):
    """A while of queries: what their answers took, and the server; and which serials there were after how long. The
    secondary is asked over TCP, as BIND loses questions over UDP meanwhile."""
    started = time.monotonic()
    with bench.Usage(secondary) as usage, Paced(scene, secondary, questions, RATE) as paced:
        time.sleep(scene.options.seconds)
        cpu_s, transfers = usage.seconds(), len(primary.asked)
        held = secondary.serial(ZONE, tcp=True, timeout=30)
        offered, took = primary.plans[ZONE].serial, time.monotonic() - started
    answered = max(1, paced.result["asked"] - paced.result["lost"])
    return {"held": held, "offered": offered, "transfers": transfers, "took_s": took, "us": cpu_s * 1e6 / answered,
            **paced.result}


def round_of(scene, primary, secondary, questions):
    """Queries at rest, then while the zone changes."""
    quiet = asked(scene, primary, secondary, questions)
    primary.asked.clear()
    changes = behind_the_load(lambda: changing(primary, secondary))
    try:
        busy = asked(scene, primary, secondary, questions)
    finally:
        changes.finish()
    secondary.wait_serial(ZONE, primary.plans[ZONE].serial)
    return {"us": busy["us"], "quiet_us": quiet["us"], "times": busy["us"] / quiet["us"], "p99_ms": busy["p99_ms"],
            "quiet_p99_ms": quiet["p99_ms"], "lost": busy["lost"],
            "changes": (busy["held"] - quiet["held"]) / busy["took_s"], "behind": busy["offered"] - busy["held"],
            "transfers": busy["transfers"] / scene.options.seconds}


def reads_under_updates(scene, _):
    result, whole = {}, Moving.of_hosts(scene.options.hosts)
    for name, kind in scene.chosen(SECONDARIES).items():
        with bench.workspace() as space:
            if not (secondary := make(space, kind, name.lower())):
                continue
            primary = behind_the_load(lambda s=space: ScriptedPrimary(s, "primary", KEY))
            primary.plans[ZONE], secondary.zones[ZONE] = whole, None
            link(primary, secondary)
            secondary.start()
            secondary.wait_serial(ZONE, whole.serial)
            questions = space.directory / "questions"
            questions.write_text("\n".join(mix(scene.options.hosts, random.Random(6))) + "\n")
            result[name] = best([round_of(scene, primary, secondary, questions) for _ in range(scene.rounds(3))], "us")
    return result


ROWS = [
    Row("reads-under-updates", f"UDP, the mix of udp-hosts at {RATE:,} queries a second, while the zone changes every 10 ms "
        "by IXFR", {
            "us": "µs an answer", "quiet_us": "without changes", "times": "×", "p99_ms": "p99 ms",
            "quiet_p99_ms": "without changes", "changes": "changes/s", "transfers": "questions over TCP/s",
            "behind": "serials behind", "lost": "lost"},
        ("us", "p99_ms"), reads_under_updates),
]
