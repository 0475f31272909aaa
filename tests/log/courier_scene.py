"""A briefcase under a real log for tests: carol's, made by alice, carried by bob."""
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *

VOTER = BIN / "briefcase_voter"
PASSPHRASE = "correct horse battery staple"


def last(done):
    return json.loads(done.stdout.splitlines()[-1])


def voter(*words, content=None):
    done = subprocess.run([VOTER, *map(str, words)], input=content, capture_output=True, timeout=60)
    check(done.returncode == 0, f"{words[0]}: {done.stderr.decode()}")
    return done.stdout


class Briefcase:
    """A domain under a real log in which carol has a briefcase, and bob carries it."""

    def __init__(self, scene):
        self.scene = scene
        scene.environment["CHEGET_DOMAIN"] = str(scene.domain)
        self.witnesses = [scene.start_witness(i) for i in (1, 2, 3)]
        self.server, self.url = scene.serve([url for _, url in self.witnesses], "--new")
        scene.environment["CHEGET_LOG"] = self.url
        self.case = scene.root / "case"
        words = scene.root / "words"
        words.write_text(PASSPHRASE + "\n")
        made = self.say("alice", "briefcase", "create", self.case, "--principal", "carol", "--to", "bob",
                        "--passphrase-file", words, "--cost", "least")
        check_exit(made, 0, "a briefcase is made")
        self.made = last(made)
        key = self.key = last(made)["key"]
        loose = scene.root / "next.policy"
        carol = scene.public("carol")
        loose.write_text(scene.policy.replace(carol, f"{carol}; {key} briefcase"))
        amendment = last(self.say("alice", "amend", loose))["amendment"].removeprefix("sha256:")
        check_exit(self.say("bob", "approve", amendment[:12]), 0, "bob votes for its key")
        check_exit(self.say("alice", "enact", amendment[:12]), 0, "its key is in force")

    def say(self, who, *words, more=()):
        return self.scene.cheget(*words, "--key", self.scene.keys / who, "--yes", "--json", *more)

    def propose(self, target, approve=True):
        done = self.say("alice", "propose", "act", target, "--reason", "a test", more=("--", "/bin/true"))
        check_exit(done, 0, f"proposed {target}")
        order = last(done)["order"].removeprefix("sha256:")
        if approve:
            check_exit(self.say("bob", "approve", order), 0, "bob approves")
        return order

    def load(self, *words, who="bob"):
        return self.say(who, "courier", "load", *words)

    def collect(self, *what, code=0, more=()):
        done = self.say("bob", "courier", "collect", *what, *more)
        check_exit(done, code, f"collect {what}")
        return done

    def vote(self, order, verdict, *note):
        return voter("vote", self.case, PASSPHRASE, order, verdict, *note)

    def payload(self, statement):
        path = self.scene.root / "statement"
        path.write_bytes(statement)
        return voter("payload", path)

    def png(self, payload, name="code.png"):
        path = self.scene.root / name
        voter("png", "-", path, content=payload)
        return path

    def answer(self, order):
        return self.scene.cheget("verify", order, "--json", "--as", "bob")

    def outbox(self):
        return sorted((self.case / "outbox").iterdir())
