#!/usr/bin/python3
"""Writes from inputs.txt, one line a record, fields between tabs:

vectors.txt, what BIND makes of it

  ok    TYPE    words    RDATA in hex    BIND's text of it
  no    TYPE    words    BIND's reason

others.txt, what dnspython and ldns make of it where they and BIND take it

  MAKER    TYPE    words    RDATA in hex    the maker's text of it
"""

import pathlib
import re
import subprocess

import dns.name
import dns.rdata
import dns.version

HERE = pathlib.Path(__file__).parent
ORIGIN = "example."


def check(record, option):
    run = subprocess.run(["named-rrchecker", "-o", ORIGIN, option], input=record + "\n", text=True,
                         capture_output=True, check=False)
    return run.returncode, (run.stdout if run.returncode == 0 else run.stderr).rstrip("\n")


def verdict(line):
    rr_type, _, words = line.partition(" ")
    code, text = check(f"IN {rr_type} {words}", "-p")
    if code != 0:
        return ["no", rr_type, words, text.rpartition(": ")[2]]
    _, generic = check(f"IN {rr_type} {words}", "-u")
    octets = "".join(re.search(r"\\# \d+(.*)", generic).group(1).split())
    return ["ok", rr_type, words, octets, text.split("\t", 2)[2]]


def by_dnspython(rr_type, words):
    """RDATA in hex and dnspython's text; nothing where it does not take the record."""
    try:
        rdata = dns.rdata.from_text("IN", rr_type, words, origin=dns.name.from_text(ORIGIN), relativize=False)
        return rdata.to_wire().hex().upper(), rdata.to_text()
    except Exception:  # dnspython lets errors of all kinds through
        return None


def by_ldns(rr_type, words):
    """The same of ldns."""
    def read(*options):
        run = subprocess.run(["ldns-read-zone", *options], input=f"$ORIGIN {ORIGIN}\n@ 1 IN {rr_type} {words}\n", text=True,
                             capture_output=True, check=False)
        fields = re.sub(r" ;\{.*", "", run.stdout).rstrip("\n").split("\t", 4)  # without its comments
        return fields[4] if run.returncode == 0 and len(fields) == 5 else None

    generic, text = read("-u", rr_type), read()
    octets = re.fullmatch(r"\\# \d+ ?([0-9a-f]*)", generic or "")
    return (octets.group(1).upper(), text) if octets and text is not None else None


def write(file, makers, lines):
    lines = ["\t".join(field.replace("\t", "\\009") for field in line) for line in lines]
    (HERE / file).write_text("\n".join([f"# Made by make_vectors.py with {makers}.", *lines]) + "\n")


def version(*command):
    return subprocess.run(command, text=True, capture_output=True, check=False).stdout.split("\n")[0]


def main():
    inputs = [line for line in (HERE / "inputs.txt").read_text().splitlines() if line and not line.startswith("#")]
    verdicts = [verdict(line) for line in inputs]
    write("vectors.txt", f"named-rrchecker of {version('named', '-V').split(' (')[0]}", verdicts)
    others = []
    for rr_type, words in (line[1:3] for line in verdicts if line[0] == "ok"):
        for maker, make in (("dnspython", by_dnspython), ("ldns", by_ldns)):
            made = make(rr_type, words)
            others += [[maker, rr_type, words, *made]] if made else []
    write("others.txt", f"dnspython {dns.version.version}, {version('ldns-read-zone', '-v')}", others)


if __name__ == "__main__":
    main()
