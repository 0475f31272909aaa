#!/usr/bin/env python3
"""G7 under a log: a policy is in force from its enactment, of colliding ones the first; orders under an
older one are dead; an executor never goes back; witnesses that were rotated out say nothing any more; and
who begins after that compares words."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *

STRICTER = RULES.replace("wait 30m", "wait 31m")
OTHER = RULES.replace("wait 30m", "wait 32m")


def words(executor_output):
    return executor_output.split("  words   ")[1].split("\n")[0].strip()


with LogScene() as scene:
    db1 = scene.executor()
    db1.configure('claim_wait = "2s"')
    log = scene.log
    young = scene.executor("db2", "young")

    # G7_enacted: votes alone change nothing, the enactment does, and kills what was proposed before.
    second = scene.amendment(2, scene.policy_id, STRICTER)
    order = scene.logged("before")
    completed = log.add(*[scene.policy_vote(second, 2, by) for by in ("alice", "bob")])
    check_exit(db1.run(order, "--dry-run"), 0, "a proposal stops nothing")
    log.add(scene.enactment(second, 2, completed, [log.newest]))
    done = db1.run(order)
    check(done.returncode == DENIED and scene.acted("before") == 0, "an order under the older policy", done)
    now = (2, sha256(second.encode()))
    order = scene.logged("after", policy=now)
    check_exit(db1.run(order), 0, "an order under the new one")

    # G7_enacted_just_before_the_claim
    third = scene.amendment(3, now[1], RULES)
    sibling = scene.amendment(3, now[1], OTHER)
    order = scene.logged("claimed", policy=now)
    completed = log.add(*[scene.policy_vote(third, 3, by) for by in ("alice", "bob")])
    enactment = scene.enactment(third, 3, completed, [log.newest]).encode()

    def enact_first(text):
        if text.startswith(b"cheget claim") and enactment not in log.entries:
            log.entries.append(enactment)
        return True
    log.takes = enact_first
    done = db1.run(order)
    check(done.returncode == DENIED and scene.acted("claimed") == 0, "enacted just before the claim", done)
    log.takes = lambda text: True

    # G7_colliding_amendments: of two siblings the one enacted first is in force, and stays so.
    scene.enact(sibling, 3)
    first = (3, sha256(third.encode()))
    check_exit(db1.run(scene.logged("first", policy=first)), 0, "the first sibling is in force")
    done = db1.run(scene.logged("sibling", policy=(3, sha256(sibling.encode()))))
    check(done.returncode == DENIED and scene.acted("sibling") == 0, "the second is not", done)

    # G7_never_back: a fork without the enactment, witnessed by whoever stole the keys.
    saved = db1.save()
    fork = scene.fork()
    index = next(i for i, e in enumerate(fork.entries) if e == enactment)
    fork.entries = fork.entries[:index]
    while len(fork.entries) <= len(log.entries):
        fork.entries.append(scene.signed_order(scene.act("filler")).encode())
    old = scene.logged("old", log=fork, policy=now)
    db1.config.write_text(db1.config.read_text().replace(log.url, fork.url))
    done = db1.run(old)
    check(done.returncode == DENIED and "ALARM" in done.stderr and scene.acted("old") == 0,
          "a log in which the amendment never was", done)
    db1.restore(saved)
    db1.config.write_text(db1.config.read_text().replace(fork.url, log.url))

    # G7_an_old_copy_is_not_believed: the copy of the log is put back, and the server shows no more.
    check_exit(young.exec("follow"), 0, "db2 follows")
    fresh, size = young.save(), young.size()
    check_exit(young.run(scene.logged("young", policy=first)), 0, "db2 acts")
    for name in ("log.sqlite", "log.sqlite-wal", "log.sqlite-shm"):
        (young.state / name).unlink(missing_ok=True)
        if (fresh / name).exists():
            shutil.copy(fresh / name, young.state / name)
    log.entries, held = log.entries[:size + 1], log.entries
    log.publish()
    done = young.run(scene.act("young2", policy=first))
    check(done.returncode == DENIED and "never goes back" in done.stderr, "less than its claims tell of", done)
    log.entries = held
    log.publish()
    check_exit(young.run(scene.logged("young3", policy=first)), 0, "reading on heals the copy")
    check_exit(young.exec("state", "check"), 0, "it holds together")

with LogScene() as scene:
    db1 = scene.executor()
    db1.configure('claim_wait = "2s"')
    log = scene.log
    check(words(db1.began.stdout), "words are told")

    # G7_rotation: other witnesses. The checkpoint at the enactment is signed by both.
    fresh = [NoteKey(f"n{i}.example.org", 4) for i in (1, 2, 3)]
    second = scene.amendment(2, scene.policy_id, RULES, keys=fresh)
    completed = log.add(*[scene.policy_vote(second, 2, by) for by in ("alice", "bob")])
    log.entries.append(scene.enactment(second, 2, completed, [log.newest]).encode())
    now = (2, sha256(second.encode()))
    for by in (log.witnesses[:2], fresh[:2], log.witnesses[:2] + fresh[:1], log.witnesses[:1] + fresh[:2]):
        log.checkpoints.pop(len(log.entries), None)
        log.publish(by=by)
        done = db1.exec("follow")
        check(done.returncode == DENIED, "the checkpoint at the rotation lacks one quorum", done)
    log.checkpoints.pop(len(log.entries), None)
    bridge = log.publish(by=log.witnesses[:2] + fresh[:2])
    check_exit(db1.exec("follow"), 0, "both quorums signed")

    # G7_rotated_out_and_hostile: the old witnesses sign whatever one likes.
    hostile = scene.fork()
    hostile.add(scene.signed_order(scene.act("x", policy=now)))
    db1.config.write_text(db1.config.read_text().replace(log.url, hostile.url))
    done = db1.run(scene.logged("hostile", log=hostile, policy=now))
    check(done.returncode == DENIED and scene.acted("hostile") == 0, "old witnesses have no word", done)
    db1.config.write_text(db1.config.read_text().replace(hostile.url, log.url))
    log.witnesses = fresh
    check_exit(db1.run(scene.logged("rotated", policy=now)), 0, "the new ones have")

    # G7_beginning_after_a_rotation: not with the first policy alone, nor with words of another standing.
    made = Executor(scene, "db2", "alone", [log.url])
    check(made.began.returncode == USAGE and "--checkpoint" in made.began.stderr, "a checkpoint is asked for",
          made.began)
    checkpoint = scene.root / "checkpoint"
    checkpoint.write_text(log.newest)
    made = Executor(scene, "db2", "unconfirmed", [log.url], "--checkpoint", checkpoint)
    check(made.began.returncode == USAGE and "--words" in made.began.stderr, "words are asked for", made.began)
    told = made.began.stderr.strip().splitlines()[-1].strip()
    wrong = " ".join(reversed(told.split()))
    for said in (wrong, " ".join(told.split()[:6])):
        made = Executor(scene, "db2", f"wrong{len(said)}", [log.url], "--checkpoint", checkpoint, "--words", said)
        check(made.began.returncode == DENIED, "wrong words, or half of them", made.began)
    log.checkpoints = {len(log.entries): log.newest}  # what bridged the rotation is lost
    db2 = scene.executor("db2", "confirmed", None, "--checkpoint", checkpoint, "--words", told)
    check_exit(db2.run(scene.logged("confirmed", policy=now)), 0, "it acts from then on")
    shown = subprocess.run([CHEGET, "log", "words", log.url, "--policy", scene.policy_file, "--checkpoint",
                            checkpoint], capture_output=True, text=True)
    check(shown.returncode == 0 and told in shown.stdout, "others see the same words", shown)

    # The old witnesses make up a log that leads to another policy: its words are others.
    forged = scene.fork()
    forged.witnesses = hostile.witnesses
    forged.entries = forged.entries[:completed + 1]
    lenient = scene.amendment(2, scene.policy_id, RULES.replace("approve 2 of dba", "approve 1 of dba"))
    scene.enact(lenient, 2, log=forged)
    false = scene.root / "false"
    false.write_text(forged.newest)
    made = Executor(scene, "db3", "forged", [forged.url], "--checkpoint", false, "--words", told)
    check(made.began.returncode == DENIED, "a forged standing has other words", made.began)
finish()
