"""Loading: CPU seconds from the start of the program until it serves, and memory then."""

import time

from lockstep_test import bench
from lockstep_test.many import SmallZone, Survey, small_zones
from lockstep_test.process import DEADLINE, wait_until
from rows.row import EACH_SIZE, REGISTRY, Row, best, make
from rows.servers import PRIMARIES


def timed_start(server, origin, serial, pause=0.01):
    """Starts the server; the CPU and wall seconds that it took until it served the serial, and its memory then."""
    started = time.monotonic()
    with bench.Usage.of_start(server) as usage:
        def served():
            if not server.process.running:
                raise AssertionError(f"{server.name} ended instead of serving {origin}")
            return server.serial(origin, timeout=0.05) == serial
        wait_until(f"{server.name} serves {origin} {serial}", served, pause=pause)
        return {"cpu_s": usage.seconds(), "wall_s": time.monotonic() - started, "pss_mb": bench.pss_megabytes(server)}


def load(scene, size):
    """A restart reads the file again, or what the program has kept of it."""
    file, rounds = scene.registry(size), {}
    for _ in range(scene.rounds(3, size)):
        for name, kind in scene.chosen(PRIMARIES).items():
            with bench.workspace() as space:
                if server := make(space, kind, name.lower()):
                    server.zones[REGISTRY] = file
                    result = timed_start(server, REGISTRY, file.serial)
                    server.stop()
                    again = timed_start(server, REGISTRY, file.serial)
                    rounds.setdefault(name, []).append(result | {"restart_cpu_s": again["cpu_s"]})
    return {name: best(results, "cpu_s") | {"restart_cpu_s": best(results, "restart_cpu_s")["restart_cpu_s"]}
            for name, results in rounds.items()}


ROWS = [
    Row("load", "loading a registry's zone from its file, on one core", {
        "cpu_s": "CPU s until served", "wall_s": "wall s", "pss_mb": "PSS then, MB", "restart_cpu_s": "restart, CPU s"},
        ("cpu_s", "pss_mb", "restart_cpu_s"), load, growth=("cpu_s", "pss_mb"), sizes=EACH_SIZE, huge=True),
]
