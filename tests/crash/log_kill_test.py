#!/usr/bin/env python3
"""G9 for the log: its server is killed (kill -9) again and again under load, at random moments. Every
entry that was acknowledged is there at its index, and no size was ever signed with two roots.

30 kills by default; CHEGET_CRASH=all takes 200."""
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = Path(os.environ["CHEGET_BIN"]) / "log_under_load"
KILLS = 200 if os.environ.get("CHEGET_CRASH") == "all" else 30


def read_acknowledged(path, entries, roots):
    for line in path.read_text().splitlines():
        if line == "serving":
            continue
        index, entry, size, root = line.split()
        assert entries.setdefault(int(index), entry) == entry, f"two entries were told to lie at {index}"
        assert roots.setdefault(int(size), root) == root, f"two roots were signed for {size} entries"
        assert int(index) < int(size), f"entry {index} was told to be in a log of {size}"


def main():
    dice = random.Random(11)
    entries, roots = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        log, told = Path(folder) / "log.db", Path(folder) / "told"
        for kill in range(KILLS):
            with open(told, "wb") as out:
                server = subprocess.Popen([PROGRAM, "write", log], stdout=out)
                deadline = time.monotonic() + 60
                while not told.stat().st_size:
                    assert server.poll() is None, f"after {kill} kills it does not serve: {server.returncode}"
                    assert time.monotonic() < deadline, "it does not begin to serve"
                    time.sleep(0.002)
                time.sleep(dice.uniform(0, 0.15))
                server.kill()
                server.wait()
            read_acknowledged(told, entries, roots)
        dump = subprocess.run([PROGRAM, "dump", log], stdout=subprocess.PIPE, text=True)
        assert dump.returncode == 0, "the log does not hold together"
        lines = dump.stdout.splitlines()
        _, size, root = lines.pop().split()
        there = dict(line.split() for line in lines)
        assert int(size) == len(there)
        missing = [index for index, entry in entries.items() if there.get(str(index)) != entry]
        assert not missing, f"acknowledged and not there: {missing[:10]}"
        assert roots.get(int(size), root) == root
        assert len(entries) > KILLS, f"only {len(entries)} entries were acknowledged"
        print(f"{KILLS} kills: {len(entries)} entries acknowledged, {size} in the log, "
              f"{len(roots)} sizes signed, nothing lost, no fork")
    return 0


if __name__ == "__main__":
    sys.exit(main())
