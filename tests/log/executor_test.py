#!/usr/bin/env python3
"""The whole of it with what is installed: `cheget serve` keeps the log, three `cheget witness` cosign it,
statements are handed in over HTTP, and cheget-exec follows, claims and acts. Then servers and witnesses
go away and come back, and a quiet log still tells the time."""
import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *


class ServedLog:
    """Keys and processes of a real log; LogScene asks it for what it asks a NoteLog."""

    class Key:
        def __init__(self, folder, name, file, *more):
            self.file = folder / file
            made = subprocess.run([CHEGET, "log", "key", name, self.file, *more, "--json"],
                                  capture_output=True, text=True)
            check_exit(made, 0, f"the key of {name}")
            self.text = json.loads(made.stdout)["key"]

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix="cheget-served-"))
        self.key = self.Key(self.root, "log.example.org/prod", "log.note")
        self.witnesses = [self.Key(self.root, f"w{i}.example.org", f"w{i}.note", "--witness") for i in (1, 2, 3)]
        self.running = {}
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.root)}

    def serve(self):
        """It begins once the scene's policy is signed: begin()."""

    def publish(self):
        """The server does."""

    def start(self, what, *arguments):
        process = subprocess.Popen([CHEGET, *map(str, arguments), "--json"], stdout=subprocess.PIPE, text=True,
                                   stderr=open(self.root / "stderr", "ab"),
                                   env=self.environment)
        told = json.loads(process.stdout.readline())
        check("at" in told, f"{what} serves: {told}")
        self.running[what] = process
        return told["at"]

    def begin(self, scene):
        domain = self.root / "domain"
        (domain / "policy").mkdir(parents=True)
        shutil.copy(scene.policy_file, domain / "policy" / "000001.policy")
        self.urls = [self.start_witness(i) for i in (1, 2, 3)]
        self.url = self.start_server("--new")

    def start_witness(self, i, port=0):
        return self.start(f"w{i}", "witness", self.root / f"witness{i}", "--witness-key",
                          self.witnesses[i - 1].file, "--log", self.key.text, "--listen", f"127.0.0.1:{port}")

    def start_server(self, *more, port=0):
        named = [word for i, url in enumerate(self.urls, 1) for word in ("--witness", f"w{i}={url}")]
        return self.start("server", "serve", self.root / "log", "--domain", self.root / "domain", "--log-key",
                          self.key.file, "--listen", f"127.0.0.1:{port}", *named, *more)

    def end(self, what, how=signal.SIGTERM):
        process = self.running.pop(what)
        process.send_signal(how)
        process.wait(timeout=60)

    def add(self, *statements, at=None):
        for text in statements:
            with urllib.request.urlopen(urllib.request.Request(
                    self.url + "/statement", text.encode(), {"Content-Type": "text/plain"}), timeout=30) as answer:
                index = int(answer.read().decode().split("\nindex ")[1].split("\n")[0])
        deadline = time.monotonic() + 60
        while sum(f"w{i}" in self.running for i in (1, 2, 3)) >= 2 and self.published() <= index:
            check(time.monotonic() < deadline, "what was handed in is published")
            time.sleep(0.05)

    def published(self):
        try:
            with urllib.request.urlopen(self.url + "/checkpoint", timeout=30) as answer:
                return int(answer.read().decode().splitlines()[1])
        except urllib.error.HTTPError:
            return -1

    def stop(self):
        for what in list(self.running):
            self.end(what, signal.SIGKILL)
        shutil.rmtree(self.root)


def port_of(url):
    return int(url.rsplit(":", 1)[1])


