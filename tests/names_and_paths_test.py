#!/usr/bin/env python3
"""Keeps the tree clean: no unfinished-work words, no paths of one machine, no checks that cannot fail,
no overlong files, headers that say what they are for, documents whose links lead somewhere,
a reason for every package. The checks prove themselves first on planted violations.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get("CHEGET_SOURCE", Path(__file__).resolve().parents[1]))
LONG_FILE_LINES = 500  # named in the output
LONGEST_FILE_LINES = 650  # refused

# Written in pieces, so that this file does not find itself.
UNFINISHED = re.compile(
    r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|stu" r"bs?|st" r"ubbed|not (?:yet )?implemen" r"ted|for n" r"ow|"
    r"place" r"holders?|simplified ver" r"sion|dummy implemen" r"tation)\b")
MACHINE_PATH = re.compile(
    r"(^|[^A-Za-z0-9_.~-])/(?:ro" r"ot|wo" r"rk|fa" r"rm)/|registry\.np" r"mjs|deb" r"ian\.org/")
CANNOT_FAIL = re.compile(r"EXPECT_TRUE\(tr" r"ue\)|ASSERT_TRUE\(tr" r"ue\)|\bSUCC" r"EED\(\)|\|\| tr" r"ue\b|DISA" r"BLED_")
DATA_FOLDERS = ("fuzz/corpus/", "tests/policies/", "tests/scenarios/", "docs/vectors/", "LICENSE")
TESTS = re.compile(r"(_test\.(cpp|sh|py)$)|^tests/|^\.ci/|^test$|^fuzz/run$")


def tracked_files(source):
    """The tracked files, or in a tree without git every file outside build folders."""
    listing = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=source,
                             capture_output=True, text=True)
    if listing.returncode == 0 and listing.stdout and (source / ".git").exists():
        names = listing.stdout.split("\0")
    else:
        names = [path.relative_to(source).as_posix() for path in source.rglob("*")
                 if not re.match(r"(build|\.)", path.relative_to(source).parts[0])]
    return sorted(name for name in names if name and (source / name).is_file())


def is_data(name):
    return name.startswith(DATA_FOLDERS)


def line_violations(name, number, line):
    if UNFINISHED.search(line):
        yield f"{name}:{number}: a word of unfinished work: {UNFINISHED.search(line)[0]}"
    if MACHINE_PATH.search(line):
        yield f"{name}:{number}: a path of one machine, or a registry's host"
    if TESTS.search(name) and CANNOT_FAIL.search(line):
        yield f"{name}:{number}: a check that cannot fail, or is switched off: {CANNOT_FAIL.search(line)[0]}"
    if line != line.rstrip() and not name.endswith(".patch"):
        yield f"{name}:{number}: space at the end of the line"


def link_violations(source, name, text):
    """Relative links in Markdown must lead to a file of the tree."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
    for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", prose):
        if not re.match(r"[a-z]+:", target) and not (source / name).parent.joinpath(target).exists():
            yield f"{name}: a link to {target}, which is not there"


def mention_violations(source, name, text):
    """A document that code or a script sends its reader to must be there."""
    for target in sorted(set(re.findall(r"\bdocs/[a-z0-9_/-]+\.md\b", text))):
        if not (source / target).exists():
            yield f"{name}: mentions {target}, which is not there"


def file_violations(source, name, notes):
    path = source / name
    if path.is_symlink() or is_data(name):
        return
    content = path.read_bytes()
    if b"\0" in content:
        return
    text = content.decode(errors="replace")
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        yield from line_violations(name, number, line)
        if name.endswith((".cpp", ".h")) and len(line) > 100 and '"' not in line:
            notes.append(f"{name}:{number}: longer than 100 columns")
    if name.endswith((".cpp", ".h", ".py", ".sh")):
        if len(lines) > LONGEST_FILE_LINES:
            yield f"{name}: {len(lines)} lines; split it by purpose"
        elif len(lines) > LONG_FILE_LINES:
            notes.append(f"{name}: {len(lines)} lines; does it still have one purpose?")
    if name.endswith((".cpp", ".h")) and not name.endswith("_test.cpp") and not text.startswith("//"):
        yield f"{name}: does not open with a comment on what it is for"
    if name.endswith(".h") and "#pragma once" not in text:
        yield f"{name}: lacks #pragma once"
    if name.endswith((".cpp", ".h", ".sh")) or name in ("try", "test", "CONTRIBUTING.md"):
        yield from mention_violations(source, name, text)
    if name.endswith(".md"):
        yield from link_violations(source, name, text)
    if text.startswith("#!") and not os.access(path, os.X_OK):
        yield f"{name}: opens with #! but has no run bit"
    if text and not text.endswith("\n"):
        yield f"{name}: does not end with a line feed"


def package_violations(source):
    listing, reasons = source / "deps/debian-packages.txt", source / "deps/README.md"
    if not listing.exists():
        return
    told = set(re.findall(r"`([a-z0-9.+-]+)`", "\n".join(
        line.split("|")[1] for line in reasons.read_text().splitlines() if line.startswith("| `"))))
    listed = {line.split()[1] for line in listing.read_text().splitlines()
              if line.strip() and not line.startswith("#")}
    for package in sorted(listed - told):
        yield f"deps/README.md: no reason for {package}"
    for package in sorted(told - listed):
        yield f"deps/debian-packages.txt: {package} has a reason but is not listed"


def violations(source, notes):
    found = []
    for name in tracked_files(source):
        found += file_violations(source, name, notes)
    return found + list(package_violations(source))


def prove():
    planted = {
        "src/a.cpp": "// A file.\n// TO" "DO: more\n",
        "src/b.cpp": "int b;\n",
        "src/c.h": "// A header without its guard.\n",
        "src/d.cpp": "// At the end\nint d;  \n",
        "src/f_test.cpp": "EXPECT_TRUE(" "true);\n",
        "docs/g.md": "See /ro" "ot/secret.\n",
        "docs/h.md": "[there](nowhere.md)\n",
        "docs/i.md": "no end",
        "src/k.h": "// See docs/nowhere.md.\n#pragma once\n",
        "src/j.cpp": "// long\n" + "int j;\n" * LONGEST_FILE_LINES,
    }
    sound = {
        "src/a.cpp": '// A stubborn file.\n#include "b.h"\nauto path = "/run/" "cheget";\n',
        "docs/b.md": "[here](../src/a.cpp) and [outside](https://example.org/work/x), ../work/x\n",
        "fuzz/corpus/x/y": "TO" "DO  ",
    }
    missed = []
    for tree, expected in ((planted, 1), (sound, 0)):
        for name, text in tree.items():
            with tempfile.TemporaryDirectory() as scratch:
                for each, content in (tree if tree is sound else {name: text}).items():
                    path = Path(scratch) / each
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(content)
                found = violations(Path(scratch), [])
                if len(found) != expected:
                    missed.append(f"the check itself is broken: {name} gives {found}")
    return missed


def main():
    notes = []
    found = prove() + violations(SOURCE, notes)
    for line in found:
        print(line)
    for line in notes:
        print("note:", line)
    print(f"{len(found)} violations, {len(notes)} notes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
