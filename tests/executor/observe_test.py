"""Observing: what the policy would stop passes for a time that the administrator set, and what it lacked
is written down."""
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *


def observe_until(scene, offset):
    text = "".join(line for line in scene.config.read_text().splitlines(True)
                   if not line.startswith("observe_until"))
    scene.config.write_text(f'observe_until = "{stamp(offset)}"\n' + text)


with Scene(files=("/bin/sh",)) as scene:
    trace = scene.root / "trace"
    script = scene.script("act", f"echo $1 >> {trace}")
    both = (script, "/bin/sh")
    observe_until(scene, 30 * 86400)

    done = scene.exec("observed")
    check_exit(done, 0, "nothing observed yet")
    check("no order was observed" in done.stdout, "says so", done)

    # Without any vote, expired, too early: each passes, once, with claim and receipts as ever.
    bare = scene.order([script, "bare"], files=both)
    done = scene.run(scene.permit(bare, voters=()), "--observe")
    check_exit(done, 0, "an order without votes passes")
    check("approvals" in done.stderr or "2 of dba" in done.stderr, "and says what it lacks", done)
    check(scene.sent(bare) == ["claim", "started", "succeeded"], "its receipts are as ever")
    check_exit(scene.run(scene.permit(bare, voters=()), "--observe"), DENIED, "a replay")
    late = scene.order([script, "late"], files=both, proposed=-7200, expires=-60)
    check_exit(scene.run(scene.permit(late), "--observe"), 0, "an expired order passes")
    full = scene.order([script, "full"], files=both)
    done = scene.exec("--observe", "run", scene.permit(full), "--json")
    check_exit(done, 0, "a permitted order passes")
    check(json.loads(done.stdout)["observed"]["answer"] == "permit", "and is told as such", done)
    check(trace.read_text().split() == ["bare", "late", "full"], "each ran once")
    dry = scene.order([script, "dry"], files=both)
    check_exit(scene.run(scene.permit(dry, voters=()), "--observe", "--dry-run"), 0, "a dry run")

    # What would have been needed.
    done = scene.exec("observed")
    check_exit(done, 0, "observed")
    check("act: 1, 1, 1" in done.stdout, "one of each", done)
    check(bare.id in done.stdout and full.id not in done.stdout, "those that lacked something", done)
    shown = json.loads(scene.exec("observed", "--json").stdout)
    check([one["answer"] for one in shown["observed"]] == ["wait", "deny", "permit"], "in JSON")
    check(shown["rules"] == {"act": {"deny": 1, "permit": 1, "wait": 1}} and shown["damaged"] == 0,
          "by rule")
    explanation = shown["observed"][0]["explanation"]
    check("bob" in explanation, "names who could have given it")
    check("log: none" not in explanation and "proposer:" not in explanation, "and says no more than that")

    # A line that a crash left incomplete costs only itself.
    record = scene.state / "observed.jsonl"
    check(record.stat().st_mode & 0o777 == 0o600, "the record is the executor's alone")
    record.write_bytes(record.read_bytes()[:-20])
    again = scene.order([script, "again"], files=both)
    check_exit(scene.run(scene.permit(again, voters=()), "--observe"), 0, "after a crash")
    shown = json.loads(scene.exec("observed", "--json").stdout)
    check(len(shown["observed"]) == 3 and shown["damaged"] == 1, "the broken line is counted")
finish()