with LogScene(rules=RULES.replace("wait 30m", "wait 40s"), log=ServedLog()) as scene:
    log = scene.log
    log.begin(scene)
    first = scene.logged("begin")
    deadline = time.monotonic() + 60
    while True:  # until the witnesses have seen it
        db1 = Executor(scene, "db1", f"db1-{time.monotonic_ns()}", [log.url])
        if db1.began.returncode == 0:
            break
        check(time.monotonic() < deadline, "an executor begins", db1.began)
        time.sleep(0.2)
    began = time.monotonic()
    quiet = scene.logged("quiet", rule="slow", target="slow/x")
    done = db1.run(first, "--json")
    check_exit(done, 0, "an order under the log")
    check(scene.acted("begin") == 1 and json.loads(done.stdout)["index"] >= 3, "it acted", done)
    db2 = scene.executor("db2")
    done = db2.run(first)
    check(done.returncode == DENIED and "db1" in done.stderr, "the other executor sees who did", done)
    check_exit(db1.run(quiet), WAITING, "a delay")

    # One witness away: a quorum is left. Two away: nothing is witnessed, so nothing acts.
    log.end("w3")
    check_exit(db1.run(scene.logged("two")), 0, "two witnesses")
    log.end("w2")
    db1.configure('claim_wait = "3s"')
    order = scene.logged("one")
    done = db1.run(order)
    check(done.returncode != 0 and scene.acted("one") == 0, "one witness", done)
    for i in (2, 3):
        log.start_witness(i, port_of(log.urls[i - 1]))
    deadline = time.monotonic() + 60
    while db1.run(order).returncode != 0:
        check(time.monotonic() < deadline, "the witnesses are back")
        time.sleep(1)
    check(scene.acted("one") == 1, "it acted once")

    # The server dies with kill -9 right after it took the claim in, or is away.
    order = scene.logged("server")
    log.end("server", signal.SIGKILL)
    check_exit(db1.run(order), UNREACHABLE, "the server is away")
    check(db1.outcome(order) is None, "nothing is claimed")
    done = db1.exec("follow", "--json")
    check_exit(done, UNREACHABLE, "follow says so too")
    log.start_server(port=port_of(log.url))
    check_exit(db1.run(order), 0, "it is back")

    # The folder that the server writes does for reading, the URL for handing in.
    both = scene.executor("db2", "folder", [log.root / "log" / "public", log.url])
    check_exit(both.run(scene.logged("folder")), 0, "read in a folder, handed in at a URL")

    # Nobody says anything any more, and the wait ends all the same: the witnesses look at the log again.
    deadline = began + 150
    while (done := db1.run(quiet)).returncode == WAITING:
        check(time.monotonic() < deadline, "a quiet log tells the time", done)
        time.sleep(3)
    check(done.returncode == 0 and time.monotonic() >= began + 40 and scene.acted("quiet") == 1,
          "it waited, and no longer", done)

    # Without a network: permits that carry what the log holds since, made by `cheget permit`.
    order = scene.logged("carried")
    folder = log.root / "domain" / "orders" / order.hex
    folder.mkdir(parents=True)
    (folder / "order").write_text(scene.signed_order(order))

    def carried():
        path = scene.root / f"{os.urandom(4).hex()}.permit"
        made = subprocess.run([CHEGET, "permit", order.hex, "-o", path, "--for-size", str(db2.size()), "--log",
                               log.url, "--domain", log.root / "domain"], capture_output=True, text=True,
                              env=log.environment)
        check_exit(made, 0, "a permit with an extract")
        return path
    check_exit(db2.run(carried(), "--offline"), WAITING, "the challenge")
    log.add(db2.claim(order))
    check_exit(db2.run(carried(), "--offline"), 0, "the answer")
    check(scene.acted("carried") == 1, "it acted")

    receipts = subprocess.run([CHEGET, "log", "verify", log.url, "--domain", log.root / "domain"],
                              capture_output=True, text=True, env=log.environment)
    check_exit(receipts, 0, "anyone verifies the log")
    words = subprocess.run([CHEGET, "log", "words", log.url, "--domain", log.root / "domain", "--json"],
                           capture_output=True, text=True, env=log.environment)
    check(words.returncode == 0 and len(json.loads(words.stdout)["words"].split()) == 12, "its words", words)
finish()
