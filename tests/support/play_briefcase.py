#!/usr/bin/env python3
"""usage: play_briefcase.py CASE PASSPHRASE_FILE ORDER_FILE

Opens a briefcase in a terminal of 80x24 and approves the one order in its inbox, key by key as its
principal would; prints the screens on which the decision and what is signed stand. ORDER_FILE is where
the principal's twelve words come from, as a paper or a voice would bring them."""
import os
import sys
from pathlib import Path
from types import SimpleNamespace

from terminal_scene import CHEGET, Tmux, fill_words, read_document


def framed(screen):
    rows = screen.rstrip("\n").split("\n")
    return "\n".join(["+" + "-" * 80 + "+", *(f"|{row:80}|" for row in rows), "+" + "-" * 80 + "+"])


case, passphrase, order_file = sys.argv[1:]
order = SimpleNamespace(text=Path(order_file).read_text().split("-----BEGIN SSH SIGNATURE-----")[0])
environment = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "LC_ALL": "C"}
with Tmux(f"{CHEGET} briefcase open {case}", env=environment) as terminal:
    terminal.until("Passphrase")
    terminal.type(Path(passphrase).read_text().splitlines()[0])
    terminal.keys("Enter")
    terminal.until("i all that is known")
    terminal.keys("Enter")
    read_document(terminal, 80)
    print(framed(terminal.screen()))
    terminal.keys("a")
    fill_words(terminal, order)
    terminal.until("Signed: approve")
    terminal.keys("q")
    terminal.until("you approved")
    terminal.keys("q")
    sys.exit(terminal.code())
