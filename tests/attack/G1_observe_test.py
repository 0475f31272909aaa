"""Observing is the administrator's to allow, ends by itself, and never passes what was said no to."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *


def observe_until(scene, value):
    text = "".join(line for line in scene.config.read_text().splitlines(True)
                   if not line.startswith("observe_until"))
    scene.config.write_text((f"observe_until = {value}\n" if value else "") + text)


with Scene(files=("/bin/sh",)) as scene:
    trace = scene.root / "trace"
    script = scene.script("act", f"echo $1 >> {trace}")
    both = (script, "/bin/sh")

    def lone(**more):
        return scene.order([script, "ran"], files=both, **more)

    def observed(order, **more):
        return scene.run(scene.permit(order, **more), "--observe")

    # The flag alone opens nothing; nor does the setting without the flag.
    done = observed(lone(), voters=())
    check_exit(done, DENIED, "not allowed by the configuration")
    check("observe_until" in done.stderr, "says what allows it", done)
    observe_until(scene, f'"{stamp(86400)}"')
    check_exit(scene.run(scene.permit(lone(), voters=())), WAITING, "without --observe all is as ever")

    # It ends, and can't be made to last for ever.
    observe_until(scene, f'"{stamp(-1)}"')
    check_exit(observed(lone(), voters=()), DENIED, "observing is over")
    observe_until(scene, f'"{stamp(93 * 86400)}"')
    check_exit(observed(lone(), voters=()), DENIED, "too far ahead")
    for slip in ('"soon"', "true", '"2026-13-01T00:00:00Z"'):
        observe_until(scene, slip)
        check_exit(observed(lone(), voters=()), USAGE, f"{slip} is no time")
    observe_until(scene, f'"{stamp(86400)}"')

    # A no is a no.
    order = lone()
    done = observed(order, extra=[scene.vote(order, "carol", "veto")])
    check_exit(done, DENIED, "vetoed")
    check_exit(observed(order, voters=()), DENIED, "vetoed and the veto taken away")
    order = lone()
    check_exit(observed(order, extra=[scene.vote(order, "alice", "withdraw")]), DENIED, "withdrawn")

    order = lone(proposer="db2")
    check_exit(observed(order, extra=[scene.vote(order, "carol", "veto")]), DENIED,
               "vetoed, and proposed by one who may not")

    # What runs is still what its proposer signed, under a rule of the policy, by this executor.
    order = lone()
    changed = Order(order.text.replace('"ran"', '"else"'), "alice")
    forged = scene.permit(changed, voters=(), name="forged")
    forged.write_text(forged.read_text().replace(scene.signature("order", changed.text, "alice"),
                                                 scene.signature("order", order.text, "alice")))
    check_exit(scene.run(forged, "--observe"), BAD_INPUT, "another argument than was signed")
    check_exit(observed(lone(target="elsewhere/x"), voters=()), DENIED, "no rule for the target")
    check_exit(observed(lone(rule="other", target="other/x"), voters=()), DENIED, "another's order")
    order = scene.order([script, "ran"], files=both)
    script.write_text(script.read_text() + "echo more\n")
    check_exit(observed(order, voters=()), DENIED, "other bytes of the program")
    check(not trace.exists(), "nothing ran")
    check(not (scene.state / "observed.jsonl").exists(), "nothing is told as observed")
finish()
