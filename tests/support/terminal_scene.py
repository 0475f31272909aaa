"""A briefcase of carol's and its terminal, driven through tmux as a person drives it: keys in, the screen
out. The domain, its statements and what a courier loads are made by scene.py and log_scene.py, so that
what is tested does not also make what it is tested with."""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from log_scene import CHEGET, LogScene
from scene import *

PASSPHRASE = "correct horse battery staple"
DURESS = "incorrect horse battery staple"
RULES = """
action act on prod/{name} {
  run any
  allow file "/bin/sh"
  allow stdin
  allow environment GREETING
  propose 1 of dba
  approve 2 of dba
  veto 1 of dba
  expire 8h
  execute 1 of { db1 }
}
action digest on digest/{name} {
  run any
  by digest
  propose 1 of dba
  approve 2 of dba
  expire 8h
  execute 1 of { db1 }
}
amend {
  approve 2 of dba
  veto 1 of dba
}
revoke { approve 2 of dba }
"""


def part(kind, content, number=""):
    return f"{kind} {number}{len(content)}\n".encode() + content


class Tmux:
    """One terminal."""

    def __init__(self, command, rows=24, columns=80, term="screen", env=None):
        self.socket = f"/tmp/cheget-terminal-{os.getpid()}-{id(self):x}"
        self.code_file = Path(self.socket + ".code")
        words = " ".join(f"{name}={value}" for name, value in (env or {}).items())
        inner = f"env {words} TERM={term} {command}; echo $? > {self.code_file}; exec sleep 600"
        self.run("-f", "/dev/null", "new-session", "-d", "-s", "main", "-x", str(columns), "-y", str(rows),
                 inner)
        self.run("set-option", "-g", "history-limit", "5000")
        self.run("set-option", "-g", "status", "off")
        self.run("resize-window", "-t", "main", "-x", str(columns), "-y", str(rows))

    def run(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True, text=True, check=True).stdout

    def screen(self, *more):
        return self.run("capture-pane", "-p", "-t", "main", *more)

    def everything(self):
        """The screen and what scrolled away."""
        return self.screen("-S", "-")

    def keys(self, *names):
        self.run("send-keys", "-t", "main", *names)

    def type(self, text):
        self.run("send-keys", "-t", "main", "-l", "--", text)

    def resize(self, rows, columns):
        self.run("resize-window", "-t", "main", "-x", str(columns), "-y", str(rows))

    def until(self, text, seconds=30):
        """Waits until the screen shows it; gives the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = self.screen()
            if text in shown:
                return shown
            time.sleep(0.05)
        raise SystemExit(f"FAILED: the screen never showed {text!r}:\n{self.screen()}")

    def until_not(self, text, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = self.screen()
            if text not in shown:
                return shown
            time.sleep(0.05)
        raise SystemExit(f"FAILED: the screen went on showing {text!r}:\n{self.screen()}")

    def press(self, *names):
        """A key that changes the screen; gives the next one."""
        before = self.screen()
        self.keys(*names)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            shown = self.screen()
            if shown != before:
                return shown
            time.sleep(0.02)
        return before

    def code(self, seconds=30):
        """The exit code, once it ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.code_file.exists() and self.code_file.read_text().strip():
                return int(self.code_file.read_text())
            time.sleep(0.05)
        raise SystemExit(f"FAILED: it did not end:\n{self.screen()}")

    def process(self):
        """The id of cheget itself."""
        shell = self.run("list-panes", "-t", "main", "-F", "#{pane_pid}").strip()
        seen = [int(shell)]
        for pid in seen:
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                if Path(f"/proc/{child}/comm").read_text().strip() == "cheget":
                    return int(child)
                seen.append(int(child))
        raise SystemExit("FAILED: cheget is not running")

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)
        self.code_file.unlink(missing_ok=True)
        Path(self.socket).unlink(missing_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class CaseMixin:
    """What both scenes add: a case of carol's whose key the second policy takes in."""

    COST = "least"

    def make_case(self, *more):
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.root), "LC_ALL": "C"}
        self.case = self.root / "case"
        for name, words in (("passphrase", PASSPHRASE), ("duress", DURESS)):
            (self.root / name).write_text(words + "\n")
        domain = self.root / "domain"
        (domain / "policy").mkdir(parents=True)
        (domain / "policy" / "000001.policy").write_bytes(self.policy_file.read_bytes())
        made = subprocess.run(
            [CHEGET, "--domain", domain, "--key", self.keys / "alice", "--yes", "briefcase", "create", self.case,
             "--principal", "carol", "--cost", self.COST, "--passphrase-file", self.root / "passphrase", "--duress",
             "--duress-file", self.root / "duress", "--marks", self.root / "marks", *more],
            capture_output=True, text=True, env=self.environment)
        # Where the scene's log is not served, it could not be handed in; the case is made all the same.
        check(made.returncode in (0, 6), "making the case", made)
        self.seal = (self.case / "seal").read_text()
        self.briefcase_key = re.search(r"^key: (.*)$", self.seal, re.M).group(1)
        self.loads = 0
        return self.case

    def second_policy(self, mark="briefcase"):
        """The first with the briefcase's key between carol's."""
        body = self.policy.split("\n\n", 1)[1] if "\n\n" in self.policy else ""
        own = self.public("carol")
        loose = self.policy.replace(f"domain: {DOMAIN}\nversion: 1\n",
                                    f"domain: {DOMAIN} {self.policy_id}\nversion: 2\nprevious: {self.policy_id}\n")
        loose = loose.replace(own, f"{own}; {self.briefcase_key} {mark}")
        path = self.root / "second"
        path.write_text(loose)
        done = subprocess.run([CHEGET, "policy", "format", path], capture_output=True, text=True)
        check_exit(done, 0, "the second policy's layout")
        return done.stdout

    def load(self, statements=(), entries=None, first=0, checkpoints=(), files=()):
        """Puts a permit into the inbox."""
        content = b"cheget permit v1\n"
        for text in statements:
            content += part("statement", text.encode())
        for index, entry in enumerate(entries or (), first):
            content += part("entry", entry, f"{index} ")
        for text in checkpoints:
            content += part("checkpoint", text.encode())
        for data in files:
            content += f"file {len(data)} {sha256(data)}\n".encode() + data
        self.loads += 1
        path = self.case / "inbox" / f"{self.loads:06}.permit"
        path.write_bytes(content)
        return path

    def open(self, rows=24, columns=80, term="screen", *arguments, locale="C"):
        return Tmux(f"{CHEGET} briefcase open {self.case} {' '.join(arguments)}", rows, columns, term,
                    {**self.environment, "LC_ALL": locale})

    def unlock(self, terminal, passphrase=PASSPHRASE):
        terminal.until("Passphrase")
        terminal.type(passphrase)
        terminal.keys("Enter")
        terminal.until("i all that is known")

    def outbox(self, kind="vote"):
        return sorted((self.case / "outbox").glob(f"*.{kind}"))


