#!/usr/bin/env python3
"""The briefcase's terminal as its principal uses it: opening, the inbox, one order byte for byte, approve,
veto, notes; without a log and with one, at 80x24 and 120x40."""
import base64
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from terminal_scene import *

SIZES = ((24, 80), (40, 120))
LONG = ["/bin/sh", "-c", "echo " + "long " * 300 + "\x1b[2J \u202e end"]


def signed_vote(scene, path, order, verdict, note=None):
    """Whether stock ssh-keygen says that carol's briefcase signed exactly that."""
    content = path.read_text()
    text, armor = content.split("-----BEGIN SSH SIGNATURE-----", 1)
    check(text.endswith("\n\n" + order.text), "the vote holds the order as it was signed, to its last byte")
    check(f"\nverdict: {verdict}\nby: carol\n" in text, f"it is carol's {verdict}")
    check((f"\nnote: {json.dumps(note)}\n" in text) if note else "\nnote: " not in text, "with the note typed")
    signers = scene.root / "signers"
    signers.write_text(f"carol {scene.briefcase_key}\n")
    signature = scene.root / "signature"
    signature.write_text("-----BEGIN SSH SIGNATURE-----" + armor)
    verified = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "carol", "-n", f"cheget-vote@{DOMAIN}",
                               "-s", signature], input=text.encode(), capture_output=True)
    check(verified.returncode == 0, "and its briefcase's signature")
    return sha256(text.encode())


def check_journal(scene, votes):
    """`opened` without a nonce, then one for each vote, each going on from the one before."""
    journal = [path.read_text() for path in sorted((scene.case / "journal").iterdir())]
    opened = [text for text in journal if "\nevent: opened\n" in text]
    nonces = [re.search(r"^nonce: (.*)$", text, re.M) for text in opened]
    check([match and "sha256:" + match.group(1) for match in nonces] == [None, *votes], "one opening for each vote")
    before = [text.split("-----BEGIN")[0] for text in journal]
    for text, previous in zip(journal[1:], before):
        check(f"\nprevious: {sha256(previous.encode())}\n" in text, "the journal is a chain")
    check(len(scene.outbox("custody")) == len(opened), "and lies in the outbox to be carried out")


def walk(scene, rows, columns, order, name):
    album = Album(rows, columns)
    with scene.open(rows, columns) as terminal:
        shown = terminal.until("Passphrase")
        for words in ("carol's briefcase: acme/prod, policy 2", "Domain   ", "Knows    ", "tries are NOT limited"):
            check(words in shown, f"before anything is typed the screen says {words!r}")
        album.keep(terminal, f"{name}-lock")
        terminal.type("a wrong passphrase")
        check(terminal.screen() == shown or "Z" in shown, "nothing shows while it is typed")
        terminal.keys("Enter")
        terminal.until("It did not open. Try again.")
        album.keep(terminal, f"{name}-wrong")
        scene.unlock(terminal)
        shown = terminal.until("* act")
        check("prod/x" in shown and "alice" in shown and "waits" in shown, "the inbox has the order")
        album.keep(terminal, f"{name}-inbox")
        terminal.keys("i")
        terminal.until("What is known")
        album.keep(terminal, f"{name}-known")
        terminal.keys("q")
        terminal.until("* act")
        terminal.keys("?")
        terminal.until("Keys")
        album.keep(terminal, f"{name}-help")
        terminal.keys("q")
        terminal.until("* act")
        terminal.keys("Enter")
        terminal.until("the exact text")
        album.keep(terminal, f"{name}-order")
        terminal.keys("a")
        terminal.until("first read it to its end")
        lines = read_document(terminal, columns)
        check(raw_text(lines) == order.text, "what the screens showed is the signed text, byte for byte")
        text = "\n".join(line.rstrip() for line in lines)
        for words in ("The decision so far", "1 more for 2 of dba", "One more voice completes it: that of carol",
                      "THIS COMPLETES IT", "The rule", "It needs the approval of any 2", "Its twelve words"):
            check(words in text, f"the order's screen says {words!r}")
        for word in words_of(order):
            check(word in text, "and its words")
        album.keep(terminal, f"{name}-end")
        terminal.keys("a")
        shown = terminal.until("that you mean")
        check("| verdict: approve" in shown and "| by: carol" in shown, "what will be signed is on the screen")
        album.keep(terminal, f"{name}-approve")
        fill_words(terminal, order, "seen with bob")
        shown = terminal.until("Signed: approve")
        check("It lies in the case at" in shown and "outbox/" in shown, "and where it lies")
        album.keep(terminal, f"{name}-signed")
        terminal.keys("q")
        terminal.until("you approved")
        album.keep(terminal, f"{name}-after")
        terminal.keys("q")
        check(terminal.code() == 0, "q closes it")
        check("acme" not in terminal.everything(), "and nothing stays on the screen")
    votes = scene.outbox()
    check(len(votes) == 1, "one vote is in the outbox")
    check_journal(scene, [signed_vote(scene, votes[0], order, "approve", "seen with bob")])


