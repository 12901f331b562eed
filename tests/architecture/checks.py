#!/usr/bin/python3
"""Checks the rules of the house that no compiler checks.

Usage: checks.py [--root DIR] [RULE...]      (no RULE: all of them)

  floors      a floor includes only floors beneath it (common/floors.txt); CMake links what it says there
  libraries   third-party headers stay where LIBRARIES below allows them
  length      a file over 500 lines needs a reason in tests/architecture/long_files.txt
  hygiene     no machine paths, no open task without an issue, #pragma once and nothing unnamed in every header, which its source includes first
  comparison  no memcmp where secrets are compared
  sleeps      no sleeping in tests, except those of whole daemons
  format      each sentence of common/zonefile/FORMAT.md has a test that begins with its number
  names       no source has a name of its own that another source of its folder, or a header, has too

Prints one `FILE:LINE: text` a violation; exit 1 if there are any.
"""

import argparse
import os
import re
import sys

CODE = (".hpp", ".cpp")
SCRIPTS = (".py", ".sh", ".cmake", ".js")
PROGRAMS = ("primary", "secondary")
MAX_LINES = 500
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)

ASIO_FLOORS = ("common/net/", "common/sync/", "common/ops/", "common/daemon/", "primary/", "secondary/")
# Header prefix -> path prefixes that may include it. The first match counts, so the narrower come first.
LIBRARIES = (
    ("resolv.h", ()),  # its macros rename our enumerators without a word
    ("arpa/nameser", ()),
    ("boost/asio/ssl", ("common/net/tls",)),
    ("openssl/", ("common/net/tls",)),
    ("boost/beast", ("common/ops/",)),
    ("boost/sort/", ("common/zone/",)),
    ("boost/", ASIO_FLOORS),
    ("botan/", ("common/crypto/",)),
    ("sqlite3", ("common/store/",)),
    ("isa-l/", ("common/store/",)),
    ("nlohmann/", ("common/config/", "common/ops/")),
    ("CLI/", ("common/daemon/program.cpp",)),
    ("prometheus/", ("common/ops/",)),
    ("systemd/", ("common/daemon/", "common/base/log")),
    ("seccomp.h", ("common/daemon/",)),
    ("linux/landlock.h", ("common/daemon/",)),
    ("sys/capability.h", ("common/daemon/",)),
    ("catch2/", ()),  # tests reach it through support/catch.hpp
)
ANYWHERE_IN_TESTS = "tests/"
NOWHERE = ("resolv.h", "arpa/nameser")

