"""Queries that are not the mix of every day: signed denials, an attack by random names, large answers, and TCP."""

import json
import random
import string
import subprocess
import types

from lockstep_test.signing import NSEC, NSEC3, Signed
from lockstep_test.zones import LargeZoneFile, hosts
from rows.row import ON_LOAD_CORE, Row
from rows.servers import PRIMARIES
from rows.udp import FIGURES, ZONE, datagrams, hosts_file, in_turns, mix

ANSWERS = FIGURES | {"octets": "octets an answer"}
STREAMS = {figure: text for figure, text in FIGURES.items() if figure != "lost"} | {"broken": "broken connections"}
ADDRESSES, STRINGS = 32, 4  # of each large RRset: with their names they stay below the 1,232 octets of all servers


def with_options(*options):
    """dnsperf with these."""
    return lambda *arguments: datagrams(*arguments, options)


def random_names(count, dice, zone=ZONE):
    for _ in range(count):
        yield f"{''.join(dice.choices(string.ascii_lowercase + string.digits, k=dice.randrange(6, 17)))}.{zone} A"


def signed(denial):
    """Each answer proves that a name is not there, with DO."""
    def measure(scene, _):
        origin = f"{denial.name}-{ZONE}"
        plain = LargeZoneFile(scene.folder / f"{origin}plain", origin, [hosts(scene.options.hosts)])
        zone = Signed(scene.folder, origin, plain.path.read_text(), denial)
        return in_turns(scene, origin, types.SimpleNamespace(path=zone.path),
                        random_names(100_000, random.Random(8), origin), load=with_options("-D"))
    return measure


def random_subdomains(scene, _):
    return in_turns(scene, ZONE, hosts_file(scene), random_names(300_000, random.Random(9)))


def large_rrsets(scene, _):
    names, dice = 1000, random.Random(10)
    lines = ["@ IN NS ns1", "ns1 IN A 192.0.2.1"]
    for name in range(names):
        lines += [f"many{name} IN AAAA 2001:db8:{name:x}::{address:x}" for address in range(ADDRESSES)]
        lines += [f"text{name} IN TXT \"{str(number) * 220}\"" for number in range(STRINGS)]
    file = LargeZoneFile(scene.folder / "large.zone", ZONE, ["\n".join(lines) + "\n"])
    asked = (f"{kind}{dice.randrange(names)}.{ZONE} {rdtype}"
             for _ in range(10_000) for kind, rdtype in (("many", "AAAA"), ("text", "TXT")))
    return in_turns(scene, ZONE, file, asked, load=with_options("-e"))


def tcp(queries):
    """By streams.cpp: dnsperf waits too long between two connections."""
    def streams(scene, server, asked, seconds):
        command = [*ON_LOAD_CORE, scene.tool("streams"), str(server.endpoint), asked, str(queries), str(seconds)]
        result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        answers = result["answers"]
        return {"answers": answers, "qps": answers / result["seconds"], "broken": result["broken"],
                "octets": result["octets"] / answers, "nxdomain": result["nxdomain"] * 100 / answers}

    return lambda scene, _: in_turns(scene, ZONE, hosts_file(scene), mix(scene.options.hosts, random.Random(6)), PRIMARIES,
                                     streams)


ROWS = [
    Row("signed-nsec", "UDP, DO, names that are not there in a zone signed with NSEC", ANSWERS, ("us",), signed(NSEC)),
    Row("signed-nsec3", "the same with NSEC3 (no salt, no iterations)", ANSWERS, ("us",), signed(NSEC3)),
    Row("random-subdomains", "UDP, an attack: random names below one zone, none of which is there", ANSWERS, ("us",),
        random_subdomains),
    Row("large-rrsets", f"UDP, EDNS, RRsets of {ADDRESSES} AAAA or {STRINGS} TXT of 220 octets", ANSWERS, ("us",),
        large_rrsets),
    Row("tcp-1", "TCP, the mix of udp-hosts, one query a connection", STREAMS, ("us",), tcp(1)),
    Row("tcp-100", "the same, 100 queries a connection", STREAMS, ("us",), tcp(100)),
]
