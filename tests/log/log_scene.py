"""A domain with a log and three witnesses for tests: `cheget serve` and `cheget witness` as people run
them, on free ports, with keys made here."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

CHEGET = BIN / "cheget"


class LogScene(Scene):
    """Three people, a log and three witnesses; everything by keys made here."""

    def __init__(self, blocks=""):
        """`blocks` go into the policy."""
        self.root = Path(tempfile.mkdtemp(prefix="cheget-log-scene-"))
        self.keys = self.root / "keys"
        self.keys.mkdir(mode=0o700)
        self.user = None
        self.serial = 0
        self.running = []
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.root), "LC_ALL": "C.UTF-8"}
        for name in ("alice", "bob", "carol", "db1", "mallory"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                            self.keys / name], check=True)
        self.log_key = self.new_key("log.example.org/prod", "log")
        self.witness_keys = [self.new_key(f"w{i}.example.org", f"w{i}", "--witness") for i in (1, 2, 3)]
        witnesses = "".join(f"witness w{i} {{ {key} }}\n" for i, key in enumerate(self.witness_keys, 1))
        people = "".join(f"person {name} {{ {self.public(name)} }}\n" for name in ("alice", "bob", "carol"))
        loose = (f"cheget policy v1\ndomain: {DOMAIN}\nversion: 1\nlog: {self.log_key}\n"
                 f"witnesses: 2 of {{ w1, w2, w3 }}\n\n{witnesses}{people}{blocks}"
                 f"machine db1 {{ {self.public('db1')} }}\ngroup dba = {{ alice, bob, carol }}\n"
                 "action act on prod/{name} {\nrun any\npropose 1 of dba\napprove 2 of dba\nveto 1 of dba\n"
                 "expire 8h\nexecute 1 of { db1 }\n}\n"
                 "amend { approve 2 of dba }\nrevoke { approve 2 of dba }\n")
        (self.root / "loose").write_text(loose)
        formatted = self.cheget("policy", "format", self.root / "loose")
        check_exit(formatted, 0, "the policy's layout")
        self.policy = formatted.stdout
        self.policy_id = sha256(self.policy.encode())
        self.domain = self.root / "domain"
        (self.domain / "policy").mkdir(parents=True)
        (self.domain / "policy" / "000001.policy").write_text(self.policy + "".join(
            self.signature("policy", self.policy, name) for name in ("alice", "bob", "carol")))
        self.state = self.root / "log"

    def cheget(self, *arguments, **options):
        return subprocess.run([CHEGET, *map(str, arguments)], capture_output=True, text=True,
                              env=self.environment, timeout=120, **options)

    def new_key(self, name, file, *more):
        made = self.cheget("log", "key", name, self.keys / f"{file}.note", *more, "--json")
        check_exit(made, 0, f"the key of {name}")
        return json.loads(made.stdout)["key"]

    def start(self, *arguments):
        """A server and its address, once it says that it serves."""
        process = subprocess.Popen([CHEGET, *map(str, arguments), "--json"], stdout=subprocess.PIPE,
                                   stderr=open(self.root / "stderr", "ab"), text=True, env=self.environment)
        told = json.loads(process.stdout.readline())
        if "error" in told:
            process.wait()
            self.refusal = told["error"]["message"]
            return process, None
        self.running.append(process)
        return process, told["at"]

    def start_witness(self, number, port=0):
        return self.start("witness", self.root / f"witness{number}", "--witness-key",
                          self.keys / f"w{number}.note", "--log", self.log_key, "--listen",
                          f"127.0.0.1:{port}")

    def serve(self, witnesses, *more):
        named = [word for i, url in enumerate(witnesses, 1) for word in ("--witness", f"w{i}={url}")]
        return self.start("serve", self.state, "--domain", self.domain, "--log-key",
                          self.keys / "log.note", "--listen", "127.0.0.1:0", *named, *more)

    def stop(self, process, how=signal.SIGTERM):
        process.send_signal(how)
        process.wait(timeout=60)
        self.running.remove(process)

    def close(self):
        for process in self.running:
            process.kill()
            process.wait()
        super().close()


def post(url, text):
    try:
        with urllib.request.urlopen(urllib.request.Request(
                url + "/statement", text.encode(), {"Content-Type": "text/plain"}), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def published_size(url):
    try:
        return int(get(url + "/checkpoint").splitlines()[1])
    except urllib.error.HTTPError:
        return -1


def wait_published(url, size):
    deadline = time.monotonic() + 60
    while published_size(url) < size:
        check(time.monotonic() < deadline, f"{size} entries are published within a minute")
        time.sleep(0.05)
