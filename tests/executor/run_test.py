"""The main job from end to end: a permit is acted on once, with what was signed and nothing else."""
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

with Scene(files=("/bin/sh",)) as scene:
    trace = scene.root / "trace"
    script = scene.script("act", f'echo "$0 $*" >> {trace}\necho said\necho warned >&2\nexit ${{2:-0}}')
    both = (script, "/bin/sh")

    # Waiting, dry run, run, replay.
    order = scene.order([script, "one"], files=both)
    done = scene.run(scene.permit(order, voters=("bob",)))
    check_exit(done, WAITING, "one approval is not enough")
    done = scene.run(scene.permit(order, voters=("bob", "bob")))
    check_exit(done, WAITING, "two votes of one person are not enough")
    done = scene.run(order, "--dry-run")
    check_exit(done, 0, "dry run")
    check(not trace.exists() and scene.state_of(order) is None, "a dry run leaves nothing")
    done = scene.run(order)
    check_exit(done, 0, "permitted")
    check(done.stdout == "said\n" and "warned\n" in done.stderr, "output is passed on", done)
    check(trace.read_text() == f"{script} one\n", "the script saw its own path and argument")
    check(scene.sent(order) == ["claim", "started", "succeeded"], "receipts are in the outbox")
    for path in (scene.outbox / order.hex).iterdir():
        check(scene.verify_with_ssh_keygen(path, path.suffix[1:]), f"ssh-keygen confirms {path.name}")
    done = scene.run(order)
    check_exit(done, DENIED, "a replay")
    check("claimed" in done.stderr and len(trace.read_text().splitlines()) == 1, "says why", done)

    # A failing command, in JSON.
    order = scene.order([script, "two", "7"], files=both)
    done = scene.run(order, "--json")
    check_exit(done, FAILED, "the command's own failure")
    shown = json.loads(done.stdout)
    check(shown["answer"] == "failed" and shown["code"] == 7, "JSON tells the code", done)
    check(Path(shown["output_file"]).read_text() in ("said\nwarned\n", "warned\nsaid\n"), "output is kept")
    check(scene.state_of(order) == "failed", "the ledger tells it")
    last = [p.read_text() for p in (scene.outbox / order.hex).iterdir() if "outcome: failed" in p.read_text()]
    check("\ncode: 7\n" in last[0] and "\noutput: " in last[0], "the receipt tells code and output")

    # A command that a signal ends.
    killer = scene.script("killer", "kill -9 $$")
    order = scene.order([killer], files=(killer, "/bin/sh"))
    done = scene.run(order, "--json")
    check_exit(done, FAILED, "ended by a signal")
    check(json.loads(done.stdout)["code"] == -9, "the signal's number", done)

    # A drill does everything but the deed.
    order = scene.order([script, "drill"], files=both, drill=True)
    done = scene.run(order)
    check_exit(done, 0, "drill")
    check("drill" not in trace.read_text(), "a drill does nothing")
    check(scene.sent(order) == ["claim", "started", "succeeded"], "a drill leaves receipts")
    check("\ncode: " not in "".join(p.read_text() for p in (scene.outbox / order.hex).iterdir()),
          "a drill's receipt has no code")
    check_exit(scene.run(order), DENIED, "a drill's replay")

    # stdin comes from the permit.
    reader = scene.script("reader", f"cat > {trace}")
    order = scene.order([reader], files=(reader, "/bin/sh", ), stdin=b"typed\n",
                        environment={"PATH": "/usr/bin:/bin"})
    done = scene.run(scene.permit(order))
    check_exit(done, DENIED, "stdin's bytes are missing")
    done = scene.run(scene.permit(order, files=(b"typed\n",)))
    check_exit(done, 0, "stdin's bytes are there")
    check(trace.read_text() == "typed\n", "stdin is what was signed")

    # Not this executor's, expired, not begun, vetoed, withdrawn, unknown policy.
    order = scene.order([script], files=both, rule="other", target="other/x")
    check_exit(scene.run(order), DENIED, "another executor's order")
    order = scene.order([script], files=both, proposed=-100, expires=-1)
    check_exit(scene.run(order), DENIED, "expired")
    order = scene.order([script], files=both)
    veto = scene.vote(order, "alice", "veto")
    check_exit(scene.run(scene.permit(order, extra=(veto,))), DENIED, "vetoed")
    check_exit(scene.run(scene.permit(order)), DENIED, "a veto once seen is remembered")
    order = scene.order([script], files=both)
    (scene.drop / "veto").write_text(scene.vote(order, "carol", "veto"))
    check_exit(scene.run(order), DENIED, "vetoed by the drop folder")
    (scene.drop / "veto").unlink()
    check_exit(scene.run(order), DENIED, "and it stays vetoed when the file is gone")
    order = scene.order([script], files=both)
    (scene.drop / "half").write_text("cheget vo")
    check_exit(scene.run(order), DENIED, "something unreadable in the drop folder")
    (scene.drop / "half").unlink()
    order = scene.order([script], files=both, policy=(2, sha256(b"other")))
    check_exit(scene.run(order), DENIED, "another policy's order")
    check_exit(scene.run(scene.root / "none"), UNREACHABLE, "no such permit")
    (scene.root / "bad").write_text("cheget permit v1\nstatement 5\nhello")
    check_exit(scene.run(scene.root / "bad"), BAD_INPUT, "a malformed permit")

    # The state.
    check_exit(scene.exec("state"), 0, "state")
    check_exit(scene.exec("state", "check"), 0, "state check")
    check_exit(scene.exec("receipts"), 0, "receipts")
    lines = scene.exec("fingerprint", script).stdout
    check(lines == scene.file_lines(both).replace("file: ", ""), "fingerprint names the interpreter")
finish()
