#!/usr/bin/env python3
"""Whoever says no is told NOT RECORDED until a witnessed proof is in their hands, whatever a server
answers; their tool goes on trying every way, and tells which of them took it.

The hostile server stands between the tool and an honest log, passes on what it likes, and lies about
the rest."""
import json
import os
import signal
import socket
import subprocess
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *


def passed_on(url, method, path, body=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, body, method=method), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def signed_by_log_alone(note):
    """A checkpoint without its cosignatures."""
    text, signatures = note.split("\n\n", 1)
    return text + "\n\n" + "".join(
        line + "\n" for line in signatures.splitlines() if line.startswith("— log.example.org/prod "))


def without_witnesses(proof):
    head, note = proof.split("\n\n", 1)
    return head + "\n\n" + signed_by_log_alone(note)


class Liar:
    """A server whose answers `lie(method, path, body)` makes: (status, body, headers), or None to hang."""

    def __init__(self, lie):
        liar = self
        self.asked = []
        self.over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                liar.asked.append((self.command, self.path))
                lied = lie(self.command, self.path, body)
                if lied is None:
                    liar.over.wait(60)
                    return
                status, content, *headers = lied
                content = content.encode() if isinstance(content, str) else content
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content)
                except ConnectionError:
                    pass  # the tool reads no more than it needs

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def changed(data):
    """The same with one bit of its first hash or signature changed."""
    text = bytearray(data)
    at = max(text.find(b"\n\n") - 8, 8)
    text[at] = ord("B") if text[at] == ord("A") else ord("A")
    return bytes(text)


drop_folder = Path(tempfile.mkdtemp(prefix="cheget-drop-"))
drop_server = None
drops = []


def drop(method, path, body):
    if method == "POST":
        drops.append(body.decode())
    return 200, "left\n"


