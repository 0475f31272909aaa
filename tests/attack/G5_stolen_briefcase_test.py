#!/usr/bin/env python3
"""G5 for a briefcase, from start to end with the installed programs: it counts while its custody is whole;
a thief with case and passphrase is stopped by its owner's revocation, votes made before included; another
one takes its place by amendment; and while there is none the principal's deputy speaks."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *

PASSPHRASE = "correct horse battery staple"
RULES = """
action act on prod/{name} {
  run any
  allow file "/bin/sh"
  propose 1 of dba
  approve 1 of { carol }
  veto 1 of dba
  expire 8h
  execute 1 of { db1, db2 }
  deputy bob for carol after 1h
}
amend { approve 2 of dba }
revoke { approve 2 of dba }
"""


class Carried(LogScene):
    cased = ""

    def public(self, name):
        return super().public(name) + (self.cased if name == "carol" else "")

    def cheget(self, *words, code=0, what=""):
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        done = subprocess.run([CHEGET, "--domain", self.root / "domain", *map(str, words)], capture_output=True,
                              text=True, timeout=120, env={"PATH": "/usr/bin:/bin", "HOME": str(home)})
        check_exit(done, code, what or " ".join(map(str, words[:3])))
        return done

    def briefcase(self, name, demands=" briefcase custody"):
        """A case for carol, and the amendment that brings its key in for the one before."""
        case = self.root / name
        (self.root / "words").write_text(PASSPHRASE + "\n")
        self.cheget("briefcase", "create", case, "--key", self.keys / "carol", "--to", "bob", "--cost", "least",
                    "--passphrase-file", self.root / "words", "--marks", self.root / f"{name}.mark", "--yes",
                    code=6)  # the log here takes nothing by HTTP: carry() hands its making in
        key = next(line[5:] for line in (case / "seal").read_text().splitlines() if line.startswith("key: "))
        self.cased = f"; {key}{demands}"
        version, previous = self.version + 1, self.newest
        text = self.amendment(version, previous, RULES)
        self.enact(text, version)
        self.version, self.newest = version, sha256(text.encode())
        (self.root / "key").write_text(key)
        print_of = subprocess.run(["ssh-keygen", "-l", "-f", self.root / "key"], capture_output=True, text=True)
        return case, print_of.stdout.split()[1]

    def load(self, case, order):
        signed = self.root / "order"
        signed.write_text(self.signed_order(order))
        self.cheget("status", "--log", self.log.url)
        self.cheget("add", signed)
        size = json.loads(self.cheget("briefcase", "inspect", case, "--json", "--keep", self.root / "none",
                                      code=None).stdout.splitlines()[-1]).get("log_size", 0)
        self.cheget("permit", order.hex, "-o", self.root / "permit", "--for-size", size, "--log", self.log.url)
        self.cheget("briefcase", "load", case, self.root / "permit", "--key", self.keys / "bob", "--yes")

    def vote(self, *words, **options):
        if isinstance(words[0], Path):
            case, order = words
            done = subprocess.run([BIN / "briefcase_principal", case, PASSPHRASE, order.hex[:16], "approve"],
                                  capture_output=True, text=True, timeout=60)
            check_exit(done, 0, "the principal votes")
            votes = sorted((case / "outbox").glob("*.vote"), key=lambda path: path.stat().st_mtime)
            return votes[-1].read_text()
        return super().vote(*words, **options)

    def carry(self, *folders):
        """What lies there, into the log as whoever carries it hands it in."""
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".custody", ".revocation") and path.read_bytes() not in self.log.entries:
                    self.log.add(path.read_text())

    def propose(self, word, **options):
        order = self.act(word, policy=(self.version, self.newest), **options)
        self.log.add(self.signed_order(order))
        return order


def check_exit(done, code, what):
    if code is not None:
        check(done.returncode == code, f"{what}: exit {code}", done)


with Carried(RULES) as scene:
    scene.version, scene.newest = 1, scene.policy_id
    folder = scene.root / "domain" / "policy"
    folder.mkdir(parents=True)
    (folder / "000001.policy").write_text(scene.policy_file.read_text())
    db1 = scene.executor()
    db1.configure('claim_wait = "2s"')

    case, fingerprint = scene.briefcase("case")
    check_exit(db1.exec("marks", "add", scene.root / "case.mark"), 0, "the executor takes its marks")

    # A vote counts once its custody is in the log, and not before.
    order = scene.propose("carried")
    scene.load(case, order)
    scene.log.add(scene.vote(case, order))
    done = db1.run(order)
    check(done.returncode in (WAITING, DENIED) and scene.acted("carried") == 0, "no custody in the log yet", done)
    scene.carry(case / "journal")
    done = db1.run(order)
    check(done.returncode == 0 and scene.acted("carried") == 1, "a vote out of the briefcase", done)

    # G5_stolen_case: a thief has it, and the passphrase. What was voted before the revocation is void too.
    before, after = scene.propose("before"), scene.propose("after")
    scene.load(case, before)
    scene.load(case, after)
    scene.log.add(scene.vote(case, before))
    scene.carry(case / "journal")
    scene.cheget("briefcase", "revoke", fingerprint, "--why", "stolen", "--lost", "--key", scene.keys / "carol",
                 "--yes", code=None)
    scene.carry(scene.root / "domain")
    check(any(b"event: lost" in entry for entry in scene.log.entries), "that it is lost is in the log")
    scene.log.add(scene.vote(case, after))
    for stolen, word in ((before, "before"), (after, "after")):
        done = db1.run(stolen)
        check(done.returncode in (WAITING, DENIED) and scene.acted(word) == 0, f"stolen, {word}", done)
    done = scene.cheget("briefcase", "inspect", case, "--keep", scene.root / "none", code=None)
    check(done.returncode in (21, 23), "whoever finds it learns that it is lost", done)
    done = scene.cheget("briefcase", "watch", "--once", "--log", scene.log.url, "--state", scene.root / "told",
                        code=24)
    check("lost" in done.stdout, "the watcher tells it", done)
    scene.cheget("briefcase", "watch", "--once", "--log", scene.log.url, "--state", scene.root / "told", code=0)

    # While there is none: the deputy, once an hour has gone by without a word.
    absent = scene.act("absent", policy=(scene.version, scene.newest), proposed=-8000)
    scene.log.add(scene.signed_order(absent), at=time.time() - 7900)
    early = scene.propose("early")
    for deputised in (absent, early):
        text = (f"cheget vote v1\ndomain: {DOMAIN} {scene.policy_id}\non: order {deputised.id}\n"
                f"verdict: approve\nby: bob\nfor: carol\nmark: {os.urandom(32).hex()}\nvoted: {stamp()}\n"
                f"\n{deputised.text}")
        scene.log.add(text + scene.signature("vote", text, "bob"))
    done = db1.run(absent)
    check(done.returncode == 0 and scene.acted("absent") == 1, "the deputy after an hour", done)
    done = db1.run(early)
    check(done.returncode == WAITING and scene.acted("early") == 0, "and not before", done)

    # Another one takes its place.
    second, _ = scene.briefcase("second")
    check_exit(db1.exec("marks", "add", scene.root / "second.mark"), 0, "the executor takes its marks")
    order = scene.propose("replaced")
    scene.load(second, order)
    scene.log.add(scene.vote(second, order))
    scene.carry(second / "journal")
    done = db1.run(order)
    check(done.returncode == 0 and scene.acted("replaced") == 1, "its successor counts", done)

finish()
