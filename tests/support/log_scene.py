"""A domain with a log, for tests of executors that follow it: three people, executors db1 and db2, a log
of tests/support/note_log.py with three witnesses, two of which must agree."""
import shutil
import subprocess
import tempfile
from pathlib import Path

from note_log import NoteKey, NoteLog
from scene import *

CHEGET = BIN / "cheget"
RULES = """
action act on prod/{name} {
  run any
  allow file "/bin/sh"
  allow environment GREETING
  propose 1 of dba
  approve 2 of dba
  veto 1 of dba
  expire 8h
  execute 1 of { db1, db2 }
}
action slow on slow/{name} {
  run any
  allow file "/bin/sh"
  propose 1 of dba
  approve 2 of dba
  wait 30m
  expire 8h
  execute 1 of { db1, db2 }
}
action both on both/{name} {
  run any
  allow file "/bin/sh"
  propose 1 of dba
  approve 2 of dba
  expire 8h
  execute 2 of { db1, db2, db3 }
}
emergency act {
  approve 2 of dba
  expire 8h
  at most 1 per 30d
}
amend { approve 2 of dba }
revoke { approve 2 of dba }
"""


class Executor:
    """A cheget-exec with a state of its own, on the same machine."""

    def __init__(self, scene, name, folder, sources, *more):
        self.scene, self.name, self.root = scene, name, scene.root / folder
        self.state, self.config = self.root / "state", self.root / "exec.toml"
        self.outbox, self.drop = self.state / "outbox", self.state / "drop"
        self.root.mkdir()
        logs = [word for source in sources for word in ("--log", source)]
        self.began = self.exec("init", "--policy", scene.policy_file, "--as", name, "--key",
                               scene.keys / name, "--state", self.state, *logs, *more)

    def exec(self, *arguments, prefix=(), **options):
        return subprocess.run([*map(str, prefix), str(EXEC), "--config", str(self.config), *map(str, arguments)],
                              capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, timeout=120,
                              **options)

    def run(self, subject, *arguments, **options):
        """Runs a permit file; of an Order one that holds the order alone, as the log has the rest."""
        path = self.scene.permit(subject, voters=()) if isinstance(subject, Order) else subject
        return self.exec("run", path, *arguments, **options)

    def configure(self, text):
        self.config.write_text(text + "\n" + self.config.read_text())

    def outcome(self, order):
        shown = json.loads(self.exec("state", "--json").stdout)
        claims = [claim for claim in shown["claims"] if claim["order"] == order.id]
        return claims[0]["outcome"] if claims else None

    def size(self):
        return json.loads(self.exec("state", "--json").stdout)["size"]

    def sent(self, order):
        folder = self.outbox / order.hex
        found = []
        for path in folder.iterdir() if folder.is_dir() else ():
            if not path.name.startswith("."):
                text = path.read_text()
                found.append("claim" if path.suffix == ".claim" else text.split("\noutcome: ")[1].split("\n")[0])
        return sorted(found)

    def claim(self, order):
        return next((self.outbox / order.hex).glob("*.claim")).read_text()

    def save(self):
        """A copy of the state, as a backup or a snapshot has it."""
        saved = self.scene.root / f"saved-{os.urandom(4).hex()}"
        shutil.copytree(self.state, saved)
        return saved

    def restore(self, saved):
        shutil.rmtree(self.state)
        shutil.copytree(saved, self.state)


