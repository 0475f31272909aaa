#!/usr/bin/env python3
"""Statements go to the log as people make them: every command hands in what it files, waits for the
witnesses and keeps their proof; what could not be handed in says so, and how to go on."""
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *


def told(done):
    """What --json says of handing in."""
    return [one for line in done.stdout.splitlines() for one in json.loads(line).get("handed_in", [])]


def order_of(done):
    return json.loads(done.stdout.splitlines()[-1])["order"].removeprefix("sha256:")


with LogScene() as scene:
    scene.environment["CHEGET_DOMAIN"] = str(scene.domain)

    def say(who, *words, log=None, more=()):
        named = [word for place in ([log] if isinstance(log, str) else log or []) for word in ("--log", place)]
        return scene.cheget(*words, "--key", scene.keys / who, "--yes", "--json", *named, *more)

    def propose(who="alice", **options):
        return say(who, "propose", "act", "prod/x", "--reason", "a test", **options, more=("--", "/bin/true"))

    # Nothing says where the log is: it is filed, not handed in, and the tool says how to.
    away = propose()
    check_exit(away, UNREACHABLE, "proposed without a log's place")
    check("NOT HANDED IN" in away.stderr.splitlines()[-1] and "cheget log submit" in away.stderr,
          "it says what to do", away)
    check("CHEGET_LOG" in away.stderr and "config.toml" in away.stderr, "and where to name it", away)
    first = scene.domain / "orders" / order_of(away)
    check((first / "order").is_file(), "the order is filed", away)
    check(told(away)[0]["recorded"] is False, "JSON tells the same", away)

    witnesses = [scene.start_witness(i) for i in (1, 2, 3)]
    urls = [url for _, url in witnesses]
    server, url = scene.serve(urls, "--new")
    check(url is not None, "the log is served")

    # Nobody listens there.
    done = say("bob", "approve", order_of(away), log="http://127.0.0.1:9", more=("--wait", "1s"))
    check_exit(done, UNREACHABLE, "approved while the log is away")
    check("NOT HANDED IN" in done.stderr.splitlines()[-1], "and said so", done)

    # Handed in later: the order's folder with all that lies in it.
    done = scene.cheget("log", "submit", first, "--log", url, "--json")
    check_exit(done, 0, "the order's folder is handed in")
    check([one["recorded"] for one in told(done)] == [True, True], "both statements are recorded", done)
    check([one["index"] for one in told(done)] == [0, 1], "the order first", done)
    proofs = sorted(first.rglob("*.tlog-proof"))
    check(len(proofs) == 2, "their proofs lie beside them", done)
    for proof in proofs:
        check_exit(scene.cheget("log", "verify", "--proof", proof, "--entry",
                                str(proof).removesuffix(".tlog-proof")), 0, "anyone can check the proof")
    stamp_before = proofs[0].stat().st_mtime_ns
    done = scene.cheget("log", "submit", first, "--log", "http://127.0.0.1:9", "--json")
    check_exit(done, 0, "what is proved needs no log any more")
    check(proofs[0].stat().st_mtime_ns == stamp_before, "and is not written again")

    # By the configuration, and by the environment.
    config = scene.root / ".config" / "cheget" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[domain."{DOMAIN}"]\nlog = ["{url}"]\n')
    done = propose()
    check_exit(done, 0, "proposed by the configuration's log")
    check(told(done)[0]["recorded"] is True and told(done)[0]["index"] == 2, "it is recorded", done)
    second = order_of(done)
    done = scene.cheget("approve", second, "--key", scene.keys / "carol", "--yes")
    check_exit(done, 0, "approved, told to people")
    check("Recorded:" in done.stdout and "entry 3 of log.example.org/prod" in done.stdout and
          "w2.example.org" not in done.stderr, "with its index", done)
    config.write_text(f'[domain."{DOMAIN}"]\nlogs = ["{url}"]\n')
    done = scene.cheget("approve", second, "--key", scene.keys / "bob", "--yes")
    check("`logs`" in done.stdout + done.stderr and done.returncode == USAGE, "a misspelt word is refused", done)
    config.unlink()
    scene.environment["CHEGET_LOG"] = f"http://127.0.0.1:9  {url}/"
    done = scene.cheget("log", "submit", scene.domain / "orders" / second, "--json")
    check_exit(done, 0, "one of two addresses suffices")
    check(all(one["recorded"] for one in told(done)), "the vote that was not handed in is now", done)
    del scene.environment["CHEGET_LOG"]

    # A folder that the log publishes proves as well, and takes nothing in.
    public = str(scene.state / "public")
    for proof in (scene.domain / "orders" / second).rglob("*.tlog-proof"):
        proof.unlink()
    done = scene.cheget("log", "submit", scene.domain / "orders" / second, "--log", public, "--json")
    check_exit(done, 0, "proved out of the folder")
    check(all(one["recorded"] for one in told(done)), "all of it", done)
    done = say(
        "alice", "propose", "act", "prod/y", "--reason", "a test", log=public,
        more=("--wait", "1s", "--", "/bin/true"))
    check_exit(done, UNREACHABLE, "a folder takes nothing in")

    # Amendments, facts' like, revocations: each command does it.
    policy = scene.root / "next.policy"
    policy.write_text(scene.policy.replace("expire   8h", "expire   4h"))
    done = say("alice", "amend", policy, log=url)
    check(told(done)[0]["recorded"] is True, "a vote on a policy is recorded", done)
    done = say("carol", "revoke", "carol", "--why", "replaced", log=url)
    check_exit(done, 0, "a revocation is recorded")
    check(told(done)[0]["recorded"] is True, "and says so", done)

    # Two of three witnesses are away: the log has it, nobody else has seen that.
    scene.stop(witnesses[0][0])
    scene.stop(witnesses[1][0])
    done = say("alice", "propose", "act", "prod/z", "--reason", "a test", log=url,
               more=("--wait", "2s", "--", "/bin/true"))
    check_exit(done, WAITING, "handed in, not witnessed")
    check("NOT YET WITNESSED" in done.stderr.splitlines()[-1], "and says so", done)
    third = scene.domain / "orders" / order_of(done)
    check(told(done)[0]["recorded"] is False and "promised" in told(done)[0]["ways"][0], "as JSON", done)
    check(not (third / "order.tlog-proof").exists() and (third / "order.tlog-promise").exists(),
          "the log's word is kept, and is no proof")
    done = say("alice", "propose", "act", "prod/z2", "--reason", "a test", log=url,
               more=("--wait", "0s", "--", "/bin/true"))
    check_exit(done, WAITING, "not waited for")
    scene.start_witness(1, int(urls[0].rsplit(":", 1)[1]))
    done = scene.cheget("log", "submit", third, "--log", url, "--json")
    check_exit(done, 0, "and proved once the witnesses are back")
    check_exit(scene.cheget("log", "submit", scene.domain / "policy", "--log", url), USAGE,
               "a folder without statements")
    check_exit(scene.cheget("log", "submit", policy, "--log", url), BAD_INPUT, "a policy by itself")
    order = scene.order(["/bin/true"], files=())
    forged = scene.root / "forged.vote"
    forged.write_text(order.text)
    check_exit(scene.cheget("log", "submit", forged, "--log", url), BAD_INPUT, "what is unsigned")
    forged.write_text(scene.vote(order, "bob", signer="mallory"))
    done = scene.cheget("log", "submit", forged, "--log", url)
    check_exit(done, DENIED, "what the log refuses")
    check("the log refuses it" in done.stdout.splitlines()[-1], "and it says so", done)
    done = scene.cheget("status", "--as", "bob")
    check_exit(done, 0, "the proofs in the folder are in nobody's way")

finish()