def begin_again(scene):
    """The case as it was made."""
    for folder, keep in (("outbox", 0), ("journal", 1)):
        for path in sorted((scene.case / folder).iterdir())[keep:]:
            path.unlink()


def test_without_log(rows, columns):
    with FolderCase() as scene:
        order = scene.new_order(LONG, stdin=b"once\n\x1b[2Jtwice\n")
        scene.load([*scene.amendment, scene.signed_order(order), scene.vote(order, "bob")], files=[b"once\n\x1b[2Jtwice\n"])
        walk(scene, rows, columns, order, "folder")
        veto(scene, order, rows, columns)


def test_with_log(rows, columns):
    with LoggedCase() as scene:
        order = scene.new_order(LONG)
        scene.log.add(scene.signed_order(order), scene.vote(order, "bob"))
        scene.load_log()
        walk(scene, rows, columns, order, "log")


def veto(scene, order, rows, columns):
    begin_again(scene)
    album = Album(rows, columns)
    with scene.open(rows, columns) as terminal:
        scene.unlock(terminal)
        terminal.keys("Enter")
        terminal.until("the exact text")
        terminal.keys("f")
        shown = terminal.until("File 1 of 1")
        check("| once" in shown and "| \\x1b[2Jtwice" in shown, "a named file is shown escaped")
        album.keep(terminal, "folder-file")
        terminal.keys("q")
        terminal.until("the exact text")
        terminal.keys("v")
        terminal.until("y signs this veto")
        album.keep(terminal, "folder-veto")
        terminal.keys("n")
        terminal.type("wrong region")
        terminal.keys("Enter")
        terminal.until("y SIGNS IT")
        terminal.keys("y")
        terminal.until("NOT RECORDED yet")
        album.keep(terminal, "folder-vetoed")
        terminal.keys("q")
        terminal.until("you vetoed")
        terminal.keys("C-c")
        check(terminal.code() == 0, "Ctrl-C closes it")
    check_journal(scene, [signed_vote(scene, scene.outbox()[0], order, "veto", "wrong region")])


def test_duress_looks_the_same():
    """Byte for byte on the screen, in names and sizes."""
    with FolderCase() as scene:
        order = scene.new_order()
        scene.load([*scene.amendment, scene.signed_order(order), scene.vote(order, "bob")])
        screens, sizes = [], []
        for passphrase in (PASSPHRASE, DURESS):
            begin_again(scene)
            with scene.open() as terminal:
                scene.unlock(terminal, passphrase)
                taken = [terminal.screen()]
                terminal.keys("Enter")
                terminal.until("the exact text")
                taken += read_document(terminal, 80)
                terminal.keys("a")
                terminal.until("that you mean")
                words = words_of(order)
                shown = terminal.screen()
                taken.append(re.sub(r"word +\d+", "word", re.sub(r"voted: .*", "", shown)))
                fill_words(terminal, order)
                taken.append(re.sub(r"[0-9a-f]{64}", "", terminal.until("Signed: approve")))
                terminal.keys("q")
                taken.append(terminal.until("you approved"))
                terminal.keys("q")
                check(terminal.code() == 0, "it closes")
            screens.append([re.sub(r"\d\d:\d\d(:\d\d)?Z|\d+ (min|h|s)\b *|>word|= word", "", text) for text in taken])
            sizes.append(sorted((folder, len(path.name), path.stat().st_size) for folder in ("outbox", "journal")
                                for path in (scene.case / folder).iterdir()))
        different = [pair for pair in zip(*screens) if pair[0] != pair[1]]
        check(len(screens[0]) == len(screens[1]) and not different, f"both openings show the same: {different}")
        check(sizes[0] == sizes[1], "and leave files of the same names and sizes")


