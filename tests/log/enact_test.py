#!/usr/bin/env python3
"""Amendments under a log, as people live them: voted on, waited for, enacted, in force for everyone who
reads the log; and `status`, which tells what the log makes of the domain."""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *

WAIT = 4  # seconds


def last(done):
    return json.loads(done.stdout.splitlines()[-1])


with LogScene() as scene:
    scene.environment["CHEGET_DOMAIN"] = str(scene.domain)
    text = scene.policy.replace("amend  { approve 2 of dba }", f"amend {{ approve 2 of dba wait {WAIT}s }}")
    check(text != scene.policy, "the policy waits")
    (scene.root / "loose").write_text(text)
    scene.policy = scene.cheget("policy", "format", scene.root / "loose").stdout
    scene.policy_id = sha256(scene.policy.encode())
    (scene.domain / "policy" / "000001.policy").write_text(scene.policy + "".join(
        scene.signature("policy", scene.policy, name) for name in ("alice", "bob", "carol")))
    urls = [scene.start_witness(i)[1] for i in (1, 2, 3)]
    server, url = scene.serve(urls, "--new")
    check(url is not None, "the log is served")
    scene.environment["CHEGET_LOG"] = url

    def say(who, *words, more=()):
        return scene.cheget(*words, "--key", scene.keys / who, "--yes", "--json", *more)

    def propose(target):
        done = say("alice", "propose", "act", target, "--reason", "a test", more=("--", "/bin/true"))
        check_exit(done, 0, f"proposed {target}")
        return last(done)["order"].removeprefix("sha256:")

    # An order and its votes, as the log tells them.
    order = propose("prod/x")
    done = scene.cheget("status", "--as", "bob", "--json")
    check_exit(done, 0, "the inbox")
    check(last(done)["log"]["size"] == 1 and last(done)["log"]["in_force_from"] == 0, "what was read", done)
    told, = last(done)["orders"]
    check(told["log"]["index"] == 0 and told["log"]["start"].endswith("Z"), "the order's entry", done)
    check(told["yours"] == ["approve"], "it waits for bob", done)
    for who in ("bob", "carol"):
        check_exit(say(who, "approve", order), 0, f"{who} approves")
    done = scene.cheget("status", order, "--json")
    check(last(done)["answer"] == "permit" and last(done)["log"]["bound"] == 3, "permitted by the log", done)
    people = scene.cheget("status", "--as", "bob")
    check("The log was read to its 3 entries, cosigned by" in people.stdout and "entry 0, there since" in
          people.stdout, "told to people", people)

    # What is only in the folder does not count, and is told.
    second = propose("prod/y")
    done = say("bob", "approve", second, more=("--log", "http://127.0.0.1:9", "--wait", "1s"))
    check_exit(done, UNREACHABLE, "approved without the log")
    done = scene.cheget("status", second)
    check("1 of the statements here is not in the log" in done.stdout, "status tells what is missing", done)
    check(last(scene.cheget("status", second, "--json"))["votes"] == [], "and does not count it")
    # A no in the folder counts before it is in the log.
    done = say("carol", "veto", second, more=("--log", "http://127.0.0.1:9", "--give-up-after", "1s"))
    check(last(scene.cheget("status", second, "--json"))["answer"] == "deny", "a veto that is not recorded", done)

    # An amendment: proposed, not yet enough votes, then waiting, then in force.
    loose = scene.root / "next.policy"
    loose.write_text(scene.policy.replace("expire   8h", "expire   4h"))
    done = say("alice", "amend", loose)
    amendment = last(done)["amendment"].removeprefix("sha256:")
    done = say("alice", "enact", amendment[:12])
    check_exit(done, WAITING, "too few votes")
    check("approved by alice" in done.stderr, "who approved", done)
    check_exit(say("bob", "approve", amendment[:12]), 0, "bob votes for it")
    completed = time.time()
    done = say("alice", "enact", "2")
    check_exit(done, WAITING, "too early")
    check("may be enacted from 20" in done.stderr and "4 seconds" in done.stderr, "when", done)
    people = scene.cheget("status", "--as", "bob")
    check("it may be enacted from 20" in people.stdout, "status tells when", people)
    check(last(scene.cheget("status", "--json"))["policy"] == 1, "a proposal stops nothing")
    while time.time() < completed + WAIT + 2:
        time.sleep(0.2)
    people = scene.cheget("status", "--as", "bob")
    check(f"cheget enact {amendment[:12]}" in people.stdout, "status tells how", people)
    # Where the witnesses have not signed since the wait was over, a first one makes them.
    done = say("alice", "enact", "2")
    check_exit(done, 0, "enacted")
    check(last(done)["in_force"] is True and last(done)["policy"] == 2, "in force", done)
    recorded = [one["recorded"] for one in last(done)["handed_in"]]
    check(all(recorded) and len(recorded) == (2 if "makes them sign anew" in done.stderr else 1), "recorded", done)
    check_exit(say("alice", "enact", amendment[:12]), 0, "again says that it is in force")
    check((scene.domain / "policy" / "000002.policy").is_file(), "a copy to read")

    # Whoever reads the log comes to the same; orders under the old policy are dead.
    done = scene.cheget("status", "--json")
    check(last(done)["policy"] == 2 and last(done)["log"]["in_force_from"] > 0, "everyone sees it", done)
    check(last(scene.cheget("status", order, "--json"))["answer"] == "deny", "the older order is dead")
    other = dict(scene.environment, XDG_STATE_HOME=str(scene.root / "other"), XDG_DATA_HOME=str(scene.root / "data"))
    done = subprocess.run([CHEGET, "status", "--json"], capture_output=True, text=True, env=other)
    check(last(done)["policy"] == 2, "a new reader too", done)
    third = propose("prod/z")
    check(last(scene.cheget("status", third, "--json"))["answer"] == "wait", "and an order under it waits")

    # With entries since the wait was over one enactment suffices.
    loose.write_text(scene.cheget("policy", "show").stdout.replace("expire   4h", "expire   3h"))
    done = say("alice", "amend", loose)
    amendment = last(done)["amendment"].removeprefix("sha256:")
    check_exit(say("carol", "approve", amendment), 0, "carol votes for it")
    time.sleep(WAIT + 2)
    propose("prod/later")
    done = say("bob", "enact", amendment)
    check_exit(done, 0, "enacted at once")
    check(last(done)["policy"] == 3 and len(last(done)["handed_in"]) == 1, "by one enactment", done)

    # Read by a tool that forgot: the copy is taken away, the log away too; the pin keeps the policy.
    shutil.rmtree(scene.root / ".local" / "state" / "cheget")
    del scene.environment["CHEGET_LOG"]
    done = scene.cheget("status", "--json")
    check_exit(done, UNREACHABLE, "G7 no way back to an older policy")
    check("policy 3 was in force" in done.stderr and "--log URL" in done.stderr, "it says what to do", done)

    # A log that shows less than was read is refused, with the evidence there is.
    scene.environment["CHEGET_LOG"] = url
    check_exit(scene.cheget("status"), 0, "read again")
    older = scene.root / "older"
    shutil.copytree(scene.state / "public", older)
    propose("prod/one-more")
    scene.environment["CHEGET_LOG"] = str(older)
    done = scene.cheget("status")
    check_exit(done, DENIED, "G7 an older copy of the log")
    check("is an old copy" in done.stderr + done.stdout, "it says so", done)

finish()
