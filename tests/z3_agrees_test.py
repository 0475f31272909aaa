#!/usr/bin/env python3
"""z3 agrees about 1,000 random differences of formulas: whether there is one, whether anybody gains or loses,
and the size of the smallest coalition that does. differences_for_z3 writes the questions and our answers."""
import os
import re
import subprocess
import sys
from pathlib import Path

PAIRS = 1000


def main():
    program = Path(os.environ["CHEGET_BIN"]) / "differences_for_z3"
    script = subprocess.run([program, str(PAIRS)], check=True, capture_output=True, text=True).stdout
    answers = subprocess.run(["z3", "-in"], input=script, capture_output=True, text=True).stdout.splitlines()
    asked, wrong, pairs, kinds = None, [], set(), {}
    compared = 0
    for line in answers:
        if question := re.fullmatch(r"pair (\d+) (.+): (sat|unsat)", line):
            asked = question
            continue
        if asked is None or line not in ("sat", "unsat"):
            print(f"FAILED: z3 says {line!r}")
            return 1
        compared += 1
        pairs.add(asked[1])
        kinds[(asked[2], asked[3])] = kinds.get((asked[2], asked[3]), 0) + 1
        if line != asked[3]:
            wrong.append(f"pair {asked[1]}: {asked[2]}: we say {asked[3]}, z3 says {line}")
        asked = None
    for one in wrong[:10]:
        print("FAILED:", one)
    print(f"{len(pairs)} pairs, {compared} answers, {len(wrong)} of them wrong; {kinds}")
    if len(pairs) != PAIRS or asked is not None:
        print("FAILED: not all were answered")
        return 1
    # Each answer must be common enough to mean something.
    for what in ("different", "gained", "lost"):
        for answer in ("sat", "unsat"):
            if kinds.get((what, answer), 0) < PAIRS // 10:
                print(f"FAILED: too few pairs where `{what}` is {answer}")
                return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
