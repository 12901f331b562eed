#!/usr/bin/python3
"""Writes vectors.txt from inputs.txt: what BIND makes of each record, one line each, fields between tabs.

  ok    TYPE    words    RDATA in hex    BIND's text of it
  no    TYPE    words    BIND's reason
"""

import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent


def check(record, option):
    run = subprocess.run(["named-rrchecker", "-o", "example", option], input=record + "\n", text=True,
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


def main():
    version = subprocess.run(["named", "-V"], text=True, capture_output=True, check=True).stdout.split("\n")[0]
    lines = [f"# Made by make_vectors.py with named-rrchecker of {version.split(' (')[0]}."]
    for line in (HERE / "inputs.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            lines.append("\t".join(field.replace("\t", "\\009") for field in verdict(line)))
    (HERE / "vectors.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
