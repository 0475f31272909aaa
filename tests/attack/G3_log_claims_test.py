#!/usr/bin/env python3
"""G3 under a log: one order acts once across executors, clones, restored snapshots and restarts, and an
open claim is resumed and never made twice."""
import os
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *


def at_once(runs):
    """Several executors run their permits at the same time; gives exit code and stderr of each."""
    processes = [subprocess.Popen([str(EXEC), "--config", str(executor.config), "run", str(path)], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": "/usr/bin:/bin"})
                 for executor, path in runs]
    return [(process.returncode, told[1]) for process in processes for told in [process.communicate(timeout=120)]]


def forget_the_boot(executor):
    """What a restart of the machine does to a claim: it was signed under another boot."""
    ledger = sqlite3.connect(executor.state / "ledger.db")
    trigger = ledger.execute("SELECT sql FROM sqlite_master WHERE name = 'claim_forward'").fetchone()[0]
    ledger.execute("DROP TRIGGER claim_forward")
    ledger.execute("UPDATE claim SET boot = 'another' WHERE boot IS NOT NULL")
    ledger.execute(trigger)
    ledger.commit()
    ledger.close()


with LogScene() as scene:
    db1, db2, db3 = (scene.executor(name) for name in ("db1", "db2", "db3"))

    # G3_one_permit_for_two_executors
    for round_ in range(3):
        order = scene.logged(f"race{round_}")
        permit = scene.permit(order, voters=())
        codes = at_once([(db1, permit), (db2, permit)])
        check(sorted(code for code, _ in codes) == [0, DENIED] and scene.acted(f"race{round_}") == 1,
              f"exactly one acts: {codes}")
        loser, told = next((name, each[1]) for name, each in zip(("db1", "db2"), codes) if each[0] != 0)
        winner = "db2" if loser == "db1" else "db1"
        check(f"{winner} claimed it" in told or f"by {winner}" in told, f"the loser names the first: {told}")

    # G3_execute_2_of_3
    order = scene.logged("both", rule="both", target="both/x")
    permit = scene.permit(order, voters=())
    codes = at_once([(each, permit) for each in (db1, db2, db3)])
    check(sorted(code for code, _ in codes) == [0, 0, DENIED] and scene.acted("both") == 2,
          f"the first two act: {codes}")

    # G3_a_clone_of_the_executor: the same key, another machine.
    clone = Executor(scene, "db1", "clone", [scene.log.url])
    order = scene.logged("clone")
    permit = scene.permit(order, voters=())
    codes = at_once([(db1, permit), (clone, permit)])
    check(sorted(code for code, _ in codes) == [0, DENIED] and scene.acted("clone") == 1,
          f"one of the two clones acts: {codes}")

    # G3_restored_snapshot: the whole state of before is put back, receipts and outbox too.
    order = scene.logged("snapshot")
    saved = db1.save()
    check_exit(db1.run(order), 0, "it acts")
    db1.restore(saved)
    done = db1.run(order)
    check(done.returncode in (DENIED, UNKNOWN) and scene.acted("snapshot") == 1, "and not again", done)
    check("db1" in done.stderr, "the log says that it was itself", done)
    order = scene.logged("after")
    check_exit(db1.run(order), 0, "what it has not done it can do")

    # G3_snapshot_between_claim_and_log: the restored executor signs another claim; the first one wins.
    order = scene.logged("between")
    saved = db1.save()
    scene.log.publishes = False
    db1.configure('claim_wait = "1s"')
    check_exit(db1.run(order), WAITING, "the claim is not seen yet")
    db1.restore(saved)
    scene.log.publishes = True
    done = db1.run(order)
    check(done.returncode in (DENIED, UNKNOWN) and scene.acted("between") == 0, "two claims of one executor", done)

    # G3_a_claim_is_resumed: not in the log in time, it stays open, and the same claim is handed in again.
    order = scene.logged("resumed")
    scene.log.takes = lambda text: not text.startswith(b"cheget claim")
    done = db1.run(order)
    check_exit(done, WAITING, "the log swallows the claim")
    check("claimed, not yet in the log" in done.stderr and db1.sent(order) == ["claim"], "says so", done)
    claim = db1.claim(order)
    check(db1.outcome(order) == "running", "it stays open")
    check_exit(db1.run(order), WAITING, "still")
    check(db1.claim(order) == claim and len(db1.sent(order)) == 1, "no second claim is signed")
    scene.log.takes = lambda text: True
    check_exit(db1.run(order), 0, "the log takes it")
    check(scene.acted("resumed") == 1 and claim in scene.log.claims(), "by that claim")

    # G3_a_claim_does_not_outlive_the_boot
    order = scene.logged("reboot")
    scene.log.takes = lambda text: not text.startswith(b"cheget claim")
    check_exit(db1.run(order), WAITING, "the log swallows the claim")
    scene.log.takes = lambda text: True
    forget_the_boot(db1)
    check_exit(db1.run(order), DENIED, "after a restart it is spent")
    check(scene.acted("reboot") == 0 and db1.outcome(order) == "refused" and "refused" in db1.sent(order),
          "and told as refused")

    # G3_lost_race_while_open: another one claimed meanwhile.
    order = scene.logged("meanwhile")
    scene.log.takes = lambda text: b"executor: db1" not in text
    check_exit(db1.run(order), WAITING, "the log swallows db1's claim")
    check_exit(db2.run(order), 0, "db2 acts")
    scene.log.takes = lambda text: True
    done = db1.run(order)
    check(done.returncode == DENIED and "db2" in done.stderr and scene.acted("meanwhile") == 1, "db1 does not", done)

    # G3_claims_that_do_not_count: by a stranger's key, or before the order.
    order = scene.act("false-claims")
    text = (f"cheget claim v1\ndomain: {DOMAIN} {scene.policy_id}\norder: {order.id}\ntarget: prod/x\n"
            f"executor: db2\npolicy: 1 {scene.policy_id}\nsize: 3\nnonce: {'00' * 16}\n")
    scene.log.add(text + scene.signature("claim", text, "mallory"), text + scene.signature("claim", text, "db2"))
    scene.log.add(scene.signed_order(order), *[scene.vote(order, by) for by in ("bob", "carol")])
    check_exit(db1.run(order), 0, "they keep nobody from acting")
    check_exit(db1.exec("state", "check"), 0, "the state holds together")

    # G3_rations_across_executors: an emergency once in 30 days, whoever acts.
    first = scene.logged("first", rule="emergency act")
    second = scene.logged("second", rule="emergency act")
    check_exit(db1.run(first), 0, "the first emergency")
    done = db2.run(second)
    check(done.returncode != 0 and scene.acted("second") == 0, "the ration is used up", done)
finish()
