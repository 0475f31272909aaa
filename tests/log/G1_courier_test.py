#!/usr/bin/env python3
"""What a courier could do to what they carry: alter it, swap, replay or drop votes, bring another domain's
load, mix up parts. A changed byte counts for nothing, and a veto that was dropped stays NOT RECORDED."""
import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from courier_scene import *


def shown(case):
    return voter("shown", case).decode().splitlines()


def field_offsets(content, begin):
    """One byte of each line's value in the text at `begin`, and one of each line of its armour."""
    end = content.index(b"-----END SSH SIGNATURE-----", begin)
    at = begin
    while at < end:
        stop = content.index(b"\n", at)
        if stop > at and not content[at:stop].startswith(b"-----"):
            yield stop - 1
        at = stop + 1


def flipped(content, at):
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


with LogScene() as scene:
    b = Briefcase(scene)
    order = b.propose("prod/x", approve=False)
    check_exit(b.load("--case", b.case), 0, "loaded")
    good = next((b.case / "inbox").iterdir())
    load = good.read_bytes()
    check([line for line in shown(b.case) if line.startswith("order")] == [f"order {order} 0"], "the order is shown")
    size = shown(b.case)[0]

    # G8_altered_load: one byte in each field of the order, in each place where the load has it.
    places = []
    at = load.find(b"cheget order v1\n")
    while at >= 0:
        places += field_offsets(load, at)
        at = load.find(b"cheget order v1\n", at + 1)
    check(len(places) > 30, "every field is tried")
    # And in entries and checkpoints: a byte in each part of the load.
    places += range(100, len(load), len(load) // 40)
    for at in places:
        good.write_bytes(flipped(load, at))
        lines = shown(b.case)
        orders = {line.split()[1] for line in lines if line.startswith("order ")}
        check(orders <= {order}, f"byte {at} altered: no other order is shown: {lines}")
        check(lines[0] in (size, "size 0"), f"byte {at} altered: the log is the same or nothing")
        check(lines[0] == size and orders or any(line.startswith("aside ") for line in lines) or lines[0] == "size 0",
              f"byte {at} altered: it is told: {lines}")
    good.write_bytes(load)

    # G1_altered_vote: one byte in each field of what leaves, short or whole.
    approval = b.vote(order, "approve")
    veto = b.vote(order, "veto")
    payload, other = b.payload(approval), b.payload(veto)
    before = published_size(b.url)

    def refused(content, what, code):
        path = scene.root / "carried"
        path.write_bytes(content)
        done = b.say("bob", "courier", "collect", path)
        check_exit(done, code, what)
        check(not last(done).get("filed"), f"{what}: nothing is filed", done)

    for at, what in ((4, "verdict"), (5, "order"), (21, "key"), (33, "time"), (34, "mark"), (66, "signature"),
                     (129, "signature's end")):
        refused(flipped(payload, at), f"altered {what}", DENIED)
    refused(flipped(payload, 0), "altered beginning", BAD_INPUT)
    for at in field_offsets(approval, 0):
        refused(flipped(approval, at), f"altered statement, byte {at}", BAD_INPUT)

    # G1_swapped: the fields of two votes put together are none.
    for begin, end in ((4, 5), (34, 66), (66, 130)):
        refused(payload[:begin] + other[begin:end] + payload[end:], f"bytes {begin} to {end} swapped", DENIED)
    check(published_size(b.url) == before, "none of it is in the log")

    # G1_another_domain: its votes say nothing here, its loads are not taken, and if they lie there, not believed.
    with LogScene() as elsewhere:
        theirs = Briefcase(elsewhere)
        their_order = theirs.propose("prod/x", approve=False)
        check_exit(theirs.load("--case", theirs.case), 0, "their own load")
        done = theirs.load("--case", b.case)
        check_exit(done, DENIED, "their load into our case")
        check("is a briefcase of the domain" in done.stderr + done.stdout, "it says why", done)
        vote = theirs.vote(their_order, "approve")
        refused(vote, "their vote", BAD_INPUT)
        refused(theirs.payload(vote), "their vote in short", DENIED)
        shutil.copy(next((theirs.case / "inbox").iterdir()), b.case / "inbox" / "000002.permit")
        lines = shown(b.case)
        check(f"order {order} 1" in " ".join(lines) or f"order {order}" in " ".join(lines), "our order is there")
        check(their_order not in " ".join(line for line in lines if line.startswith("order ")),
              f"theirs is not: {lines}")
        check(any(line.startswith("aside ") for line in lines), "and it is told")
        (b.case / "inbox" / "000002.permit").unlink()

    # G5_dropped_veto: the courier brings the approval alone. The case goes on saying so.
    b.collect(b.png(payload))
    done = b.load(order, "--case", b.case)
    check_exit(done, 0, "loaded again")
    told = {one["says_no"]: one["says"] for one in last(done).get("not_recorded", [])}
    check(list(told) == [True] and told[True].startswith("veto by carol"), "the veto is not recorded", done)
    check("NOT RECORDED" in done.stderr, "and loudly", done)
    check(sorted(line.split()[2:] for line in shown(b.case) if line.startswith("out ")) ==
          [["not-recorded", "no"], ["recorded", "yes"]], "the case knows which of the two the log has")
    # A copy of it that lies in the inbox is no record.
    fake = b"cheget permit v1\nstatement %d\n" % len(veto) + veto
    (b.case / "inbox" / "000009.permit").write_bytes(fake)
    check(any(line.split()[2:] == ["not-recorded", "no"] for line in shown(b.case) if line.startswith("out ")),
          "a courier can't load a record")
    (b.case / "inbox" / "000009.permit").unlink()

    # It is handed in at last, before anything else that comes along. A server that is away changes nothing of it.
    third = b.propose("prod/z", approve=False)
    check_exit(b.load(third, "--case", b.case), 0, "one more order")
    later = b.vote(third, "approve")
    files = [scene.root / "a.vote", scene.root / "b.vote"]
    files[0].write_bytes(later)
    files[1].write_bytes(veto)
    done = b.say("bob", "courier", "collect", *files, more=("--log", "http://127.0.0.1:9", "--give-up-after", "1s",
                                                          "--wait", "0s"))
    check_exit(done, UNREACHABLE, "without the log")
    check("NOT RECORDED" in done.stderr and [one["says_no"] for one in last(done)["filed"]][0] is True,
          "the veto first, and NOT RECORDED", done)
    done = b.collect(b.case)
    order_of = [one["says"][0].split()[0] for one in last(done)["filed"]]
    check(order_of[0] == "veto" and "approve" in order_of[1:], "the veto first", done)
    done = b.load(third, "--case", b.case)
    check(not [one for one in last(done).get("not_recorded", []) if one["says_no"]], "now it is recorded", done)
    check_exit(b.answer(order), DENIED, "vetoed")

    # G1_replayed: the old approval again, and a signature that is none added to it.
    entries = published_size(b.url)
    b.collect(b.png(payload))
    junk = approval + veto[veto.index(b"-----BEGIN"):]
    (scene.root / "carried").write_bytes(junk)
    b.collect(scene.root / "carried")
    check(published_size(b.url) == entries, "nothing new is in the log")
    check_exit(b.answer(order), DENIED, "vetoed all the same")

    # G10_parts: a load in codes, some of them altered, mixed up or missing.
    noted = b.vote(third, "approve", "note " * 300)
    code, stranger = scene.root / "code", scene.root / "other-code"
    code.write_bytes(b.payload(noted))
    done = b.say("bob", "courier", "collect", b.png(b"https://example.org/"))
    check_exit(done, BAD_INPUT, "a poster")
    done = b.say("bob", "courier", "collect", code, "--parts", scene.root / "parts")
    check_exit(done, 0, "in one piece")
    load_codes = scene.root / "codes"
    check_exit(b.load(third, "--png", load_codes), 0, "a load in pictures")
    pictures = sorted(load_codes.iterdir())
    done = b.say("bob", "courier", "collect", *pictures[:3], "--parts", scene.root / "parts")
    check_exit(done, WAITING, "parts are missing")
    check(f"parts 4 to {len(pictures)} of {len(pictures)} of " in done.stderr, "which", done)
    check(len(list((scene.root / "parts").iterdir())) == 3, "those read are kept")
    done = b.say("bob", "courier", "collect", *reversed(pictures[3:]), "--parts", scene.root / "parts")
    check_exit(done, BAD_INPUT, "a load is not taken out")
    check("goes into a briefcase" in done.stderr and not list((scene.root / "parts").iterdir()), "it is whole", done)
    check(published_size(b.url) == entries + 1, "the vote with the note alone was new")

    # G1_stolen_case: carol revokes its key. What it approved counts for nothing and is refused; a no that it said
    # before stands, and one that comes later is told to stop nothing.
    fourth, fifth = b.propose("prod/w"), b.propose("prod/v")
    check_exit(b.load(fourth, fifth, "--case", b.case), 0, "loaded")
    approval, early, late = b.vote(fifth, "approve"), b.vote(fourth, "veto"), b.vote(fifth, "veto")
    b.collect(b.png(b.payload(early)))
    fingerprint = subprocess.run(["ssh-keygen", "-l", "-f", "-"], input=b.key + "\n", capture_output=True, text=True,
                                 check=True).stdout.split()[1]
    check_exit(b.say("carol", "revoke", "carol", fingerprint, "--why", "stolen"), 0, "the key is revoked")
    refused(b.payload(approval), "an approval by a revoked key", DENIED)
    check_exit(b.answer(fourth), DENIED, "the earlier veto stands")
    done = b.collect(b.png(b.payload(late)), code=DENIED)
    check("Does not count" in done.stderr, "a later one is told", done)
    check_exit(b.answer(fifth), WAITING, "nothing came of either")
finish()
