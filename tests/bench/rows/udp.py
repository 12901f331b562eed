"""Queries over UDP: CPU time a query, all servers in turns. The echo (echo.cpp: recvmmsg and sendmmsg, nothing between) is
the floor."""

import random
import re
import subprocess

from lockstep_test import bench
from lockstep_test.server import find_program
from lockstep_test.zones import LargeZoneFile, delegation, hosts
from rows.row import EACH_SIZE, ON_LOAD_CORE, REGISTRY, Row, best, make
from rows.servers import FLOOR, PRIMARIES, VARIANTS

ZONE = "example.test."
FIGURES = {"us": "µs a query", "user_us": "user", "system_us": "system", "qps": "queries/s", "lost": "lost",
           "nxdomain": "NXDOMAIN %"}


def mix(count, dice):
    """Questions for a zone of hosts: of 20 questions 9 A, 4 AAAA, 2 MX, 3 for an alias, 2 for a name that is not there."""
    for _ in range(20 * 1000):
        kind, host = dice.randrange(20), dice.randrange(count)
        if kind < 9:
            yield f"host{host}.{ZONE} A"
        elif kind < 13:
            yield f"host{host}.{ZONE} AAAA"
        elif kind < 15:
            yield f"host{host // 10 * 10}.{ZONE} MX"
        elif kind < 18:
            yield f"alias{host // 5 * 5}.{ZONE} A"
        else:
            yield f"missing{host}.{ZONE} A"


def per_query(server, run):
    """What `run()` returns, with the CPU time that the server used meanwhile by its "answers"."""
    before = bench.cpu_seconds(server.process.pid)
    result = run()
    after = bench.cpu_seconds(server.process.pid)
    user, system = ((a - b) * 1e6 / result["answers"] for a, b in zip(after, before))
    return {"us": user + system, "user_us": user, "system_us": system, **result}


def datagrams(scene, server, questions, seconds, more=()):
    """What dnsperf says of so many seconds of `questions` (a file)."""
    done = subprocess.run([*ON_LOAD_CORE, find_program("dnsperf"), "-s", server.endpoint.address,
                           "-p", str(server.endpoint.port), "-d", questions, "-l", str(seconds), "-c", "8", "-T", "1",
                           "-q", "200", "-t", "2", "-a", scene.options.source, *more],
                          capture_output=True, text=True, check=True).stdout
    number = lambda pattern: float(re.search(pattern, done).group(1))
    share = {rcode: float(part) for rcode, part in re.findall(r"(\w+) \d+ \(([\d.]+)%\)", done)}
    return {"answers": number(r"Queries completed:\s+(\d+)"), "qps": number(r"Queries per second:\s+([\d.]+)"),
            "lost": number(r"Queries lost:\s+(\d+)"), "octets": number(r"response (\d+)"),
            "nxdomain": share.get("NXDOMAIN", 0.0)}


def in_turns(scene, origin, file, questions, kinds=None, load=datagrams):
    """The best round of each server that serves `file`, of `load` with a file of the questions; the first round, which
    warms up, does not count."""
    with bench.workspace() as space:
        asked = space.directory / "questions"
        asked.write_text("\n".join(questions) + "\n")
        servers = {}
        for name, kind in scene.chosen(kinds or FLOOR | PRIMARIES | VARIANTS).items():
            if server := make(space, kind, name.lower()):
                server.zones[origin] = file
                servers[name] = server.start()
        rounds = {name: [] for name in servers}
        for number in range(-1, scene.rounds(5)):
            for name, server in servers.items():
                seconds = scene.options.seconds if number >= 0 else 0.5
                result = per_query(server, lambda s=server, t=seconds: load(scene, s, asked, t))
                if number >= 0:
                    rounds[name].append(result)
    return {name: best(results, "us") for name, results in rounds.items()}


def hosts_file(scene):
    return LargeZoneFile(scene.folder / "hosts.zone", ZONE, [hosts(scene.options.hosts)])


def udp_hosts(scene, _):
    return in_turns(scene, ZONE, hosts_file(scene), mix(scene.options.hosts, random.Random(6)))


def udp_delegations(scene, size):
    file, dice = scene.registry(size), random.Random(7)
    return in_turns(scene, REGISTRY, file,
                    (f"www.{delegation(dice.randrange(file.delegations))}.{REGISTRY} A" for _ in range(300_000)))


ROWS = [
    Row("udp-hosts", "UDP, a zone of hosts: A, AAAA, MX, CNAME, and 10 % NXDOMAIN", FIGURES, ("us",), udp_hosts),
    Row("udp-delegations", "UDP, a registry's zone: referrals, random names", FIGURES, ("us",), udp_delegations,
        growth=("us",), sizes=EACH_SIZE),
]
