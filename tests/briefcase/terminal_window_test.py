#!/usr/bin/env python3
"""How the briefcase's terminal leaves: by signals, by itself, when its line is cut; and what its window may
do meanwhile. Whatever ends it, nothing of an order stays on the terminal."""
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from terminal_scene import *

SECRET = "the-target-nobody-else-should-read"


def open_order(scene, rows=24, columns=80, term="screen", *arguments):
    terminal = scene.open(rows, columns, term, *arguments)
    scene.unlock(terminal)
    terminal.keys("Enter")
    terminal.until("the exact text")
    return terminal


def check_wiped(terminal, what):
    everything = terminal.everything()
    for word in (SECRET, "acme/prod", "cheget order v1"):
        check(word not in everything, f"{what}: nothing of {word!r} is left on the terminal:\n{everything}")


def test_signals(scene):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
        # vt100 has no second screen to hide behind: what stood there has to be erased.
        for term in ("screen", "vt100"):
            with open_order(scene, term=term) as terminal:
                os.kill(terminal.process(), number)
                check(terminal.code() == 128 + number, f"signal {number} ends it")
                check_wiped(terminal, f"signal {number} on {term}")
    with scene.open() as terminal:
        terminal.until("Passphrase")
        terminal.type("half a passph")
        os.kill(terminal.process(), signal.SIGTERM)
        check(terminal.code() == 128 + signal.SIGTERM, "a signal ends it while it asks")
        check_wiped(terminal, "while it asks")


def test_keys_that_leave_or_not(scene):
    with open_order(scene) as terminal:
        terminal.keys("C-z")
        terminal.keys("Space")
        shown = terminal.until_not("lines 1-")
        check("Stopped" not in shown, "Ctrl-Z does not suspend an open briefcase")
        terminal.keys("C-c")
        check(terminal.code() == 0, "Ctrl-C leaves from an order")
        check_wiped(terminal, "Ctrl-C")


def test_idle(scene):
    with open_order(scene, 24, 80, "screen", "--idle", "3s") as terminal:
        terminal.keys("Space")
        check(terminal.code() == 0, "it closes itself")
        check("no key for 3 seconds" in terminal.screen(), "and says why")
        check_wiped(terminal, "idle")
    with scene.open(24, 80, "screen", "--idle", "2s") as terminal:
        check(terminal.code() == 0, "also while it asks for the passphrase")


def test_line_cut(scene):
    terminal = open_order(scene)
    process = terminal.process()
    terminal.close()
    for _ in range(200):
        if not Path(f"/proc/{process}").exists():
            break
        time.sleep(0.05)
    check(not Path(f"/proc/{process}").exists(), "when its terminal is gone it ends")


def test_sizes(scene, order):
    with open_order(scene) as terminal:
        terminal.resize(20, 80)
        terminal.until("This window is 80 x 20")
        Album(20, 80).keep(terminal, "small")
        terminal.keys("v", "y", "q")
        terminal.resize(24, 60)
        terminal.until("This window is 60 x 24")
        terminal.resize(40, 120)
        shown = terminal.until("the exact text")
        check("lines 1-" in shown and not scene.outbox(), "in a window too small no key does anything")
        terminal.keys("Space")
        terminal.until_not("lines 1-")
        terminal.resize(24, 80)
        terminal.until("Space further")
        check(raw_text(read_document(terminal, 80)) == order.text, "another size shows the same bytes")
        terminal.keys("a")
        terminal.until("that you mean")
        terminal.resize(30, 100)
        terminal.until("that you mean")
        fill_words(terminal, order)
        terminal.until("Signed: approve")
        terminal.keys("C-c")
        terminal.code()


def test_terminals(scene, order):
    for term in ("vt100", "linux", "xterm", "screen", "xterm-256color"):
        with open_order(scene, term=term) as terminal:
            check(raw_text(read_document(terminal, 80)) == order.text, f"{term} shows the same bytes")
            terminal.keys("q")
            terminal.until("* act")
            terminal.keys("Down", "Up", "q")
            check(terminal.code() == 0, f"{term} works")
    with scene.open(24, 80, "no-such-terminal") as terminal:
        check(terminal.code() == 6, "an unknown one is refused")
        check("no-such-terminal" in terminal.screen(), "by name")


def test_guarded(scene):
    with open_order(scene) as terminal:
        process = terminal.process()
        limits = Path(f"/proc/{process}/limits").read_text()
        check(re.search(r"^Max core file size +0 +0 ", limits, re.M), "it leaves no core dump")
        status = Path(f"/proc/{process}/status").read_text()
        locked = int(re.search(r"^VmLck:\s+(\d+)", status, re.M).group(1))
        check(locked > 0, "its secrets are locked in memory")
        owner = os.stat(f"/proc/{process}/mem").st_uid
        check(owner == 0, "others of the same user can't look into it")
        terminal.keys("C-c")
        terminal.code()


class SlowCase(FolderCase):
    COST = "moderate"


def test_while_it_opens():
    """A second or so of Argon2id: it says so, and what leaves, leaves at once."""
    with SlowCase() as scene:
        order = scene.new_order(target=f"prod/{SECRET}")
        scene.load([*scene.amendment, scene.signed_order(order)])
        for how in ("signal", "key", None):
            with scene.open() as terminal:
                terminal.until("Passphrase")
                terminal.type(PASSPHRASE)
                terminal.keys("Enter")
                terminal.until("Opening. This takes some seconds")
                Album(24, 80).keep(terminal, "opening")
                if how == "signal":
                    os.kill(terminal.process(), signal.SIGTERM)
                    check(terminal.code() == 128 + signal.SIGTERM, "a signal ends it while it opens")
                elif how == "key":
                    terminal.keys("C-c")
                    check(terminal.code() == 0, "Ctrl-C ends it while it opens")
                else:
                    terminal.until("i all that is known")
                    terminal.keys("q")
                    terminal.code()
                check_wiped(terminal, "while it opens")


def test_no_terminal(scene):
    done = subprocess.run([CHEGET, "briefcase", "open", scene.case], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=scene.environment)
    check(done.returncode == 2 and "needs a terminal" in done.stderr, "without a terminal it says so", done)
    done = subprocess.run([CHEGET, "briefcase", "open", scene.case, "--idle", "soon"], capture_output=True, text=True,
                          env=scene.environment)
    check(done.returncode == 2 and "soon" in done.stderr, "a span that is none is refused", done)


with FolderCase() as scene:
    order = scene.new_order(["/bin/sh", "-c", "x" * 400], target=f"prod/{SECRET}")
    scene.load([*scene.amendment, scene.signed_order(order), scene.vote(order, "bob")])
    test_no_terminal(scene)
    test_signals(scene)
    test_keys_that_leave_or_not(scene)
    test_idle(scene)
    test_line_cut(scene)
    test_guarded(scene)
    test_terminals(scene, order)
    test_sizes(scene, order)
test_while_it_opens()
finish()
