"""Whole zones out and in."""

import json
import subprocess

from lockstep_test import bench
from lockstep_test.evil import question
from lockstep_test.server import link
from rows.load import timed_start
from rows.row import EACH_SIZE, ON_LOAD_CORE, REGISTRY, Row, best, make
from rows.servers import PRIMARIES, SECONDARIES


def fetch(scene, server, origin, key=None):
    """One AXFR by axfr.cpp: the CPU seconds of the server, and what came. With a key the server signs every message, and
    nobody looks at that."""
    with bench.Usage(server) as usage:
        done = subprocess.run([*ON_LOAD_CORE, scene.tool("axfr"), str(server.endpoint), question(origin, "AXFR", key).hex()],
                              capture_output=True, text=True, check=True)
        return {"cpu_s": usage.seconds(), **json.loads(done.stdout)}


def axfr_out(scene, size):
    file, result = scene.registry(size), {}
    for name, kind in scene.chosen(PRIMARIES).items():
        with bench.workspace() as space:
            if server := make(space, kind, name.lower()):
                server.zones[REGISTRY], server.open_transfers = file, True
                server.start()
                plain = [fetch(scene, server, REGISTRY) for _ in range(scene.rounds(5, size))]
                signed = [fetch(scene, server, REGISTRY, server.key) for _ in range(scene.rounds(3, size))]
                result[name] = {**best(plain, "cpu_s"), "signed_cpu_s": best(signed, "cpu_s")["cpu_s"]}
                for one in [*plain, *signed]:
                    assert one["records"] == file.records + 1, f"{name} sent {one}, not {file.records} records"
    return result


def axfr_in(scene, size):
    """The primary is on the other core, where it is not counted. The time runs from the start of the secondary."""
    file, rounds = scene.registry(size), {}
    for name in scene.chosen(SECONDARIES):
        for _ in range(scene.rounds(3, size)):
            with bench.workspace() as space:
                primary = make(space, PRIMARIES[name], "primary", ON_LOAD_CORE)
                secondary = primary and make(space, SECONDARIES[name], "secondary")
                if not secondary:
                    continue
                primary.zones[REGISTRY], secondary.zones[REGISTRY] = file, None
                link(primary, secondary)
                primary.start()
                result = timed_start(secondary, REGISTRY, file.serial)
                secondary.stop()
                again = timed_start(secondary, REGISTRY, file.serial)
                rounds.setdefault(name, []).append(result | {"restart_cpu_s": again["cpu_s"]})
    return {name: best(results, "wall_s") for name, results in rounds.items()}


ROWS = [
    Row("axfr-out", "one AXFR of a registry's zone, to a client that reads and discards", {
        "cpu_s": "CPU s", "signed_cpu_s": "with TSIG", "wall_s": "wall s", "records": "records", "octets": "octets"},
        ("cpu_s", "signed_cpu_s"), axfr_out, growth=("cpu_s",), sizes=EACH_SIZE),
    Row("axfr-in", "a secondary that starts empty, until it serves a registry's zone of its own kind of primary, with TSIG. "
        "Lockstep has stored it durably by then", {
            "wall_s": "wall s", "cpu_s": "CPU s", "pss_mb": "PSS then, MB", "restart_cpu_s": "restart, CPU s"},
        ("wall_s", "cpu_s", "restart_cpu_s"), axfr_in, growth=("wall_s", "cpu_s"), sizes=EACH_SIZE),
]
