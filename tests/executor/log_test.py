#!/usr/bin/env python3
"""An executor under a policy with a log: it follows the log, claims in it, and acts once the log holds
the claim."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *

with LogScene() as scene:
    db1 = scene.executor()
    check("words" in db1.began.stdout and "witnessed" not in db1.began.stderr, "init tells words", db1.began)

    # What the log does not hold doesn't count, however well it is signed.
    order = scene.act("never")
    done = db1.run(scene.permit(order))
    check(done.returncode != 0 and scene.acted("never") == 0, "approvals outside the log", done)

    order = scene.logged("one", voters=("bob",))
    check_exit(db1.run(order), WAITING, "one approval is not enough")
    scene.log.add(scene.vote(order, "carol"))
    check_exit(db1.run(order, "--dry-run"), 0, "dry run")
    check(not scene.log.claims() and db1.outcome(order) is None, "a dry run claims nothing")
    done = db1.run(order, "--json")
    check_exit(done, 0, "permitted by the log")
    check(scene.acted("one") == 1 and json.loads(done.stdout)["answer"] == "succeeded", "it acted", done)
    claim = scene.log.claims()[0]
    check(f"\norder: {order.id}\n" in claim and "\nsize: 6\n" not in claim and "\nsize: " in claim,
          f"the claim is in the log: {claim}")
    check(db1.sent(order) == ["claim", "started", "succeeded"], "receipts are in the outbox")
    receipts = [e for e in scene.log.entries if e.startswith(b"cheget receipt")]
    check(len(receipts) == 2, f"receipts are in the log: {len(receipts)}")
    done = db1.run(order)
    check_exit(done, DENIED, "a replay")
    check("claimed" in done.stderr and scene.acted("one") == 1, "says why", done)
    check_exit(db1.exec("state", "check"), 0, "state check")

    # A drill, and observing.
    order = scene.logged("drill", drill=True)
    check_exit(db1.run(order), 0, "a drill")
    check(scene.acted("drill") == 0 and "succeeded" in db1.sent(order), "does all but the deed")

    # Following by itself.
    scene.logged("two")
    done = db1.exec("follow", "--json")
    check_exit(done, 0, "follow")
    check(json.loads(done.stdout)["size"] == len(scene.log.entries) == db1.size(), "it holds all", done)

    # Unreachable: nothing is claimed.
    order = scene.logged("three")
    scene.log.absent.add("/checkpoint")
    done = db1.run(order)
    check_exit(done, UNREACHABLE, "the log can't be reached")
    check(db1.outcome(order) is None and scene.acted("three") == 0, "and nothing is claimed")
    scene.log.absent.clear()
    check_exit(db1.run(order), 0, "it is reached again")

    # Observing: what lacks approvals passes while the administrator says so, and is claimed all the same.
    order = scene.logged("observed", voters=())
    db1.configure(f'observe_until = "{stamp(3600)}"')
    check_exit(db1.run(order), WAITING, "without --observe the policy holds")
    check_exit(db1.run(order, "--observe"), 0, "observed")
    check(scene.acted("observed") == 1 and order.id in "".join(scene.log.claims()), "claimed in the log")
    order = scene.logged("vetoed", voters=())
    scene.log.add(scene.vote(order, "bob", "veto"))
    check_exit(db1.run(order, "--observe"), DENIED, "a veto is heard")
finish()
