"""Loading: CPU seconds from the start of the program until it serves, and memory then."""

import contextlib
import time

from lockstep_test import bench
from lockstep_test.many import SmallZone, Survey, small_zones
from lockstep_test.process import DEADLINE, wait_until
from rows.row import EACH_SIZE, REGISTRY, Row, best, make
from rows.servers import PRIMARIES


def timed_start(server, origin, serial, others=()):
    """Starts the server; the CPU and wall seconds that it took until it served the serial of `origin`, then of all
    `others`, and its memory then."""
    bench.touch_memory()
    started = time.monotonic()
    with bench.Usage.of_start(server) as usage, contextlib.closing(Survey(server.endpoint, others)) as survey:
        def served():
            if not server.process.running:
                raise AssertionError(f"{server.name} ended instead of serving {origin}")
            return server.serial(origin, timeout=0.05) == serial
        wait_until(f"{server.name} serves {origin} {serial}", served)
        if others:
            survey.until_all(serial, DEADLINE)
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


class TenRecords(SmallZone):
    """A zone of ten records."""

    def __init__(self, folder, origin):
        super().__init__(folder, origin)
        self.records += "".join(f"host{number} IN A 192.0.2.{number}\n" for number in range(6))
        self.write()


def started_with(space, kind, name, files):
    """What it takes to start a server with all of `files`; None where it is not installed."""
    if not (server := make(space, kind, name)):
        return None
    server.zones = files
    result = timed_start(server, next(reversed(files)), 1, files)
    server.stop()
    return result


def zones(scene, _):
    """Memory is what there is more than with the first of the zones alone."""
    count = 200 if scene.options.quick else 100_000 if scene.options.huge else 10_000
    result = {}
    with bench.workspace() as space:
        files = small_zones(space.directory / "zones", count, TenRecords)
        first = dict([next(iter(files.items()))])
        for name, kind in scene.chosen(PRIMARIES).items():
            rounds = [started_with(space, kind, f"{name.lower()}{number}", files) for number in range(scene.rounds(3))]
            if None not in rounds:
                alone = started_with(space, kind, f"{name.lower()}-alone", first)
                result[name] = best(rounds, "cpu_s") | {"zones": count}
                if result[name]["pss_mb"] is not None:
                    result[name]["kb_a_zone"] = (result[name]["pss_mb"] - alone["pss_mb"]) * 1000 / (count - 1)
    return result


ROWS = [
    Row("load", "loading a registry's zone from its file, on one core", {
        "cpu_s": "CPU s until served", "wall_s": "wall s", "pss_mb": "PSS then, MB", "restart_cpu_s": "restart, CPU s"},
        ("cpu_s", "pss_mb", "restart_cpu_s"), load, growth=("cpu_s", "pss_mb"), sizes=EACH_SIZE, huge=True),
    Row("zones", "many zones of ten records, from their files", {
        "zones": "zones", "cpu_s": "CPU s until all served", "wall_s": "wall s", "kb_a_zone": "KB a zone"},
        ("cpu_s", "kb_a_zone"), zones),
]