# Written so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:wor" + r"k|roo" + r"t)/|/tmp/" + r"w\b")
OPEN_TASK = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b(?!\s*\(#\d+\)|\s*#\d+)")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.])sleep\s*\(")


class Tree:
    """The text files of the repository, by path relative to its root."""

    def __init__(self, root):
        self.files = {}
        for folder, folders, names in os.walk(root):
            relative = os.path.relpath(folder, root)
            folders[:] = sorted(
                name for name in folders
                if name not in (".git", ".cache", "__pycache__", "node_modules")
                and not (relative == "." and name.startswith("build"))
            )
            for name in sorted(names):
                path = os.path.normpath(os.path.join(relative, name))
                full = os.path.join(root, path)
                if os.path.islink(full) or not os.path.isfile(full) or path == ".git":  # a file in linked worktrees
                    continue
                with open(full, "rb") as file:
                    octets = file.read(8 << 20)
                if b"\0" in octets:
                    continue
                self.files[path] = octets.decode("utf-8", "replace")

    def code(self, *prefixes):
        for path, text in self.files.items():
            if path.endswith(CODE) and path.startswith(prefixes):
                yield path, text


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes(text):
    for match in INCLUDE.finditer(text):
        yield line_of(text, match.start()), match.group(1), match.group(2)


def floor_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "common" and len(parts) > 2 else parts[0]


def read_floors(tree):
    """Returns ({floor: [direct]}, {floor: set of all beneath}, [errors])."""
    where = "common/floors.txt"
    direct, beneath, errors = {}, {}, []
    if where not in tree.files:
        return direct, beneath, [f"{where}:1: is missing"]
    for number, line in enumerate(tree.files[where].splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        floor, colon, rest = line.partition(":")
        floor = floor.strip()
        if not colon or floor in direct:
            errors.append(f"{where}:{number}: expected `floor: floors beneath`, each floor once")
            continue
        direct[floor] = rest.split()
        beneath[floor] = set()
        for below in direct[floor]:
            if below not in beneath or below == floor:
                errors.append(f"{where}:{number}: {floor} stands on {below}, which is not listed above it")
                continue
            beneath[floor] |= {below} | beneath[below]
    return direct, beneath, errors


def check_floors(tree):
    direct, beneath, errors = read_floors(tree)
    for path, text in tree.code("common/", *(program + "/" for program in PROGRAMS)):
        floor = floor_of(path)
        if floor not in beneath:
            errors.append(f"{path}:1: {floor} has no line in common/floors.txt")
            continue
        for line, bracket, header in includes(text):
            first, slash, _ = header.partition("/")
            if bracket == "<":
                if slash and first in beneath:
                    errors.append(f"{path}:{line}: our own header <{header}> belongs in quotes")
            elif not slash:
                if floor not in PROGRAMS:
                    errors.append(f'{path}:{line}: "{header}" is not rooted at common/ (say "{floor}/{header}")')
            elif first not in beneath:
                errors.append(f'{path}:{line}: "{header}" is on no floor of common/floors.txt')
            elif first != floor and first not in beneath[floor]:
                errors.append(f'{path}:{line}: {floor} may not include {first} ("{header}")')
    for floor, below in direct.items():
        path = f"common/{floor}/CMakeLists.txt"
        call = re.search(r"lockstep_floor\(\s*(\w+)(?:\s+DEPENDS\s+([^A-Z)]*))?", tree.files.get(path, ""))
        if call and (call.group(1) != floor or sorted((call.group(2) or "").split()) != sorted(below)):
            errors.append(f"{path}:1: DEPENDS differs from the line of {floor} in common/floors.txt")
    return errors


def check_libraries(tree):
    errors = []
    for path, text in tree.code("common/", "tests/", *(program + "/" for program in PROGRAMS)):
        for line, _, header in includes(text):
            for prefix, allowed in LIBRARIES:
                if not header.startswith(prefix):
                    continue
                in_tests = path.startswith(ANYWHERE_IN_TESTS) and prefix not in NOWHERE
                if not in_tests and not path.startswith(tuple(allowed)):
                    only = ", ".join(allowed) if allowed else "nowhere"
                    errors.append(f"{path}:{line}: <{header}> may be included only in: {only}")
                break
    return errors


def is_program_text(path, text):
    if path.startswith(("tests/data/", "tests/fuzz/corpus/")):
        return False
    return path.endswith(CODE + SCRIPTS) or (os.path.splitext(path)[1] == "" and text.startswith("#!"))


def check_length(tree):
    where = "tests/architecture/long_files.txt"
    errors, excused = [], {}
    for number, line in enumerate(tree.files.get(where, "").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        path, colon, reason = line.partition(":")
        if not colon or len(reason.split()) < 3:
            errors.append(f"{where}:{number}: expected `path: the reason`")
        excused[path.strip()] = number
    for path, text in tree.files.items():
        if not is_program_text(path, text):
            continue
        lines = len(text.splitlines())
        if lines > MAX_LINES and path not in excused:
            errors.append(f"{path}:{MAX_LINES + 1}: {lines} lines: split it, or give the reason in {where}")
        if lines > MAX_LINES:
            excused.pop(path, None)
    for path, number in excused.items():
        errors.append(f"{where}:{number}: {path} is gone or has {MAX_LINES} lines or fewer: drop this line")
    return errors


def check_hygiene(tree):
    errors = []
    for path, text in tree.files.items():
        if path.startswith("tests/fuzz/corpus/"):
            continue
        for match in MACHINE_PATH.finditer(text):
            errors.append(f"{path}:{line_of(text, match.start())}: path of one machine: {match.group()}")
        if path.startswith("tests/data/"):
            continue
        for match in OPEN_TASK.finditer(text):
            errors.append(f"{path}:{line_of(text, match.start())}: an open task needs an issue: (#N) after the word")
        if path.endswith(".hpp") and not re.search(r"^#pragma once$", text, re.M):
            errors.append(f"{path}:1: #pragma once is missing")
        header = path.removesuffix(".cpp") + ".hpp"
        if path.endswith(".cpp") and header in tree.files and path.startswith(("common/", *PROGRAMS)):
            first = next((name for _, _, name in includes(text)), None)
            if first != header.removeprefix("common/"):
                errors.append(f"{path}:1: includes {first} before its own header, which so is never seen to stand alone")
        if path.endswith(".hpp") and (match := re.search(r"^namespace \{$", text, re.M)):
            errors.append(f"{path}:{line_of(text, match.start())}: each source would have what stands here for itself: name it")
    return errors


def check_comparison(tree):
    errors = []
    for path, text in tree.code("common/tsig/", "common/crypto/"):
        for match in re.finditer(r"\bmemcmp\b", text):
            errors.append(f"{path}:{line_of(text, match.start())}: memcmp tells secrets by its time; "
                          "use crypto's constant-time comparison")
    return errors


def check_sleeps(tree):
    errors = []
    for path, text in tree.code("tests/"):
        if path.startswith(("tests/system/", "tests/interop/", "tests/bench/")):
            continue
        for match in SLEEP.finditer(text):
            errors.append(f"{path}:{line_of(text, match.start())}: no sleeping in tests: use ManualClock, "
                          "or wait for the event")
    return errors


def check_format(tree):
    where, folder = "common/zonefile/FORMAT.md", "tests/unit/zonefile/"
    errors, tested = [], {}
    for path, text in tree.code(folder):
        for match in re.finditer(r'TEST_CASE\(\s*"(\d+\.\d+) [^"]*"\s*,\s*"([^"]*)"', text):
            number, tags = match.groups()
            tested.setdefault(number, f"{path}:{line_of(text, match.start())}")
            if "[format]" not in tags:
                errors.append(f"{path}:{line_of(text, match.start())}: a test of sentence {number} needs the tag [format]")
    text = tree.files.get(where, "")
    numbers = {match.group(1): line_of(text, match.start()) for match in re.finditer(r"^- (\d+\.\d+) ", text, re.M)}
    for number, line in numbers.items():
        if number not in tested:
            errors.append(f"{where}:{line}: no test in {folder} begins with {number}")
    for number, place in tested.items():
        if number not in numbers:
            errors.append(f"{place}: {where} has no sentence {number}")
    return errors


# What a source declares for itself alone, as the layout has it: at the start of a line.
UNNAMED = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.M | re.S)
OWN_TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)\b(?!.*;$)", re.M)
OWN_NAME = re.compile(r"^(?!namespace\b|using\b|template\b|struct\b|class\b|enum\b|return\b|TEST_CASE|[#/}\s])"
                      r"[^=;{}()\n]*?[ &*>](\w+)(?:\(| = |\{|;)", re.M)
APART = re.compile(r"set_source_files_properties\(([^)]*?) PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON\)")


def own_names(text):
    yield from OWN_TYPE.finditer(text)
    yield from OWN_NAME.finditer(text)


def check_names(tree):
    """A folder's sources are compiled several as one: a name of one of them could be taken for another's, or for a header's."""
    _, beneath, errors = read_floors(tree)
    apart, owners, shared = set(), {}, {}
    for path, text in tree.files.items():
        if path.endswith("CMakeLists.txt"):
            for match in APART.finditer(text):
                apart.update(f"{os.path.dirname(path)}/{name}" for name in match.group(1).split())
    for path, text in sorted(tree.code("common/", *PROGRAMS)):
        if path.endswith(".hpp"):
            shared.update(((floor_of(path), match.group(1)), path) for match in own_names(text))
    for path, text in sorted(tree.code("common/", *PROGRAMS, "tests/unit/")):
        if not path.endswith(".cpp") or path in apart:
            continue
        names = {}
        for block in UNNAMED.finditer(text):
            for match in own_names(block.group(1)):
                names.setdefault(match.group(1), line_of(text, block.start(1) + match.start()))
        for name, line in names.items():
            for floor in () if path.startswith("tests/") else {floor_of(path)} | beneath.get(floor_of(path), set()):
                if header := shared.get((floor, name)):
                    errors.append(f"{path}:{line}: {header} has a '{name}' too, which the sources behind this one may mean")
            first = owners.setdefault((os.path.dirname(path), name), path)
            if first != path:
                errors.append(f"{path}:{line}: {first} has a '{name}' of its own too; the two are compiled as one: share it, or "
                              "name them apart")
    return errors


RULES = {
    "floors": check_floors,
    "libraries": check_libraries,
    "length": check_length,
    "hygiene": check_hygiene,
    "comparison": check_comparison,
    "sleeps": check_sleeps,
    "format": check_format,
    "names": check_names,
}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument("rules", nargs="*", metavar="RULE")
    arguments = parser.parse_args()
    unknown = [rule for rule in arguments.rules if rule not in RULES]
    if unknown:
        parser.error(f"no such rule: {' '.join(unknown)}")
    tree = Tree(arguments.root)
    errors = [error for rule in arguments.rules or RULES for error in RULES[rule](tree)]
    for error in errors:
        print(error)
    print(f"{len(tree.files)} files, {len(errors)} violations")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
