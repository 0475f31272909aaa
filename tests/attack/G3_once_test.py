"""G3: one order acts at most once on one target, across restarts, restored backups and executors that
start together; what a crash leaves open is told as unknown and never retried."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *


def backup(scene):
    copy = scene.root / "backup"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(scene.state, copy)
    return copy


def restore(scene, copy, keep_outbox):
    outbox = scene.root / "outbox-as-it-is"
    shutil.rmtree(outbox, ignore_errors=True)
    shutil.copytree(scene.outbox, outbox)
    shutil.rmtree(scene.state)
    shutil.copytree(copy, scene.state)
    os.chmod(scene.state, 0o700)
    if keep_outbox:
        shutil.rmtree(scene.outbox)
        shutil.copytree(outbox, scene.outbox)


with Scene(files=("/bin/sh",)) as scene:
    trace = scene.root / "trace"
    script = scene.script("act", f"echo acted >> {trace}")
    both = (script, "/bin/sh")

    def new_order(**options):
        trace.unlink(missing_ok=True)
        return scene.order([script], files=both, **options)

    def acted():
        return len(trace.read_text().splitlines()) if trace.exists() else 0

    # Replays.
    order = new_order()
    permit = scene.permit(order)
    check_exit(scene.run(permit), 0, "G3 once")
    for _ in range(3):
        check_exit(scene.run(permit), DENIED, "G3 replay")
    renamed = scene.permit(order, voters=("carol", "bob"), name="other.permit")
    check_exit(scene.run(renamed), DENIED, "G3 replay with other votes in another file")
    check(acted() == 1, "G3 acted once")
    shutil.rmtree(scene.outbox / order.hex)
    check_exit(scene.run(permit), DENIED, "G3 replay with the outbox emptied: the ledger knows")
    check(acted() == 1, "G3 acted once")
    # The same words proposed anew are another order.
    check_exit(scene.run(scene.order([script], files=both)), 0, "G3 a new order is a new order")

    # Backups put back.
    order = new_order()
    permit = scene.permit(order)
    copy = backup(scene)
    check_exit(scene.run(permit), 0, "G3 before the backup is put back")
    receipts = [path.read_text() for path in (scene.outbox / order.hex).iterdir()]
    restore(scene, copy, keep_outbox=True)
    check_exit(scene.run(permit), DENIED, "G3 old ledger, outbox as it is")
    claim_alone = [text for text in receipts if text.startswith("cheget claim v1")]
    restore(scene, copy, keep_outbox=True)
    for path in (scene.outbox / order.hex).iterdir():
        if path.suffix != ".claim":
            path.unlink()
    check_exit(scene.run(permit), UNKNOWN, "G3 old ledger, the claim alone in the outbox")
    for some, code, what in ((receipts, DENIED, "all traces in the permit"),
                             (claim_alone, UNKNOWN, "the claim alone in the permit"),
                             ([t for t in receipts if t not in claim_alone], DENIED,
                              "receipts alone in the permit")):
        restore(scene, copy, keep_outbox=False)
        done = scene.run(scene.permit(order, extra=some, name="traces.permit"))
        check_exit(done, code, f"G3 everything restored, {what}")
    check(acted() == 1, "G3 a backup put back does not re-arm")
    check(scene.run(permit).returncode in (DENIED, UNKNOWN), "G3 a trace once seen is remembered")
    restore(scene, copy, keep_outbox=False)
    # Forged traces stop nobody: they are nobody's word.
    forged = claim_alone[0].split("-----BEGIN")[0]
    forged += scene.signature("claim", forged, "mallory")
    done = scene.run(scene.permit(order, extra=(forged,), name="forged.permit"))
    check_exit(done, 0, "G3 not promised without a log: every trace of it was taken away")

    # The outbox can't be read: it may tell of a claim.
    order = new_order()
    (scene.outbox / order.hex).mkdir()
    os.mkfifo(scene.outbox / order.hex / "something.claim")
    check_exit(scene.run(order), CORRUPT, "G3 an outbox that can't be read")
    (scene.outbox / order.hex / "something.claim").unlink()
    (scene.outbox / order.hex / "something.claim").write_text("half a cla")
    check(scene.run(order).returncode in (UNKNOWN, CORRUPT, DENIED, BAD_INPUT) and acted() == 0,
          "G3 a damaged claim in the outbox")

    # A shared folder: claims and receipts lie beside the order.
    domain = scene.root / "domain"
    (domain / "policy").mkdir(parents=True)
    shutil.copy(scene.policy_file, domain / "policy" / "000001.policy")
    order = new_order()
    folder = domain / "orders" / order.hex
    (folder / "votes").mkdir(parents=True)
    (folder / "order").write_text(scene.signed_order(order))
    for by in ("bob", "carol"):
        (folder / "votes" / f"{by}.vote").write_text(scene.vote(order, by))
    copy = backup(scene)
    done = scene.run(folder)
    check_exit(done, 0, "G3 from a shared folder")
    names = sorted(path.suffix for path in (folder / "receipts").iterdir())
    check(names == [".claim", ".receipt", ".receipt"], "G3 traces beside the order", done)
    restore(scene, copy, keep_outbox=False)
    check_exit(scene.run(folder), DENIED, "G3 everything restored, traces beside the order")
    check(acted() == 1, "G3 the folder does not re-arm")

    # Started together.
    for _ in range(5):
        order = new_order()
        permit = scene.permit(order)
        command = [EXEC, "--config", scene.config, "run", permit]
        together = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    for _ in range(4)]
        codes = sorted(process.wait(timeout=60) for process in together)
        check(codes == [0, DENIED, DENIED, DENIED], f"G3 four at once: {codes}")
        check(acted() == 1, "G3 four at once act once")

    # Killed while the command runs.
    slow = scene.script("slow", f"echo acted >> {trace}\nread line < {scene.root}/gate\necho end >> {trace}")
    gate = scene.root / "gate"
    os.mkfifo(gate)

    def start_slow():
        trace.unlink(missing_ok=True)
        slow_order = scene.order([slow], files=(slow, "/bin/sh"))
        path = scene.permit(slow_order)
        process = subprocess.Popen([EXEC, "--config", scene.config, "run", path],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not trace.exists():
            time.sleep(0.01)
        return slow_order, path, process

    order, permit, process = start_slow()
    check_exit(scene.run(permit), DENIED, "G3 while it runs")
    other = scene.order([script], files=both)
    check_exit(scene.run(other), 0, "G3 another order while it runs")
    process.send_signal(signal.SIGKILL)
    process.wait()
    gate.write_text("go\n")
    for _ in range(2):
        done = scene.run(permit)
        check_exit(done, UNKNOWN, "G3 killed while the command ran")
    check("unknown" in done.stderr, "G3 says that it is unknown", done)
    check(scene.state_of(order) == "unknown", "G3 the ledger says unknown")
    check(scene.sent(order) == ["claim", "started", "unknown"], "G3 so do the receipts")
    check(trace.read_text().count("acted") == 2, "G3 never retried (one line is the other order's)")

    # Asked to end.
    order, permit, process = start_slow()
    process.send_signal(signal.SIGTERM)
    check(process.wait(timeout=30) == FAILED, "G3 SIGTERM is passed on and recorded")
    check(scene.sent(order) == ["claim", "failed", "started"], "G3 with its outcome")
    text = "".join(path.read_text() for path in (scene.outbox / order.hex).iterdir())
    check("\ncode: -15\n" in text, "G3 and the signal's number")

    # State that is lost, damaged or another's.
    order = new_order()
    permit = scene.permit(order)
    ledger = scene.state / "ledger.db"
    saved = ledger.read_bytes()
    ledger.unlink()
    check_exit(scene.run(permit), UNREACHABLE, "G3 a lost ledger is not made anew")
    check(not ledger.exists(), "G3 really not")
    ledger.write_bytes(b"nonsense" * 1000)
    ledger.chmod(0o600)
    done = scene.run(permit)
    check_exit(done, CORRUPT, "G3 a damaged ledger")
    check("state check" in done.stderr, "G3 says what to do", done)
    check_exit(scene.exec("state", "check"), CORRUPT, "G3 the inspection says so too")
    ledger.write_bytes(saved)
    scene.state.chmod(0o777)
    check_exit(scene.run(permit), CORRUPT, "G3 a state folder that others may write")
    scene.state.chmod(0o700)
    subprocess.run(["sqlite3", ledger, "UPDATE owner SET latest_time = latest_time + 7200"], check=True)
    check_exit(scene.run(permit), DENIED, "G3 a clock that went back")
    check_exit(scene.exec("state", "accept-clock"), 0, "the administrator accepts the clock")
    check_exit(scene.run(permit), 0, "and it acts")
    check(acted() == 1, "G3 once, after all that")
finish()
