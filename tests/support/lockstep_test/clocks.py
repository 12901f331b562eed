"""Clocks of a daemon that a test sets while it runs: the wall clock, and how long the machine has slept."""

import pathlib
import struct
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "clocks.cpp"


class Clocks:
    """`prefix` goes before a server's command line."""

    def __init__(self, directory):
        self.library, self.file = directory / "clocks.so", directory / "clocks"
        subprocess.run(["c++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", self.library,
                        SOURCE], check=True)
        self.wall = self.slept = 0
        self._write()
        self.prefix = ["env", f"LD_PRELOAD={self.library}", f"LOCKSTEP_CLOCKS={self.file}",
                       # A sanitizer's library is not the first any more.
                       "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"]

    def _write(self):
        # In place: the daemon has it mapped.
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=qq", self.wall + self.slept, self.slept))

    def set_wall(self, seconds):
        """As an operator would: so far from the true time."""
        self.wall = seconds
        self._write()

    def sleep(self, seconds):
        """As if the machine had been suspended so long: the wall clock went on, only the steady one does not know."""
        self.slept += seconds
        self._write()
