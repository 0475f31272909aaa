#!/usr/bin/env python3
"""Into a briefcase and out of it, as people do it, under a real log: `courier load`, a vote with the
briefcase's own key, codes in pictures, `courier collect`, and the decision on the outside."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from courier_scene import *

with LogScene() as scene:
    b = Briefcase(scene)
    check(b.made["handed_in"][0]["recorded"], "that it was made is in the log")
    order = b.propose("prod/x")

    # In: all that waits for carol, with the log; journaled by bob.
    done = b.load("--case", b.case)
    check_exit(done, 0, "loaded")
    told = last(done)
    check(told["orders"] == [f"sha256:{order}"] and told["loads"][0]["first_entry"] == 0, "what was loaded", done)
    size = told["loads"][0]["entries"]
    check(size == published_size(b.url), "all of the log", done)
    journal = sorted((b.case / "journal").iterdir())
    check(len(journal) == 2 and "event: loaded\nby: bob\n" in journal[1].read_text(), "journaled")

    # Out: a vote as one code, photographed.
    approval = b.vote(order, "approve")
    payload = b.payload(approval)
    check(len(payload) == 130, "a vote is 130 bytes")
    check_exit(b.answer(order), WAITING, "carol's word is missing")
    done = b.collect(b.png(payload))
    check(any("approve by carol" in line for line in last(done)["filed"][0]["says"]), "it is shown", done)
    check_exit(b.answer(order), 0, "permitted")
    filed = Path(last(done)["filed"][0]["path"])
    check(filed.read_bytes() == approval, "the signed vote is the one that was made")
    check(Path(str(filed) + ".tlog-proof").exists(), "its proof is here")

    # The same from the case itself: everything is there already, and custody comes along.
    done = b.collect(b.case)
    says = [line for one in last(done)["filed"] for line in one["says"]]
    check(any("custody: created by alice" in line for line in says) and
          any("custody: loaded by bob" in line for line in says), "the journal is handed in", done)
    created = next(one for one in last(done)["filed"] if any("created by alice" in line for line in one["says"]))
    check(Path(created["path"]).read_bytes() == journal[0].read_bytes(), "with the briefcase's own signature", done)
    check(published_size(b.url) == size + 2, "a vote and `loaded` were new to the log; `created` was there")

    # A load goes on where the one before ended.
    second = b.propose("prod/y")
    done = b.load("--case", b.case)
    check(last(done)["loads"][0]["first_entry"] == size and last(done)["orders"] == [f"sha256:{second}"],
          "the second load", done)

    # As a file, and as codes, for a briefcase that isn't here.
    held = str(size)
    check_exit(b.load(second, "--size", held, "--for", "carol", "--output", scene.root / "a.permit"), 0, "a file")
    content = (scene.root / "a.permit").read_bytes()
    check(content.startswith(b"cheget permit v1\n"), "a permit file")
    check_exit(b.load(second, "--size", held, "--png", scene.root / "codes"), 0, "pictures")
    paper = b.load(second, "--size", held, "--pdf", scene.root / "load.pdf")
    check_exit(paper, 0, "paper")
    check((scene.root / "load.pdf").read_bytes().startswith(b"%PDF"), "a PDF")
    if shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", scene.root / "load.pdf", scene.root / "page"],
                       check=True)
        pages = sorted(scene.root.glob("page-*.png"))
        done = b.collect(*pages, code=BAD_INPUT)
        check(f"load {last(paper)['loads'][0]['digest'][7:19]}" in done.stderr, "the same load, read off the pages", done)
    done = b.load(second, "--size", held, "--qr")
    check_exit(done, 0, "codes on the terminal")
    check("▀" in done.stderr and "part 1 of" in done.stderr, "half blocks", done)
    check("##" in b.load(second, "--size", held, "--qr", "--ascii").stderr, "plain ASCII")
    for words in ((second,), (second, "--case", b.case, "--qr"), (second, "--qr", "--pdf", "x"),
                  ("--case", b.case, "--size", "0")):
        check_exit(b.load(*words), USAGE, f"load {words}")

    # A vote with a note doesn't fit the short form; as parts it comes in any order, and is gone on with.
    noted = b.vote(second, "approve", "by day " + "and night " * 60)
    check(len(b.payload(noted)) > 1171, "too large for one picture")
    short = b.payload(noted)
    stream = subprocess.run([CHEGET, "courier", "collect", "-", "--json"], input=short, capture_output=True,
                            env=scene.environment, timeout=60)
    check(stream.returncode == 0, f"bytes on stdin: {stream.stderr.decode()}")
    check_exit(b.answer(second), 0, "permitted too")

    # Into the case by photographs of codes, some now and some later; out of it by its own codes and by an export.
    fresh = b.propose("prod/v", approve=False)
    check_exit(b.load(fresh, "--size", last(b.load(fresh, "--output", scene.root / "all.permit"))["loads"][0]["entries"],
                      "--png", scene.root / "into"), 0, "a load in pictures")
    check_exit(b.load("--case", b.case), 0, "the log first")
    pictures = sorted((scene.root / "into").iterdir())
    done = b.say("bob", "briefcase", "load", b.case, *pictures[1:], "--parts", scene.root / "kept")
    check_exit(done, WAITING, "one is missing")
    check("parts 1 of" in done.stderr, "which", done)
    done = b.say("bob", "briefcase", "load", b.case, pictures[0], "--parts", scene.root / "kept")
    check_exit(done, 0, "all are there")
    check(len(last(done)["loaded"]) == 1, "one load", done)
    check_exit(b.say("bob", "briefcase", "export", b.case, "--png", scene.root / "out"), 0, "codes out of the case")
    check_exit(b.collect(*sorted((scene.root / "out").iterdir())), 0, "are collected")
    check_exit(b.say("bob", "briefcase", "export", b.case, "--output", scene.root / "out.permit"), 0, "an export")
    check(len(last(b.collect(scene.root / "out.permit"))["filed"]) > 3, "is collected")

    # zbarimg's own framing: another program reads, and writes what it read to a pipe.
    third = b.propose("prod/z", approve=False)
    check_exit(b.load("--case", b.case), 0, "loaded again")
    veto = b.vote(third, "veto")
    if shutil.which("zbarimg"):
        # G5_dropped_veto: nobody hears of it as long as it is not carried; it stays in the outbox.
        check_exit(b.answer(third), WAITING, "not vetoed yet")
        check(any(path.read_bytes() == veto for path in b.outbox()), "it waits in the outbox")
        two = [b.png(b.payload(veto), "veto.png"), b.png(b.payload(b.vote(third, "approve")), "approve.png")]
        raw = subprocess.run(["zbarimg", "--raw", "--quiet", "--nodbus", "-Sbinary", *two], capture_output=True,
                             check=True).stdout
        stream = subprocess.run([CHEGET, "courier", "collect", "-", "--json"], input=raw, capture_output=True,
                                env=scene.environment, timeout=60)
        check(stream.returncode == 0, f"zbarimg's bytes: {stream.stderr.decode()}")
        filed = json.loads(stream.stdout.splitlines()[-1])["filed"]
        check([one["says_no"] for one in filed] == [True, False], "the veto first")
    else:
        b.collect(b.png(b.payload(veto)))
    check_exit(b.answer(third), DENIED, "vetoed")

    # A briefcase that is made while the log can't be reached is made all the same, and says what to do.
    size = published_size(b.url)
    alone = scene.root / "alone"
    done = b.say("alice", "briefcase", "create", alone, "--principal", "carol", "--passphrase-file",
                 scene.root / "words", "--cost", "least", "--log", "http://127.0.0.1:9/", "--wait", "1s")
    check_exit(done, UNREACHABLE, "made without the log")
    check("NOT HANDED IN" in done.stderr and "made all the same" in done.stderr and
          f"briefcase journal {alone} --hand-in" in done.stderr, "what to do", done)
    check(not last(done)["handed_in"][0]["recorded"] and last(done)["key"], "as JSON", done)
    check_exit(b.say("alice", "briefcase", "journal", alone, "--hand-in"), 0, "handed in later")
    check(published_size(b.url) == size + 1, "and in the log")
finish()
