#!/usr/bin/env python3
"""Holds src/ to its layers: a folder includes only folders below it; the kernel neither reaches the
world (files, network, clocks, threads, processes) nor keeps mutable globals.

Includes are read from the sources. Globals are read from the built libraries, when there are any in
the build folder (CHEGET_BIN/../src). The checks prove themselves first on planted violations.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get("CHEGET_SOURCE", Path(__file__).resolve().parents[1]))

# What each folder may include directly, itself aside; everything below those comes along.
USES = {
    "base": [],
    "signature": ["base"],
    "statement": ["signature"],
    "policy": ["statement"],
    "scenario": ["analysis"],
    "analysis": ["policy"],
    "log": ["signature"],
    "permit": ["policy", "analysis", "log"],
    "keys": ["signature"],
    "net": ["base"],
    "store": ["permit"],
    "executor": ["permit", "store", "net", "keys"],
    "authority": ["permit", "store", "net"],
    "briefcase": ["permit", "keys", "store", "net"],
    "cli": ["executor", "authority", "briefcase", "scenario"],
}
KERNEL = ["base", "signature", "statement", "policy", "scenario", "analysis", "log", "permit"]

# Headers that reach the world or let time pass. Pure parts of <chrono> (calendar, durations) may be
# used, its clocks not: see CLOCKS.
WORLDLY = re.compile(
    r"^(fstream|iostream|istream|ostream|filesystem|thread|mutex|shared_mutex|condition_variable|future|"
    r"stop_token|semaphore|barrier|latch|atomic|random|cstdio|stdio\.h|ctime|time\.h|csignal|signal\.h|"
    r"unistd\.h|fcntl\.h|dirent\.h|poll\.h|pthread\.h|spawn\.h|pwd\.h|grp\.h|netdb\.h|dlfcn\.h|sched\.h|"
    r"syslog\.h|termios\.h|sys/.*|linux/.*|net/.*|netinet/.*|arpa/.*|sqlite3\.h|curl/.*|microhttpd\.h|"
    r"seccomp\.h|toml\+\+/.*|CLI/.*|fmt/(os|ostream|chrono)\.h|openssl/(bio|rand|ssl|pem|err)\.h)$")
CLOCKS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|utc_clock|clock_gettime|gettimeofday|"
                    r"getenv|setenv|std::(cout|cerr|clog|cin)|f?printf|fopen|popen|system|randombytes\w*|rand)\s*(::now|\()")
WORLDLY_ALLOWED = {
    # path: {header: why}
}

# Writable objects in the kernel's libraries that may be there: what initializes itself once and is
# never written again. Mangled name (a regex): why.
GLOBALS_ALLOWED = {
    r"^_ZGV": "the guard of a function's static that is initialized once",
    r"^_ZZ.*E7fetched$": "an OpenSSL method or curve, fetched once and never changed",
    r"^_ZZN6cheget4base6sha256.*E6hasher$": "a thread's hasher, begun anew after each use",
    r"^_ZZN6cheget9signature9digest_of.*E9hasher(256|512)$": "the same",
    r"^DW\.ref\.": "the compiler's reference to a personality routine",
}


def below(folder):
    """The folders that `folder` may include, itself among them."""
    seen, waiting = {folder}, [folder]
    while waiting:
        for lower in USES[waiting.pop()]:
            if lower not in seen:
                seen.add(lower)
                waiting.append(lower)
    return seen


def without_comments(text):
    """Comments and string literals blanked, line breaks kept, so that line numbers hold."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, blank, text, flags=re.S)


