#!/usr/bin/env python3
"""The terminal of a case with a TPM: it says how many tries are left, each costs one, and past the last the
right passphrase opens nothing; what is signed is journaled with the TPM's word."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from swtpm import Swtpm, need_swtpm
from terminal_scene import *

need_swtpm()
recovery = tempfile.mkdtemp(prefix="cheget-recovery-")
subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", f"{recovery}/key"], check=True)


def tries_left(terminal):
    return int(re.search(r"(\d+) of 6 are left", terminal.until("are left")).group(1))


with Swtpm() as tpm, FolderCase("--tpm", tpm.tcti, "--tries", "6", "--recovery", f"{recovery}/key.pub") as scene:
    order = scene.new_order()
    scene.load([*scene.amendment, scene.signed_order(order), scene.vote(order, "bob")])
    with scene.open() as terminal:
        check(terminal.code() == 2 and "needs its TPM" in terminal.screen(), "without --tpm it says what is missing")
    with scene.open(24, 80, "screen", "--tpm", tpm.tcti) as terminal:
        before = tries_left(terminal)
        check(before == 4, "making it used two of six tries")
        Album(24, 80).keep(terminal, "tpm-lock")
        terminal.type("a wrong passphrase")
        terminal.keys("Enter")
        terminal.until("It did not open")
        check(tries_left(terminal) == 3, "a wrong passphrase costs a try")
        scene.unlock(terminal)
        terminal.keys("Enter")
        terminal.until("the exact text")
        read_document(terminal, 80)
        terminal.keys("a")
        fill_words(terminal, order)
        terminal.until("Signed: approve")
        terminal.keys("C-c")
        terminal.code()
    opened = [path.read_text() for path in sorted((scene.case / "journal").iterdir()) if "event: opened" in path.read_text()]
    counters = [int(re.search(r"^counter: (\d+)$", text, re.M).group(1)) for text in opened]
    check(len(opened) == 2 and counters[0] < counters[1], "the TPM's counter goes up with each opening")
    check(all(re.search(r"^quote: ", text, re.M) and "\ntries: 2\n" in text for text in opened), "and it quotes them")
    with scene.open(24, 80, "screen", "--tpm", tpm.tcti) as terminal:
        for left in (2, 1):
            check(tries_left(terminal) == left, f"{left} left")
            terminal.type("wrong again and again")
            terminal.keys("Enter")
            terminal.until(f"{left - 1} of 6 are left")
        terminal.type(PASSPHRASE)
        terminal.keys("Enter")
        time.sleep(1)  # what the try before left on the screen stays until this one is at work, perhaps unseen
        terminal.until_not("Opening.")
        terminal.until("It did not open")
        check("i all that is known" not in terminal.screen(), "past the last try the right one opens nothing")
        Album(24, 80).keep(terminal, "tpm-none-left")
        terminal.keys("C-c")
        terminal.code()
shutil.rmtree(recovery)
finish()
