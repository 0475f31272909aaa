"""What the configuration keeps commands in: network, writable paths, system calls, capabilities, time and
output limits; and that a slip in the configuration is refused, never passed over."""
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

is_root = os.geteuid() == 0
SETTINGS = """
[action.act]
network = false
writable = ["{root}/writable"]
system_calls = "strict"
time_limit = "1s"
output_limit_bytes = 10
"""

with Scene(files=("/bin/sh",)) as scene:
    (scene.root / "writable").mkdir()
    plain = scene.config.read_text()
    scene.config.write_text(plain + SETTINGS.format(root=scene.root))

    def run(body, *arguments):
        script = scene.script("act", body)
        return scene.run(scene.order([script], files=(script, "/bin/sh")), *arguments)

    done = run(f"echo yes > {scene.root}/writable/file && cat {scene.root}/writable/file")
    check(done.stdout == "yes\n", "writing where it may", done)
    done = run(f"echo no > {scene.root}/elsewhere")
    check(done.returncode == FAILED and not (scene.root / "elsewhere").exists(),
          "writing elsewhere", done)
    check_exit(run("echo nothing > /dev/null"), 0, "writing to /dev/null")
    done = run("cat /proc/net/dev")
    check(done.stdout.count(":") <= 1 + done.stdout.count("lo:"), "no network interface but lo", done)
    check("eth" not in done.stdout and "en" not in done.stdout.split(), "really none", done)
    done = run("while :; do :; done", "--json")
    check_exit(done, FAILED, "a command that never ends")
    check(json.loads(done.stdout)["code"] == -15, "is asked to end at its time limit", done)
    done = run("echo 0123456789abcdef", "--json")
    shown = json.loads(done.stdout)
    check(shown["output_bytes"] == 17 and Path(shown["output_file"]).read_text() == "0123456789",
          "output is counted whole and kept up to the limit", done)

    # System calls that no ordinary command needs.
    scene.config.write_text(plain)
    if Path("/usr/bin/unshare").exists():
        done = scene.run(scene.order(["/usr/bin/unshare", "-U", "/bin/true"]))
        check(done.returncode == FAILED, "no new namespaces", done)
    done = scene.run(scene.order(["/bin/mount", "-t", "tmpfs", "none", "/mnt"]))
    check(done.returncode == FAILED, "no mounts", done)
    done = scene.run(scene.order(["/bin/chmod", "4755", scene.root / "act"]))
    check_exit(done, 0, "chmod without `strict`")
    scene.config.write_text(plain + '[action.act]\nsystem_calls = "strict"\n')
    done = scene.run(scene.order(["/bin/chmod", "6755", scene.root / "act"]))
    check(done.returncode == FAILED, "no setuid bits with `strict`", done)
    # By the newest call too, which Linux has since 6.6.
    (scene.root / "act").chmod(0o755)
    call = (f"import ctypes; c = ctypes.CDLL(None, use_errno=True); "
            f"c.syscall(452, -100, {str(scene.root / 'act').encode()!r}, 0o4755, 0); "
            f"print(ctypes.get_errno())")
    done = scene.run(scene.order(["/usr/bin/python3", "-I", "-c", call]))
    check_exit(done, 0, "asking for it by fchmodat2")
    check(done.stdout in ("1\n", "38\n") and not (scene.root / "act").stat().st_mode & 0o4000,
          "no setuid bits by fchmodat2", done)

    # Capabilities.
    scene.config.write_text(plain + '[action.act]\ncapabilities = ["CAP_CHOWN"]\n')
    order = scene.order(["/bin/cat", "/proc/self/status"])
    done = scene.run(order)
    if is_root:
        check("CapEff:\t0000000000000001" in done.stdout and "CapBnd:\t0000000000000001" in done.stdout,
              "the capability that the action was given, alone", done)
    else:
        check_exit(done, DENIED, "only root gives capabilities")

    # Slips.
    order = scene.order(["/bin/true"])
    for slip, told in (("[action.act]\nnetwrok = false\n", "network"),
                       ("[action.act]\nnetwork = \"no\"\n", "true or false"),
                       ("[action.act]\nwritable = \"/srv\"\n", "list"),
                       ("[action.act]\nwritable = [\"srv\"]\n", "begin with /"),
                       ("[action.act]\nsystem_calls = \"none\"\n", "ordinary"),
                       ("[action.act]\ncapabilities = [\"CHOWN\"]\n", "no capability"),
                       ("[action.act]\ntime_limit = \"0s\"\n", "span"),
                       ("[action.act]\ntime_limit = 5\n", "text"),
                       ("[action.act]\noutput_limit_bytes = -1\n", "whole number"),
                       ("[actions.act]\n", "action"),
                       ("[action]\nact = 1\n", "tables"),
                       ("[action.act\n", "exec.toml")):
        scene.config.write_text(plain + slip)
        done = scene.run(order)
        check_exit(done, USAGE, f"a slip: {slip!r}")
        check(told in done.stderr, f"tells {told!r}", done)
    for line in ("domain ", "domain_id", "executor", "key"):
        scene.config.write_text("".join(f"{x}\n" for x in plain.splitlines() if not x.startswith(line)))
        check_exit(scene.run(order), USAGE, f"without {line}")
    scene.config.write_text(plain.replace('"db1"', '"db2"'))
    check_exit(scene.run(order), CORRUPT, "another executor's name")
    scene.config.write_text(plain)
    scene.config.chmod(0o666)
    check_exit(scene.run(order), USAGE, "a configuration that anybody may write")
    scene.config.chmod(0o644)
    # Nor one, or a state, that others could exchange.
    if is_root:
        theirs = scene.root / "theirs"
        theirs.mkdir()
        inner = theirs / "exec.toml"
        inner.write_text(plain)
        os.chown(theirs, 65534, 65534)
        check_exit(scene.exec("--config", inner, "state"), USAGE, "one configuration at a time")
        own, scene.config = scene.config, inner
        done = scene.run(order)
        check_exit(done, DENIED, "a configuration in a folder of others")
        check("can't be trusted" in done.stderr, "says why", done)
        scene.config = own
        shutil.copytree(scene.state, theirs / "state")
        os.chmod(theirs / "state", 0o700)
        scene.config.write_text(plain.replace(str(scene.state), str(theirs / "state")))
        done = scene.run(order)
        check_exit(done, DENIED, "a state in a folder of others")
        check("can't be trusted" in done.stderr, "says why", done)
        scene.config.write_text(plain)
    (scene.keys / "db1").chmod(0o644)
    check(scene.run(order).returncode != 0, "a key that others may read")
    (scene.keys / "db1").chmod(0o600)
    check_exit(scene.run(order), 0, "all is well again")
    check(scene.state_of(order) == "succeeded", "and it ran")
finish()
