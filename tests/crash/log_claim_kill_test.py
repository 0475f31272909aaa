"""G9, G3 under a log: kills the executor after every fsync, write, rename, unlink and exec that a traced run
shows, from the state's lock to the last receipt, starts it again, and demands: the action ran at most once
over any number of tries, one claim of it is in the log at most, and it is never silently lost. Either it
had not begun, and a later run goes on with the claim that it signed or makes the first; or ledger and
receipts tell an outcome.

By default about 50 points spread over the run, always with those around the exec; CHEGET_CRASH=all takes
every point."""
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *

TRACE = BIN / "trace_points"
SAMPLED = 50

with LogScene() as scene:
    log = scene.log
    db1 = scene.executor()
    order = scene.logged("acted")
    permit = scene.permit(order, voters=())
    fresh = db1.save()
    entries = list(log.entries)

    def begin_anew():
        db1.restore(fresh)
        log.entries, log.checkpoints = list(entries), {}
        log.publish()
        scene.trace.unlink(missing_ok=True)

    points_file = scene.root / "points"
    done = db1.run(permit, prefix=(TRACE, "list", points_file, "--"))
    check_exit(done, 0, "the traced run")
    points = points_file.read_text().splitlines()
    execs = [i for i, point in enumerate(points, 1) if point.endswith(" exec")]
    check(len(execs) == 1 and len(points) > 20, f"the trace shows an exec among {len(points)} points")
    numbers = range(1, len(points) + 1)
    if os.environ.get("CHEGET_CRASH") != "all" and len(points) > SAMPLED:
        step = len(points) / SAMPLED
        numbers = sorted({1 + int(i * step) for i in range(SAMPLED)} |
                         set(range(max(1, execs[0] - 4), min(len(points), execs[0] + 4) + 1)))

    told = {}
    for number in numbers:
        begin_anew()
        where = f"killed after point {number}, {points[number - 1]}"
        killed = db1.run(permit, prefix=(TRACE, "kill", str(number), "--"))
        check(killed.returncode in (137, 0), f"{where}: it was killed", killed)
        claims = log.claims()
        runs = [db1.run(permit) for _ in range(2)]
        codes = [run.returncode for run in runs]
        outcome, sent, acted = db1.outcome(order), db1.sent(order), scene.acted("acted")
        check(acted <= 1, f"{where}: it acted {acted} times, exits {codes}", runs[0])
        check(len(log.claims()) <= 1 and (not claims or log.claims() == claims),
              f"{where}: claims in the log {len(claims)}, then {len(log.claims())}")
        if codes[0] == 0:
            check(outcome == "succeeded" and acted == 1 and codes[1] == DENIED,
                  f"{where}: began later, exits {codes}, outcome {outcome}", runs[1])
            how = "resumed" if claims else "began later"
            told[how] = told.get(how, 0) + 1
        else:
            check(outcome in ("succeeded", "unknown") and codes[0] == codes[1] and
                  codes[0] == (UNKNOWN if outcome == "unknown" else DENIED),
                  f"{where}: exits {codes}, outcome {outcome}", runs[0])
            check(outcome != "succeeded" or acted == 1, f"{where}: told a success that was none")
            told[outcome] = told.get(outcome, 0) + 1
        check("claim" in sent and outcome in sent, f"{where}: outcome {outcome}, receipts {sent}")
        check_exit(db1.exec("state", "check"), 0, f"{where}: the state holds together")
        check_exit(db1.exec("follow"), 0, f"{where}: it follows on")
        ends = [e for e in log.entries if b"\noutcome: " in e and b"outcome: started" not in e]
        check(len(ends) == 1, f"{where}: the log tells one end: {len(ends)}")
    check(told.get("began later", 0) > 0 and told.get("resumed", 0) > 0 and told.get("unknown", 0) > 0 and
          told.get("succeeded", 0) > 0, f"all four ends were met: {told}")
    print(f"{len(list(numbers))} of {len(points)} points: {told}")
finish()