class FolderCase(CaseMixin, Scene):
    """Without a log."""

    def __init__(self, *more):
        # Scene without its executor.
        self.root = Path(tempfile.mkdtemp(prefix="cheget-terminal-"))
        self.keys = self.root / "keys"
        self.keys.mkdir(mode=0o700)
        self.user, self.serial = None, 0
        for name in ("alice", "bob", "carol", "db1", "mallory"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                            self.keys / name], check=True)
        loose = (f"cheget policy v1\ndomain: {DOMAIN}\nversion: 1\nlog: none\n" +
                 "".join(f"person {name} {{ {self.public(name)} }}\n" for name in ("alice", "bob", "carol")) +
                 f"machine db1 {{ {self.public('db1')} }}\ngroup dba = {{ alice, bob, carol }}\n" + RULES)
        (self.root / "loose").write_text(loose)
        done = subprocess.run([CHEGET, "policy", "format", self.root / "loose"], capture_output=True, text=True)
        check_exit(done, 0, "the policy's layout")
        self.policy = done.stdout
        self.policy_id = sha256(self.policy.encode())
        self.policy_file = self.root / "first.policy"
        self.policy_file.write_text(self.policy + "".join(
            self.signature("policy", self.policy, name) for name in ("alice", "bob", "carol")))
        self.make_case(*more)
        self.second = self.second_policy()
        self.in_force = (2, sha256(self.second.encode()))
        self.amendment = [self.policy_vote(self.second, 2, by) for by in ("alice", "bob")]

    policy_vote = LogScene.policy_vote

    def new_order(self, argv=("/bin/sh", "-c", "exit"), **options):
        options.setdefault("files", ())
        return self.order(argv, policy=self.in_force, **options)


class LoggedCase(CaseMixin, LogScene):
    """With a log and three witnesses, and the amendment enacted in it."""

    def __init__(self, *more):
        LogScene.__init__(self, rules=RULES)
        self.make_case(*more)
        self.second = self.second_policy()
        self.in_force = (2, sha256(self.second.encode()))
        self.enact(self.second, 2)

    def new_order(self, argv=("/bin/sh", "-c", "exit"), **options):
        options.setdefault("files", ())
        return self.order(argv, policy=self.in_force, **options)

    def load_log(self, first=0, statements=(), log=None, files=()):
        """What the log holds from there on, with a checkpoint of now."""
        log = log or self.log
        return self.load(statements, log.entries[first:], first, [log.newest], files)


