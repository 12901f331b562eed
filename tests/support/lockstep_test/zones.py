"""Zones as master files that a test edits, and their canonical form for comparisons."""

import hashlib
import os
import re
import subprocess

SAMPLE = """\
@       IN NS    ns1
@       IN NS    ns2
@       IN MX    10 mail
@       IN TXT   "v=spf1 mx -all"
ns1     IN A     192.0.2.1
ns2     IN A     198.51.100.2
ns2     IN AAAA  2001:db8::2
mail    IN A     192.0.2.25
www     IN CNAME web
web     IN A     192.0.2.80
web     IN AAAA  2001:db8::80
*.wild  IN TXT   "anything below wild"
_sip._tcp IN SRV 10 20 5060 mail
@       IN CAA   0 issue "ca.example.net"
sub     IN NS    ns.sub
ns.sub  IN A     192.0.2.53
"""


def hosts(count):
    """A zone of `count` hosts: each an A and an AAAA, every tenth an MX, every fifth an alias."""
    lines = ["@ IN NS ns1", "ns1 IN A 192.0.2.1", "@ IN MX 10 host0"]
    for i in range(count):
        lines.append(f"host{i} IN A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}")
        lines.append(f"host{i} IN AAAA 2001:db8::{i >> 16:x}:{i & 0xffff:x}")
        if i % 10 == 0:
            lines.append(f"host{i} IN MX 10 host{(i + 1) % count}")
        if i % 5 == 0:
            lines.append(f"alias{i} IN CNAME host{i}")
    return "\n".join(lines) + "\n"


# Each begins with another pair of letters, so that a label made of them can be taken apart in one way only.
_SYLLABLES = [consonant + vowel + ("", "n", "r", "", "st", "", "l")[number % 7]
              for number, (consonant, vowel) in enumerate((c, v) for c in "bcdfghjklmnprstvwxyz" for v in "aeiou")]


