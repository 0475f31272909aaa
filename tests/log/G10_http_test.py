#!/usr/bin/env python3
"""G10 for the log's server: requests that no client of ours makes, over raw sockets. Each is refused at
once and plainly, and nobody else is kept waiting."""
import os
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *


class Raw:
    """One connection to the server; what it answers until it closes."""

    def __init__(self, url, sent=b""):
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.socket.sendall(sent)

    def answer(self):
        said = b""
        try:
            while piece := self.socket.recv(65536):
                said += piece
        except ConnectionResetError:
            pass
        self.socket.close()
        return said.decode()


HEADER = b"Host: log.example.org\r\nConnection: close\r\n"

with LogScene() as scene:
    urls = [url for _, url in (scene.start_witness(i) for i in (1, 2))]
    server, url = scene.serve(urls, "--new")
    check(url is not None, "the log is begun")
    order = scene.order(["/bin/true"], files=())
    check(post(url, scene.signed_order(order))[0] == 200, "an order is logged")
    wait_published(url, 1)

    # Refused while the client still says that more comes: it is not waited for.
    for length in (b"99999999999", b"131073"):
        said = Raw(url, b"POST /statement HTTP/1.1\r\n" + HEADER + b"Content-Length: " + length + b"\r\n\r\nxxx").answer()
        check(said.startswith("HTTP/1.1 413 "), f"a body announced with {length} bytes: {said!r}")

    # One path, one spelling: what is served is what was asked for.
    for path in (b"/checkpoint\0.x", b"/checkpoint\0", b"/checkpoint%00.x", b"/%63heckpoint", b"/tile/0/..%2f..%2flog.db",
                 b"/%2e%2e/log.db"):
        said = Raw(url, b"GET " + path + b" HTTP/1.1\r\n" + HEADER + b"\r\n").answer()
        check(said.startswith("HTTP/1.1 400 "), f"{path} is refused: {said!r}")
    for path in (b"/../log.db", b"/tile/../../log.db", b"//log.db", b"/log.db", b"/tile/entries/000.p/999"):
        said = Raw(url, b"GET " + path + b" HTTP/1.1\r\n" + HEADER + b"\r\n").answer()
        check(said[9:12] in ("400", "404"), f"{path} is not there: {said!r}")

    # As many connections as one address may have, and more, that say a byte now and then and never end a
    # line: somebody else's veto gets in all the same.
    slow = []
    for _ in range(400):
        try:
            slow.append(Raw(url, b"GET /check").socket)
        except OSError:
            pass
    veto = scene.vote(order, "bob", "veto")
    deadline = time.monotonic() + 120
    status = 0
    while status != 200 and time.monotonic() < deadline:
        for connection in slow:
            try:
                connection.sendall(b"p")
            except OSError:
                pass
        try:
            status, _ = post(url, veto)
        except OSError:
            time.sleep(0.5)
    check(status == 200, "a veto is logged while others hold every connection")
    check(server.poll() is None, "the server runs")

finish()
