"""From a change on the primary to the secondary, and how long a primary waits before it tells.

Each change is of one A record and the serial, in place in the file, which the primary is then made to read. The clock
starts when the primary is first seen to serve the new serial (watch.cpp), and stops when the secondary is, or when a NOTIFY
of it arrives. Peers notify without delay for the lag (BIND: notify-delay 0), and as they do by default for the wait. The
pairs take turns, so that the machine's moods meet them all; servers are on both cores.
"""

import random
import subprocess
import time

from lockstep_test import bench
from lockstep_test.evil import ScriptedPrimary
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import KEY
from lockstep_test.peers import Bind, Knot, Nsd
from lockstep_test.process import wait_until
from lockstep_test.scripted import Zone
from lockstep_test.server import link
from lockstep_test.zones import LargeZoneFile, hosts
from rows.row import LARGEST, REGISTRY, Row, make
from rows.servers import PRIMARIES

ZONE = "example.test."


class DifferingNsd(Nsd):
    """Keeps for IXFR what changed in its file, which it does not by default."""

    def _zone(self, zone, file):
        return f"{super()._zone(zone, file)}    create-ixfr: yes\n"


PAIRS = {
    "Lockstep": (LockstepPrimary, LockstepSecondary),
    "NSD": (DifferingNsd, Nsd),
    "Knot": (Knot, Knot),
    "BIND": (Bind, Bind),
    "BIND → Lockstep": (Bind, LockstepSecondary),
    "BIND → Knot": (Bind, Knot),
    "BIND → NSD": (Bind, Nsd),
}
PATIENCE = 120  # seconds until a change must be served
LEAST, ENOUGH = 5, 120  # of a server that takes long for each change: so many changes, then no more after so many seconds
LAG = {"p50_ms": "p50 ms", "p90_ms": "p90 ms", "max_ms": "max ms", "load_p50_ms": "file → primary, p50 ms",
       "changes": "changes"}


class Changing:
    """A primary with a file of its own that changes, and those that it tells."""

    def __init__(self, space, kind, name, origin, file):
        self.file, self.origin, self.loads = file, origin, []
        self.server = make(space, kind, name, ())
        if self.server:
            self.server.zones[origin] = file

    def change(self, watch, *others):
        """The next version; when it was first served by the primary and then by `others`, in nanoseconds."""
        servers = [self.server, *others]
        with subprocess.Popen([watch, self.origin, str(self.file.serial + 1), str(PATIENCE),
                               *(str(server.endpoint) for server in servers)], stdout=subprocess.PIPE, text=True) as watcher:
            watcher.stdout.readline()
            self.file.change()
            start = time.monotonic_ns()
            self.server.reload(self.origin)
            seen = [int(line) for line in watcher.stdout]
        if len(seen) != len(servers):
            raise AssertionError(f"{self.server.name}: serial {self.file.serial} was not served within {PATIENCE} s")
        self.loads.append((seen[0] - start) / 1e6)
        return seen


def summary(milliseconds, loads):
    return {"p50_ms": bench.percentile(milliseconds, 0.5), "p90_ms": bench.percentile(milliseconds, 0.9),
            "max_ms": max(milliseconds), "load_p50_ms": bench.percentile(loads, 0.5), "changes": len(milliseconds)}


def measure(scene, space, origin, new_file, changes, names, enough=float("inf")):
    """`new_file(path)` writes the zone; all of the pairs `names` run beside each other. Fewer changes where they take more
    than `enough` seconds."""
    pairs, lags, dice, watch = {}, {name: [] for name in names}, random.Random(4), scene.tool("watch")
    for number, name in enumerate(names):
        primary = Changing(space, PAIRS[name][0], f"p{number}", origin, new_file(space.directory / f"{number}.zone"))
        secondary = primary.server and make(space, PAIRS[name][1], f"s{number}", ())
        if secondary:
            pairs[name] = primary, secondary
            secondary.zones[origin] = None
            link(primary.server, secondary)
            for server in (primary.server, secondary):
                server.start()
                server.wait_serial(origin, primary.file.serial)
    end = time.monotonic() + enough
    for number in range(changes):
        if number >= LEAST and time.monotonic() > end:
            break
        for name, (primary, secondary) in pairs.items():
            seen = primary.change(watch, secondary)
            lags[name].append(max(0, seen[1] - seen[0]) / 1e6)
            time.sleep(dice.uniform(0, 0.02))
    return {name: summary(lags[name], primary.loads) for name, (primary, _) in pairs.items()}


def chosen_pairs(scene):
    return [name for name in PAIRS if set(name.split(" → ")) <= set(scene.options.servers)]


def lag_hosts(scene, _):
    text = hosts(scene.options.hosts)
    with bench.workspace() as space:
        return measure(scene, space, ZONE, lambda path: LargeZoneFile(path, ZONE, [text]),
                       scene.options.changes or (5 if scene.options.quick else 100), chosen_pairs(scene))


def lag_delegations(scene, size):
    """One pair of a kind after the other: each server of such a zone takes up to a gigabyte, and a reload half a minute."""
    result = {}
    for name in chosen_pairs(scene):
        if " → " in name:
            continue
        with bench.workspace() as space:
            result |= measure(scene, space, REGISTRY, lambda _: scene.registry(size),
                              scene.options.changes or (3 if scene.options.quick else 30), [name], ENOUGH)
    return result


class UsualBind(Bind):
    """With the delays that BIND has by default."""

    PACE = ""


def notify_wait(scene, _):
    text, primaries, ears, waits = hosts(scene.options.hosts), {}, {}, {}
    with bench.workspace() as space:
        for number, (name, kind) in enumerate(scene.chosen(PRIMARIES | {"BIND": UsualBind}).items()):
            file = LargeZoneFile(space.directory / f"{number}.zone", ZONE, [text])
            primary = Changing(space, kind, f"p{number}", ZONE, file)
            if primary.server:
                primaries[name], ears[name], waits[name] = primary, ScriptedPrimary(space, f"ear{number}", KEY), []
                ears[name].plans[ZONE] = Zone(ZONE).good(0)
                primary.server.secondaries.append(ears[name])
                primary.server.start()
        for _ in range(scene.options.changes or (2 if scene.options.quick else 10)):
            for name, primary in primaries.items():
                served, = primary.change(scene.tool("watch"))
                told = wait_until(f"{name} sends NOTIFY", lambda n=name, p=primary: ears[n].told.get((ZONE, p.file.serial)),
                                  60)
                waits[name].append(max(0, told - served) / 1e6)
    return {name: summary(waits[name], primary.loads) for name, primary in primaries.items()}


ROWS = [
    Row("lag-hosts", "one changed record of a zone of hosts: served by the primary → served by the secondary", LAG,
        ("p50_ms", "p90_ms"), lag_hosts),
    Row("lag-delegations", "the same on a registry's zone", LAG, ("p50_ms", "p90_ms"), lag_delegations, sizes=(LARGEST,)),
    Row("notify-wait", "one changed record: served by the primary → its NOTIFY arrives, with the default delays of each",
        LAG, ("p50_ms",), notify_wait),
]
