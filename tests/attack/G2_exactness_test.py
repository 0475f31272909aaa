"""G2: what runs is what was signed. Everything around the order is the attacker's: arguments,
environment, files, symlinks, folders, descriptors, groups, setuid bits."""
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

TRACE = BIN / "trace_points"
NOBODY = 65534
is_root = os.geteuid() == 0


def before(call, command):
    """Runs the command while the prepared process is about to make the call."""
    return (TRACE, "before", call, command, "--")


# --- the text -------------------------------------------------------------------------------------
with Scene() as scene:
    order = scene.order(["/bin/echo", "harmless"])
    permit = scene.permit(order)
    permit.write_bytes(permit.read_bytes().replace(b"harmless", b"harmful!"))
    done = scene.run(permit)
    check(done.returncode != 0 and "harm" not in done.stdout, "G2 changed argument", done)

    # Only the order is changed, and signed anew by its proposer: the votes are on another text.
    changed = Order(order.text.replace("harmless", "harmful!"), "alice")
    votes = [scene.vote(order, by) for by in ("bob", "carol")]
    done = scene.run(scene.permit(changed, voters=(), extra=votes))
    check_exit(done, WAITING, "G2 votes on another text")

# --- the environment ------------------------------------------------------------------------------
with Scene() as scene:
    trap = scene.root / "trap"
    trap.mkdir()
    pwned = scene.root / "pwned"
    for name in ("echo", "sh", "env"):
        scene.script(f"trap/{name}", f"touch {pwned}")
    (trap / ".sqliterc").write_text(f".shell touch {pwned}\n")
    hostile = {"PATH": f"{trap}:/usr/bin:/bin", "HOME": str(trap), "ENV": f"{trap}/sh",
               "BASH_ENV": f"{trap}/sh", "IFS": "/", "TMPDIR": str(trap), "GREETING": "inherited"}
    done = scene.run(scene.order(["/usr/bin/env"]), env=hostile)
    check_exit(done, 0, "G2 empty environment")
    check(done.stdout == "", "G2 nothing is inherited, not even PATH", done)
    done = scene.run(scene.order(["/usr/bin/env"], environment={"GREETING": "signed", "HOME": "/"}),
                     env=hostile)
    check(done.stdout == "GREETING=signed\nHOME=/\n", "G2 the order's environment alone", done)
    done = scene.run(scene.order(["/usr/bin/env"], environment={"LD_PRELOAD": "/x.so"}))
    check_exit(done, DENIED, "G2 an environment name that the action does not allow")
    if Path("/usr/bin/sqlite3").exists():
        database = scene.root / "database"
        done = scene.run(scene.order(["/usr/bin/sqlite3", database, "create table t(x);"]),
                         env=hostile)
        check_exit(done, 0, "G2 sqlite3")
        check(database.exists() and not pwned.exists(), "G2 a hostile ~/.sqliterc of the caller", done)
    for name in ("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT"):
        order = scene.order(["/bin/echo", "ran"])
        done = scene.run(order, env={name: str(trap / "none.so")})
        check_exit(done, USAGE, f"G2 {name} in the executor's own environment")
        check(scene.state_of(order) is None, f"G2 {name}: nothing was claimed")

