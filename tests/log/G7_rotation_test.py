#!/usr/bin/env python3
"""G7 for the log's server: its key and its witnesses change by an amendment while it serves, as people run
it. `cheget serve` goes by the log's own entries, holds the enactment back without the next key, has the
checkpoint at the enactment signed and cosigned by the old and the new, and then goes on by the new alone.
Witnesses that were rotated out turn hostile."""
import base64
import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *


class Hostile(BaseHTTPRequestHandler):
    """What stands where the old witnesses were: it claims to have seen more of the log than there is."""
    asked = 0

    def do_POST(self):
        Hostile.asked += 1
        self.send_response(409)
        self.send_header("Content-Type", "text/x.tlog.size")
        self.end_headers()
        self.wfile.write(b"123456789\n")

    def log_message(self, *_):
        pass


def signers(checkpoint):
    return [line.split()[1] + " " + base64.b64decode(line.split()[2])[:4].hex()
            for line in checkpoint.splitlines() if line.startswith("\u2014 ")]


def name_of(key):
    """A key as signers() tells it."""
    name, number, _ = key.split("+", 2)
    return f"{name} {number}"


with LogScene() as scene:
    next_key = scene.new_key("log.example.org/prod", "next")
    new_keys = [scene.new_key(f"w{i}.example.org", f"w{i}", "--witness") for i in (4, 5)]
    old_log, new_log = name_of(scene.log_key), name_of(next_key)
    old = [name_of(key) for key in scene.witness_keys]
    new = [old[2], *map(name_of, new_keys)]
    for number in (4, 5):
        scene.witness_keys.append(new_keys[number - 4])

    def start_witness(number):
        return scene.start("witness", scene.root / f"witness{number}", "--witness-key",
                           scene.keys / f"w{number}.note", "--log", scene.log_key, "--log", next_key,
                           "--listen", "127.0.0.1:0")

    witnesses = [start_witness(number) for number in (1, 2, 3, 4, 5)]
    urls = [url for _, url in witnesses]
    server, url = scene.serve(urls, "--new")
    check(url is not None, "a witness of a policy to come may be named before")
    check("has no witness w4" in (scene.root / "stderr").read_text(), "and the server says so")

    # The next policy: another log key, two of the witnesses replaced.
    blocks = scene.policy[scene.policy.index("witnesses:"):]
    for i in (1, 2):  # keys first: their base64 may hold any two letters
        blocks = blocks.replace(scene.witness_keys[i - 1], f"KEY{i}")
    for i in (1, 2):
        blocks = re.sub(rf"\bw{i}\b", f"w{i + 3}", blocks).replace(f"KEY{i}", new_keys[i - 1])
    loose = scene.root / "next"
    loose.write_text(f"cheget policy v1\ndomain: {DOMAIN} {scene.policy_id}\nversion: 2\n"
                     f"previous: {scene.policy_id}\nlog: {next_key}\n{blocks}")
    formatted = scene.cheget("policy", "format", loose)
    check_exit(formatted, 0, "the next policy's layout")
    policy = formatted.stdout
    reference = f"2 {sha256(policy.encode())}"

    def vote(by):
        text = (f"cheget vote v1\ndomain: {DOMAIN} {scene.policy_id}\non: policy {reference}\n"
                f"verdict: approve\nby: {by}\nmark: {os.urandom(32).hex()}\nvoted: {stamp()}\n\n{policy}")
        return text + scene.signature("vote", text, by)

    for by in ("alice", "bob"):
        status, told = post(url, vote(by))
        check(status == 200, f"{by} approves the amendment: {status} {told}")
    wait_published(url, 2)
    evidence = base64.b64encode(get(url + "/checkpoint").encode()).decode()
    text = (f"cheget enactment v1\ndomain: {DOMAIN} {scene.policy_id}\npolicy: {reference}\ncompleted: 1\n"
            f"evidence: {evidence}\nby: alice\nat: {stamp()}\n")
    enactment = text + scene.signature("enactment", text, "alice")

    # Without the next key it is held back, and everything else goes on.
    status, told = post(url, enactment)
    check(status == 503 and "--next-log-key" in json.loads(told)["detail"], f"held back: {status} {told}")
    order = scene.order(["/bin/true"], files=())
    check(post(url, scene.signed_order(order))[0] == 200, "an order is logged meanwhile")
    wait_published(url, 3)
    scene.stop(server)
    server, url = scene.serve(urls, "--next-log-key", scene.keys / "next.note")
    status, told = post(url, enactment)
    check(status == 200 and "index 3\n" in told, f"with it the enactment is logged: {status} {told}")
    order = scene.order(["/bin/true"], files=())
    check(post(url, scene.signed_order(order))[0] == 200, "and an order after it")
    wait_published(url, 5)
    passage = signers(get(url + "/witnessed/4"))
    check(sorted(passage) == sorted([old_log, new_log, *set(old + new)]), f"both signed: {passage}")
    after = signers(get(url + "/checkpoint"))
    check(sorted(after) == sorted([new_log, *new]), f"after it the new ones alone: {after}")
    check(old_log in signers(get(url + "/witnessed/3")), "before it the old ones")

    # The old key goes, and the old witnesses turn hostile where they were.
    scene.stop(server)
    for process, _ in witnesses[:2]:
        scene.stop(process)
    hostile = HTTPServer(("127.0.0.1", 0), Hostile)
    Thread(target=hostile.serve_forever, daemon=True).start()
    at_hostile = f"http://127.0.0.1:{hostile.server_port}"
    stranded, nowhere = scene.serve([at_hostile, at_hostile, *urls[2:]])
    check(nowhere is None and next_key in scene.refusal, f"the old key alone serves nothing: {scene.refusal}")
    (scene.keys / "log.note").unlink()
    (scene.keys / "next.note").rename(scene.keys / "log.note")
    server, url = scene.serve([at_hostile, at_hostile, *urls[2:]])
    check(url is not None, "the new key alone suffices")
    check(post(url, scene.signed_order(scene.order(["/bin/true"], files=())))[0] == 200, "an order is logged")
    wait_published(url, 6)
    check(Hostile.asked == 0, "who was rotated out is not asked")
    trust = scene.root / "next.trust"
    trust.write_text(f"log {next_key}\n" + "".join(
        f"witness w{i} {key}\n" for i, key in zip((3, 4, 5), scene.witness_keys[2:])) +
        "group all 2 w3 w4 w5\nquorum all\n")
    check_exit(scene.cheget("log", "verify", url, "--trust", trust), 0, "anyone verifies it by the new keys")
    done = scene.cheget("log", "check", scene.state, "--domain", scene.domain)
    check_exit(done, 0, "the database holds together, whoever signed when")
    scene.stop(server)
    hostile.shutdown()

finish()
