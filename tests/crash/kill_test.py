"""G9, G3: kills the executor after every fsync, write, rename, unlink and exec that a traced run shows,
starts it again, and demands: the action ran at most once over any number of tries, and it is never
silently lost. Either it never began, and a later run succeeds; or ledger and receipts tell an outcome.

By default about 60 points spread over the run, always with the last ones before and the first ones
after the exec; CHEGET_CRASH=all takes every point."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

TRACE = BIN / "trace_points"
SAMPLED = 60

with Scene(files=("/bin/sh",)) as scene:
    # The order lies in a shared folder, so that filing beside it is killed too.
    domain = scene.root / "domain"
    trace = scene.root / "trace"
    script = scene.script("act", f"echo acted >> {trace}")
    (domain / "policy").mkdir(parents=True)
    shutil.copy(scene.policy_file, domain / "policy" / "000001.policy")
    order = scene.order([script], files=(script, "/bin/sh"))
    folder = domain / "orders" / order.hex
    (folder / "votes").mkdir(parents=True)
    (folder / "order").write_text(scene.signed_order(order))
    for by in ("bob", "carol"):
        (folder / "votes" / f"{by}.vote").write_text(scene.vote(order, by))
    fresh_state, fresh_domain = scene.root / "fresh-state", scene.root / "fresh-domain"
    shutil.copytree(scene.state, fresh_state)
    shutil.copytree(domain, fresh_domain)

    def begin_anew():
        for used, fresh in ((scene.state, fresh_state), (domain, fresh_domain)):
            shutil.rmtree(used)
            shutil.copytree(fresh, used)
        trace.unlink(missing_ok=True)

    def acted():
        return len(trace.read_text().splitlines()) if trace.exists() else 0

    points_file = scene.root / "points"
    done = scene.run(folder, prefix=(TRACE, "list", points_file, "--"))
    check_exit(done, 0, "the traced run")
    points = points_file.read_text().splitlines()
    execs = [i for i, point in enumerate(points, 1) if point.endswith(" exec")]
    check(len(execs) == 1 and len(points) > 20, f"the trace shows an exec among {len(points)} points")
    # Power loss: the claim and the start are each synced in ledger, outbox and folder before the exec.
    before_exec = [point.split()[2] for point in points[:execs[0]]]
    check(before_exec.count("fdatasync") >= 4 and before_exec.count("fsync") >= 8,
          f"what was claimed is durable before anything runs: {before_exec}")
    numbers = range(1, len(points) + 1)
    if os.environ.get("CHEGET_CRASH") != "all" and len(points) > SAMPLED:
        step = len(points) / SAMPLED
        numbers = sorted({1 + int(i * step) for i in range(SAMPLED)} |
                         set(range(max(1, execs[0] - 4), min(len(points), execs[0] + 4) + 1)))

    told = {}
    for number in numbers:
        begin_anew()
        where = f"killed after point {number}, {points[number - 1]}"
        killed = scene.run(folder, prefix=(TRACE, "kill", str(number), "--"))
        check(killed.returncode in (137, 0), f"{where}: it was killed", killed)
        runs = [scene.run(folder) for _ in range(2)]
        codes = [run.returncode for run in runs]
        outcome = scene.state_of(order)
        sent = scene.sent(order)
        check(acted() <= 1, f"{where}: it acted {acted()} times, exits {codes}", runs[0])
        if codes[0] == 0:  # it never began, and began now
            check(outcome == "succeeded" and acted() == 1 and codes[1] == DENIED,
                  f"{where}: began later, exits {codes}, outcome {outcome}", runs[1])
            told["began later"] = told.get("began later", 0) + 1
        else:
            check(outcome in ("succeeded", "unknown") and codes[0] == codes[1] and
                  codes[0] == (UNKNOWN if outcome == "unknown" else DENIED),
                  f"{where}: exits {codes}, outcome {outcome}", runs[0])
            check(outcome != "succeeded" or acted() == 1, f"{where}: told a success that was none")
            told[outcome] = told.get(outcome, 0) + 1
        check("claim" in sent and outcome in sent, f"{where}: outcome {outcome}, receipts {sent}")
        check_exit(scene.exec("state", "check"), 0, f"{where}: the ledger holds together")
    check(told.get("began later", 0) > 0 and told.get("unknown", 0) > 0 and
          told.get("succeeded", 0) > 0, f"all three ends were met: {told}")
    print(f"{len(list(numbers))} of {len(points)} points: {told}")
finish()