# --- files that change after they were signed -------------------------------------------------------
with Scene(files=("/bin/sh",)) as scene:
    def script_order(name="act"):
        script = scene.script(name, "echo signed")
        return script, scene.order([script], files=(script, "/bin/sh"))

    script, order = script_order()
    script.write_text("#!/bin/sh\necho forged\n")
    done = scene.run(order)
    check_exit(done, DENIED, "G2 script rewritten after signing")
    check("not what was signed" in done.stderr and "forged" not in done.stdout, "says so", done)
    script.write_text("#!/bin/sh\necho signed\n#\n")
    check_exit(scene.run(order), DENIED, "G2 longer than signed")
    script.write_text("#!/bin/sh\necho signed\n")
    check(scene.run(order).stdout == "signed\n", "G2 the signed bytes run")

    script, order = script_order()
    done = scene.run(order, prefix=before("execveat", f"printf '#!/bin/sh\\necho forged\\n' > {script}"))
    check_exit(done, 0, "G2 script rewritten between check and run")
    check(done.stdout == "signed\n" and "forged" in script.read_text(), "G2 the sealed copy runs", done)

    script, order = script_order()
    done = scene.run(order, prefix=before("unshare", f"printf '#!/bin/sh\\necho forged\\n' > {script}"))
    check(done.stdout == "signed\n", "G2 script rewritten between hashing and mounting", done)

    script, order = script_order()
    done = scene.run(order, prefix=before(
        "unshare", f"printf '#!/bin/sh\\necho forged\\n' > {script}.new; chmod 755 {script}.new; "
                   f"mv {script}.new {script}"))
    check_exit(done, DENIED, "G2 script exchanged between hashing and mounting")
    check(scene.state_of(order) is None, "G2 nothing was claimed")

    data = scene.root / "data"
    data.write_text("signed\n")
    order = scene.order(["/bin/cat", data], files=("/bin/cat", data))
    done = scene.run(order, prefix=before("execveat", f"echo forged > {data}"))
    check(done.stdout == "signed\n", "G2 named file rewritten between check and run", done)

    # The program itself runs by descriptor.
    program = scene.root / "program"
    shutil.copy("/bin/echo", program)
    order = scene.order([program, "signed"])
    done = scene.run(order, prefix=before(
        "execveat", f"mv {program} {program}.old; cp /bin/false {program}"))
    check(done.stdout == "signed\n", "G2 program exchanged between check and run", done)

    # Symlinks.
    good, evil, link = scene.root / "good", scene.root / "evil", scene.root / "link"
    good.write_text("signed\n")
    evil.write_text("forged\n")
    link.symlink_to(good)
    order = scene.order(["/bin/cat", link], files=("/bin/cat", link))
    link.unlink()
    link.symlink_to(evil)
    check_exit(scene.run(order), DENIED, "G2 symlink turned to another file")
    link.unlink()
    link.symlink_to(good)
    order = scene.order(["/bin/cat", link], files=("/bin/cat", link))
    done = scene.run(order, prefix=before("unshare", f"ln -sfn {evil} {link}"))
    check_exit(done, DENIED, "G2 symlink turned between hashing and mounting")
    link.unlink()
    link.symlink_to(good)
    check(scene.run(order).stdout == "signed\n", "G2 an honest symlink is followed")

    # Folders.
    folder = scene.root / "folder"
    folder.mkdir()
    (folder / "data").write_text("signed\n")
    order = scene.order(["/bin/cat", folder / "data"], files=("/bin/cat", folder / "data"))
    swap = (f"mv {folder} {folder}.old; mkdir {folder}; echo forged > {folder}/data")
    done = scene.run(order, prefix=before("unshare", swap))
    check_exit(done, DENIED, "G2 folder swapped between hashing and mounting")
    shutil.rmtree(f"{folder}.old")
    (folder / "data").write_text("signed\n")
    folder.chmod(0o777)
    done = scene.run(order)
    check_exit(done, DENIED, "G2 folder in which anybody may swap")
    check("can't be trusted" in done.stderr, "says so", done)
    folder.chmod(0o775)
    check_exit(scene.run(order), DENIED, "G2 folder in which a group may swap")
    folder.chmod(0o1777)
    check(scene.run(order).stdout == "signed\n", "G2 a sticky folder is safe for one's own entries")

    if is_root:
        order = scene.order(["/bin/cat", folder / "data"], files=("/bin/cat", folder / "data"))
        os.chown(folder / "data", NOBODY, NOBODY)
        check_exit(scene.run(order), DENIED, "G2 a sticky folder and another user's entry")
        os.chown(folder / "data", 0, 0)
        folder.chmod(0o755)
        os.chown(folder, NOBODY, NOBODY)
        check_exit(scene.run(order), DENIED, "G2 another user's folder")
        os.chown(folder, 0, 0)
        other = folder / "link"
        folder.chmod(0o1777)
        other.symlink_to(good)
        os.lchown(other, NOBODY, NOBODY)
        order = scene.order(["/bin/cat", other], files=("/bin/cat", other))
        check_exit(scene.run(order), DENIED, "G2 another user's symlink")
        folder.chmod(0o755)

