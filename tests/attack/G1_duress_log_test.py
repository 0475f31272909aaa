"""The silent alarm under a log: what a server logs beside a vote under duress does not keep it from
being told, and the executor shows nothing."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *
from marked_votes import *


class Briefcase(MarkedVotes, LogScene):
    pass


with Briefcase() as scene:
    db1 = scene.executor()
    db1.configure(scene.alarm_command())
    check_exit(db1.exec("marks", "add", scene.mark_file()), 0, "a mark file")
    # Junk that begins as a vote does: a server may log what it likes.
    scene.log.add("cheget vote v1\nno line feed at the end", "cheget vote v1\n", "cheget vote v1\n\n\n")
    order = scene.act("x")
    scene.log.add(scene.signed_order(order), scene.vote(order, "bob"), scene.marked(order, OTHER))
    done = db1.exec("follow")
    check_exit(done, 0, "following the log")
    check("duress" not in done.stdout + done.stderr and "alarm" not in done.stdout + done.stderr,
          "it shows nothing", done)
    check(wait_for(lambda: len(scene.alarms()) == 1), "the alarm is told though junk came before it")
    check(scene.alarms()[0]["on"] == order.id, "of the order")
    done = db1.run(order)
    check_exit(done, WAITING, "G1 the approval is void")
    good = scene.act("y")
    scene.log.add(scene.signed_order(good), scene.vote(good, "bob"), scene.marked(good, REAL))
    done = db1.run(good)
    check_exit(done, 0, "her own approval counts")
    check(wait_for(lambda: list((db1.state / "alarms").glob("*.good"))), "and leaves a file as the other did")
    check(len(scene.alarms()) == 1, "and tells nobody")

finish()
