#!/usr/bin/env python3
"""An executor without a network: its signed claim is the challenge, a permit with the log's extract that
contains it the answer (G3, G5, G6 hold as they do online)."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *


def with_extract(scene, order, first, checkpoints=None, entries=None):
    """A permit with the order and what the log holds from an entry on."""
    content = scene.permit(order, voters=()).read_bytes()
    for index, entry in enumerate(scene.log.entries[first:] if entries is None else entries, first):
        content += b"entry %d %d\n" % (index, len(entry)) + entry
    for checkpoint in [scene.log.newest] if checkpoints is None else checkpoints:
        content += b"checkpoint %d\n" % len(checkpoint.encode()) + checkpoint.encode()
    path = scene.root / f"{os.urandom(6).hex()}.permit"
    path.write_bytes(content)
    return path


with LogScene() as scene:
    log = scene.log
    db1 = scene.executor()
    address = log.url
    log.stop()

    # G3_challenge_and_answer
    size = db1.size()
    order = scene.logged("challenge")
    done = db1.run(order)
    check_exit(done, UNREACHABLE, "online it can't go on")
    check(db1.outcome(order) is None, "and claims nothing")
    done = db1.run(order, "--offline")
    check(done.returncode != 0 and db1.outcome(order) is None, "what it lacks does not permit", done)
    permit = with_extract(scene, order, size)
    check_exit(db1.run(permit, "--offline", "--dry-run"), 0, "a dry run with the extract")
    done = db1.run(permit, "--offline")
    check_exit(done, WAITING, "its claim is the challenge")
    check("challenge" in done.stderr and db1.sent(order) == ["claim"] and scene.acted("challenge") == 0,
          "it says what to do", done)
    claim = db1.claim(order)
    check(db1.size() == len(log.entries), "it holds what the extract showed")
    check_exit(db1.run(permit, "--offline"), WAITING, "the same again is no answer")
    check(db1.claim(order) == claim, "and makes no second claim")
    before = db1.size()
    log.add(claim)
    answer = with_extract(scene, order, before)
    check_exit(db1.run(answer, "--offline"), 0, "the answer")
    check(scene.acted("challenge") == 1, "it acted")
    check(db1.run(answer, "--offline").returncode == DENIED and scene.acted("challenge") == 1, "once")

    # G5_veto_before_the_challenge: the extract that contains the claim contains the veto too.
    order = scene.logged("vetoed")
    check_exit(db1.run(with_extract(scene, order, db1.size()), "--offline"), WAITING, "the challenge")
    before = db1.size()
    log.add(scene.vote(order, "alice", "veto"))
    log.add(db1.claim(order))
    whole = with_extract(scene, order, before)
    # Leaving it out doesn't help: those are not the entries that were witnessed.
    for entries in ([log.entries[-1]], [log.entries[-1], log.entries[-2]]):
        done = db1.run(with_extract(scene, order, before, entries=entries), "--offline")
        check(done.returncode not in (0, FAILED) and scene.acted("vetoed") == 0, "the veto is left out", done)
    done = db1.run(with_extract(scene, order, before, checkpoints=[]), "--offline")
    check(done.returncode != 0 and scene.acted("vetoed") == 0, "no checkpoint", done)
    body = log.body(len(log.entries))
    alone = body + "\n" + log.key.signed(body)
    done = db1.run(with_extract(scene, order, before, checkpoints=[alone]), "--offline")
    check(done.returncode != 0 and scene.acted("vetoed") == 0, "no witness", done)
    check_exit(db1.run(whole, "--offline"), DENIED, "vetoed")
    check("refused" in db1.sent(order), "and told as refused")

    # G3_another_was_first
    order = scene.logged("second")
    check_exit(db1.run(with_extract(scene, order, db1.size()), "--offline"), WAITING, "the challenge")
    before = db1.size()
    text = (f"cheget claim v1\ndomain: {DOMAIN} {scene.policy_id}\norder: {order.id}\ntarget: prod/x\n"
            f"executor: db2\npolicy: 1 {scene.policy_id}\nsize: {before}\nnonce: {'00' * 16}\n")
    log.add(text + scene.signature("claim", text, "db2"))
    log.add(db1.claim(order))
    done = db1.run(with_extract(scene, order, before), "--offline")
    check(done.returncode == DENIED and "db2" in done.stderr and scene.acted("second") == 0, "db2 was first", done)

    # G6_an_old_answer: what passed since the challenge counts, whatever the checkpoint says.
    order = scene.logged("old", expires=8)
    check_exit(db1.run(with_extract(scene, order, db1.size()), "--offline"), WAITING, "the challenge")
    before = db1.size()
    log.add(db1.claim(order))
    time.sleep(8)
    done = db1.run(with_extract(scene, order, before), "--offline")
    check(done.returncode == DENIED and scene.acted("old") == 0 and "expired" in done.stderr, "expired", done)

    # A gap, and a permit whose extract ends before what it holds.
    order = scene.logged("gap")
    done = db1.run(with_extract(scene, order, db1.size() + 1), "--offline")
    check(done.returncode == BAD_INPUT and "begins at entry" in done.stderr, "a gap", done)
    check_exit(db1.run(with_extract(scene, order, db1.size()), "--offline"), WAITING, "without it")

    # Back in the network it goes on by itself: the claim is handed in then.
    scene.log.serve()
    db1.config.write_text(db1.config.read_text().replace(address, scene.log.url))
    check_exit(db1.run(order), 0, "online again, with the same claim")
    check(scene.acted("gap") == 1, "it acted")
    check_exit(db1.exec("follow"), 0, "receipts are handed in")
    refused = [e for e in log.entries if b"outcome: refused" in e]
    check(len(refused) == 3, f"those of before as well: {len(refused)}")
finish()
