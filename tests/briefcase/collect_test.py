#!/usr/bin/env python3
"""`courier collect` from a case's outbox into a domain without a log: what is good is filed and counts, what says
no goes first and is told as NOT RECORDED; damaged and foreign files are refused by name, spoil nothing and leave
nothing behind."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from terminal_scene import *

VOTER = BIN / "briefcase_voter"


def text_of(signed):
    return signed.split("-----BEGIN SSH SIGNATURE-----")[0]


class Scene(FolderCase):
    def __init__(self):
        super().__init__()
        self.domain = self.root / "domain"
        for text in self.amendment:
            self.add(text)

    def cheget(self, *words, by="bob"):
        return subprocess.run([CHEGET, *map(str, words), "--domain", self.domain, "--key", self.keys / by, "--yes",
                               "--json"], capture_output=True, text=True, timeout=60, env=self.environment)

    def add(self, text):
        path = self.root / "statement"
        path.write_text(text)
        check_exit(self.cheget("add", path), 0, "filed in the domain")

    def known_order(self, target):
        order = self.new_order(target=target)
        self.add(self.signed_order(order))
        return order

    def say(self, order, verdict):
        """Signed by the briefcase's own key, into its outbox."""
        done = subprocess.run([VOTER, "vote", self.case, PASSPHRASE, order.hex, verdict], capture_output=True, timeout=60)
        check(done.returncode == 0, f"{verdict}: {done.stderr.decode()}")
        return done.stdout.decode()

    def put(self, name, content):
        path = self.case / "outbox" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def held(self):
        return {str(path.relative_to(self.domain)): path.read_bytes() for path in self.domain.rglob("*") if path.is_file()}

    def collect(self, *more):
        done = self.cheget("courier", "collect", self.case, *more)
        return done, json.loads(done.stdout.splitlines()[-1])


def foreign(scene, approval):
    """What others could have put there, by name: each with words that its refusal holds."""
    text = text_of(approval)
    armor = approval[len(text):]
    unknown = scene.new_order(target="prod/unknown")
    elsewhere = text.replace(f"domain: {DOMAIN} ", "domain: other/prod ", 1)
    first_byte = armor.index("\n") + 40
    return {
        "of-another-domain.vote": elsewhere + scene.signature("vote", elsewhere, "carol"),
        "by-a-stranger.vote": text + scene.signature("vote", text, "mallory"),
        "by-another-of-us.vote": text + scene.signature("vote", text, "bob"),
        "of-another-kind.vote": text + scene.signature("order", text, "carol"),
        "on-an-unknown-order.vote": scene.vote(unknown, "carol"),
        "altered.vote": approval.replace("verdict: approve", "verdict: consent", 1),
        "one-letter.vote": text + armor[:first_byte] + ("A" if armor[first_byte] != "A" else "B") + armor[first_byte + 1:],
        "cut-short.vote": approval[:len(approval) - 90],
        "without-signature.vote": text,
        "empty.vote": "",
        "noise.vote": os.urandom(600),
        "not-ours.txt": "shopping list: tea, milk\n",
        "a-load.permit": next((scene.case / "inbox").iterdir()).read_bytes(),
        "too-long.vote": approval + "x" * (1 << 21),
    }


with Scene() as scene:
    yes, no = scene.known_order("prod/yes"), scene.known_order("prod/no")
    scene.load([*scene.amendment, scene.signed_order(yes), scene.signed_order(no), scene.vote(yes, "bob")])
    scene.add(scene.vote(yes, "bob"))
    answer = lambda order: scene.cheget("verify", order.hex)
    check_exit(answer(yes), WAITING, "carol's word is missing")
    approval, veto = scene.say(yes, "approve"), scene.say(no, "veto")
    own_veto = scene.put("of-an-unknown-order.vote", scene.vote(scene.new_order(target="prod/secret"), "carol", "veto"))
    added = scene.put("spoilt.vote", approval + scene.signature("vote", text_of(approval), "mallory"))
    bad = foreign(scene, approval)
    for name, content in bad.items():
        scene.put(name, content)
    os.symlink("/etc/hostname", scene.case / "outbox" / "linked.vote")
    os.mkfifo(scene.case / "outbox" / "pipe.vote")
    (scene.case / "outbox" / "folder.vote").mkdir()
    outbox = sorted(path.name for path in (scene.case / "outbox").iterdir())
    before = scene.held()

    done, told = scene.collect()
    check(done.returncode in (DENIED, BAD_INPUT), "what was refused is in the exit code", done)
    for name in [*bad, "linked.vote", "pipe.vote", "folder.vote"]:
        lines = [line for line in told["refused"] if name in line]
        check(len(lines) == 1 and f"Refused: {lines[0]}" in done.stderr, f"{name} is refused by its name, once", done)
    check(len(told["refused"]) == len(bad) + 3, "and nothing else is", done)

    # What is good is filed, byte for byte, and nothing beside it.
    check([one["says_no"] for one in told["filed"]][:2] == [True, True] and
          not any(one["says_no"] for one in told["filed"][2:]), "what says no goes first", done)
    new = {content for path, content in scene.held().items() if path not in before}
    check(new == {approval.encode(), veto.encode(), own_veto.read_bytes()}, "three votes are new in the domain, as they were signed")
    check(all(scene.held()[path] == content for path, content in before.items()), "and nothing else changed there")
    check(sorted(path.name for path in (scene.case / "outbox").iterdir()) == outbox, "the case stays as it was")
    journal = {path.read_bytes() for path in (scene.case / "journal").iterdir()}
    check(journal <= set(scene.held().values()), "its journal lies in the domain")
    check("NOT RECORDED" in done.stderr and "has no log" in done.stderr, "a no without a log is told as not recorded", done)
    check_exit(answer(yes), 0, "the approval counts")
    done = answer(no)
    check(done.returncode == DENIED and "veto" in done.stdout, "the veto stops", done)

    # Again, and file by file: nothing more comes of it.
    held = scene.held()
    scene.collect()
    check(scene.held() == held, "collecting twice changes nothing")
    for name in ("by-a-stranger.vote", "not-ours.txt"):
        done = scene.cheget("courier", "collect", scene.case / "outbox" / name)
        check(done.returncode in (DENIED, BAD_INPUT) and name in done.stderr, f"{name} alone", done)
    check(scene.held() == held, "and leaves nothing behind")

    # Another's case, of another domain: nothing of it gets in.
    with Scene() as other:
        order = other.known_order("prod/yes")
        other.load([*other.amendment, other.signed_order(order)])
        other.say(order, "approve")
        other.say(order, "veto")
        done = scene.cheget("courier", "collect", other.case)
        check(done.returncode == DENIED or done.returncode == BAD_INPUT, "another domain's case is refused", done)
        check(scene.held() == held, "whole")

    # Without anything that says no nobody is alarmed, and an empty outbox is no failure.
    for path in (scene.case / "outbox").iterdir():
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    done, told = scene.collect()
    check(done.returncode == 0 and "NOT RECORDED" not in done.stderr, "the journal alone", done)
finish()
