"""Everything at once: what a test needs to let many things happen together, and still judge each of them."""

import contextlib
import json
import os
import re
import signal
import threading
import time

from lockstep_test import control, query
from lockstep_test.net import KEY, Key
from lockstep_test.watching import Observer
from lockstep_test.zones import canonical

OTHER_KEY = Key("other.example.", "YSBzZWNvbmQga2V5LCB0byBjaGFuZ2Ugb3ZlciB0byEhISE=")


class Moments:
    """What goes on at which time, so that a verb's failure can be held against it."""

    def __init__(self):
        self.lock, self.spans = threading.Lock(), []  # [kind, start, end]

    @contextlib.contextmanager
    def during(self, kind):
        span = [kind, time.monotonic(), float("inf")]
        with self.lock:
            self.spans.append(span)
        try:
            yield
        finally:
            span[2] = time.monotonic()

    def between(self, start, end):
        with self.lock:
            return {kind for kind, begun, over in self.spans if begun <= end and over >= start}


class Verbs:
    """Runs verbs and judges their exit codes: 0, unless a moment of a kind that `excuses` names overlaps and each line of
    what is said matches the excuse."""

    def __init__(self, moments):
        self.moments, self.lock, self.counts, self.excused = moments, threading.Lock(), {}, 0

    def __call__(self, server, verb, zone="", excuses=None, **options):
        started = time.monotonic()
        done = control.ask(server, verb, zone, expect=None, **options)
        with self.lock:
            self.counts[verb] = self.counts.get(verb, 0) + 1
        if done.code == 0:
            return done
        now = self.moments.between(started, time.monotonic())
        patterns = [pattern for kind, pattern in (excuses or {}).items() if kind in now]
        lines = done.errors.splitlines()
        if done.code == 1 and lines and all(any(re.search(p, line) for p in patterns) for line in lines):
            with self.lock:
                self.excused += 1
            return done
        raise AssertionError(f"{server.name}: {verb} {zone} exited {done.code} after "
                             f"{time.monotonic() - started:.1f} s; meanwhile: {sorted(now) or 'nothing else'}\n"
                             f"{done.output}{done.errors}")


class Versions:
    """What was served under which serial, by whomever: never two contents under one serial. Knows the newest KEPT of each
    zone."""

    KEPT = 500

    def __init__(self):
        self.lock, self.contents, self.wrong, self.compared = threading.Lock(), {}, [], 0

    def note(self, server, zone, lines):
        """`lines`: the whole zone in canonical form. Returns its serial."""
        serial = next(int(line.split()[6]) for line in lines if line.split()[3] == "SOA")
        with self.lock:
            known = self.contents.setdefault(zone, {})
            first, whose = known.setdefault(serial, (lines, server.name))
            if len(known) > self.KEPT:
                del known[min(known)]
            self.compared += server.name != whose
            if first != lines:
                differing = sorted(set(first) ^ set(lines))[:4]
                self.wrong.append(f"{zone} {serial}: {server.name} and {whose} differ in {differing}")
        return serial

    def some(self, zone, newest):
        """The serials known of a zone, the last few."""
        with self.lock:
            return sorted(self.contents.get(zone, ()))[-newest:]

    def by_ixfr(self, server, zone, since, key):
        """Lets an outside client go from a version known to the newest by IXFR, and notes where it arrives."""
        lines = query.transfer(server.endpoint, zone, "IXFR", since=since, key=key, seconds=20)
        if len(lines) == 1:  # up to date, or the server is behind
            return
        lines = [canonical(line)[0] for line in lines]
        is_soa = [line.split()[3] == "SOA" for line in lines]
        if not is_soa[1]:
            self.note(server, zone, sorted(set(lines)))
            return
        with self.lock:
            held = set(self.contents[zone][since][0])
        deleting = False
        for line, soa in zip(lines[1:-1], is_soa[1:-1]):
            deleting = not deleting if soa else deleting
            if deleting and line not in held:
                self.wrong.append(f"{zone}: IXFR from {server.name} since {since} deletes {line}, which is not there")
            (held.discard if deleting else held.add)(line)
        self.note(server, zone, sorted(held))


class Separate(Observer):
    """Of a zone that comes and goes: between two lives it is not looked at."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.alive = threading.Lock()

    def step(self):
        with self.alive:
            super().step()

    @contextlib.contextmanager
    def away(self):
        with self.alive:
            yield
            self.last = None


@contextlib.contextmanager
def stopped(server):
    """SIGSTOP, and SIGCONT."""
    server.process.child.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.child.send_signal(signal.SIGCONT)


def two_keys(kind):
    """A Lockstep server that knows both keys, and uses `self.key` with its peers; whoever has either may transfer. Its
    configuration is replaced in one step, as others read it at any time. Idle connections end after 3 s."""

    class TwoKeys(kind):
        zone_extras = {}  # zone: keys of its own

        def configuration(self):
            configuration = super().configuration()
            configuration["keys"] = [{"name": key.name, "algorithm": key.algorithm, "secret": key.secret}
                                     for key in (KEY, OTHER_KEY)]
            configuration["limits"] = {"tcp_idle_seconds": 3}
            for zone in configuration["zones"]:
                zone |= {"transfer": [{"key": KEY.name}, {"key": OTHER_KEY.name}]} | self.zone_extras.get(zone["name"], {})
            return configuration

        def _peer(self, server):
            return super()._peer(server) | {"key": self.key.name}

        def write_configuration(self, configuration):
            new = self.config_path.with_suffix(".new")
            new.write_text(json.dumps(configuration, indent=2))
            os.replace(new, self.config_path)

    return TwoKeys
