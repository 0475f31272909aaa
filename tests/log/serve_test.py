#!/usr/bin/env python3
"""A domain's log as people run it: `cheget serve` with three witnesses (`cheget witness`), statements
handed in over HTTP, and outsiders who verify it: `cheget log`, the verifier in Go, curl's way of asking.

Then the attacks that an operator or a thief of the disk has: a kill under load, files changed, an older
database put back, a fork shown to a monitor."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *
import go_verifier_test as go_verifier

DENIED, BAD_INPUT, UNREACHABLE, CORRUPT = 1, 4, 6, 7

with LogScene() as scene:
    trust = scene.root / "prod.trust"
    written = scene.cheget("log", "trust", "--domain", scene.domain)
    check_exit(written, 0, "the trust file")
    trust.write_text(written.stdout)

    witnesses = [scene.start_witness(i) for i in (1, 2, 3)]
    urls = [url for _, url in witnesses]
    check(all(urls), "the witnesses serve")

    # A log is begun once, on purpose.
    _, absent = scene.serve(urls)
    check(absent is None, "no log is begun by itself")
    server, url = scene.serve(urls, "--new")
    check(url is not None, "the log is begun")

    # Statements go in, each answered by its proof; nothing else does.
    order = scene.order(["/bin/true"], files=())
    statements = [scene.signed_order(order)] + [scene.vote(order, by) for by in ("bob", "carol")]
    for index, text in enumerate(statements):
        status, proof = post(url, text)
        check(status == 200 and f"\nindex {index}\n" in proof, f"statement {index} is logged: {status} {proof}")
    check(post(url, statements[1])[1].split("\n")[1] == "index 1", "the same again lies where it lay")
    for refused, why in ((order.text, "unsigned"), (scene.vote(order, "bob", signer="mallory"), "forged"),
                         ("hello\n", "no statement")):
        status, told = post(url, refused)
        check(status == 422 and json.loads(told)["status"] == 422, f"{why} is refused: {status} {told}")

    # What outsiders see.
    wait_published(url, 3)
    check("w1.example.org" in get(url + "/checkpoint"), "the checkpoint carries cosignatures")
    done = scene.cheget("log", "verify", url, "--trust", trust)
    check_exit(done, 0, "anyone verifies the log")
    check("3 entries" in done.stdout and "w2.example.org" in done.stdout, "it tells what it saw", done)
    check_exit(scene.cheget("log", "verify", url, "--domain", scene.domain), 0, "by the domain's policy")
    check_exit(scene.cheget("log", "verify", scene.state / "public", "--trust", trust), 0, "out of the folder")
    vote = scene.root / "bob.vote"
    vote.write_text(statements[1])
    proof = scene.root / "bob.tlog-proof"
    check_exit(scene.cheget("log", "prove", url, vote, "--trust", trust, "--output", proof), 0, "a proof")
    check_exit(scene.cheget("log", "verify", "--proof", proof, "--entry", vote, "--trust", trust), 0, "is proved")
    other = scene.root / "other"
    other.write_text(statements[2])
    check_exit(scene.cheget("log", "verify", "--proof", proof, "--entry", other, "--trust", trust), BAD_INPUT,
               "a proof of another entry")
    missing = scene.root / "missing"
    missing.write_text(scene.vote(order, "alice", "veto"))
    done = scene.cheget("log", "prove", url, missing, "--trust", trust)
    check(done.returncode == 3 and "NOT RECORDED" in done.stderr, "what is not in says so", done)
    shown = scene.cheget("log", "show", url, "1", "--trust", trust)
    check(shown.returncode == 0 and "verdict: approve" in shown.stdout, "an entry is shown", shown)
    monitor = scene.root / "monitor"
    check_exit(scene.cheget("log", "watch", url, "--state", monitor, "--once", "--trust", trust), 0, "watched")

    # A witness is away; then too many are.
    scene.stop(witnesses[0][0])
    check(post(url, scene.vote(order, "alice"))[0] == 200, "logged while a witness is away")
    wait_published(url, 4)
    scene.stop(witnesses[1][0])
    check(post(url, missing.read_text())[0] == 200, "a veto is logged while too few witnesses answer")
    time.sleep(1)
    check(published_size(url) == 4, "and not published as long as no quorum saw it")
    witnesses[:2] = [scene.start_witness(i, int(urls[i - 1].rsplit(":", 1)[1])) for i in (1, 2)]
    wait_published(url, 5)
    check_exit(scene.cheget("log", "prove", url, missing, "--trust", trust, "--json"), 0, "the veto is recorded")
    check_exit(scene.cheget("log", "watch", url, "--state", monitor, "--once", "--trust", trust), 0, "watched on")

    # A second server on the same log fences the first one off.
    second, second_url = scene.serve(urls)
    check(second_url is not None, "another server takes over")
    status, told = post(url, scene.vote(order, "carol", "veto"))
    check(status in (403, 503), f"the first one writes no more: {status} {told}")
    scene.stop(server)
    server, url = second, second_url

    # Killed, it is all there again.
    extra = [scene.order(["/bin/true"], files=()) for _ in range(20)]
    for each in extra:
        check(post(url, scene.signed_order(each))[0] == 200, "an order is logged")
    scene.stop(server, signal.SIGKILL)
    check_exit(scene.cheget("log", "check", scene.state, "--trust", trust), 0, "the database after kill -9")
    server, url = scene.serve(urls)
    wait_published(url, 25)
    done = scene.cheget("log", "verify", url, "--trust", trust, "--json")
    check(json.loads(done.stdout)["size"] == 25, "nothing acknowledged is lost", done)

    # The verifier in Go reads what our server wrote: the witnesses that signed the last one are all three.
    verifier = go_verifier.build(scene.root)
    code, said = go_verifier.verify(verifier, scene.state / "public", [scene.log_key, *scene.witness_keys])
    check(code == 0 and said == "verified 25 entries", f"the verifier in Go: {said}")

    # Files changed, gone, or written again out of the database.
    scene.stop(server)
    public = scene.state / "public"
    bundle = public / "tile" / "entries" / "000.p" / "25"
    good = bundle.read_bytes()
    bundle.write_bytes(good.replace(b"verdict: veto", b"verdict: seen"))
    check_exit(scene.cheget("log", "verify", public, "--trust", trust), BAD_INPUT, "a veto changed on disk")
    shutil.rmtree(public / "tile")
    check_exit(scene.cheget("log", "verify", public, "--trust", trust), UNREACHABLE, "tiles withheld")
    check_exit(scene.cheget("log", "rebuild", scene.state, "--trust", trust), 0, "rebuilt")
    check_exit(scene.cheget("log", "verify", public, "--trust", trust), 0, "it is the same log again")
    check(bundle.read_bytes() == good, "byte for byte")

    # An older copy of the database is not served; with nothing published the witnesses notice.
    database = scene.state / "log.db"
    for name in ("log.db-wal", "log.db-shm"):
        (scene.state / name).unlink(missing_ok=True)
    older = scene.root / "older.db"
    shutil.copy(database, older)
    server, url = scene.serve(urls)
    check(post(url, scene.vote(extra[0], "bob"))[0] == 200, "one more")
    wait_published(url, 26)
    scene.stop(server)
    for name in ("log.db-wal", "log.db-shm"):
        (scene.state / name).unlink(missing_ok=True)
    shutil.copy(older, database)
    process, url = scene.serve(urls)
    check(url is None and process.returncode == CORRUPT, "an older database is not served")
    check("older copy" in scene.refusal, f"and it says why: {scene.refusal}")
    damaged = bytearray(older.read_bytes())
    at = damaged.find(b"verdict: approve")
    damaged[at:at + 16] = b"verdict: revoked"
    database.write_bytes(damaged)
    process, url = scene.serve(urls)
    check(url is None and process.returncode == CORRUPT, "a changed database is not served")
    done = scene.cheget("log", "check", scene.state, "--trust", trust)
    check(done.returncode == CORRUPT and "root" in done.stderr, "log check tells what is amiss", done)

    # A fork, shown to somebody who watches: evidence that anyone can check.
    for mark, size in (("one", 257), ("other", 300)):
        subprocess.run([BIN / "write_log", scene.root / f"log-{mark}", scene.root / "fork-keys", str(size)],
                       env={"WRITE_LOG_MARK": mark}, check=True)
    log_key, *fork_witnesses = (scene.root / "fork-keys").read_text().split()
    fork_trust = scene.root / "fork.trust"
    fork_trust.write_text(f"log {log_key}\n" + "".join(
        f"witness f{i} {key}\n" for i, key in enumerate(fork_witnesses)) + "group g all f0 f1\nquorum g\n")
    state = scene.root / "fork.monitor"
    watch = ("--state", state, "--once", "--trust", fork_trust)
    check_exit(scene.cheget("log", "watch", scene.root / "log-one", *watch), 0, "one of its trees")
    done = scene.cheget("log", "watch", scene.root / "log-other", *watch)
    check(done.returncode == BAD_INPUT and "evidence" in done.stderr, "the other one raises the alarm", done)
    done = scene.cheget("log", "verify", "--evidence", f"{state}.fork", "--trust", fork_trust)
    check(done.returncode == 0 and "Forked" in done.stdout, "anyone can check the evidence", done)
    check_exit(scene.cheget("log", "watch", scene.root / "log-one", *watch), 0, "the state is still the first tree's")

finish()
