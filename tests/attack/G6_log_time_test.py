#!/usr/bin/env python3
"""G6 under a log: time is what a quorum of witnesses saw. Neither the executor's clock, a year wrong
either way, nor the server, nor fewer witnesses than the quorum can shorten a wait or stretch an expiry."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *

YEAR = 365 * 86400
MINUTE = 60
CLOCK = BIN / "with_clock"


def at(seconds):
    """The witnesses' clock stands."""
    scene.log.clock = lambda: seconds


with LogScene() as scene:
    db1 = scene.executor()
    db1.configure('claim_wait = "2s"')
    log = scene.log
    now = int(time.time())

    def waiting(order, what, **options):
        done = db1.run(order, **options)
        check(done.returncode == WAITING and db1.outcome(order) is None, what, done)

    # G6_wait_by_the_witnesses_time
    at(now)
    order = scene.logged("wait", rule="slow", target="slow/x")
    waiting(order, "at once")
    log.publish(at=now + 29 * MINUTE)
    waiting(order, "a minute early")
    # G6_lying_witness_ahead: one of them says that a year has passed.
    for liar in (0, 1, 2):
        times = [now + 29 * MINUTE] * 3
        times[liar] = now + YEAR
        log.publish(at=times, by=log.witnesses)
        waiting(order, "a witness runs ahead")
    # G6_executors_clock_ahead
    for year in (-YEAR, YEAR):
        waiting(order, f"the executor's clock is {year} s wrong", prefix=(CLOCK, year, "--"))
    # G6_backdated_entry: a liar says that the votes were there long before; an old checkpoint, of fewer
    # entries, is shown for them.
    size = len(log.entries)
    lying = log.publish(at=[now - YEAR] + [now + 29 * MINUTE] * 2, by=log.witnesses)
    log.checkpoints = {size: lying, 0: log.checkpoints[0]}
    waiting(order, "a witness dates the entry back")
    log.checkpoints = {size: log.checkpoint(size=0, at=now - YEAR)}
    waiting(order, "a checkpoint that does not hold the entry")
    log.checkpoints = {}
    log.publish(at=now + 30 * MINUTE + 1)
    at(now + 30 * MINUTE + 1)
    check_exit(db1.run(order, prefix=(CLOCK, -YEAR, "--")), 0,
               "the wait is over, whatever the executor's clock says")
    check(scene.acted("wait") == 1, "it acted")

    # G6_expiry: eight hours at most, by what the witnesses saw.
    at(now)
    late = scene.logged("late")
    for year in (-YEAR, YEAR):
        check_exit(db1.run(late, "--dry-run", prefix=(CLOCK, year, "--")), 0,
                   f"in time, though the executor's clock is {year} s wrong")
    log.publish(at=now + 2 * 3600)
    for year in (0, -YEAR, YEAR):
        done = db1.run(late, prefix=(CLOCK, year, "--"))
        check(done.returncode == DENIED and "expired" in done.stdout + done.stderr, "expired", done)
    # G6_lying_witness_behind: one says that it is still last year.
    log.publish(at=[now - YEAR, now + 2 * 3600])
    done = db1.run(late)
    check(done.returncode == DENIED and scene.acted("late") == 0, "a witness lags behind", done)

    # G6_expires_while_the_claim_is_kept_back: what passes after the claim was signed counts.
    at(now)
    log.publish(at=now)
    order = scene.logged("slowly", expires=now - int(time.time()) + 12)
    log.publishes = False
    db1.configure("")
    done = db1.run(order)
    check_exit(done, WAITING, "the claim is not published")
    time.sleep(12)
    log.publish(at=now)  # as if no time had passed
    done = db1.run(order)
    check(done.returncode == DENIED and scene.acted("slowly") == 0 and "expired" in done.stderr,
          "the executor's own count since the claim", done)
    log.publishes = True

    # G6_clock_of_the_executor: a year wrong either way changes nothing for an order that may act.
    for year in (-YEAR, YEAR):
        at(int(time.time()))
        order = scene.logged(f"year{year}")
        check_exit(db1.run(order, prefix=(CLOCK, year, "--")), 0, f"its clock is {year} s wrong")
        check(scene.acted(f"year{year}") == 1, "it acted")
    check_exit(db1.run(scene.logged("right")), 0, "and right again")
finish()
