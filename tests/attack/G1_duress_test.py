"""G1 under duress: an executor voids what a briefcase's duress slot approves, in words that other
causes share, and tells a command that nobody at the executor sees; a no counts all the same."""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from marked_votes import *

SHARED_REASON = "what vouches for that does not suffice here"


class Briefcase(MarkedVotes, Scene):
    def run_with(self, order, vote, **options):
        return self.run(self.permit(order, voters=("bob",), extra=(vote,)), **options)


with Briefcase() as scene:
    with scene.config.open("r+") as config:
        content = config.read()
        config.seek(0)
        config.write(scene.alarm_command() + content)

    # Without the secret nothing out of the briefcase is approved, whoever holds it.
    order = scene.order(["/bin/echo", "ran"])
    done = scene.run_with(order, scene.marked(order, REAL))
    check_exit(done, WAITING, "G10 an executor that can't check marks")
    check(SHARED_REASON in done.stderr, "it says so in words that tell nothing", done)
    unknown_words = done.stderr

    # A mark file of another domain, or no mark file, is refused; a good one is kept from others.
    check_exit(scene.exec("marks", "add", scene.mark_file(domain_id=sha256(b"x"))), DENIED,
               "a mark file of another domain")
    (scene.root / "junk").write_text("cheget mark v1\n")
    check_exit(scene.exec("marks", "add", scene.root / "junk"), BAD_INPUT, "junk as a mark file")
    done = scene.exec("marks", "add", scene.mark_file())
    check_exit(done, 0, "a mark file")
    check(scene.fingerprint("carol") in done.stdout, "it says whose", done)
    kept = next((scene.state / "marks").iterdir())
    check(kept.stat().st_mode & 0o777 == 0o600, "the secret is this user's alone")
    check(json.loads(scene.exec("marks", "--json").stdout)["keys"] == [scene.fingerprint("carol")],
          "marks lists it")

    # The real slot's approval counts.
    done = scene.run_with(order, scene.marked(order, REAL))
    check_exit(done, 0, "an approval with its mark")
    check("ran" in done.stdout, "it ran", done)
    check(not scene.told.exists(), "no alarm")

    # Under duress: as if the secret were missing, word for word, and an alarm.
    order = scene.order(["/bin/echo", "ran"])
    vote = scene.marked(order, OTHER)
    done = scene.run_with(order, vote)
    check_exit(done, WAITING, "G1 an approval under duress")
    check("ran" not in done.stdout, "G1 nothing ran", done)
    check(SHARED_REASON in done.stderr and "duress" not in done.stderr + done.stdout,
          "its words are shared with other causes", done)
    same = lambda words: [line for line in words.splitlines() if SHARED_REASON in line
                          ][0].split(": it was made")[1]
    check(same(done.stderr) == same(unknown_words), "word for word", done)
    check(wait_for(lambda: len(scene.alarms()) == 1), "the alarm is told")
    alarm = scene.alarms()[0]
    check(alarm["by"] == "carol" and alarm["on"] == order.id and alarm["verdict"] == "approve"
          and alarm["key"] == scene.fingerprint("carol"), f"what it says: {alarm}")
    check(wait_for(lambda: list((scene.state / "alarms").glob("*.told"))), "and remembered")

    # A random mark is duress as well, once each; the same vote is told once.
    scene.run_with(order, vote)
    scene.run_with(order, scene.vote(order, "carol"))
    check(wait_for(lambda: len(scene.alarms()) == 2), "each vote's alarm once")

    # A no counts whatever its mark, and raises the alarm too.
    order = scene.order(["/bin/echo", "ran"])
    veto = scene.marked(order, OTHER, "veto")
    done = scene.run(scene.permit(order, voters=("alice", "bob"), extra=(veto,)))
    check_exit(done, DENIED, "G5 a veto under duress")
    check(wait_for(lambda: len(scene.alarms()) == 3), "its alarm")

    # Nobody else can raise it: a vote that carol's key did not sign.
    order = scene.order(["/bin/echo", "ran"])
    forged = scene.marked(order, OTHER).split("-----BEGIN")[0]
    scene.run_with(order, forged + scene.signature("vote", forged, "mallory"))
    time.sleep(1)
    check(len(scene.alarms()) == 3, "no alarm for a forged vote")

    # A command that fails is tried again the next time.
    (scene.root / "broken").touch()
    order = scene.order(["/bin/echo", "ran"])
    scene.run_with(order, scene.marked(order, OTHER))
    time.sleep(1)
    check(len(scene.alarms()) == 3 and list((scene.state / "alarms").glob("*.alarm")),
          "an alarm that could not be told is kept")
    (scene.root / "broken").unlink()
    check_exit(scene.exec("marks", "tell"), 0, "telling what waits")
    check(len(scene.alarms()) == 4, "it is told then")

    # One that hangs, and ignores being asked to end: it is killed with all that it started, nothing here
    # waits for it, and an alarm that comes later is told at once.
    limited = scene.config.read_text().replace("silent_alarm =", 'silent_alarm_time_limit = "2s"\nsilent_alarm =', 1)
    scene.config.write_text(limited)
    hang, sleepers = scene.root / "hang", scene.root / "sleepers"
    (scene.root / "alarm").write_text(
        f"#!/bin/sh\ntrap '' TERM HUP INT\ngrep -q -F \"$(cat {hang})\" && {{ sleep 600 & echo $$ $! >> {sleepers}\n"
        f"wait; sleep 600; }}\nexec cat /dev/stdin >> {scene.told}\n")
    hung, later = scene.order(["/bin/echo", "ran"]), scene.order(["/bin/echo", "ran"])
    hang.write_text(hung.id)
    check_exit(scene.run_with(hung, scene.marked(hung, OTHER)), WAITING, "its command hangs, the executor does not")
    check(wait_for(sleepers.exists), "the command is at it")
    check_exit(scene.run_with(later, scene.marked(later, OTHER)), WAITING, "the next one")
    check(wait_for(lambda: any(alarm["on"] == later.id for alarm in scene.alarms())), "a later alarm is told")
    failures = scene.state / "alarms" / "failures"
    check(wait_for(failures.exists), "what failed is kept for the administrator")
    check(f"the alarm's command {scene.root}/alarm: it had not ended after 2 s and was killed" in failures.read_text(),
          f"why: {failures.read_text()}")
    check(failures.stat().st_mode & 0o777 == 0o600, "for nobody else")
    gone = lambda: not any(Path(f"/proc/{number}").exists() for number in sleepers.read_text().split())
    check(wait_for(gone), "the command is gone, and what it started")
    done = scene.exec("marks", "tell")
    check_exit(done, UNREACHABLE, "telling by hand")
    check("1 of the alarms" in done.stderr and "had not ended after 2 s" in done.stderr, "it says why", done)
    check(wait_for(gone) and len(sleepers.read_text().splitlines()) >= 2, "gone again")
    check(not any(alarm["on"] == hung.id for alarm in scene.alarms()), "never told yet")
    hang.write_text("nothing hangs")
    check_exit(scene.exec("marks", "tell"), 0, "and told when it hangs no more")
    check(any(alarm["on"] == hung.id for alarm in scene.alarms()) and not failures.exists(), "and nothing failed any more")
    for wrong in ('"0s"', '"2h"', '"soon"', "60"):
        scene.config.write_text(limited.replace('"2s"', wrong))
        done = scene.exec("marks")
        check(done.returncode == USAGE and "silent_alarm_time_limit: must be" in done.stderr, f"{wrong} as a limit", done)
    scene.config.write_text(limited)

    # A secret that others could have changed or read stops everything.
    kept.chmod(0o644)
    order = scene.order(["/bin/echo", "ran"])
    check_exit(scene.run_with(order, scene.marked(order, REAL)), CORRUPT, "G9 a readable secret")
    kept.chmod(0o600)
    kept.write_text(scene.mark_file(OTHER, key="bob").read_text())
    check_exit(scene.run_with(order, scene.marked(order, OTHER)), CORRUPT, "G9 another's secret")
    kept.unlink()
    check_exit(scene.exec("marks", "remove", scene.fingerprint("carol")), USAGE, "nothing to remove")
    check_exit(scene.exec("marks", "add", scene.mark_file()), 0, "added again")
    check_exit(scene.exec("marks", "remove", scene.fingerprint("carol")), 0, "removed")
    done = scene.run_with(order, scene.marked(order, REAL))
    check_exit(done, WAITING, "G10 void without the secret")

finish()
