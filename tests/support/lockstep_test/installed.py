"""An installation of the build folder below a temporary folder."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROLES = ("primary", "secondary")


def tool(name):
    """The path of a checker of Debian's; without it the test skips, or fails if LOCKSTEP_REQUIRE_PEERS is 1."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/bin")
    if found:
        return found
    if os.environ.get("LOCKSTEP_REQUIRE_PEERS") == "1":
        raise AssertionError(f"{name} is not installed (deploy/install test), and LOCKSTEP_REQUIRE_PEERS demands it")
    raise unittest.SkipTest(f"{name} is not installed")


def run(*command, env=None, **options):
    """Runs to its end; output as text."""
    return subprocess.run([str(word) for word in command], text=True, capture_output=True, timeout=120,
                          env={**os.environ, **(env or {})}, **options)


def install(prefix, destdir=None):
    """`cmake --install` of the build folder that ctest names. Returns the folder that stands for `prefix`."""
    build = os.environ.get("LOCKSTEP_BUILD")
    if not build:
        raise unittest.SkipTest("LOCKSTEP_BUILD does not name a build folder")
    done = run(os.environ.get("LOCKSTEP_CMAKE", "cmake"), "--install", build, "--prefix", prefix,
               env={"DESTDIR": str(destdir)} if destdir else {})
    if done.returncode != 0:
        raise AssertionError(f"cmake --install exited {done.returncode}\n{done.stdout}{done.stderr}")
    return pathlib.Path(f"{destdir or ''}{prefix}")


class InstalledTest(unittest.TestCase):
    """`usr` is an installation that works where it is: units and samples name paths in it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lockstep-install-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.usr = install(cls.folder / "usr")

    def tree(self, root):
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())
