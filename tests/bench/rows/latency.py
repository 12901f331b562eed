"""How much longer answers about a small zone take while the same server works on a large one.

A paced client (pace.cpp) asks a zone of hosts; beside it the server has a registry's zone. As a primary it is measured at
rest, while it gives that zone away by AXFR again and again, and while it reads its file, in which one record changed. As a
secondary of its own kind of primary, which has the other core and gives way there, it is measured at rest, while it takes
the zone by AXFR, and while it takes one change by IXFR and for half a second more. The server has one core for all of this,
so the scheduler's share is in the figures. Of several runs the middle one counts.
"""

import random
import time

from lockstep_test import bench
from lockstep_test.zones import LargeZoneFile, hosts
from rows.paced import Paced
from rows.row import LARGEST, ON_LOAD_CORE, REGISTRY, Row, make
from rows.servers import PRIMARIES, SECONDARIES
from rows.transfers import fetch
from rows.udp import ZONE, mix

RATE, HOSTS, TAIL = 1000, 1000, 0.5
STATES = ("out", "load", "in", "change")


class Scene:
    """Files and questions, and how a server is looked at while it works."""

    def __init__(self, bench_scene, space, size):
        self.scene, self.large = bench_scene, bench_scene.registry(size)
        self.small = LargeZoneFile(space.directory / "small.zone", ZONE, [hosts(HOSTS)])
        self.questions = space.directory / "questions"
        self.questions.write_text("\n".join(mix(HOSTS, random.Random(6))) + "\n")

    def during(self, server, work, before=lambda: None):
        """The middle one of some runs of `work()`, with what comes before each."""
        results = []
        for _ in range(self.scene.rounds(3)):
            before()
            with Paced(self.scene, server, self.questions, RATE) as paced:
                work()
            results.append(paced.result)
        return sorted(results, key=lambda result: result["p99_ms"])[len(results) // 2]

    def rest(self, server):
        return self.during(server, lambda: time.sleep(self.scene.options.seconds))

    def give(self, server):
        end = time.monotonic() + self.scene.options.seconds
        while time.monotonic() < end:
            fetch(self.scene, server, REGISTRY)

    def read(self, server):
        serial = self.large.change()
        server.reload(REGISTRY)
        server.wait_serial(REGISTRY, serial)

    def take(self, secondary, primary, ask):
        """`ask(REGISTRY)` makes the secondary take what the primary has read before."""
        def work():
            ask(REGISTRY)
            secondary.wait_serial(REGISTRY, self.large.serial)
            time.sleep(TAIL)
        return self.during(secondary, work, lambda: self.read(primary))


def as_primary(scene, server):
    server.zones |= {ZONE: scene.small, REGISTRY: scene.large}
    server.open_transfers = True
    server.start()
    return {"idle": scene.rest(server), "out": scene.during(server, lambda: scene.give(server)),
            "load": scene.during(server, lambda: scene.read(server))}


def as_secondary(scene, primary, secondary):
    """The primary does not notify: it tells nobody of a change until the secondary asks."""
    primary.zones |= {ZONE: scene.small, REGISTRY: scene.large}
    primary.grant_transfers()
    primary.start()
    secondary.zones |= {ZONE: None, REGISTRY: None}
    secondary.primaries.append(primary)
    secondary.start()
    for zone, file in primary.zones.items():
        secondary.wait_serial(zone, file.serial)
    return {"idle as secondary": scene.rest(secondary), "in": scene.take(secondary, primary, secondary.retransfer),
            "change": scene.take(secondary, primary, secondary.refresh)}


def latency(bench_scene, size):
    result = {}
    for name in bench_scene.chosen(SECONDARIES):
        with bench.workspace() as space:
            scene = Scene(bench_scene, space, size)
            if not (server := make(space, PRIMARIES[name], "alone")):
                continue
            states = as_primary(scene, server)
            server.stop()
            primary = make(space, PRIMARIES[name], "primary", ["nice", "-n", "19", *ON_LOAD_CORE])
            states |= as_secondary(scene, primary, make(space, SECONDARIES[name], "secondary"))
        result[name] = {share: states["idle"][share] for share in ("p50_ms", "p99_ms")} | {"states": states}
        for state in STATES:
            idle = states["idle as secondary" if state in ("in", "change") else "idle"]
            result[name] |= {f"{state}_{share}": states[state][share] / idle[share] for share in ("p50_ms", "p99_ms")}
            result[name][state] = states[state]["p99_ms"]
    return result


ROWS = [
    Row("latency", f"UDP, {RATE:,} queries a second about a small zone, beside a registry's: ms at rest, × during AXFR "
        "out, loading, AXFR in, IXFR in", {
            "p50_ms": "p50 ms", "p99_ms": "p99 ms",
            **{f"{state}{figure}": f"{state}: {text}" for state in STATES
               for figure, text in (("_p50_ms", "p50 ×"), ("_p99_ms", "p99 ×"), ("", "p99 ms"))}},
        ("p99_ms", *STATES), latency, sizes=(LARGEST,)),
]
