"""What the faults of FAULTS.md section 2 came to, in its figures L1 to L8.

A test notes them; `python3 -m lockstep_test.figures FILE` prints those of a run as a table.
"""

import json
import os
import pathlib
import sys

MEANINGS = {
    "L1": "acknowledged changes missing",
    "L2": "versions served that are not the primary's",
    "L3": "serials seen going back",
    "L4": "zones lost, or waiting for a human",
    "L5": "seconds from the end of the fault until in step",
    "L6": "crashes, hangs, sanitizer reports",
    "L7": "descriptors and memory afterwards, by those before",
    "L8": "p99 of other zones' answers, by that without the fault",
}


def note(row, fault, *, more="", **figures):
    """`figures`: of L1 to L8 those that the test has measured, and asserted. `more`: what else is worth a word."""
    unknown = set(figures) - set(MEANINGS)
    assert not unknown, unknown
    entry = {"row": row, "fault": fault, "more": more, **figures}
    if path := os.environ.get("LOCKSTEP_FIGURES"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    print(line(entry))


def _text(value):
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def line(entry):
    figures = ", ".join(f"{name} {_text(entry[name])}" for name in MEANINGS if name in entry)
    return f"row {entry['row']}: {entry['fault']}: " + "; ".join(part for part in (figures, entry["more"]) if part)


def table(entries):
    """As Markdown, one line a note, in the order of the rows."""
    rows = [["row", "fault", *MEANINGS, ""], ["---"] * (len(MEANINGS) + 3)]
    for entry in sorted(entries, key=lambda one: int(str(one["row"]).split(",")[0])):
        rows.append([str(entry["row"]), entry["fault"], *[_text(entry.get(name)) for name in MEANINGS], entry["more"]])
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


if __name__ == "__main__":
    noted = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    print(table(json.loads(one) for one in noted))
