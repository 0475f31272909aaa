#!/usr/bin/env python3
"""A briefcase's journal on its way to a real log: `briefcase journal --hand-in` hands in every statement in its
order and then waits once for the witnesses. While they are away, when the server is killed half way, or when it
took one in and nobody heard its answer, nothing is lost or doubled: a second run goes on."""
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from courier_scene import *


class Between:
    """Stands before the server and passes on what comes, until so many statements were taken in; then it kills the
    server. The answer to the last one is passed on, or lost. Without a way to kill it, it drops the next statement
    alone, whenever that comes."""

    def __init__(self, url, most, loses_answer=False, kill=None):
        self.taken = []
        self.dropped = None
        between = self

        class Handler(BaseHTTPRequestHandler):
            def passed(self, request):
                try:
                    with urllib.request.urlopen(request, timeout=30) as answer:
                        return answer.status, answer.read()
                except urllib.error.HTTPError as error:
                    return error.code, error.read()
                except OSError:
                    return None, b""

            def answer(self, status, content):
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self):
                self.answer(*self.passed(url + self.path))

            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if len(between.taken) >= most:
                    between.dropped = between.dropped or content
                    if kill or content == between.dropped:
                        return self.answer(None, b"")
                answer = self.passed(urllib.request.Request(url + self.path, content, {"Content-Type": "text/plain"}))
                if answer[0] == 200 and content not in between.taken:
                    between.taken.append(content)
                    if len(between.taken) == most and kill:
                        kill()
                        if loses_answer:
                            return self.answer(None, b"")
                self.answer(*answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def journal(b):
    return [path.read_bytes() for path in sorted((b.case / "journal").iterdir())]


def grow(b, count):
    """As many loads by bob, each of which he signed for, and nobody handed in."""
    for _ in range(count):
        b.propose("prod/x", approve=False)
        check_exit(b.load("--case", b.case), 0, "loaded")


def hand_in(b, *more, code=0, log=None):
    done = b.say("bob", "briefcase", "journal", b.case, "--hand-in", *more, *(("--log", log) if log else ()))
    check_exit(done, code, f"handed in {more}")
    return done


def entries(b):
    """What the log holds, as it publishes it."""
    size = published_size(b.url)
    found, number = [], 0
    while len(found) < size:
        width = min(256, size - len(found))
        group = f"{number:03d}" + (f".p/{width}" if width < 256 else "")
        with urllib.request.urlopen(f"{b.url}/tile/entries/{group}", timeout=30) as answer:
            rest = answer.read()
        while rest:
            length = int.from_bytes(rest[:2], "big")
            found.append(rest[2:2 + length])
            rest = rest[2 + length:]
        number += 1
    return found


def check_whole(b, what):
    """Each statement once, in the journal's order, and each proof beside what is filed."""
    logged = [entry for entry in entries(b) if entry.startswith(b"cheget custody v1\n")]
    check(logged == journal(b), f"{what}: the log holds the journal, each statement once, in its order")


def proofs(b):
    return {path.read_bytes() for path in b.scene.domain.rglob("*") if Path(f"{path}.tlog-proof").exists()}


def handed(done):
    """What --json tells of each statement."""
    return last(done)["handed_in"]


def port(url):
    return int(url.rsplit(":", 1)[1])


def restart(b, witnesses):
    b.server, b.url = b.scene.serve(witnesses)
    check(b.url is not None, "the server is back")
    b.scene.environment["CHEGET_LOG"] = b.url


with LogScene() as scene:
    b = Briefcase(scene)
    witnesses = {url: process for process, url in b.witnesses}
    hand_in(b)
    check_whole(b, "what there was")

    # All at once.
    grow(b, 4)
    size = published_size(b.url)
    told = last(hand_in(b))
    check(told["taken"] == 4 and published_size(b.url) == size + 4, f"four were new: {told}")
    check_whole(b, "four more")
    check(proofs(b) >= set(journal(b)), "the proof of each is kept")
    check(last(hand_in(b))["taken"] == 0, "and again there is nothing")

    # No witness can be reached: the log signs for each of them all the same, the next is not kept waiting.
    grow(b, 4)
    size = published_size(b.url)
    for process in witnesses.values():
        scene.stop(process)
    done = hand_in(b, "--wait", "2s", code=WAITING)
    promised = [one["ways"][0]["promised"] for one in handed(done)]
    check(promised == list(range(size, size + 4)), f"all are signed for, in their order, before one is witnessed: {promised}")
    check("NOT YET WITNESSED" in done.stderr.splitlines()[-1] and "4 of the statements" in done.stderr, "it says so", done)
    for number, url in enumerate(witnesses, 1):
        scene.start_witness(number, port(url))
    done = hand_in(b)
    check(published_size(b.url) == size + 4, "the second run hands in nothing twice")
    check_whole(b, "witnessed later")
    check(proofs(b) >= set(journal(b)), "each is proved then")

    # The server is killed after it took in two of four; its second answer arrives, or is lost.
    for loses_answer in (False, True):
        grow(b, 4)
        size = published_size(b.url)
        between = Between(b.url, 2, loses_answer, lambda: scene.stop(b.server, signal.SIGKILL))
        done = hand_in(b, "--wait", "3s", code=UNREACHABLE, log=between.url)
        between.stop()
        check(len(between.taken) == 2, "two got through")
        left = 3 if loses_answer else 2
        check(f"{left} of 4 statements are in no log yet" in done.stderr, "it says how many wait", done)
        check([one["recorded"] for one in handed(done)].count(True) == 0, "and takes none for recorded", done)
        restart(b, list(witnesses))
        wait_published(b.url, size + 2)  # what it took in is its own to publish
        done = hand_in(b)
        check(published_size(b.url) == size + 4, "the second run goes on where the first ended")
        check_whole(b, f"after a crash, the answer {'lost' if loses_answer else 'heard'}")
        check(last(done)["taken"] == 2, "two were new to it")
        check(proofs(b) >= set(journal(b)[-2:]), "what the first run did not get out is proved")

    # One of them does not get through: those after it wait, or the record would be out of order for ever.
    grow(b, 4)
    size = published_size(b.url)
    between = Between(b.url, 1)
    done = hand_in(b, "--wait", "2s", code=UNREACHABLE, log=between.url)
    between.stop()
    check(published_size(b.url) == size + 1 and "3 of 4 statements" in done.stderr, "those after it wait", done)
    hand_in(b)
    check_whole(b, "after one was held up")

    # What the log refuses for good holds up nothing that comes after it.
    grow(b, 2)
    texts = sorted((b.case / "journal").iterdir())
    before, after = texts[-2].read_text(), texts[-1].read_bytes()
    text = before.split("-----BEGIN")[0]
    texts[-2].write_text(text + scene.signature("custody", text, "mallory"))
    size = published_size(b.url)
    done = b.say("bob", "briefcase", "journal", b.case, "--hand-in")
    check(done.returncode != 0 and "the log refuses it" in done.stderr, "a stranger's signature is refused", done)
    check(published_size(b.url) == size + 1 and entries(b)[-1] == after, "the one after it is in the log")
finish()