def test_code(rows, columns, locale, name):
    """A vote without a note as a code that fits the window, read back by zbar."""
    with FolderCase() as scene:
        order = scene.new_order()
        scene.load([*scene.amendment, scene.signed_order(order)])
        with scene.open(rows, columns, locale=locale) as terminal:
            scene.unlock(terminal)
            terminal.keys("Enter")
            terminal.until("the exact text")
            terminal.keys("v")
            terminal.until("y signs this veto")
            terminal.keys("y")
            terminal.until("c as a code")
            terminal.keys("c")
            terminal.until_not("c as a code")
            time.sleep(0.3)
            code = read_code(code_on(terminal.screen("-e", "-N")), scene.root)
            armor = scene.outbox()[0].read_text().split("-----BEGIN SSH SIGNATURE-----\n")[1].split("-----END")[0]
            check(code.startswith(b"CGv") and base64.b64decode(armor)[-64:] in code, f"{name}: zbar reads the vote")
            terminal.keys("Space")
            terminal.until("c as a code")
            terminal.keys("C-c")
            terminal.code()


def test_code_too_large():
    with FolderCase() as scene:
        order = scene.new_order()
        scene.load([*scene.amendment, scene.signed_order(order)])
        with scene.open() as terminal:
            scene.unlock(terminal)
            terminal.keys("Enter", "v", "y")
            terminal.until("c as a code")
            terminal.keys("c")
            terminal.until("It needs 90 x 45")
            terminal.resize(45, 90)
            terminal.until_not("It needs")
            terminal.keys("C-c")
            terminal.code()


def test_proposed_policy(rows, columns):
    """Shown whole, and only to be vetoed."""
    with FolderCase() as scene:
        third = scene.second.replace("version: 2", "version: 3").replace(
            f"previous: {scene.policy_id}", f"previous: {scene.in_force[1]}").replace("expire   8h", "expire   7h")
        proposed = Order(third, "alice")
        scene.load([*scene.amendment, scene.policy_vote(third, 3, "alice")])
        with scene.open(rows, columns) as terminal:
            scene.unlock(terminal)
            shown = terminal.screen()
            check("NEW POLICY" in shown and "version 3" in shown and "alice" in shown, "the inbox has it")
            Album(rows, columns).keep(terminal, "policy-inbox")
            terminal.keys("Enter")
            terminal.until("the exact text")
            lines = read_document(terminal, columns)
            check(raw_text(lines) == third, "the whole policy is shown, byte for byte")
            terminal.keys("a")
            terminal.until("does not say `briefcase counts`")
            terminal.keys("v")
            terminal.until("y signs this veto")
            terminal.keys("y")
            terminal.until("NOT RECORDED yet")
            terminal.keys("C-c")
            terminal.code()
        signed_vote(scene, scene.outbox()[0], proposed, "veto")
        check(f"\non: policy 3 {proposed.id}\n" in scene.outbox()[0].read_text(), "the veto names it")


def test_approved_policy(rows, columns):
    """Approved where the rule in force says that briefcases count, and what it changes is told."""
    with FolderCase() as scene:
        counting = scene.second.replace("amend {\n", "amend {\n  briefcase counts\n", 1)
        if counting == scene.second:
            counting = re.sub(r"amend +\{ ", "amend  { briefcase counts ", scene.second, count=1)
        (scene.root / "counting").write_text(counting)
        counting = subprocess.run([CHEGET, "policy", "format", scene.root / "counting"], capture_output=True,
                                  text=True, check=True).stdout
        scene.second, scene.in_force = counting, (2, sha256(counting.encode()))
        third = counting.replace("version: 2", "version: 3").replace(
            f"previous: {scene.policy_id}", f"previous: {scene.in_force[1]}").replace("expire   8h", "expire   7h", 1)
        proposed = Order(third, "alice")
        scene.load([scene.policy_vote(counting, 2, "alice"), scene.policy_vote(counting, 2, "bob"),
                    scene.policy_vote(third, 3, "alice")])
        with scene.open(rows, columns) as terminal:
            scene.unlock(terminal)
            terminal.keys("Enter")
            terminal.until("the exact text")
            text = "\n".join(read_document(terminal, columns))
            check("RAISED" in text and "`expire`" in text, "what it changes is told")
            terminal.keys("a")
            fill_words(terminal, proposed)
            terminal.until("Signed: approve")
            terminal.keys("C-c")
            terminal.code()
        signed_vote(scene, scene.outbox()[0], proposed, "approve")
        check(f"\non: policy 3 {proposed.id}\n" in scene.outbox()[0].read_text(), "the approval names it")


for size in SIZES:
    test_proposed_policy(*size)
    test_approved_policy(*size)
test_code(46, 100, "C", "whole cells")
test_code(24, 80, "C.UTF-8", "half blocks")
test_code_too_large()
for size in SIZES:
    test_without_log(*size)
    test_with_log(*size)
test_duress_looks_the_same()
finish()
