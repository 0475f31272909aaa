#!/usr/bin/env python3
"""G5 under a log: what is in the log before the claim stops the order, however the server behaves: it
hides a veto, withholds, forks, rolls back, replays, or shows the executor another log than the witnesses."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *


def refused(executor, order, word, what, code=DENIED, says=""):
    done = executor.run(order)
    check(done.returncode == code and scene.acted(word) == 0, f"{what}: expected exit {code}", done)
    check(says in done.stderr, f"{what}: it says {says!r}", done)
    return done


with LogScene() as scene:
    db1 = scene.executor()
    db1.configure('claim_wait = "2s"')
    log = scene.log

    # G5_veto_in_the_log
    order = scene.logged("veto")
    log.add(scene.vote(order, "alice", "veto"))
    refused(db1, order, "veto", "a veto in the log")
    check(db1.outcome(order) is None, "nothing was claimed for it")
    order = scene.logged("withdrawn")
    log.add(scene.vote(order, "alice", "withdraw"))
    refused(db1, order, "withdrawn", "the proposer's withdrawal")

    # G5_veto_just_before_the_claim: decided again at the claim.
    order = scene.logged("late")
    veto = scene.vote(order, "alice", "veto").encode()

    def veto_first(text):
        if text.startswith(b"cheget claim") and veto not in log.entries:
            log.entries.append(veto)
        return True
    log.takes = veto_first
    refused(db1, order, "late", "a veto that comes before the claim", says="veto")
    log.takes = lambda text: True
    check("refused" in db1.sent(order) and "started" not in db1.sent(order), "it is told as refused")
    check(any(b"outcome: refused" in entry for entry in log.entries), "in the log as well")

    # G5_veto_by_the_drop_folder, while the server hides it.
    order = scene.logged("dropped")
    (db1.drop / "veto").write_text(scene.vote(order, "alice", "veto"))
    refused(db1, order, "dropped", "a veto in the drop folder")
    (db1.drop / "veto").unlink()
    refused(db1, order, "dropped", "and once seen it is remembered")
    order = scene.logged("permit")
    done = db1.run(scene.permit(order, voters=(), extra=[scene.vote(order, "alice", "veto")]))
    check(done.returncode == DENIED and scene.acted("permit") == 0, "a veto in the permit alone", done)

    # G5_revocation_in_the_log, and by the drop folder.
    order = scene.logged("revoked")
    print_of = subprocess.run(["ssh-keygen", "-l", "-f", scene.keys / "carol.pub"], capture_output=True,
                              text=True).stdout.split()[1]
    text = (f"cheget revocation v1\ndomain: {DOMAIN} {scene.policy_id}\nkey: {print_of}\nof: carol\n"
            f"why: stolen\nby: carol\nat: {stamp()}\n")
    revocation = text + scene.signature("revocation", text, "carol")
    saved = db1.save()
    (db1.drop / "revocation").write_text(revocation)
    refused(db1, order, "revoked", "a revocation in the drop folder", WAITING)
    (db1.drop / "revocation").unlink()
    refused(db1, order, "revoked", "and once seen it is remembered", WAITING)
    db1.restore(saved)
    log.add(revocation)
    refused(db1, order, "revoked", "a revocation in the log", WAITING)
    log.add(scene.vote(order, "alice"))
    refused(db1, order, "revoked", "the proposer fills no place", WAITING)

with LogScene() as scene:
    db1 = scene.executor()
    db1.configure('claim_wait = "2s"')
    log = scene.log
    trust = scene.root / "trust"
    trust.write_text(f"log {log.key.text}\n" + "".join(
        f"witness w{i} {key.text}\n" for i, key in enumerate(log.witnesses, 1)) +
        "group all 2 w1 w2 w3\nquorum all\n")

    # G5_withheld: entries, tiles or the checkpoint are kept back.
    order = scene.logged("withheld")
    for path in ("/tile/entries", "/checkpoint", "/"):
        log.absent = {path}
        refused(db1, order, "withheld", f"{path} is withheld", UNREACHABLE)
    log.absent = set()
    check(db1.outcome(order) is None, "nothing was claimed")

    # G5_unwitnessed: a checkpoint that the log alone signed, or one witness, or one witness twice.
    order = scene.logged("unwitnessed")
    for by in ((), log.witnesses[:1], log.witnesses[:1] * 2, [NoteKey("w2.example.org", 4), log.witnesses[0]]):
        log.publish(by=by)
        refused(db1, order, "unwitnessed", f"{len(by)} cosignatures")
    log.publish()
    check_exit(db1.run(order), 0, "two witnesses")

    # G5_another_log_for_the_executor: what the witnesses did not see, under signatures of what they did.
    order = scene.logged("hidden")
    veto = scene.vote(order, "alice", "veto")
    hiding = scene.fork()
    log.add(veto)
    hiding.add(scene.signed_order(scene.act("filler")))
    stolen = log.newest.split("\n\n")[1]
    body = hiding.body(len(hiding.entries))
    hiding.newest = body + "\n" + hiding.key.signed(body) + "".join(
        line + "\n" for line in stolen.split("\n")[1:] if line)
    saved = db1.save()
    for source in db1.config.read_text().split('log       = ["')[1].split('"')[:1]:
        db1.config.write_text(db1.config.read_text().replace(source, hiding.url))
    refused(db1, order, "hidden", "witnesses' signatures of another tree")
    hiding.publish(by=[])
    refused(db1, order, "hidden", "no witness saw that tree")
    db1.config.write_text(db1.config.read_text().replace(hiding.url, log.url))
    refused(db1, order, "hidden", "the veto is in what they saw", says="veto")

    # G5_replayed: after the claim only old checkpoints are served. The claim stays open, nothing runs.
    order = scene.logged("replayed")
    log.publishes = False
    refused(db1, order, "replayed", "an old checkpoint", WAITING, says="not yet in the log")
    log.publishes = True
    log.add(scene.vote(order, "alice", "veto"))  # too late for the log: the claim is a lower entry
    refused(db1, order, "replayed", "a veto that arrives before it acts stops it all the same")

    # G5_rolled_back: the log shows less than it did.
    order = scene.logged("rolled")
    check_exit(db1.exec("follow"), 0, "it follows")
    log.publish(size=len(log.entries) - 1)
    done = refused(db1, order, "rolled", "a shorter log")
    check(db1.exec("follow").returncode == DENIED, "follow raises the alarm too")
    log.publish()

    # A mirror that stands still is passed by as long as another source shows more.
    mirror = scene.fork()
    order = scene.logged("mirrored")
    check_exit(db1.exec("follow"), 0, "it follows")
    db1.config.write_text(db1.config.read_text().replace(f'["{log.url}"]', f'["{mirror.url}", "{log.url}"]'))
    done = db1.run(order)
    check(done.returncode == 0 and scene.acted("mirrored") == 1 and "warning" in done.stderr,
          "the second source shows more", done)
    db1.config.write_text(db1.config.read_text().replace(f'"{mirror.url}", ', ""))

    # G5_fork: one size, two trees, the witnesses' keys in the attacker's hands. The evidence convinces
    # anyone, and nothing is done from then on.
    for larger in (False, True):
        saved = db1.save()
        order = scene.act("fork")
        fork = scene.fork()
        log.add(scene.signed_order(order), scene.vote(order, "alice", "veto"))
        check_exit(db1.exec("follow"), 0, "it follows")
        fork.add(scene.signed_order(order), scene.vote(order, "bob"))
        if larger:
            fork.add(scene.vote(order, "carol"))
        db1.config.write_text(db1.config.read_text().replace(log.url, fork.url))
        done = refused(db1, order, "fork", "a fork", says="ALARM")
        evidence = db1.state / "fork.evidence"
        shown = subprocess.run([CHEGET, "log", "verify", "--evidence", evidence, "--trust", trust],
                               capture_output=True, text=True)
        check(shown.returncode == 0 and "Forked" in shown.stdout, "the evidence convinces anyone", shown)
        db1.config.write_text(db1.config.read_text().replace(fork.url, log.url))
        refused(db1, scene.logged("calm"), "calm", "nothing is done any more", says="fork.evidence")
        check(db1.exec("follow").returncode == DENIED, "nor followed")
        db1.restore(saved)

    # G5_bytes_changed: an entry that is not the one that was witnessed.
    order = scene.logged("bytes")
    log.entries[-1] = log.entries[-1].replace(b"approve", b"consent")
    refused(db1, order, "bytes", "an entry was changed")
finish()
