#!/usr/bin/env python3
"""G8 at the briefcase's terminal, against bearers and couriers who have the case for as long as they like:
what the screens show is what gets signed, to the byte; nothing in a text speaks to the terminal; a swapped,
altered or stale inbox is told."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from terminal_scene import *

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x1b[31m\u202e\u200b\r\nno\x9b1m\x00"[:-1]


def shown_text(terminal, columns):
    lines = read_document(terminal, columns)
    return raw_text(lines), "\n".join(lines)


def open_and_read(scene, rows, columns, line=0):
    terminal = scene.open(rows, columns)
    scene.unlock(terminal)
    for _ in range(line):
        terminal.press("Down")
    terminal.keys("Enter")
    terminal.until("the exact text")
    return terminal


def test_long_text(rows, columns):
    """An order longer than screens, of every printable byte, with runs of spaces where lines fold."""
    every = "".join(map(chr, range(0x20, 0x7F)))
    spaces = [" " * n + "x" for n in (1, 40, 77, 78, 79, 118, 200)]
    with FolderCase() as scene:
        order = scene.new_order(["/bin/sh", "-c", every, *spaces, *[f"argument {i} " + every for i in range(60)], " "])
        scene.load([*scene.amendment, scene.signed_order(order)])
        with open_and_read(scene, rows, columns) as terminal:
            text, _ = shown_text(terminal, columns)
            check(text == order.text, "a long order is shown whole")


def test_escapes(rows, columns):
    """In argv, environment, reason, a vote's note, a file's name and content."""
    content = HOSTILE.encode() + b"\n" + HOSTILE.encode("latin-1", "replace")
    with FolderCase() as scene:
        order = scene.new_order(["/bin/sh", "-c", HOSTILE], environment={"GREETING": HOSTILE}, stdin=content)
        order = Order(order.text.replace('reason: "', 'reason: "caf\\u00e9 \\u0430dmin '), "alice")
        vote = scene.vote(order, "bob").split("-----BEGIN")[0]
        vote = vote.replace("\n\ncheget order", '\nnote: "\\u00fcber \\\\u001b[2J"\n\ncheget order')
        scene.load([*scene.amendment, scene.signed_order(order), vote + scene.signature("vote", vote, "bob")],
                   files=[content])
        with open_and_read(scene, rows, columns) as terminal:
            text, whole = shown_text(terminal, columns)
            check(text == order.text, "the signed text is shown as it is")
            check("caf\\u00e9 \\u0430dmin" in whole, "letters beyond ASCII are told by their numbers")
            check("bob noted" in whole, "a note is shown")
            terminal.keys("f")
            terminal.until("File 1 of 1")
            _, whole = shown_text(terminal, columns)
            check("\\x1b[2J\\x1b]0;owned\\x07" in whole, "a file's content is escaped")
            raw = terminal.screen("-e")
            check(all(" " <= one <= "~" or one in "\n\x1b" for one in raw), "and nothing else reached the terminal")
            title = terminal.run("display-message", "-p", "-t", "main", "#{pane_title}")
            check("owned" not in title, "nor its title")


def test_alike_but_for_one_byte():
    """Two orders that a tired eye takes for one: their words tell them apart, and the words of the one sign
    nothing of the other."""
    with FolderCase() as scene:
        good = scene.new_order(["/bin/sh", "-c", "drop prod-1"])
        bad = Order(good.text.replace("prod-1", "prod-l"), "alice")
        scene.load([*scene.amendment, scene.signed_order(good), scene.signed_order(bad), scene.vote(good, "bob"),
                    scene.vote(bad, "bob")])
        with scene.open() as terminal:
            scene.unlock(terminal)
            terminal.keys("Enter")
            terminal.until("the exact text")
            text, _ = shown_text(terminal, 80)
            shown, other = (good, bad) if text == good.text else (bad, good)
            check(text == shown.text, "one of the two is shown")
            terminal.keys("a")
            fill_words(terminal, other)
            terminal.until("of this text is another")
            check(not scene.outbox(), "the other's words sign nothing")
            terminal.keys("Escape")
            terminal.until("lines ")
            terminal.keys("a")
            fill_words(terminal, shown)
            terminal.until("Signed: approve")
            terminal.keys("C-c")
            terminal.code()
        check(scene.outbox()[0].read_text().count(shown.text) == 1, "its own words sign it")


def test_swapped_inbox():
    """A bearer swaps what the courier loaded: for another domain's, for an order nobody of the policy signed,
    for one with another's text; and alters a vote on the way."""
    with FolderCase() as scene, FolderCase() as other:
        order = scene.new_order()
        scene.load([*scene.amendment, scene.signed_order(order)])
        forged = Order(order.text.replace("exit", "evil"), "alice")
        scene.load([scene.signed_order(order).replace("exit", "evil")])
        scene.load([other.signed_order(other.new_order())])
        scene.load([forged.text + scene.signature("order", forged.text, "mallory")])
        (scene.case / "inbox" / "000009.permit").write_bytes(b"\x1b[2Jgarbage")
        with scene.open() as terminal:
            shown = terminal.until("Passphrase")
            check("set aside: i tells" in shown, "what was set aside is told before the case is open")
            scene.unlock(terminal)
            shown = terminal.screen()
            check(shown.count("* act") == 1, "one order alone asks for a word")
            terminal.keys("i")
            terminal.until("What is known")
            text = "\n".join(read_document(terminal, 80))
            check("inbox/000009.permit" in text and "Set aside" in text, "each is told with the reason")
            check("\x1b" not in text, "and can't speak to the terminal")
            Album(24, 80).keep(terminal, "set-aside")
            terminal.keys("C-c")
            terminal.code()


