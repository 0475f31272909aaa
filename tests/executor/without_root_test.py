"""The same without root: the view lies in a user namespace. Run as root, this gives up its rights first;
where the system does not allow user namespaces, cheget-exec must refuse, and says so."""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
NOBODY = 65534
if os.geteuid() == 0:
    drop = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    if subprocess.run([*drop, "test", "-x", f"{os.environ['CHEGET_BIN']}/cheget-exec", "-a", "-r",
                       __file__]).returncode != 0:
        print("skipped: the built programs are out of another user's reach")
        sys.exit(0)
    os.execvp(drop[0], [*drop, "/usr/bin/python3", "-B", __file__])

from scene import *

allowed = subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode == 0
with Scene(files=("/bin/sh",)) as scene:
    trace = scene.root / "trace"
    script = scene.script("act", f"echo acted >> {trace}; cat {scene.root}/data; id -u")
    data = scene.root / "data"
    data.write_text("signed\n")
    # The groups that nobody signed can't be dropped without root.
    groups = [group for group in os.getgroups() if group != os.getegid()]
    if groups:
        check_exit(scene.run(scene.order([script], files=(script, "/bin/sh"))), DENIED, "groups")
        scene.config.write_text(scene.config.read_text().replace("[sandbox]", "keep_groups = true\n[sandbox]"))
    order = scene.order([script], files=(script, "/bin/sh"), environment={"PATH": "/usr/bin:/bin"})
    if not allowed:
        done = scene.run(order)
        check_exit(done, UNREACHABLE, "no private view, no action")
        check(scene.state_of(order) is None and not trace.exists(), "nothing was claimed")
    else:
        done = scene.run(order)
        check_exit(done, 0, "without root")
        check(done.stdout == f"signed\n{os.geteuid()}\n", "as itself", done)
        check_exit(scene.run(order), DENIED, "a replay")
        order = scene.order([script], files=(script, "/bin/sh"))
        done = scene.run(scene.order(["/bin/cat", "/proc/self/status"]))
        check("NoNewPrivs:\t1" in done.stdout and "CapEff:\t0000000000000000" in done.stdout,
              "no privileges in the user namespace either", done)
        script.write_text(script.read_text() + "#\n")
        check_exit(scene.run(order), DENIED, "a script rewritten after signing")
    if os.geteuid() == NOBODY:
        check_exit(scene.run(scene.order(["/bin/true"], user="root")), DENIED, "another user")
finish()