class LogScene(Scene):
    def __init__(self, rules=RULES, witnesses="2 of { w1, w2, w3 }", log=None, drops=()):
        self.root = Path(tempfile.mkdtemp(prefix="cheget-scene-"))
        os.chmod(self.root, 0o755)
        self.keys = self.root / "keys"
        self.keys.mkdir(mode=0o700)
        self.user, self.serial = None, 0
        for name in ("alice", "bob", "carol", "db1", "db2", "db3", "mallory"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                            self.keys / name], check=True)
        self.log = log or NoteLog()
        self.logs = [self.log]
        self.drops = drops
        self.policy = self.policy_text(rules, witnesses, self.log.witnesses)
        signed = self.policy + "".join(
            self.signature("policy", self.policy, name) for name in ("alice", "bob", "carol"))
        self.policy_file = self.root / "first.policy"
        self.policy_file.write_text(signed)
        self.policy_id = sha256(self.policy.encode())
        self.trace = self.root / "trace"
        self.script_path = self.script("act", f'echo "$*" >> {self.trace}')
        self.log.serve()
        self.log.publish()

    def policy_text(self, rules, witnesses, keys, header="version: 1"):
        first = f" {self.policy_id}" if "previous" in header else ""
        named = "".join(f"witness w{i} {{ {key.text} }}\n" for i, key in enumerate(keys, 1))
        loose = (f"cheget policy v1\ndomain: {DOMAIN}{first}\n{header}\nlog: {self.log.key.text}\n" +
                 (f"witnesses: {witnesses}\n" if keys else "") + named +
                 "".join(f"person {name} {{ {self.public(name)} }}\n" for name in ("alice", "bob", "carol")) +
                 "".join(f"machine {name} {{ {self.public(name)} }}\n" for name in ("db1", "db2", "db3")) +
                 "".join(f'drop "{drop}"\n' for drop in self.drops) + "group dba = { alice, bob, carol }\n" + rules)
        path = self.root / "loose"
        path.write_text(loose)
        done = subprocess.run([CHEGET, "policy", "format", path], capture_output=True, text=True)
        check_exit(done, 0, "the policy's layout")
        return done.stdout

    def amendment(self, version, previous, rules, witnesses="2 of { w1, w2, w3 }", keys=None):
        return self.policy_text(rules, witnesses, keys or self.log.witnesses,
                                f"version: {version}\nprevious: {previous}")

    def policy_vote(self, text, version, by, verdict="approve"):
        vote = (f"cheget vote v1\ndomain: {DOMAIN} {self.policy_id}\n"
                f"on: policy {version} {sha256(text.encode())}\nverdict: {verdict}\nby: {by}\n"
                f"mark: {os.urandom(32).hex()}\nvoted: {stamp()}\n\n{text}")
        return vote + self.signature("vote", vote, by)

    def enactment(self, text, version, completed, evidence, by="alice"):
        import base64
        lines = "".join(f"evidence: {base64.b64encode(each.encode()).decode()}\n" for each in evidence)
        enactment = (f"cheget enactment v1\ndomain: {DOMAIN} {self.policy_id}\n"
                     f"policy: {version} {sha256(text.encode())}\ncompleted: {completed}\n{lines}"
                     f"by: {by}\nat: {stamp()}\n")
        return enactment + self.signature("enactment", enactment, by)

    def enact(self, text, version, log=None):
        """Votes on an amendment and puts it into force, in the log."""
        log = log or self.log
        completed = log.add(*[self.policy_vote(text, version, by) for by in ("alice", "bob")])
        return log.add(self.enactment(text, version, completed, [log.newest]))

    def executor(self, name="db1", folder=None, sources=None, *more):
        made = Executor(self, name, folder or name, sources or [self.log.url], *more)
        check_exit(made.began, 0, f"{name} begins")
        return made

    def act(self, word, **options):
        """An order to write a word into the trace."""
        options.setdefault("files", (self.script_path, "/bin/sh"))
        return self.order([self.script_path, word], **options)

    def logged(self, word, voters=("bob", "carol"), log=None, at=None, **options):
        """The same, in the log with its approvals."""
        order = self.act(word, **options)
        (log or self.log).add(self.signed_order(order), *[self.vote(order, by) for by in voters], at=at)
        return order

    def acted(self, word):
        return self.trace.read_text().splitlines().count(word) if self.trace.exists() else 0

    def fork(self):
        """A second log under the same keys, as far as the first goes by now."""
        other = self.log.copy()
        other.serve()
        self.logs.append(other)
        return other

    def close(self):
        for log in self.logs:
            log.stop()
        super().close()
