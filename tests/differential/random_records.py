"""RDATA in presentation form, for every type that zones are given."""

import dns.name


def _octets(dice, most):
    return bytes(dice.randrange(256) for _ in range(dice.randrange(most)))


def _quoted(octets):
    return '"' + "".join(chr(o) if 32 <= o < 127 and o not in b'"\\;' else f"\\{o:03d}" for o in octets) + '"'


def a(dice, target):
    return f"192.0.2.{dice.randrange(256)}"


def aaaa(dice, target):
    return f"2001:db8::{dice.randrange(1, 65536):x}"


def txt(dice, target):
    return " ".join(_quoted(_octets(dice, 12)) for _ in range(dice.choice((1, 1, 1, 2, 3))))


def long_txt(dice, target):
    return " ".join(_quoted(bytes([dice.choice(b"kK\x00")]) * 255) for _ in range(dice.choice((1, 2, 5))))


def mx(dice, target):
    return f"{dice.randrange(3)} {target()}"


def srv(dice, target):
    return f"{dice.randrange(3)} 0 {dice.choice((0, 443))} {target()}"


def ptr(dice, target):
    return target()


def caa(dice, target):
    return f'{dice.choice((0, 128))} issue "CA{dice.randrange(9)}.example; x=y"'


def tlsa(dice, target):
    return f"3 1 1 {dice.randrange(16 ** 8):08x}"


def naptr(dice, target):
    return f'{dice.randrange(3)} 1 "{dice.choice(("s", "U", ""))}" "SIP+D2U" "" {target()}'


def svcb(dice, target):
    if dice.random() < 0.3:
        return f"0 {target()}"
    parameter = dice.choice(("", "alpn=h2", "port=53", "ipv4hint=192.0.2.7"))
    return f"{dice.randrange(1, 4)} {dice.choice(('.', target()))} {parameter}".rstrip()


def unknown(dice, target):
    octets = _octets(dice, 9)
    return f"\\# {len(octets)} {octets.hex()}".rstrip()


def hinfo(dice, target):
    return f'"{dice.choice(("Cpu", "CPU", ""))}" "{dice.randrange(3)}"'


def sshfp(dice, target):
    return f"1 1 {dice.randrange(16 ** 8):08x}" + "00" * 16


def loc(dice, target):
    return f"52 {dice.randrange(60)} 23.000 N 4 53 32.000 E -2.00m 1.00m 10000.00m 10.00m"


def ds(dice, target):
    return f"{dice.randrange(65536)} 13 2 {dice.randrange(16 ** 64):064x}"


def afsdb(dice, target):
    return f"{dice.choice((1, 2))} {target()}"


def rp(dice, target):
    return f"{target()} {target()}"


def uri(dice, target):
    return f'{dice.randrange(3)} 1 "ftp://Example/{dice.randrange(9)}"'


# What may stand at any name that answers, with how often.
WEIGHTED = {
    ("A", a): 30, ("AAAA", aaaa): 10, ("TXT", txt): 10, ("MX", mx): 10, ("SRV", srv): 6, ("PTR", ptr): 3, ("CAA", caa): 3,
    ("TLSA", tlsa): 2, ("NAPTR", naptr): 3, ("SVCB", svcb): 3, ("HTTPS", svcb): 4, ("TYPE65280", unknown): 4,
    ("HINFO", hinfo): 1,
    ("SSHFP", sshfp): 1, ("LOC", loc): 1, ("AFSDB", afsdb): 1, ("RP", rp): 1, ("URI", uri): 1, ("TXT", long_txt): 1,
    ("KX", mx): 1, ("RT", mx): 1,
}
