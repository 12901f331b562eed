"""Dynamic updates over UDP, signed: many clients that add and remove records of one zone; one that adds to a huge one.

Of many, each client has its own names, adds a TXT record and removes it again. Messages are signed before the clock starts,
so that what is measured is the server. An update counts when its NOERROR has come; that all servers then have it on disk is
theirs to see to.
"""

import random
import struct
import subprocess
import threading
import time

from lockstep_test import bench
from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.net import KEY
from lockstep_test.peers import Bind, Knot
from lockstep_test.server import link
from lockstep_test.updates import Client, UpdatablePrimary, Update, add, delete_rrset, signed
from lockstep_test.zones import LargeZoneFile, hosts
from rows.row import EACH_SIZE, REGISTRY, Row, make
from rows.udp import ZONE

CLIENTS, RATE = 16, 1000
MOST = 12_000  # a second that any server is expected to reach
PATIENCE = 120  # seconds until an update must be served


class Primary(UpdatablePrimary):
    def __init__(self, test, name, **options):
        super().__init__(test, name, **options)
        self.keys, self.rules = [], [{"key": self.key.name}]


class UpdatableBind(Bind):
    def _zone(self, zone, file):
        return super()._zone(zone, file).replace("type primary;", f'type primary; allow-update {{ key "{self.key.name}"; }};', 1)


class UpdatableKnot(Knot):
    def configuration(self):
        return super().configuration().replace("[transfer, notify]", "[transfer, notify, update]", 1)


SERVERS = {"Lockstep": Primary, "Knot": UpdatableKnot, "BIND": UpdatableBind}
SECONDARIES = {"Lockstep": LockstepSecondary, "Knot": Knot, "BIND": Bind}


def messages(number, count):
    """Of one client: an update that adds, then one that removes, and so on."""
    dice = random.Random(number)
    name = f"c{number}.{ZONE}"
    for turn in range(count):
        change = add(name, "TXT", f'"{turn}"', 60) if turn % 2 == 0 else delete_rrset(name, "TXT")
        octets = Update([change], sections=[(ZONE, "SOA", "IN")]).octets(dice.randrange(65536))
        yield signed(octets, KEY)[0]


class Load:
    """The clients, one a thread; `rate` of all of them a second, or as fast as they are answered."""

    def __init__(self, server, seconds, rate):
        self.server, self.seconds, self.rate = server, seconds, rate
        self.latencies, self.bad = [[] for _ in range(CLIENTS)], [0] * CLIENTS
        count = int(seconds * (rate or MOST) / CLIENTS) + 2
        self.queues = [list(messages(number, count)) for number in range(CLIENTS)]

    def _client(self, number, begin):
        step = CLIENTS / self.rate if self.rate else 0
        with Client(self.server.endpoint, timeout=10) as client:
            due = begin + step * number / CLIENTS
            for octets in self.queues[number]:
                now = time.monotonic()
                if now >= begin + self.seconds:
                    return
                time.sleep(max(0, due - now))
                sent = time.monotonic()
                try:
                    answer = client.exchange(octets)
                except TimeoutError:
                    self.bad[number] += 1
                else:
                    self.latencies[number].append(time.monotonic() - (due if step else sent))
                    self.bad[number] += struct.unpack("!H", answer[2:4])[0] & 15 != 0
                due = max(due + step, time.monotonic() - 1) if step else time.monotonic()

    def run(self):
        begin = time.monotonic() + 0.2
        threads = [threading.Thread(target=self._client, args=(number, begin)) for number in range(CLIENTS)]
        with bench.Usage(self.server) as usage:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            cpu_s = usage.seconds()
        took = sorted(each for client in self.latencies for each in client)
        return {"rate": len(took) / self.seconds, "p50_ms": 1e3 * took[len(took) // 2], "p99_ms": 1e3 * took[len(took) * 99 // 100],
                "us": 1e6 * cpu_s / len(took), "bad": sum(self.bad)}


def dynamic_updates(scene, _):
    result = {}
    for name, kind in scene.chosen(SERVERS).items():
        with bench.workspace() as space:
            if not (server := make(space, kind, name.lower())):
                continue
            server.zones[ZONE] = LargeZoneFile(space.directory / "zone", ZONE, hosts(scene.options.hosts))
            server.start()
            server.wait_serial(ZONE, server.zones[ZONE].serial)
            paced = Load(server, scene.options.seconds * 10, RATE).run()
            most = Load(server, scene.options.seconds * 2, None).run()
            result[name] = {**paced, "most": most["rate"], "most_p99_ms": most["p99_ms"], "bad": paced["bad"] + most["bad"]}
    return result


def one_update(client, watch, primary, secondary, serial):
    """One record more, which makes the version `serial`: milliseconds until the answer, and until both serve it."""
    with subprocess.Popen([watch, REGISTRY, str(serial), str(PATIENCE), str(primary.endpoint), str(secondary.endpoint)],
                          stdout=subprocess.PIPE, text=True) as watcher:
        watcher.stdout.readline()
        start = time.monotonic_ns()
        answer = client.update(add(f"_acme-challenge.h{serial}.{REGISTRY}", "TXT", f'"{serial}"', 60))
        answered = time.monotonic_ns()
        seen = [int(line) for line in watcher.stdout]
    if answer.rcode != "NOERROR" or len(seen) != 2:
        raise AssertionError(f"{primary.name}: {answer.rcode}, and serial {serial} was seen {len(seen)} times in {PATIENCE} s")
    return [(at - start) / 1e6 for at in (answered, *seen)]


def update_lag(scene, size):
    result = {}
    for name, kind in scene.chosen(SERVERS).items():
        with bench.workspace() as space:
            primary, secondary = make(space, kind, "primary", ()), make(space, SECONDARIES[name], "secondary", ())
            if not primary or not secondary:
                continue
            primary.zones[REGISTRY], secondary.zones[REGISTRY] = file, _ = scene.registry(size), None
            link(primary, secondary)
            for server in (primary, secondary):
                server.start()
                server.wait_serial(REGISTRY, file.serial)
            with Client(primary.endpoint, KEY, zone=REGISTRY, timeout=PATIENCE) as client:
                took = [one_update(client, scene.tool("watch"), primary, secondary, file.serial + number)
                        for number in range(1, 1 + (scene.options.changes or (3 if scene.options.quick else 30)))]
        answered, served, arrived = zip(*took, strict=True)
        result[name] = {"answer_p50_ms": bench.percentile(answered, 0.5), "served_p50_ms": bench.percentile(served, 0.5),
                        "p50_ms": bench.percentile(arrived, 0.5), "p90_ms": bench.percentile(arrived, 0.9),
                        "max_ms": max(arrived)}
    return result


ROWS = [
    Row("dynamic-updates", f"RFC 2136 over UDP, signed, {CLIENTS} clients, {RATE:,} a second, then as many as there are answers; "
        "a zone of 10,000 hosts", {
            "us": "CPU µs an update", "rate": "done/s", "p50_ms": "p50 ms", "p99_ms": "p99 ms", "most": "most/s",
            "most_p99_ms": "p99 ms then", "bad": "failed"},
        ("us", "p99_ms"), dynamic_updates),
    Row("update-lag", "one record added to a registry's zone by UPDATE: sent → answered, served by the primary, and by the "
        "secondary", {
            "answer_p50_ms": "answered, p50 ms", "served_p50_ms": "primary, p50 ms", "p50_ms": "secondary, p50 ms",
            "p90_ms": "p90 ms", "max_ms": "max ms"},
        ("answer_p50_ms", "p50_ms"), update_lag, sizes=EACH_SIZE),
]
