"""What a row of the table is, and what it has at hand while it is measured."""

import pathlib
import tempfile
from dataclasses import dataclass
from typing import Callable

from lockstep_test import bench
from lockstep_test.lockstep import Lockstep, LockstepSecondary
from lockstep_test.peers import Peer
from lockstep_test.zones import LargeZoneFile, delegations

ON_SERVER_CORE, ON_LOAD_CORE = ["taskset", "-c", "0"], ["taskset", "-c", "1"]
REGISTRY = "example."  # the origin of the zones of delegations
SIZES = {"10k": 10**4, "100k": 10**5, "1m": 10**6, "3.3m": 3_330_000, "10m": 10**7}  # records; 3.3m: 1 million delegations
HUGE, LARGEST = "10m", "3.3m"
EACH_SIZE = tuple(size for size in SIZES if size != HUGE)


@dataclass
class Row:
    """`measure(bench, size)` returns {server: {figure: number}}; it is called for each of `sizes`, or once, with "".
    `figures`: heading by figure, in order; `ratios` are those of which Lockstep's is divided by the others'; `growth`
    those of which the share of one record is told by size. `huge`: worth running at 10 million records."""
    name: str
    about: str
    figures: dict
    ratios: tuple
    measure: Callable
    growth: tuple = ()
    sizes: tuple = ()
    huge: bool = False


class Bench:
    """The options of the run, and zones of delegations, each written once for all rows. Usable with `with`."""

    def __init__(self, options):
        self.options = options
        self._folder = tempfile.TemporaryDirectory(prefix="lockstep-zones-")
        self.folder, self._zones = pathlib.Path(self._folder.name), {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def registry(self, size):
        """The file of the zone of delegations that has so many records."""
        if size not in self._zones:
            count = max(1, round(SIZES[size] / 3.33))
            self._zones[size] = LargeZoneFile(self.folder / f"{size}.zone", REGISTRY, delegations(count))
            self._zones[size].delegations = count
        return self._zones[size]

    def tool(self, name):
        return bench.tool(name, self.folder)

    def rounds(self, usual, size=None):
        """How often something is measured; the best counts, as noise only ever adds."""
        return self.options.rounds or (1 if self.options.quick else min(usual, 2) if size in (LARGEST, HUGE) else usual)

    def chosen(self, kinds):
        """Of {name: class} those that were asked for."""
        return {name: kind for name, kind in kinds.items() if name in self.options.servers}


def make(space, kind, name, on=ON_SERVER_CORE):
    """A server with one worker on the core given, or None where it is not installed."""
    space.prefix = on
    server = bench.available(lambda: kind(space, name))
    if isinstance(server, Lockstep):
        server.settings["udp_workers"] = 1
    if isinstance(server, LockstepSecondary):  # at most 64 MiB by default, until a zone is known to be larger
        server.limits |= {"transfer_in_octets": 2**32, "transfers_in_memory": 2**34}
    if isinstance(server, Peer):
        server.chatty = False
    return server


def best(results, figure):
    """The round with the least of `figure`."""
    return min(results, key=lambda result: result[figure])