def body(screen, columns):
    """The rows between the frame's, as wide as the window."""
    rows = screen.split("\n")
    end = max(i for i, row in enumerate(rows) if row.startswith("-----"))
    return [row.ljust(columns) for row in rows[5:end]]


def read_document(terminal, columns, key="Space"):
    """All lines of the document on the screen, from its beginning on, by scrolling to its end."""
    terminal.keys("g")
    terminal.until("lines 1-")
    lines = {}
    for _ in range(2000):
        shown = terminal.until(" of ")
        first, last, count = map(int, re.search(r"lines (\d+)-(\d+) of (\d+)", shown).groups())
        for number, row in zip(range(first, last + 1), body(shown, columns)):
            assert lines.setdefault(number, row) == row, (lines[number], row)
        if last == count:
            return [lines[number] for number in range(1, count + 1)]
        terminal.keys(key)
        end = time.monotonic() + 10
        while f"lines {first}-" in terminal.screen() and time.monotonic() < end:
            time.sleep(0.02)
    raise SystemExit("FAILED: the document has no end")


def raw_text(lines):
    """What the lines behind `| ` and `|+` show, joined as the marks say."""
    raw = []
    for line in lines:
        if line.startswith("| "):
            raw.append(line[2:])
        elif line.startswith("|+"):
            raw[-1] += line[2:]
    return "".join(line.rstrip(" ") + "\n" for line in raw)


def words_of(order):
    """The twelve words, as another program says them."""
    path = Path(tempfile.mkdtemp()) / "text"
    path.write_text(order.text)
    done = subprocess.run([CHEGET, "show", "--words", path], capture_output=True, text=True)
    check_exit(done, 0, "the words of the order")
    shutil.rmtree(path.parent)
    return done.stdout.split()


def fill_words(terminal, order, note=""):
    """Fills in the form of an approval: the note, then the words that it asks for."""
    shown = terminal.until("that you mean")
    asked = [int(number) for number in re.findall(r"^[ >]word +(\d+)", shown, re.M)]
    assert len(asked) == 3, shown
    words = words_of(order)
    terminal.type(note)
    terminal.keys("Enter")
    for number in asked:
        terminal.type(words[number - 1])
        terminal.keys("Enter")


def code_on(screen):
    """The modules of the code that fills a screen (`capture-pane -e -N`): True for dark."""
    rows = []
    light = False
    for line in screen.split("\n"):
        upper, lower, cells = [], [], []
        for escape, character in re.findall(r"\x1b\[([0-9;]*)m|(.)", line):
            if not character:
                codes = escape.split(";")
                light = "47" in codes or light and not {"40", "49", "0", ""} & set(codes)
            elif character in "\u2580\u2584\u2588":
                upper.append(character != "\u2584")
                lower.append(character != "\u2580")
            elif light or upper:
                upper.append(False)
                lower.append(False)
            cells.append(light) if character else None
        rows.append((upper, lower, cells))
    if any(character in screen for character in "\u2580\u2584\u2588"):
        width = max(len(upper) for upper, _, _ in rows)
        flat = [row for upper, lower, _ in rows if len(upper) >= 40 for row in (upper[:width], lower[:width])]
        return flat
    width = max(sum(cells) for _, _, cells in rows)
    return [[not cell for cell in cells[:width:2]] for _, _, cells in rows if any(cells)]


def read_code(modules, folder):
    """What zbar reads out of it."""
    scale = 6
    size = max(map(len, modules))
    rows = [row + [False] * (size - len(row)) for row in modules]
    pixels = b"".join(b"".join((b"\0" if dark else b"\xff") * scale for dark in row) * scale for row in rows)
    image = folder / "code.pgm"
    image.write_bytes(b"P5 %d %d 255\n" % (size * scale, len(rows) * scale) + pixels)
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sbinary", image], capture_output=True)
    return done.stdout


class Album:
    """Keeps pictures of the screens where CHEGET_PICTURES names a folder, for people to look at."""

    def __init__(self, rows, columns):
        self.folder = os.environ.get("CHEGET_PICTURES")
        self.rows, self.columns = rows, columns

    def keep(self, terminal, name):
        if self.folder:
            import screen_picture
            screen_picture.draw(terminal.screen("-e", "-N"), self.rows, self.columns,
                                Path(self.folder) / f"{name}-{self.columns}x{self.rows}.png")
