#!/usr/bin/env python3
"""Runs every *.scenarios file of the tree through the built program, but for those that are broken on
purpose, and the examples of docs/scenarios.md; then what `policy test` and `policy simulate` say and
with which exit code they end."""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["CHEGET_SOURCE"])
CHEGET = os.environ["CHEGET_BIN"] + "/cheget"
BROKEN_ON_PURPOSE = ("tests/scenarios/bad/", "fuzz/corpus/")


def cheget(*arguments, code=0, stdin=None, cwd=None):
    result = subprocess.run([CHEGET, *arguments], input=stdin, text=True, capture_output=True, cwd=cwd)
    if result.returncode != code:
        sys.exit(f"cheget {' '.join(arguments)}: exit code {result.returncode} instead of {code}\n"
                 f"{result.stdout}{result.stderr}")
    return result.stdout


def demand(condition, what):
    if not condition:
        sys.exit(what)


def scenario_files():
    found = []
    for path in sorted(SOURCE.rglob("*.scenarios")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(BROKEN_ON_PURPOSE) and not re.match(r"(build|\.)", name):
            found.append(str(path))
    return found


def test_all_files():
    files = scenario_files()
    demand(len(files) >= 3, "there are fewer scenario files than the tests alone have")
    last = cheget("policy", "test", *files).splitlines()[-1]
    print(f"{len(files)} files: {last}")


def test_documentation(folder):
    text = (SOURCE / "docs/scenarios.md").read_text()
    (folder / "drop.policy").write_text(re.search(r"^```policy\n(.*?)^```", text, re.M | re.S)[1])
    examples = re.findall(r"^```scenarios\n(.*?)^```", text, re.M | re.S)
    demand(len(examples) >= 3, "docs/scenarios.md lost its examples")
    for number, example in enumerate(examples):
        (folder / f"{number}.scenarios").write_text(example)
        cheget("policy", "test", f"{folder}/{number}.scenarios")


def test_manual(folder):
    """The example of cheget-policy(5) holds of the policy with which docs/policy-language.md begins."""
    manual = (SOURCE / "packaging/man/cheget-policy.5").read_text()
    language = (SOURCE / "docs/policy-language.md").read_text()
    (folder / "manual").mkdir()
    (folder / "manual/drop.policy").write_text(re.search(r"^```policy\n(.*?)^```", language, re.M | re.S)[1])
    (folder / "manual/drop.scenarios").write_text(re.search(r"^(policy drop.*?)^\.Ed", manual, re.M | re.S)[1])
    cheget("policy", "test", f"{folder}/manual/drop.scenarios")


def test_answers(folder):
    """What fails is told with line, expectation, what came, and the tree."""
    (folder / "wrong.scenarios").write_text("""policy drop.policy
scenario it should be so
  given order drop on prod/books by alice at 2026-08-01T10:00:00Z
  given parameter rows 5
  when bob approves
  then permit
""")
    said = cheget("policy", "test", f"{folder}/wrong.scenarios", code=1)
    for part in ["FAILED", "wrong.scenarios:2 it should be so", "line 6: expected permit",
                 "came: wait approvals missing", "bob (line 5)", "1 scenarios, 1 failed"]:
        demand(part in said, f"`policy test` does not say `{part}`:\n{said}")
    told = json.loads(cheget("--json", "policy", "test", f"{folder}/wrong.scenarios",
                             f"{folder}/0.scenarios", code=1))
    check = told["files"][0]["scenarios"][0]["checks"][0]
    demand(not check["ok"] and check["line"] == 6 and check["expected"] == "permit", check)
    demand(all(one["ok"] for one in told["files"][1]["scenarios"]), told)


def test_what_cannot_run(folder):
    (folder / "broken.scenarios").write_text("policy drop.policy\nscenario x\n  gvien order\n")
    (folder / "lost.scenarios").write_text("policy lost.policy\nscenario x\n  given revocation of a\n"
                                           "  then permit\n")
    for name in ["broken", "lost", "absent"]:
        told = json.loads(cheget("--json", "policy", "test", f"{folder}/{name}.scenarios",
                                 f"{folder}/0.scenarios", code=4))
        demand(told["files"][0]["error"] and told["files"][1]["scenarios"], told)
    cheget("policy", "test", code=2)
    # A file that is no policy is named, and nothing in it shown.
    (folder / "secret").write_text("a secret line\n")
    (folder / "nosy.scenarios").write_text("policy secret\nscenario x\n  given revocation of a\n  then permit\n")
    said = cheget("policy", "test", f"{folder}/nosy.scenarios", code=4)
    demand("a secret" not in said and "does not begin with `cheget policy v1`" in said, said)


def simulate(folder, *arguments, code):
    said = cheget("policy", "simulate", "drop.policy", "--order", "drop", "--target", "prod/books",
                  "--by", "alice", "--parameters", "rows=5", *arguments, code=code, cwd=folder)
    return said


def test_simulation(folder):
    said = simulate(folder, "--votes", "bob,carol", code=3)
    demand("backup-ok(target) is true" in said and "db1" in said, said)
    whole = ["--proposed", "2026-08-01T10:00:00Z", "--votes", "bob,carol,erin:consent@+5m",
             "--facts", "backup-ok(target)=true@db1@+6m", "--at", "+36m"]
    demand("permit until 2026-08-01T18:00:00Z" in simulate(folder, *whole, code=0), "no permit")
    told = json.loads(simulate(folder, "--json", *whole, code=0))
    demand(told["answer"] == "permit" and told["until"] == "2026-08-01T18:00:00Z", told)
    kept = simulate(folder, "--as-scenario", *whole, code=0)
    (folder / "kept.scenarios").write_text(kept)
    demand(kept == told["scenario"], kept)
    cheget("policy", "test", f"{folder}/kept.scenarios")
    simulate(folder, "--votes", "bob,dave:veto", code=1)
    told = json.loads(simulate(folder, "--json", "--parameters", "rowz=5", code=4))
    demand("did you mean `rows`?" in told["error"]["message"], told)
    cheget("policy", "simulate", "--order", "drop", "--target", "prod/books", "--by", "alice", "--votes",
           "bob", "--parameters", "rows=5", "drop.policy", code=3, cwd=folder)  # the file last
    simulate(folder, "--votes", "bob:", code=2)
    simulate(folder, "--facts", "backup-ok", code=2)
    simulate(folder, "--emergency", "--votes", "bob,erin:consent", "--claims", "-10d", code=1)
    simulate(folder, "--votes", "bob\n  then permit", code=2)


with tempfile.TemporaryDirectory(prefix="cheget-scenarios-") as scratch:
    test_all_files()
    test_documentation(Path(scratch))
    test_manual(Path(scratch))
    test_answers(Path(scratch))
    test_what_cannot_run(Path(scratch))
    test_simulation(Path(scratch))
