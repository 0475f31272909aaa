"""A domain made by hand for tests of cheget-exec: keys and signatures by stock ssh-keygen, texts by
this file, so that what is tested does not also make what it is tested with.

A scene is three people (alice, bob, carol), an executor db1 that belongs to the test's user, a
stranger mallory, and one action `act` that runs anything. Everything lies in a temporary folder."""
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

BIN = Path(os.environ["CHEGET_BIN"])
EXEC = BIN / "cheget-exec"
DOMAIN = "acme/prod"

DENIED, USAGE, WAITING, BAD_INPUT, UNKNOWN, UNREACHABLE, CORRUPT, FAILED = range(1, 9)


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def stamp(offset=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


def canonical(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=True)


class Order:
    def __init__(self, text, proposer):
        self.text = text
        self.proposer = proposer
        self.id = sha256(text.encode())
        self.hex = self.id[len("sha256:"):]


class Scene:
    ALLOW = "  allow    environment GREETING, HOME, PATH\n  allow    stdin\n"

    def __init__(self, user=None, allow=ALLOW, files=(), directories=(), config=""):
        # Below /tmp, which is sticky: nobody else can replace the folder.
        self.root = Path(tempfile.mkdtemp(prefix="cheget-scene-"))
        os.chmod(self.root, 0o755)
        self.keys = self.root / "keys"
        self.keys.mkdir(mode=0o700)
        for name in ("alice", "bob", "carol", "db1", "db2", "mallory"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                            self.keys / name], check=True)
        run_as = f" as {user}" if user else ""
        self.user = user
        allow += "".join(f'  allow    directory "{path}"\n' for path in directories)
        allow += "".join(f'  allow    file "{path}"\n' for path in files)
        rule = (f"  run      any{run_as}\n{allow}  propose  1 of dba\n  approve  2 of dba\n"
                "  veto     1 of dba\n  expire   8h\n  execute  1 of { db1 }\n}\n\n")
        self.policy = (
            f"cheget policy v1\ndomain: {DOMAIN}\nversion: 1\nlog: none\n\n"
            f"person  alice {{ {self.public('alice')} }}\n"
            f"person  bob   {{ {self.public('bob')} }}\n"
            f"person  carol {{ {self.public('carol')} }}\n"
            f"machine db1   {{ {self.public('db1')} }}\n"
            f"machine db2   {{ {self.public('db2')} }}\n\n"
            "group dba = { alice, bob, carol }\n\n"
            "action act on prod/{name} {\n" + rule +
            "action other on other/{name} {\n" + rule.replace("{ db1 }", "{ db2 }") +
            "amend  { approve 2 of dba }\nrevoke { approve 2 of dba }\n")
        signed = self.policy + "".join(
            self.signature("policy", self.policy, name) for name in ("alice", "bob", "carol"))
        self.policy_file = self.root / "first.policy"
        self.policy_file.write_text(signed)
        self.policy_id = sha256(self.policy.encode())
        self.state = self.root / "state"
        self.config = self.root / "exec.toml"
        self.outbox = self.state / "outbox"
        self.drop = self.state / "drop"
        self.serial = 0
        done = self.exec("init", "--policy", self.policy_file, "--as", "db1", "--key",
                         self.keys / "db1", "--state", self.state)
        assert done.returncode == 0, done.stderr
        if config:
            self.config.write_text(self.config.read_text() + config)

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not os.environ.get("CHEGET_KEEP"):
            self.close()

    def public(self, name):
        return " ".join((self.keys / f"{name}.pub").read_text().split()[:2])

    def signature(self, kind, text, by):
        return subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-n", f"cheget-{kind}@{DOMAIN}", "-f",
             self.keys / by], input=text.encode(), capture_output=True, check=True).stdout.decode()

    def script(self, name, body, mode=0o755, interpreter="/bin/sh"):
        path = self.root / name
        path.write_text(f"#!{interpreter}\n{body}\n")
        path.chmod(mode)
        return path

    @staticmethod
    def file_lines(paths):
        lines = []
        for path in sorted({str(path) for path in paths}):
            content = Path(path).read_bytes()
            lines.append(f"file: {sha256(content)} {len(content)} {path}\n")
        return "".join(lines)

    def order(self, argv, files=None, environment=None, directory=None, stdin=None, drill=False,
              target="prod/x", proposer="alice", proposed=-5, expires=3600, rule="act", user=None,
              policy=None):
        argv = [str(word) for word in argv]
        self.serial += 1
        version, policy_id = policy or (1, self.policy_id)
        text = (f"cheget order v1\ndomain: {DOMAIN} {self.policy_id}\n"
                f"policy: {version} {policy_id}\nrule: {rule}\ntarget: {target}\n"
                f"run: {canonical(argv)}\n")
        user = user or self.user
        text += f"user: {user}\n" if user else ""
        text += f"directory: {directory}\n" if directory else ""
        text += f"environment: {canonical(environment)}\n" if environment else ""
        text += f"stdin: {sha256(stdin)} {len(stdin)}\n" if stdin is not None else ""
        text += self.file_lines(argv[:1] if files is None else files)
        text += "drill: yes\n" if drill else ""
        nonce = os.urandom(16).hex()
        text += (f'reason: "test {self.serial}"\nproposer: {proposer}\nproposed: {stamp(proposed)}\n'
                 f"expires: {stamp(expires)}\nnonce: {nonce}\n")
        return Order(text, proposer)

    def signed_order(self, order):
        return order.text + self.signature("order", order.text, order.proposer)

    def vote(self, order, by, verdict="approve", signer=None):
        text = (f"cheget vote v1\ndomain: {DOMAIN} {self.policy_id}\non: order {order.id}\n"
                f"verdict: {verdict}\nby: {by}\nmark: {os.urandom(32).hex()}\nvoted: {stamp()}\n"
                f"\n{order.text}")
        return text + self.signature("vote", text, signer or by)

    def permit(self, order, voters=("bob", "carol"), extra=(), files=(), name=None):
        statements = [self.signed_order(order), *(self.vote(order, by) for by in voters), *extra]
        content = b"cheget permit v1\n"
        for statement in statements:
            data = statement.encode()
            content += b"statement %d\n" % len(data) + data
        for data in files:
            content += f"file {len(data)} {sha256(data)}\n".encode() + data
        path = self.root / (name or f"{order.hex[:12]}.permit")
        path.write_bytes(content)
        return path

    def exec(self, *arguments, env=None, prefix=(), **options):
        command = [*map(str, prefix), str(EXEC), "--config", str(self.config),
                   *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin"} if env is None else env, timeout=120,
                              **options)

    def run(self, order, *arguments, **options):
        """Runs a permit file; an Order gets one with two approvals."""
        path = self.permit(order) if isinstance(order, Order) else order
        return self.exec("run", path, *arguments, **options)

    def state_of(self, order):
        shown = json.loads(self.exec("state", "--json").stdout)
        claims = [claim for claim in shown["claims"] if claim["order"] == order.id]
        return claims[0]["outcome"] if claims else None

    def sent(self, order):
        """The outcomes in the outbox's receipts, and `claim` for the claim."""
        folder = self.outbox / order.hex
        found = []
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name.startswith("."):
                continue  # half-written when the executor was killed; nobody reads it
            text = path.read_text()
            found.append("claim" if path.suffix == ".claim" else
                         text.split("\noutcome: ")[1].split("\n")[0])
        return sorted(found)

    def verify_with_ssh_keygen(self, path, kind, who="db1"):
        """Whether stock ssh-keygen confirms a statement file of ours."""
        content = Path(path).read_text()
        text, armor = content.split("-----BEGIN SSH SIGNATURE-----", 1)
        signature = self.root / "signature"
        signature.write_text("-----BEGIN SSH SIGNATURE-----" + armor)
        signers = self.root / "signers"
        signers.write_text(f"{who} {self.public(who)}\n")
        return subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", who, "-n", f"cheget-{kind}@{DOMAIN}",
             "-s", signature], input=text.encode(), capture_output=True).returncode == 0


CHECKS = 0


def check(condition, what, done=None):
    """Fails the test with what the program said."""
    global CHECKS
    CHECKS += 1
    if not condition:
        detail = f"\nexit {done.returncode}\n{done.stdout}{done.stderr}" if done else ""
        raise SystemExit(f"FAILED: {what}{detail}")


def check_exit(done, code, what):
    check(done.returncode == code, f"{what}: expected exit {code}", done)


def finish():
    if CHECKS == 0:
        raise SystemExit("nothing was checked")
    print(f"{CHECKS} checks passed")
