"""G9, G5 against whoever starts the executor and against the user as whom the command runs: signals that
are ignored or sent, output without end, a disk that is full, a system that keeps memory dumps."""
import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

TRACE = BIN / "trace_points"
is_root = os.geteuid() == 0


def stop_before_exec(program):
    """Sends SIGSTOP to a child of cheget-exec that is its user's already, and not yet the command."""
    children = Path(f"/proc/{program.pid}/task/{program.pid}/children")
    while program.poll() is None:
        try:
            for child in children.read_text().split():
                status = Path(f"/proc/{child}/status").read_text()
                if status.startswith("Name:\tcheget-exec\n") and "\nSeccomp:\t2\n" in status:
                    os.kill(int(child), signal.SIGSTOP)
                    return int(child)
        except OSError:
            pass
    return None


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
    with Scene(user="nobody", config='[action.act]\ntime_limit = "1s"\n') as scene:
        # The command's own user holds its process before it is the command. Each try may come too
        # late and stop the command itself, whose time limit another test holds.
        for _ in range(10):
            order = scene.order(["/bin/echo", "ran"])
            program = subprocess.Popen([EXEC, "--config", scene.config, "run", scene.permit(order)],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            held = stop_before_exec(program)
            said, told = program.communicate(timeout=120)
            if program.returncode == UNKNOWN:
                break
        check(program.returncode == UNKNOWN, "G5 held back past the time limit: " + told)
        check(said == "" and not Path(f"/proc/{held}").exists(),
              "G5 it does not act whenever its user lets it go")
        check(scene.sent(order) == ["claim", "started", "unknown"], "G5 it is told as unknown")

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
                check(owners == ["0"], "G9 the process is not its user's to look into", done)
        finally:
            setting.write_text(before)
finish()