def test_changed_while_open():
    """The inbox is read once: what is swapped while the case is open changes nothing that gets signed."""
    with FolderCase() as scene:
        order = scene.new_order()
        path = scene.load([*scene.amendment, scene.signed_order(order)])
        with open_and_read(scene, 24, 80) as terminal:
            text, _ = shown_text(terminal, 80)
            path.write_bytes(path.read_bytes().replace(b"exit", b"evil"))
            terminal.keys("a")
            fill_words(terminal, order)
            terminal.until("Signed: approve")
            terminal.keys("C-c")
            terminal.code()
        check(text == order.text and order.text in scene.outbox()[0].read_text(), "what was shown was signed")


def test_named_file_missing():
    """Nobody signs a digest that they can't open, unless the rule says `by digest`."""
    with FolderCase() as scene:
        order = scene.new_order(stdin=b"secret")
        loose = scene.new_order(rule="digest", target="digest/x", files=("/bin/sh",))
        scene.load([*scene.amendment, scene.signed_order(order)], files=[b"altered"])
        with open_and_read(scene, 24, 80) as terminal:
            _, whole = shown_text(terminal, 80)
            check("NOT HERE" in whole, "the screen says that the file is missing")
            terminal.keys("a")
            terminal.until("a file that it names is not here")
            terminal.keys("C-c")
            terminal.code()
        scene.load([scene.signed_order(loose)])
        with open_and_read(scene, 24, 80, line=1) as terminal:
            _, whole = shown_text(terminal, 80)
            if "digest/x" not in whole:
                terminal.keys("q")
                terminal.until("Enter opens")
                terminal.keys("Up", "Enter")
                terminal.until("the exact text")
                _, whole = shown_text(terminal, 80)
            check("by digest" in whole and "NOT HERE" in whole, "by digest: the screen says so")
            terminal.keys("a")
            fill_words(terminal, loose)
            terminal.until("Signed: approve")
            terminal.keys("C-c")
            terminal.code()
        check(not any(order.text in path.read_text() for path in scene.outbox()), "and nothing else was signed")


def test_stale_and_forked():
    """A log that stands still, one that is rolled back, one that forked."""
    with LoggedCase() as scene:
        order = scene.new_order()
        scene.log.add(scene.signed_order(order), at=time.time() - 4 * 86400)
        scene.load_log()
        with scene.open() as terminal:
            shown = terminal.until("Passphrase")
            check("4 days" in shown and f"{len(scene.log.entries)} log entries" in shown,
                  "how old its knowledge is stands on the first screen")
            Album(24, 80).keep(terminal, "stale")
            terminal.keys("C-c")
            terminal.code()
        (scene.case / "inbox" / "000001.permit").rename(scene.root / "kept")
        with scene.open() as terminal:
            shown = terminal.until("Passphrase")
            check("no checkpoint: nothing proves how old this is" in shown, "without any load it says that")
            check("ALARM" in shown and "does not know this briefcase's key" in shown, "and that its key is in no policy")
            terminal.keys("C-c")
            terminal.code()
        (scene.root / "kept").rename(scene.case / "inbox" / "000001.permit")
        size = len(scene.log.entries)
        forked = scene.fork()
        scene.log.add(scene.signed_order(scene.new_order(["/bin/sh", "-c", "one"])))
        forked.add(scene.signed_order(scene.new_order(["/bin/sh", "-c", "two"])))
        scene.load_log(size)
        scene.load_log(size, log=forked)
        with scene.open() as terminal:
            shown = terminal.until("Passphrase")
            check("ALARM" in shown and "fork" in shown, "two trees of one log are an alarm")
            Album(24, 80).keep(terminal, "fork")
            scene.unlock(terminal)
            check("ALARM" in terminal.screen(), "on every screen")
            terminal.keys("Enter")
            check("ALARM" in terminal.until("the exact text"), "on an order's too")
            terminal.keys("C-c")
            terminal.code()


for size in ((24, 80), (40, 120)):
    test_long_text(*size)
    test_escapes(*size)
test_alike_but_for_one_byte()
test_swapped_inbox()
test_changed_while_open()
test_named_file_missing()
test_stale_and_forked()
finish()
