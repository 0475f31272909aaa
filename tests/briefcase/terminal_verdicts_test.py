#!/usr/bin/env python3
"""Every word that a principal can give at the briefcase's terminal, key by key at 80x24, under a log: consent, seen,
withdraw, a deputy's approval, one that comes after another's. What the screens showed is what was signed, to the
byte; a courier collects it, and `cheget verify` counts it."""
import os
import sys
from pathlib import Path

TESTS = Path(os.environ["CHEGET_SOURCE"]) / "tests"
sys.path.insert(0, str(TESTS / "support"))
from terminal_scene import *

sys.modules.pop("log_scene")  # the terminal's scene has a log in Python; here it is `cheget serve`
sys.path.insert(0, str(TESTS / "log"))
from courier_scene import Briefcase, LogScene, last

ROWS, COLUMNS = 24, 80


def action(name, clauses):
    return (f"action {name} on {name}/{{name}} {{\n  run any\n  propose 1 of dba\n  expire 8h\n"
            f"  execute 1 of {{ db1 }}\n{clauses}}}\n")


RULES = (action("agreed", "  approve 1 of { bob }\n  consent 1 of { carol }\n") +
         action("watched", "  approve 1 of { bob }\n  wait 2s seen by 1 of { carol }\n") +
         action("rested", "  approve 1 of { bob }\n  deputy carol for bob after 3s\n") +
         action("resting", "  approve 1 of { bob }\n  deputy carol for bob after 4h\n") +
         action("inturn", "  approve in sequence { 1 of { bob }, 1 of { carol } }\n"))


def read_form(terminal, pages=True):
    """The lines of what will be signed, above the form's own, by paging to their end."""
    terminal.until("what will be signed")
    lines = {}
    while True:
        shown = terminal.screen()
        rows = shown.split("\n")
        end = next(i for i, row in enumerate(rows) if i >= 5 and row.startswith("-----"))
        position = re.search(r"lines (\d+)-(\d+) of (\d+)", shown)
        first, last, count = map(int, position.groups()) if position else (1, end - 5, end - 5)
        for number, row in zip(range(first, last + 1), rows[5:end]):
            check(lines.setdefault(number, row) == row, f"line {number} stays as it was")
        if last >= count:
            return [lines[number].ljust(COLUMNS) for number in range(1, count + 1)]
        terminal.press("NPage")