# --- what has no bytes of its own in the order ------------------------------------------------------
with Scene(files=("/bin/sh", "/usr/bin/env")) as scene:
    script = scene.script("act", "echo ran")
    check_exit(scene.run(scene.order([script], files=())), DENIED, "G2 no file line for the program")
    order = scene.order(["/bin/cat", "/bin/echo"], files=("/bin/echo",))
    check_exit(scene.run(order), DENIED, "G2 a file line for another than the program")
    done = scene.run(scene.order([script], files=(script,)))
    check_exit(done, DENIED, "G2 no file line for the interpreter")
    check("interpreter" in done.stderr, "says so", done)
    script = scene.script("act2", "echo ran", interpreter="/usr/bin/env sh")
    done = scene.run(scene.order([script], files=(script, "/usr/bin/env")))
    check_exit(done, DENIED, "G2 #!/usr/bin/env")
    check("explicitly" in done.stderr, "gives advice", done)
    check_exit(scene.run(scene.order(["sh", "-c", "echo ran"], files=())), BAD_INPUT, "G2 relative program")
    plain = scene.root / "plain"
    plain.write_text("echo ran\n")
    plain.chmod(0o755)
    check_exit(scene.run(scene.order([plain])), DENIED, "G2 a file that no kernel runs")

with Scene(files=(nested := "/usr/bin/ldd",)) as scene:  # a script itself
    if Path(nested).read_bytes().startswith(b"#!"):
        script = scene.script("act", "echo ran", interpreter=nested)
        done = scene.run(scene.order([script], files=(script, nested)))
        check_exit(done, DENIED, "G2 a script as interpreter")
        check("script itself" in done.stderr, "says so", done)

# --- the directory ----------------------------------------------------------------------------------
folder = Path(os.path.realpath("/tmp")) / f"cheget-directory-{os.getpid()}"
folder.mkdir(mode=0o755)
try:
    with Scene(directories=(folder,)) as scene:
        order = scene.order(["/bin/pwd"], directory=folder)
        check(scene.run(order).stdout == f"{folder}\n", "G2 the order's directory")
        check(scene.run(scene.order(["/bin/pwd"])).stdout == "/\n", "G2 no directory means /")
        order = scene.order(["/bin/pwd"], directory=folder)
        done = scene.run(order, prefix=before("unshare", f"mv {folder} {folder}.old; mkdir {folder}"))
        check_exit(done, DENIED, "G2 directory swapped")
finally:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(f"{folder}.old", ignore_errors=True)

# --- the process ------------------------------------------------------------------------------------
with Scene(user="nobody" if is_root else None) as scene:
    secret = scene.root / "secret"
    secret.write_text("secret")
    with open(secret) as handle:
        os.set_inheritable(handle.fileno(), True)
        done = scene.run(scene.order(["/bin/ls", "/proc/self/fd"]), pass_fds=(handle.fileno(),))
    check(done.stdout.split() == ["0", "1", "2", "3"], "G2 inherited descriptors (3 is ls's own)", done)
    done = scene.run(scene.order(["/bin/cat", "/proc/self/status"]))
    status = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
    check(status["NoNewPrivs"] == "1", "G2 no new privileges", done)
    check(status["Seccomp"] == "2", "G2 system calls are limited", done)
    check(int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapBnd"], 16) ==
          int(status["CapAmb"], 16) == 0, "G2 no capabilities", done)
    check(int(status["SigBlk"], 16) == int(status["SigIgn"], 16) == 0, "G2 signals at default", done)
    check(status["Umask"] == "0022", "G2 umask", done)
    if is_root:
        done = scene.run(scene.order(["/usr/bin/id", "-G"]), extra_groups=[4, 27])
        check(done.stdout == f"{NOBODY}\n", "G2 supplementary groups", done)
        suid = scene.root / "suid"
        shutil.copy("/usr/bin/id", suid)
        suid.chmod(0o4755)
        done = scene.run(scene.order([suid, "-u"]))
        check(done.stdout == f"{NOBODY}\n", "G2 a setuid program gains nothing", done)
        env = scene.order(["/usr/bin/env", suid, "-u"])
        check(scene.run(env).stdout == f"{NOBODY}\n", "G2 nor when it is run by another", done)
        done = scene.run(scene.order(["/bin/cat", scene.keys / "db1"]))
        check(done.returncode == FAILED, "G2 the key can't be read", done)
    done = scene.run(scene.order(["/bin/ls", scene.state]))
    check("ledger" not in done.stdout, "G2 the ledger is out of the command's sight", done)
    if is_root:
        other = scene.order(["/usr/bin/id"], user="root")
        check_exit(scene.run(other), DENIED, "G2 another user than the action's")

if is_root:
    with Scene() as scene:
        order = scene.order(["/usr/bin/id", "-G"])
        check(scene.run(order, extra_groups=[4, 27]).stdout == "0\n", "G2 groups of root's own", done)
        done = scene.run(scene.order(["/bin/cat", scene.keys / "db1"]))
        check("PRIVATE KEY" not in done.stdout, "G2 the key is hidden even from root", done)
finish()
