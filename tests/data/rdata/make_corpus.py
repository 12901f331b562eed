#!/usr/bin/python3
"""Writes seeds for a long run of the rdata fuzz target from vectors.txt: type in two octets, then RDATA or text.

Usage: make_corpus.py FOLDER     (tests/fuzz/corpus/rdata holds what such runs found, merged by coverage)
"""

import hashlib
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
LARGEST = 300


def numbers():
    """Type numbers by mnemonic, from the generic form of the accepted vectors."""
    known = {}
    for line in (HERE / "vectors.txt").read_text().splitlines():
        fields = line.split("\t")
        if fields[0] != "ok" or fields[1] in known:
            continue
        record = f"IN {fields[1]} \\# {len(fields[3]) // 2} {fields[3]}\n"
        run = subprocess.run(["named-rrchecker", "-u"], input=record, text=True, capture_output=True, check=True)
        known[fields[1]] = int(re.search(r"TYPE(\d+)", run.stdout).group(1))
    return known


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    corpus = pathlib.Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    known = numbers()
    for line in (HERE / "vectors.txt").read_text().splitlines():
        fields = line.split("\t")
        if fields[0] not in ("ok", "no") or fields[1] not in known:
            continue
        head = known[fields[1]].to_bytes(2, "big")
        seeds = [head + fields[2].encode()]
        if fields[0] == "ok":
            seeds.append(head + bytes.fromhex(fields[3]))
        for seed in seeds:
            if len(seed) <= LARGEST:
                (corpus / f"{fields[1].lower()}-{hashlib.sha256(seed).hexdigest()[:12]}").write_bytes(seed)


if __name__ == "__main__":
    main()