drop_server = Liar(drop)
with LogScene(f'drop "{drop_folder}"\ndrop "{drop_server.url}/acme"\n') as scene:
    scene.environment["CHEGET_DOMAIN"] = str(scene.domain)
    witnesses = [scene.start_witness(i) for i in (1, 2, 3)]
    urls = [url for _, url in witnesses]
    server, honest = scene.serve(urls, "--new")
    check(honest is not None, "the log is served")

    def propose():
        done = scene.cheget("propose", "act", "prod/x", "--reason", "a test", "--key", scene.keys / "alice",
                            "--yes", "--json", "--log", honest, "--", "/bin/true")
        check_exit(done, 0, "proposed")
        return json.loads(done.stdout)["order"].removeprefix("sha256:")

    def arguments(order, logs, more, word="veto", who="bob"):
        return [word, order, "--key", str(scene.keys / who), "--yes", *more,
                *(part for log in logs for part in ("--log", log))]

    def veto(order, *logs, more=("--give-up-after", "3s"), **options):
        return scene.cheget(*arguments(order, logs, ("--json", *more), **options))

    def files_of(order, ending):
        return [path for path in (scene.domain / "orders" / order / "votes").iterdir()
                if path.name.endswith(ending)]

    def expect_unrecorded(done, order, what):
        check_exit(done, UNREACHABLE, what)
        check("NOT RECORDED" in done.stderr.splitlines()[-1] and "cheget log submit" in done.stderr, what, done)
        told = json.loads(done.stdout.splitlines()[-1])["handed_in"][0]
        check(told["recorded"] is False and "proof" not in told, f"{what}: as JSON", done)
        check(not files_of(order, ".tlog-proof"), f"{what}: there is no proof")
        left = [way["place"] for way in told["ways"] if way.get("left")]
        check(left == [str(drop_folder), f"{drop_server.url}/acme"], f"{what}: it was left elsewhere", done)
        check("left at the drop folder" in done.stderr and "will stop" in done.stderr, what, done)

    # The honest log: recorded, and left at the drop places too, byte for byte.
    order = propose()
    done = veto(order, honest)
    check_exit(done, 0, "vetoed at an honest log")
    recorded = json.loads(done.stdout)["handed_in"][0]
    check(recorded["recorded"] is True, "recorded", done)
    vote, = files_of(order, ".vote")
    check([path.read_bytes() for path in drop_folder.iterdir()] == [vote.read_bytes()], "in the drop folder")
    check(drops == [vote.read_text()], "at the drop address")
    check_exit(scene.cheget("log", "verify", "--proof", f"{vote}.tlog-proof", "--entry", vote), 0, "the proof")
    check("NOT RECORDED yet" in done.stderr and "NOT RECORDED" not in done.stderr.splitlines()[-1],
          "NOT RECORDED until then, and not after", done)

    # Liars. Each passes on what it does not lie about.
    promised = {}

    def honestly(method, path, body):
        status, content = passed_on(honest, method, path, body or None)
        if method == "POST":
            promised[path] = content
        return status, content

    def false_proof(method, path, body):
        status, content = honestly(method, path, body)
        return (status, changed(content)) if path.startswith(("/proof", "/tile")) else (status, content)

    def false_promise(method, path, body):
        status, content = honestly(method, path, body)
        return (status, changed(content)) if method == "POST" else (status, content)

    def unwitnessed(method, path, body):
        """Under the log's own signature alone, which whoever keeps the log can make of anything."""
        status, content = honestly(method, path, body)
        if path.startswith("/proof") or method == "POST":
            return status, without_witnesses(content.decode())
        if status == 200 and path.startswith(("/checkpoint", "/witnessed")):
            return status, signed_by_log_alone(content.decode())
        return status, content

    def another_statement(method, path, body):
        """A good proof, of the first entry: that somebody proposed something once."""
        if method == "POST":
            return passed_on(honest, "GET", "/proof/0")
        return honestly(method, "/proof/0" if path.startswith("/proof") else path, body)

    def another_after_promise(method, path, body):
        if path.startswith("/witnessed"):
            return 404, b""
        return honestly(method, "/proof/0" if path.startswith("/proof") else path, body)

    def garbage(method, path, body):
        return 200, os.urandom(3000)

    def empty(method, path, body):
        return 200, b""

    def endless(method, path, body):
        return 200, b"c2sp.org/tlog-proof@v1\n" + b"A" * 4_000_000

    def elsewhere(method, path, body):
        return 302, b"", ("Location", honest + path)

    def hanging(method, path, body):
        return None

    def failing(method, path, body):
        return 503, b"come again"

    def refusing(method, path, body):
        return 403, b"{\"detail\":\"\\u202etaken\"}"

    def backdated(method, path, body):
        """The checkpoint of before, witnessed and true: the entry is just not in it."""
        return (200, old) if path == "/checkpoint" else honestly(method, path, body)

    old = passed_on(honest, "GET", "/checkpoint")[1]
    lies = [false_proof, false_promise, unwitnessed, another_statement, another_after_promise, garbage, empty,
            endless, elsewhere, hanging, failing, refusing]
    for lie in lies:
        order = propose()
        liar = Liar(lie)
        began = time.monotonic()
        expect_unrecorded(veto(order, liar.url), order, f"G5 {lie.__name__}")
        check(liar.asked, f"{lie.__name__} was asked")
        check(time.monotonic() - began > 2.5, f"{lie.__name__} does not make it give up before its time")
        liar.close()
    order = propose()
    old = passed_on(honest, "GET", "/checkpoint")[1]
    liar = Liar(backdated)
    done = veto(order, liar.url)
    check_exit(done, UNREACHABLE, "G5 an older checkpoint is no proof")
    check("signed that it has it" in done.stderr.splitlines()[-1], "the server's word is told as what it is", done)
    check(files_of(order, ".tlog-promise") and not files_of(order, ".tlog-proof"), "and kept as what it is")
    liar.close()

    # All the liars at once, and one honest way.
    order = propose()
    liars = [Liar(lie) for lie in lies]
    done = veto(order, *(liar.url for liar in liars), honest, more=())
    check_exit(done, 0, "one honest way suffices")
    check(json.loads(done.stdout)["handed_in"][0]["recorded"] is True, "recorded", done)
    check("\u202e" not in done.stderr, "no liar's text deceives")
    for liar in liars:
        liar.close()

    # No server at all, for a while: it goes on until there is one.
    order = propose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    later = f"http://127.0.0.1:{port}"
    waiting = subprocess.Popen([CHEGET, *arguments(order, [later], ())], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.STDOUT, env=scene.environment)
    time.sleep(2)
    check(waiting.poll() is None, "it does not give up by itself")
    scene.stop(server)
    server, honest = scene.start("serve", scene.state, "--domain", scene.domain, "--log-key",
                                 scene.keys / "log.note", "--listen", f"127.0.0.1:{port}",
                                 *(word for i, url in enumerate(urls, 1) for word in ("--witness", f"w{i}={url}")))
    said, _ = waiting.communicate(timeout=60)
    check(waiting.returncode == 0 and "Recorded:" in said and said.index("NOT RECORDED yet") < said.index("Recorded:"),
          f"recorded once the log is back:\n{said}")

    # Ctrl-C ends it with the truth; so does a withdrawal that is asked to stop.
    order = propose()
    for word, who in (("veto", "bob"), ("withdraw", "alice")):
        waiting = subprocess.Popen([CHEGET, *arguments(order, ["http://127.0.0.1:9"], (), word, who)],
                                   stdout=subprocess.PIPE, text=True, stderr=subprocess.STDOUT, env=scene.environment)
        time.sleep(1.5)
        waiting.send_signal(signal.SIGINT)
        said, _ = waiting.communicate(timeout=30)
        check(waiting.returncode == UNREACHABLE and "NOT RECORDED" in said.splitlines()[-1], f"Ctrl-C: {said}")
    for vote in files_of(order, ".vote"):
        check_exit(scene.cheget("log", "submit", vote, "--log", honest), 0, "handed in later")
        check(Path(f"{vote}.tlog-proof").is_file(), "with its proof")

    # A proof file that lies there already is believed no more than a server.
    order = propose()
    done = veto(order, "http://127.0.0.1:9", more=("--give-up-after", "1s"))
    vote, = files_of(order, ".vote")
    good = next((scene.domain / "orders").glob("*/votes/*.tlog-proof")).read_bytes()
    Path(f"{vote}.tlog-proof").write_bytes(good)
    done = scene.cheget("log", "submit", vote, "--log", "http://127.0.0.1:9", "--give-up-after", "1s")
    check_exit(done, UNREACHABLE, "G5 another statement's proof laid beside it")
    check("NOT RECORDED" in done.stdout.splitlines()[-1], "not recorded", done)

    # A revocation is a no as well.
    done = scene.cheget("revoke", "carol", "--why", "stolen", "--key", scene.keys / "carol", "--yes", "--log",
                        "http://127.0.0.1:9", "--give-up-after", "1s")
    check_exit(done, UNREACHABLE, "revoked while the log is away")
    check("NOT RECORDED" in done.stdout.splitlines()[-1], "not recorded", done)
    revocation, = (scene.domain / "revocations").glob("*.revocation")
    check(any(path.read_bytes() == revocation.read_bytes() for path in drop_folder.iterdir()),
          "it lies in the drop folder")

drop_server.close()
shutil.rmtree(drop_folder)
finish()