class Desk(Briefcase):
    """Carol's case under a real log, and the terminal that it is opened with."""

    def propose(self, rule, approves=True, by="alice"):
        """An order that was recorded, with bob's approval if so, and loaded into the case."""
        done = self.say(by, "propose", rule, f"{'prod' if rule == 'act' else rule}/x", "--reason", "a test",
                        more=("--", "/bin/true"))
        check_exit(done, 0, f"proposed by {by}")
        hex = last(done)["order"].removeprefix("sha256:")
        if approves:
            check_exit(self.say("bob", "approve", hex), 0, "bob approves")
        folder = self.scene.domain / "orders" / hex
        order = Order((folder / "order").read_text().split("-----BEGIN SSH SIGNATURE-----")[0], by)
        check(order.hex == hex, "the order's text")
        check_exit(self.load(hex, "--case", self.case), 0, "loaded")
        return order

    def vote_by(self, order, who):
        """The digest of what this person signed, as it is filed."""
        for path in (self.scene.domain / "orders" / order.hex).rglob("*"):
            if path.suffix != ".tlog-proof" and path.is_file() and f"\nby: {who}\n" in path.read_text():
                return sha256(path.read_bytes())
        raise SystemExit(f"FAILED: no vote by {who}")

    def open(self):
        return Tmux(f"{CHEGET} briefcase open {self.case}", ROWS, COLUMNS, "screen",
                    {"PATH": "/usr/bin:/bin", "HOME": self.scene.root, "LC_ALL": "C"})

    def open_order(self, order):
        terminal = self.open()
        CaseMixin.unlock(self, terminal)
        words = " ".join(words_of(order)[:3])
        for _ in range(20):  # the words of the chosen line stand beneath the list
            if words in terminal.screen():
                break
            terminal.press("Down")
        check(words in terminal.screen(), "the inbox has the order")
        terminal.keys("Enter")
        terminal.until("the exact text")
        return terminal

    def votes(self):
        return [path for path in self.outbox() if path.suffix == ".vote"]

    def signed(self, order, before, shown, fields):
        """The one vote that is new in the outbox, whose bytes are those that were shown."""
        new = [path for path in self.votes() if path not in before]
        check(len(new) == 1, f"one vote was put out: {new}")
        text, armor = new[0].read_text().split("-----BEGIN SSH SIGNATURE-----", 1)
        check(text.endswith("\n\n" + order.text), "it holds the order as it was signed")
        own = text[:-len(order.text)]
        told = re.sub(r"^mark: .*$", "mark: (64 digits, made as it is signed)", own, flags=re.M)
        check(shown == told, f"each byte of it was on the screen:\n{shown}\n{told}")
        for field in fields:
            check(f"\n{field}\n" in own, f"it says {field!r}:\n{own}")
        signers, signature = self.scene.root / "signers", self.scene.root / "signature"
        signers.write_text(f"carol {self.key}\n")
        signature.write_text("-----BEGIN SSH SIGNATURE-----" + armor)
        verified = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "carol", "-n",
                                   f"cheget-vote@{DOMAIN}", "-s", signature], input=text.encode(), capture_output=True)
        check(verified.returncode == 0, "stock ssh-keygen verifies it")
        return sha256(text.encode())

    def collected(self, order, vote):
        """What `verify` says once a courier took the vote out and handed it in: it is among those that count."""
        self.collect(self.case)
        done = self.answer(order.hex)
        check(any(one["id"] == vote and one["by"] == "carol" for one in last(done)["votes"]), "her vote counts", done)
        return done


def give(desk, order, key, name, fields, note="", says=()):
    """Reads the order to its end, gives the word, signs it; gives the vote's id."""
    before = desk.votes()
    album = Album(ROWS, COLUMNS)
    with desk.open_order(order) as terminal:
        if key == "w":
            lines = read_document(terminal, COLUMNS)
        else:
            terminal.keys(key)
            terminal.until("first read it to its end")
            lines = read_document(terminal, COLUMNS)
        check(raw_text(lines) == order.text, "the order is shown byte for byte")
        text = "\n".join(line.rstrip() for line in lines)
        for words in says:
            check(words in re.sub(r"\s+", " ", text), f"the order's screens say {words!r}:\n{text}")
        album.keep(terminal, f"{name}-end")
        terminal.keys(key)
        terminal.until("what will be signed")
        if key == "w":
            terminal.until("y signs this withdrawal")
            if note:
                terminal.keys("n")
                terminal.type(note)
                terminal.keys("Enter")
                terminal.until("y SIGNS IT")
            shown = raw_text(read_form(terminal))
            album.keep(terminal, f"{name}-form")
            terminal.keys("y")
        else:
            terminal.type(note)
            shown = raw_text(read_form(terminal))
            album.keep(terminal, f"{name}-form")
            fill_words(terminal, order)
        terminal.until("Signed: ")
        album.keep(terminal, f"{name}-signed")
        terminal.keys("q")
        terminal.until("(outbox)")
        album.keep(terminal, f"{name}-after")
        terminal.keys("q")
        check(terminal.code() == 0, "it closes")
    return desk.signed(order, before, shown, fields)


def test_consent(desk):
    order = desk.propose("agreed")
    check_exit(desk.answer(order.hex), WAITING, "carol's consent is missing")
    vote = give(desk, order, "c", "consent", ["verdict: consent", "by: carol", 'note: "by day"'], "by day",
         ["consent: THIS COMPLETES IT"])
    check_exit(desk.collected(order, vote), 0, "with her consent it may run")


def test_seen(desk):
    order = desk.propose("watched")
    check_exit(desk.answer(order.hex), WAITING, "nobody has seen it")
    vote = give(desk, order, "s", "seen", ["verdict: seen", "by: carol"], "",
         ["seen: THIS COMPLETES THE VOICES", "it waits"])
    desk.collected(order, vote)
    until(desk, order, 0, "the delay ran from when she had seen it")


