"""G9, G5 against whoever starts the executor and against the user as whom the command runs: signals that
are ignored or sent, output without end, a disk that is full, a system that keeps memory dumps."""
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

TRACE = BIN / "trace_points"
is_root = os.geteuid() == 0


with Scene(files=("/bin/sh",)) as scene:
    # A parent that ignores its children's ends; the kernel then keeps none of ours either.
    order = scene.order(["/bin/echo", "ran"])
    done = scene.run(order, preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    check_exit(done, 0, "G9 started with SIGCHLD ignored")
    check(scene.sent(order) == ["claim", "started", "succeeded"], "G9 its end is known")

    # What the command leaves running writes faster than anybody reads.
    flood = scene.script("flood", "/usr/bin/timeout 30 /usr/bin/yes & /usr/bin/timeout 30 /usr/bin/yes & exit 0")
    order = scene.order([flood], files=(flood, "/bin/sh"))
    done = scene.run(order, "--json")
    check_exit(done, 0, "G9 a flood that outlives the command")
    shown = json.loads(done.stdout)
    check(shown["answer"] == "succeeded", "G9 its end is recorded", done)

    # No room for the output: how the command ended is told all the same.
    order = scene.order(["/bin/echo", "ran"])
    output = scene.state / "output"
    output.rename(scene.root / "output-away")
    output.write_text("in the way")
    done = scene.run(order)
    check_exit(done, 0, "G9 nowhere to keep the output")
    check("not kept" in done.stderr, "G9 it is said", done)
    check(scene.sent(order) == ["claim", "started", "succeeded"], "G9 the outcome is not lost")
    output.unlink()
    (scene.root / "output-away").rename(output)

if is_root:
    with Scene(user="nobody", files=("/bin/sh",)) as scene:
        # A script that can't reach its own stderr would break off in the middle of its deed.
        script = scene.script("act", "set -e\necho one >/dev/stderr\necho two >/dev/stdout")
        done = scene.run(scene.order([script], files=(script, "/bin/sh")))
        check_exit(done, 0, "G9 another user's command opens its output anew")
        check(done.stdout == "two\n" and "one\n" in done.stderr, "G9 and writes to it", done)

    nobody = 65534
    setting = Path("/proc/sys/fs/suid_dumpable")
    before = setting.read_text()
    try:
        setting.write_text("1\n")
    except OSError:
        before = None
        print("skipped: fs.suid_dumpable can't be set here")
    if before is not None:
        try:
            with Scene(user="nobody") as scene:
                # What /proc says of the owner tells whether the user may look into the process.
                order = scene.order(["/bin/echo", "ran"])
                script = scene.root / "look"
                script.write_text(
                    "for p in /proc/[0-9]*; do\n"
                    "  if grep -qs '^Name:.cheget-exec' $p/status &&"
                    f" grep -qs '^Uid:.{nobody}.{nobody}' $p/status; then\n"
                    f"    stat -c %u $p/environ >> {scene.root}/owners\n  fi\ndone\n")
                done = scene.run(order, prefix=(TRACE, "before", "renameat", f"sh {script}", "--"))
                check_exit(done, 0, "G9 runs where memory dumps of privileged programs are kept")
                owners = (scene.root / "owners").read_text().split()
                check(owners and set(owners) == {"0"}, "G9 the process is not its user's to look into", done)
        finally:
            setting.write_text(before)
finish()