def delegation(number):
    """The label of a delegation: another for each number below 10^8, and no two neighbours alike."""
    place = (number * 61803399 + 27182818) % 10**8
    return "".join(_SYLLABLES[place // step % 100] for step in (100, 10**6, 1, 10**4))


def delegations(count):
    """The zone of a registry, piece by piece: `count` delegations of two NS each, glue (an A, an AAAA) for half of them,
    a DS for a third, nothing to warn of. That is 3.33 records and some 135 octets a delegation."""
    yield "@ IN NS ns1\nns1 IN A 192.0.2.1\n"
    for number in range(count):
        label = delegation(number)
        address = f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if number % 2 == 0:
            text = (f"{label} IN NS ns1.{label}\n{label} IN NS ns2.{label}\nns1.{label} IN A 10.{address}\n"
                    f"ns2.{label} IN AAAA 2001:db8:{number >> 16:x}:{number & 0xffff:x}::1\n")
        else:
            host = number * 7919 % 4999
            text = f"{label} IN NS ns{host}.hoster.net.\n{label} IN NS ns{host + 1}.hoster.net.\n"
        if number % 3 == 0:
            text += f"{label} IN DS {number & 0xffff} 13 2 {hashlib.sha256(label.encode()).hexdigest()}\n"
        yield text


class LargeZoneFile:
    """A master file made of pieces of text that are written as they come, for zones that nobody wants to hold in memory.

    Its changes are made in place: the serial in its head, and the address of one of CHANGING hosts at its end, whose
    names lie scattered over the zone. So nobody may read it while it changes.
    """

    CHANGING = 100

    def __init__(self, path, origin, pieces):
        self.path, self.origin, self.serial = path, origin, 1
        self.records = 1 + self.CHANGING
        with open(path, "w", encoding="ascii") as file:
            file.write(self._head())
            for text in pieces:
                file.write(text)
                self.records += text.count("\n")
            self.octets = self._end = file.tell()
            for number in range(self.CHANGING):
                self.octets += file.write(self._host(number, number))

    def _head(self):
        return (f"$ORIGIN {self.origin}\n$TTL 3600\n"
                f"@ IN SOA ns1 hostmaster {self.serial:<10} 3600 60 604800 300\n")

    @staticmethod
    def _host(number, address):
        host, address = f"{delegation(10**8 - 1 - number)}-host", f"10.200.{address >> 8 & 255}.{address & 255}"
        return f"{host:<25} IN A {address:<14}\n"

    def change(self):
        """Another address of one host, and the next serial, which it returns."""
        number = self.serial % self.CHANGING
        self.serial += 1
        line = self._host(number, self.serial).encode()
        with open(self.path, "r+b") as file:
            file.seek(self._end + number * len(line))
            file.write(line)
            file.seek(0)
            file.write(self._head().encode())
        return self.serial


class ZoneFile:
    """A master file with one SOA, whose serial the test sets; every write replaces the file in one step.

    REFRESH is long: what arrives within a test arrives by NOTIFY. `timers`: REFRESH, RETRY and EXPIRE.
    """

    def __init__(self, path, origin="example.test.", records=SAMPLE, serial=1, ttl=300, timers=(3600, 60, 604800)):
        self.path, self.origin, self.records, self.serial, self.ttl = path, origin, records, serial, ttl
        self.timers = " ".join(map(str, timers))
        self.write()

    def text(self):
        return (f"$ORIGIN {self.origin}\n$TTL {self.ttl}\n"
                f"@ IN SOA ns1 hostmaster {self.serial} {self.timers} 300 ; serial refresh retry expire minimum\n"
                f"{self.records}")

    def write(self, text=None):
        """Replaces the file, by `text` if given."""
        new = self.path.with_suffix(".new")
        new.write_text(self.text() if text is None else text)
        os.replace(new, self.path)

    def edit(self, *, serial=None, add="", replace=None):
        """A new version: lines added, (old, new) text replaced once, serial as given, or the next one."""
        if replace:
            assert replace[0] in self.records, replace[0]
            self.records = self.records.replace(*replace, 1)
        self.records += f"{add}\n" if add else ""
        self.serial = self.serial + 1 if serial is None else serial
        self.write()
        return self.serial

    def serial_in_file(self):
        return int(re.search(r"SOA\s+\S+\s+\S+\s+\(?\s*(\d+)", self.path.read_text()).group(1))


# Types whose RDATA holds names that fold to lower case (RFC 4034 §6.2) and no text that must keep its case.
_FOLDED = {"NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "PTR", "MINFO", "MX", "RP", "AFSDB", "RT", "PX", "KX", "DNAME",
           "SRV"}
# Types whose RDATA ends in base64 or hex that printers break with spaces: fields in front of it.
_BASE64_AFTER = {"RRSIG": 8, "SIG": 8, "IPSECKEY": 4, "DOA": 4,
                 **dict.fromkeys(("DNSKEY", "CDNSKEY", "KEY", "RKEY", "CERT", "SINK"), 3),
                 **dict.fromkeys(("DHCID", "OPENPGPKEY", "HHIT", "BRID"), 0)}
_HEX_AFTER = {"SSHFP": 2, "EID": 0, "NIMLOC": 0,
              **dict.fromkeys(("DS", "CDS", "DLV", "TA", "TLSA", "SMIMEA", "ZONEMD"), 3)}


def _joined(rdata, after):
    """The words behind the first `after`, which are lower-cased, as one."""
    words = rdata.split(" ")
    return " ".join([*(word.lower() for word in words[:after]), "".join(words[after:])])


def canonical_line(owner, ttl, rdtype, rdata):
    rdata = " ".join(rdata.split())
    if rdtype in _FOLDED:
        rdata = rdata.lower()
    elif rdata.startswith("\\# "):
        rdata = _joined(rdata, 2).upper()
    elif rdtype in _BASE64_AFTER:
        rdata = _joined(rdata, _BASE64_AFTER[rdtype])
    elif rdtype in _HEX_AFTER:
        rdata = _joined(rdata, _HEX_AFTER[rdtype]).upper()
    return f"{owner.lower()} {ttl} IN {rdtype} {rdata}"


def canonical(text):
    """One RR a line (owner TTL class type RDATA) as a sorted list with white space, case and blobs made alike."""
    rows = (line.split(None, 4) for line in text.splitlines() if line and not line.startswith(";"))
    return sorted({canonical_line(owner, ttl, rdtype, *rdata or [""]) for owner, ttl, _, rdtype, *rdata in rows})


def compiled(path, origin):
    """The canonical form of a master file as BIND's named-compilezone prints it."""
    done = subprocess.run(["named-compilezone", "-q", "-i", "none", "-k", "ignore", "-s", "full", "-f", "text",
                           "-F", "text", "-o", "-", origin, str(path)], capture_output=True, text=True, check=True)
    return canonical(done.stdout)
