"""What the benchmarks share: a workspace for servers, our small C++ tools, CPU time, tables."""

import contextlib
import json
import mmap
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
TICKS = os.sysconf("SC_CLK_TCK")


class Workspace:
    """Holds servers as a test case does. `prefix` comes before their command lines."""

    def __init__(self, directory, prefix=()):
        self.directory, self.prefix, self.servers = pathlib.Path(directory), prefix, []
        self._cleanups = contextlib.ExitStack()
        self.addCleanup = self._cleanups.callback

    def stop(self):
        for server in self.servers:
            if server.process.child is not None:
                server.process.stop()
        self._cleanups.close()


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
    """The program of tests/bench/NAME.cpp, compiled unless it is in `directory` already."""
    program = pathlib.Path(directory) / name
    if not program.exists():
        subprocess.run(["c++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, BENCH / f"{name}.cpp"],
                       check=True)
    return program


def processes(group):
    """(process id, fields of /proc/PID/stat from the state on) of the living processes of a process group."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            yield int(stat.parent.name), fields


def cpu_seconds(group):
    """(user, system) seconds that the living processes of a process group have used, threads and the children that they
    have waited for included."""
    user = system = 0
    for _, fields in processes(group):  # the state is field 3 of proc(5), so 11 is utime, 12 stime, 13 cutime, 14 cstime
        user += int(fields[11]) + int(fields[13])
        system += int(fields[12]) + int(fields[14])
    return user / TICKS, system / TICKS


def touch_memory():
    """Has the kernel's free memory touched before something is measured, not by it. A virtual machine's host takes back what
    is free for some seconds, and gives it again at 0.4 GB/s on some: whoever runs behind a large server would pay for that."""
    with open("/proc/meminfo", encoding="ascii") as file:
        available = next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))
    octets = min(2 << 30, available // 2)
    with mmap.mmap(-1, octets, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as room:
        room.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, octets, mmap.PAGESIZE):
            room[at] = 1


class Usage:
    """The CPU time that all processes of a server use from here on, to the nanosecond where they live, those included that
    end meanwhile (NSD's do at each transfer): what they leave to who waits for them, or else what they were last seen with,
    looked at every 50 ms. Usable with `with`."""

    def __init__(self, server):
        self.group, self.over, self.lock, self.seen = server.process.pid, threading.Event(), threading.Lock(), {}
        self.before = self._used()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    @classmethod
    def of_start(cls, server):
        """Configures and starts the server; what it has used since then."""
        server.configure()
        server.process.start()
        usage = cls(server)
        usage.before = 0
        return usage

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _watch(self):
        while not self.over.wait(0.05):
            self._used()

    def _used(self):
        with self.lock:
            inherited = 0
            for pid, fields in processes(self.group):
                with contextlib.suppress(OSError):  # the clock of another process: clock_getcpuclockid(3)
                    self.seen[pid] = time.clock_gettime(~pid << 3 | 2)
                    inherited += self.seen[pid] + (int(fields[13]) + int(fields[14])) / TICKS
            return max(inherited, sum(self.seen.values()))

    def seconds(self):
        return self._used() - self.before


def pss_megabytes(server):
    """The proportional set size of all of the server's processes, or None where that may not be read."""
    try:
        return sum(int(pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
                   for pid, _ in processes(server.process.pid)) * 1024 / 1e6
    except PermissionError:
        return None


def available(make):
    """What `make()` returns, or None with a word on stderr where the program is not there."""
    try:
        return make()
    except unittest.SkipTest as missing:
        print(f"left out: {missing}", file=sys.stderr)
        return None


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _cell(value):
    """Text as it is; of a number what a reader can use."""
    if value is None or isinstance(value, str):
        return value or "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3g}"


def table(headings, rows):
    """Prints rows of text and numbers; numbers flush right."""
    cells = [headings, *[[_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    for number, row in enumerate(cells):
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))))
        if number == 0:
            print("  ".join("-" * w for w in widths))


def write_json(path, content):
    if path:
        pathlib.Path(path).write_text(json.dumps(content, indent=2) + "\n")
