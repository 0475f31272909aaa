#!/usr/bin/env python3
"""G5 by drop places: what was left at a folder or a URL that the policy names stops an order, with and
without a log, and what can't be read there does too."""
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from log_scene import *


class DropPlace:
    """A drop place over HTTP (docs/drop.md) that answers what a test tells it to."""

    def __init__(self):
        place = self
        self.status, self.answers, self.asked = 204, {}, []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                place.asked.append(self.path)
                content = place.answers.get(self.path.strip("/").split("/")[-1])
                self.send_response(200 if content is not None else place.status)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/acme"


def as_permit(*statements):
    content = b"cheget permit v1\n"
    for statement in statements:
        content += b"statement %d\n" % len(statement.encode()) + statement.encode()
    return content


place = DropPlace()
folder = Path(tempfile.mkdtemp(prefix="cheget-drop-"))
with LogScene(drops=[place.url, str(folder)]) as scene:
    db1 = scene.executor()

    order = scene.logged("free")
    check_exit(db1.run(order), 0, "nothing was left")
    check(f"/acme/{order.hex}" in place.asked and "/acme/revocations" in place.asked, f"{place.asked}")

    order = scene.logged("url")
    place.answers = {order.hex: as_permit(scene.vote(order, "alice", "veto"))}
    check_exit(db1.run(order), DENIED, "a veto at the URL")
    place.answers = {}
    check_exit(db1.run(order), DENIED, "and once seen it is remembered")

    order = scene.logged("folder")
    (folder / "veto").write_text(scene.vote(order, "alice", "veto"))
    check_exit(db1.run(order), DENIED, "a veto in the folder")
    (folder / "veto").unlink()

    # At the claim it is read again.
    order = scene.logged("claim")
    veto = as_permit(scene.vote(order, "alice", "veto"))

    def leave(text):
        if text.startswith(b"cheget claim"):
            place.answers = {order.hex: veto}
        return True
    scene.log.takes = leave
    done = db1.run(order)
    check(done.returncode == DENIED and "refused" in db1.sent(order), "a veto that comes with the claim", done)
    scene.log.takes = lambda text: True
    place.answers = {}

    print_of = subprocess.run(["ssh-keygen", "-l", "-f", scene.keys / "carol.pub"], capture_output=True,
                              text=True).stdout.split()[1]
    text = (f"cheget revocation v1\ndomain: {DOMAIN} {scene.policy_id}\nkey: {print_of}\nof: carol\n"
            f"why: stolen\nby: carol\nat: {stamp()}\n")
    saved = db1.save()
    place.answers = {"revocations": as_permit(text + scene.signature("revocation", text, "carol"))}
    order = scene.logged("revoked")
    check_exit(db1.run(order), WAITING, "a revocation at the URL")
    db1.restore(saved)

    # What can't be read may be a veto; what can't be reached is told, as the log says what counts.
    for junk in (b"cheget permit v1\nstatement 9\nhalf", as_permit("half a veto"), b"<html>"):
        order = scene.logged("junk")
        place.answers = {order.hex: junk}
        done = db1.run(order)
        check(done.returncode == DENIED and scene.acted("junk") == 0, f"junk: {junk[:20]}", done)
    place.answers = {}
    order = scene.logged("half")
    (folder / "half").write_text("cheget vo")
    check_exit(db1.run(order), DENIED, "junk in the folder")
    (folder / "half").unlink()
    place.status = 404
    order = scene.logged("away")
    done = db1.run(order)
    check_exit(done, 0, "a place that is away stops nothing")
    check("warning" in done.stderr and place.url in done.stderr, "and is told", done)
    place.status = 204
    check(all(scene.acted(word) == 0 for word in ("url", "folder", "claim", "revoked", "half")), "none of them acted")
place.server.shutdown()
shutil.rmtree(folder)
finish()