def test_withdraw(desk):
    order = desk.propose("act", by="carol")
    check_exit(desk.say("alice", "approve", order.hex), 0, "alice approves")
    check_exit(desk.load(order.hex, "--case", desk.case), 0, "loaded again")
    check_exit(desk.answer(order.hex), 0, "it may run")
    note = "not now " * 24 + "x"
    vote = give(desk, order, "w", "withdraw", ["verdict: withdraw", "by: carol", f'note: "{note}"'], note,
         ["withdraw: THIS STOPS IT"])
    done = desk.collected(order, vote)
    check(done.returncode == DENIED and "withdrawn" in done.stdout, "withdrawn", done)


def test_deputy(desk):
    order = desk.propose("rested", approves=False)
    check_exit(desk.answer(order.hex), WAITING, "bob says nothing")
    vote = give(desk, order, "1", "deputy", ["verdict: approve", "by: carol", "for: bob"], "", ["approve for bob:"])
    desk.collected(order, vote)
    until(desk, order, 0, "carol's word counts in bob's place")


def test_deputy_too_early(desk):
    order = desk.propose("resting", approves=False)
    vote = give(desk, order, "1", "early", ["verdict: approve", "by: carol", "for: bob"], "",
         ["approve for bob: your word counts in the place of bob once the order has been in the log for 4 hours"])
    check_exit(desk.collected(order, vote), WAITING, "not before four hours are over")


def test_after(desk):
    order = desk.propose("inturn")
    check_exit(desk.answer(order.hex), WAITING, "carol's turn")
    vote = give(desk, order, "a", "after", ["verdict: approve", "by: carol", f"after: {desk.vote_by(order, 'bob')}"], "",
         ["approve: THIS COMPLETES IT"])
    check_exit(desk.collected(order, vote), 0, "in order")


def test_out_of_turn(desk):
    order = desk.propose("inturn", approves=False)
    before = desk.votes()
    with desk.open_order(order) as terminal:
        text = "\n".join(line.rstrip() for line in read_document(terminal, COLUMNS))
        check("no: its voices come one after the other" in re.sub(r"\s+", " ", text), f"it is too early:\n{text}")
        terminal.keys("a")
        terminal.until("wait for the one before yours")
        Album(ROWS, COLUMNS).keep(terminal, "out-of-turn")
        terminal.keys("C-c")
        terminal.code()
    check(desk.votes() == before, "and nothing is signed")


def test_not_hers(desk):
    """Keys of words that the rule does not give her sign nothing and say why."""
    order = desk.propose("rested")
    before = desk.votes()
    with desk.open_order(order) as terminal:
        read_document(terminal, COLUMNS)
        for key, why, end in (("a", "stands in no group", "count for nothing"),
                              ("v", "gives carol no veto", "ask its proposer to withdraw it"),
                              ("w", "only its proposer", "a veto is the way of others"),
                              ("s", "has no delay that begins", "count for nothing"),
                              ("c", "asks for nobody's consent", "approve it instead")):
            terminal.keys(key)
            shown = " ".join(terminal.until(why).split())
            check(end in shown, f"to its end: {end!r}\n{shown}")
            Album(ROWS, COLUMNS).keep(terminal, f"not-hers-{key}")
        terminal.keys("2", "9", "0")
        check("what will be signed" not in terminal.screen(), "nobody else's deputy here")
        terminal.keys("C-c")
        terminal.code()
    check(desk.votes() == before, "nothing is signed")


def until(desk, order, code, what):
    """The log tells the time by itself; status reads on."""
    end = time.monotonic() + 60
    while (done := desk.answer(order.hex)).returncode != code and time.monotonic() < end:
        time.sleep(0.5)
        desk.say("alice", "status", order.hex)
    check_exit(done, code, what)


with LogScene(RULES) as scene:
    desk = Desk(scene)
    for test in (test_consent, test_seen, test_withdraw, test_deputy, test_deputy_too_early, test_after, test_out_of_turn,
                 test_not_hers):
        test(desk)
finish()
