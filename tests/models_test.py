#!/usr/bin/env python3
"""Has Spin search the models under tests/models through: each holds as it stands, and each mistake that
is seeded in it (`#ifdef MISTAKE_…`, or named in its header) is found. A model in which a mistake goes
unnoticed shows nothing."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MODELS = Path(os.environ["CHEGET_SOURCE"]) / "tests" / "models"


def search(model, define=None):
    """The number of errors, and the number of states, of a search of the whole state space."""
    with tempfile.TemporaryDirectory() as folder:
        options = [f"-D{define}"] if define else []
        subprocess.run(["spin", "-a", *options, model], cwd=folder, check=True, capture_output=True)
        subprocess.run(["gcc", "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"], cwd=folder, check=True)
        said = subprocess.run(["./pan", "-m1000000"], cwd=folder, check=True, capture_output=True,
                              text=True).stdout
    assert "max search depth too small" not in said and "out of memory" not in said, said
    return int(re.search(r"errors: (\d+)", said)[1]), int(re.search(r"(\d+) states, stored", said)[1])


def mistakes_of(text):
    named = re.search(r"mistakes beside those below: ([^*]+)\*/", text)
    return (sorted(set(re.findall(r"#ifn?def (MISTAKE_\w+)", text))) +
            (named[1].split() if named else []))


def main():
    problems = []
    models = sorted(MODELS.glob("*.pml"))
    for model in models:
        mistakes = mistakes_of(model.read_text())
        errors, states = search(model)
        found = [mistake for mistake in mistakes if search(model, mistake)[0] > 0]
        print(f"{model.stem}: {states} states, {errors} errors; {len(found)} of {len(mistakes)} mistakes found")
        if errors:
            problems.append(f"{model.name} does not hold")
        if not mistakes:
            problems.append(f"{model.name} has no seeded mistake")
        problems += [f"{model.name}: the mistake {each} goes unnoticed" for each in mistakes if each not in found]
    print(*problems, sep="\n")
    return 1 if problems or len(models) < 4 else 0


if __name__ == "__main__":
    sys.exit(main())