def include_violations(source):
    found = []
    for path in sorted((source / "src").rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        folder = path.relative_to(source / "src").parts[0]
        name = path.relative_to(source).as_posix()
        if folder not in USES:
            found.append(f"{name}: the folder {folder} is not in the list of layers")
            continue
        is_test = path.stem.endswith("_test")
        text = path.read_text(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            header = match[2]
            target = header.split("/")[0]
            if match[1] == '"':
                if is_test and target == "support":  # tests/support, which nothing shipped may use
                    continue
                if target not in USES or "/" not in header:
                    found.append(f'{name}:{number}: "{header}" is not the path of a header below src/')
                elif target not in below(folder):
                    found.append(f"{name}:{number}: {folder} lies below {target} and may not include it")
            elif (folder in KERNEL and not is_test and WORLDLY.match(header)
                  and header not in WORLDLY_ALLOWED.get(name, {})):
                found.append(f"{name}:{number}: the kernel may not use <{header}>")
        if folder in KERNEL and not is_test:
            for number, line in enumerate(without_comments(text).splitlines(), 1):
                if match := CLOCKS.search(line):
                    found.append(f"{name}:{number}: the kernel may not use {match[1]}")
    return found


def link_violations(source):
    """What CMake links must not reach upward either."""
    found = []
    for path in sorted((source / "src").glob("*/CMakeLists.txt")):
        folder = path.parent.name
        for library in re.findall(r"\bcheget_(\w+)", path.read_text()):
            if library in USES and folder in USES and library not in below(folder):
                found.append(f"src/{folder}/CMakeLists.txt: {folder} may not link {library}")
    return found


def global_violations(library):
    """Writable objects in a static library. .data.rel.ro is read-only once the program is loaded."""
    listing = subprocess.run(["objdump", "--syms", str(library)], capture_output=True, text=True, check=True)
    found, member = [], "?"
    for line in listing.stdout.splitlines():
        if match := re.match(r"(\S+\.o):\s+file format", line):
            member = match[1]
        match = re.match(r"[0-9a-f]+ (.{7}) (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$", line)
        if not match or "d" in match[1] or int(match[3], 16) == 0:
            continue
        section, symbol = match[2], match[4]
        writable = re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)|\*COM\*", section)
        if writable and not any(re.search(allowed, symbol) for allowed in GLOBALS_ALLOWED):
            found.append(f"{library.name}({member}): the kernel keeps a mutable global, {symbol} in {section}")
    return found


def plant(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def prove():
    """Each check must find what is planted for it, and nothing in a sound tree."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        plant(root / "sound", {
            "src/base/a.h": "#include <chrono>\n// system_clock::now() is not read here\n",
            "src/policy/b.cpp": '#include "base/a.h"\n#include "statement/s.h"\nauto s = "printf(";\n',
            "src/policy/b_test.cpp": '#include <fstream>\n#include "support/keys.h"\n',
            "src/store/c.cpp": '#include <fstream>\n#include "permit/p.h"\n',
            "src/store/CMakeLists.txt": "cheget_library(store USES cheget_permit)\n",
        })
        sound = include_violations(root / "sound") + link_violations(root / "sound")
        planted = {
            "upward": {"src/base/a.cpp": '#include "policy/policy.h"\n'},
            "sideways": {"src/keys/a.cpp": '#include "statement/statement.h"\n'},
            "unknown folder": {"src/misc/a.cpp": "\n"},
            "test support": {"src/permit/a.cpp": '#include "support/keys.h"\n'},
            "relative": {"src/base/a.cpp": '#include "a.h"\n'},
            "file": {"src/policy/a.cpp": "#include <fstream>\n"},
            "system call": {"src/signature/a.h": "#  include  <sys/stat.h>\n"},
            "thread": {"src/permit/a.h": "#include <thread>\n"},
            "clock": {"src/policy/a.cpp": "#include <chrono>\nauto t = std::chrono::system_clock::now();\n"},
            "environment": {"src/base/a.cpp": 'auto t = getenv("TZ");\n'},
            "link": {"src/base/CMakeLists.txt": "cheget_library(base USES cheget_policy)\n"},
        }
        missed = []
        for name, files in planted.items():
            plant(root / name, files)
            if len(include_violations(root / name) + link_violations(root / name)) != 1:
                missed.append(name)
        plant(root / "globals", {"a.cpp": "int counter = 1; static long hidden; long& touch() { return hidden; }\n"
                                          "thread_local int each = 2; int& own() { return each; }\n"
                                          "extern const int fixed = 3; const char* const text[] = {\"a\"};\n"})
        subprocess.run(["c++", "-c", "a.cpp", "-o", "a.o"], cwd=root / "globals", check=True)
        subprocess.run(["ar", "rc", "liba.a", "a.o"], cwd=root / "globals", check=True)
        if len(global_violations(root / "globals" / "liba.a")) != 3:
            missed.append("globals")
        return [f"the check itself is broken: it calls a sound tree unsound: {line}" for line in sound] + [
            f"the check itself is broken: it misses the planted violation '{name}'" for name in missed]


def main():
    found = prove() + include_violations(SOURCE) + link_violations(SOURCE)
    libraries = []
    if "CHEGET_BIN" in os.environ and not os.environ.get("CHEGET_INSTRUMENTED"):
        built = Path(os.environ["CHEGET_BIN"]).parent / "src"
        libraries = [built / folder / f"libcheget_{folder}.a" for folder in KERNEL]
        libraries = [library for library in libraries if library.exists()]
        for library in libraries:
            found += global_violations(library)
    for line in found:
        print(line)
    print(f"{len(found)} violations; {len(libraries)} libraries searched for globals")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
