"""What the benchmarks share: a workspace for servers, our small C++ tools, CPU time, tables."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
TICKS = os.sysconf("SC_CLK_TCK")


class Workspace:
    """Holds servers as a test case does. `prefix` comes before their command lines."""

    def __init__(self, directory, prefix=()):
        self.directory, self.prefix, self.servers = pathlib.Path(directory), prefix, []

    def stop(self):
        for server in self.servers:
            if server.process.child is not None:
                server.process.stop()


@contextlib.contextmanager
def workspace(prefix=()):
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-", ignore_cleanup_errors=True) as folder:
        space = Workspace(folder, prefix)
        try:
            yield space
        except BaseException:
            for server in space.servers:
                print(f"--- log of {server.name}", *server.log().splitlines()[-20:], sep="\n", file=sys.stderr)
            raise
        finally:
            space.stop()


def use_programs(folder):
    """Takes the daemons from a build folder, unless LOCKSTEP_PRIMARY and LOCKSTEP_SECONDARY name them."""
    for role in ("primary", "secondary"):
        for path in (folder / f"lockstep-{role}", folder / role / f"lockstep-{role}"):
            if path.exists():
                os.environ.setdefault(f"LOCKSTEP_{role.upper()}", str(path))


def tool(name, directory):
    """The program of tests/bench/NAME.cpp, compiled now."""
    program = pathlib.Path(directory) / name
    subprocess.run(["c++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, BENCH / f"{name}.cpp"],
                   check=True)
    return program


def cpu_seconds(group):
    """(user, system) seconds that the living processes of a process group have used, threads included."""
    user = system = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:  # counted from the state, which is field 3 of proc(5): 2 is pgrp, 11 utime, 12 stime
            user += int(fields[11])
            system += int(fields[12])
    return user / TICKS, system / TICKS


def available(make):
    """What `make()` returns, or None with a word on stderr where the program is not there."""
    try:
        return make()
    except unittest.SkipTest as missing:
        print(f"left out: {missing}", file=sys.stderr)
        return None


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def table(headings, rows):
    """Prints rows of text and numbers; numbers flush right."""
    cells = [headings, *[[c if isinstance(c, str) else "–" if c is None else f"{c:,.2f}" for c in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    for number, row in enumerate(cells):
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))))
        if number == 0:
            print("  ".join("-" * w for w in widths))


def write_json(path, content):
    if path:
        pathlib.Path(path).write_text(json.dumps(content, indent=2) + "\n")
