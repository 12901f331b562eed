"""The servers of the kit, set so that their answers can be compared, and which zones each of them loads."""

import re
import shutil
import time

from lockstep_test import query
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.peers import Bind, Knot, Nsd
from lockstep_test.process import DEADLINE
from lockstep_test.server import link

from zone_model import ZoneOnDisk


class _Loading:
    """How a log tells that a zone was not loaded: REFUSED; REASON is a line that says why. ZONE stands for the name."""
    REFUSED = REASON = None

    def refuses(self, origin, log):
        return re.search(self._about(self.REFUSED, origin), log, re.IGNORECASE) is not None

    def reason(self, origin, log):
        """In few words, without names and numbers, so that like reasons can be counted."""
        found = re.search(self._about(self.REASON, origin), log, re.IGNORECASE)
        return found.group("why").strip() if found else "does not say why"

    def _about(self, pattern, origin):
        if "PATH" in pattern:
            pattern = pattern.replace("PATH", re.escape(str(self.zone_path(origin))))
        return pattern.replace("ZONE", re.escape(self._in_log(origin)))

    def _in_log(self, origin):
        return origin


class Lockstep(_Loading, LockstepPrimary):
    REFUSED = r"error ZONE: not loaded, "
    REASON = r"error ZONE: not loaded, [\s\S]*?\berror: (?:\S+: )?(?P<why>.*)"


class DifferentialBind(_Loading, Bind):
    REFUSED = r"zone ZONE/IN: not loaded due to errors"
    REASON = r"zone ZONE/IN: (?:loading from master file PATH failed: )?(?P<why>.*)"

    def _in_log(self, origin):
        return origin.rstrip(".") or "."

    def configuration(self):
        return super().configuration().replace("options {", """options {
  minimal-responses no; minimal-any no; zero-no-soa-ttl no; check-names primary ignore; check-integrity no;
  check-mx ignore; check-mx-cname ignore; check-srv-cname ignore; check-sibling no;
  check-spf ignore; check-wildcard no; check-dup-records ignore;""", 1)


class DifferentialKnot(_Loading, Knot):
    REFUSED = r"\[ZONE\] zone event 'load' failed"
    REASON = r"error: \[ZONE\] (?P<why>.*)"


class DifferentialNsd(_Loading, Nsd):
    REFUSED = r"zone ZONE file PATH read with \d+ errors"
    REASON = r"error: PATH:\d+: (?!While checking)(?P<why>.*)"

    def configuration(self):
        return super().configuration().replace("server:\n", "server:\n    refuse-any: no\n    minimal-responses: no\n", 1)


class Copy(LockstepSecondary):
    """Has by transfer what another server of the cast has loaded, so the primary's answers are its own."""
    SOURCES = ["BIND", "Lockstep"]  # the first that is there; Knot takes names with NUL octets for others (EXPLAINED.md)

    def refuses(self, origin, log):
        return False


KINDS = {"Lockstep": Lockstep, "BIND": DifferentialBind, "Knot": DifferentialKnot, "NSD": DifferentialNsd, "Copy": Copy}


class Cast:
    """The servers named, running side by side with the same zones. For `with`."""

    number = 0

    def __init__(self, space, names, zones):
        self.space, self.zones = space, zones
        Cast.number += 1
        self.files = space.directory / f"zones-{Cast.number}"
        self.servers = {name: KINDS[name](space, f"{name.lower()}-{Cast.number}") for name in names}

    def __enter__(self):
        self.files.mkdir()
        files = {zone.origin: ZoneOnDisk(self.files / f"{number}.zone", zone) for number, zone in enumerate(self.zones)}
        for server in self.servers.values():
            server.zones = dict.fromkeys(files) if isinstance(server, Copy) else dict(files)
            if isinstance(server, Copy):
                link(next(self.servers[name] for name in Copy.SOURCES if name in self.servers), server)
        for server in self.servers.values():
            server.configure()
            server.process.start()
        return self

    def __exit__(self, *raised):
        for server in self.servers.values():
            server.process.stop()
        if raised[0] is None:
            self.forget()

    def forget(self):
        for server in self.servers.values():
            shutil.rmtree(server.directory, ignore_errors=True)
            self.space.servers.remove(server)
        shutil.rmtree(self.files, ignore_errors=True)

    def refused(self):
        """Waits until every server has loaded or refused every zone; returns {origin: {server: why}} of those refused."""
        refused = {}
        for name, server in self.servers.items():
            for origin in self._unloaded(name, server):
                refused.setdefault(origin, {})[name] = server.reason(origin, server.log())
        return refused

    def _unloaded(self, name, server):
        waiting = list(server.zones)
        end = time.monotonic() + DEADLINE
        while True:
            waiting = [origin for origin in waiting if server.serial(origin, timeout=0.5) is None]
            log = server.log()
            undecided = [origin for origin in waiting if not server.refuses(origin, log)]
            if not undecided:
                return waiting
            if not server.process.running or time.monotonic() > end:
                raise AssertionError(f"{name} neither loads nor refuses {undecided[:5]}")
            time.sleep(0.01)
