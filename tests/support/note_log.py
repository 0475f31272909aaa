"""A log in Python, with its witnesses, for tests of whoever follows one: it serves what a test tells it
to, signed with real keys, and so can do all that a hostile server, or a lying witness, could do. Ed25519
and the tree are written here (RFC 8032, RFC 6962), so that what is tested does not also make what it is
tested with."""
import base64
import hashlib
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# Ed25519, as RFC 8032 tells it (5.1); slow, and fast enough for notes.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _recover(y):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return x if x % 2 == 0 else P - x


_GY = 4 * pow(5, P - 2, P) % P
_G = (_recover(_GY), _GY, 1, _recover(_GY) * _GY % P)


def _add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    return ((f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P)


_POWERS = [_G]
for _ in range(255):
    _POWERS.append(_add(_POWERS[-1], _POWERS[-1]))


def _times_g(scalar):
    total = (0, 1, 1, 0)
    for i in range(scalar.bit_length()):
        if scalar >> i & 1:
            total = _add(total, _POWERS[i])
    inverse = pow(total[2], P - 2, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


class NoteKey:
    """A log's key (type 1) or a witness's (type 4)."""

    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        secret = hashlib.sha512(os.urandom(32)).digest()
        clamped = bytearray(secret[:32])
        clamped[0] &= 248
        clamped[31] = clamped[31] & 127 | 64
        self.scalar, self.prefix = int.from_bytes(clamped, "little"), secret[32:]
        self.public = _times_g(self.scalar)
        typed = bytes([kind]) + self.public
        self.id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        self.text = f"{name}+{self.id.hex()}+{base64.b64encode(typed).decode()}"

    def sign(self, message):
        nonce = _number(self.prefix, message)
        point = _times_g(nonce)
        return point + ((nonce + _number(point, self.public, message) * self.scalar) % L).to_bytes(32, "little")

    def line(self, payload):
        return f"\u2014 {self.name} {base64.b64encode(self.id + payload).decode()}\n"

    def signed(self, body):
        return self.line(self.sign(body.encode()))

    def cosigned(self, body, at):
        return self.line(int(at).to_bytes(8, "big") + self.sign(f"cosignature/v1\ntime {int(at)}\n{body}".encode()))


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root(leaves):
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\1" + root(leaves[:half]) + root(leaves[half:])).digest()


def grouped(number):
    text = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        text = f"x{number % 1000:03d}/{text}"
    return text


class NoteLog:
    """A log and its witnesses. `entries` are bytes. publish() makes a witnessed checkpoint of all of them;
    what it lets through and when is the test's to choose."""

    def __init__(self, name="log.example.org/prod", witnesses=3):
        self.key = NoteKey(name, 1)
        self.witnesses = [NoteKey(f"w{i}.example.org", 4) for i in range(1, witnesses + 1)]
        self.entries = []
        self.checkpoints = {}  # by size, the first of each
        self.newest = None
        self.clock = time.time  # the witnesses' common time
        self.takes = lambda text: True  # whether what is handed in goes in; it is acknowledged all the same
        self.publishes = True  # at once after taking something in
        self.absent = set()  # paths that are not served
        self.asked = []
        self.lock = threading.RLock()
        self.server = None

    def copy(self):
        """Another log of the same keys that has all that this one has: to fork it."""
        other = object.__new__(NoteLog)
        other.__dict__.update(self.__dict__)
        other.entries, other.checkpoints = list(self.entries), dict(self.checkpoints)
        other.absent, other.asked, other.server, other.lock = set(), [], None, threading.RLock()
        return other

    def body(self, size):
        return f"{self.key.name}\n{size}\n{base64.b64encode(root([leaf(e) for e in self.entries[:size]])).decode()}\n"

    def checkpoint(self, size=None, at=None, by=None):
        """A checkpoint as it is served; `at`: one time for all witnesses or one for each of `by`."""
        body = self.body(len(self.entries) if size is None else size)
        by = self.witnesses[:2] if by is None else by
        at = self.clock() if at is None else at
        times = at if isinstance(at, (list, tuple)) else [at] * len(by)
        return body + "\n" + self.key.signed(body) + "".join(
            witness.cosigned(body, when) for witness, when in zip(by, times))

    def publish(self, size=None, at=None, by=None):
        with self.lock:
            size = len(self.entries) if size is None else size
            self.newest = self.checkpoint(size, at, by)
            self.checkpoints.setdefault(size, self.newest)
            return self.newest

    def add(self, *statements, at=None):
        """Logs statements and publishes them; gives the index of the last."""
        with self.lock:
            for text in statements:
                content = text.encode() if isinstance(text, str) else text
                if content not in self.entries:
                    self.entries.append(content)
            self.publish(at=at)
            return len(self.entries) - 1

    def index(self, text):
        return self.entries.index(text.encode())

    def claims(self):
        return [e.decode() for e in self.entries if e.startswith(b"cheget claim v1\n")]

    # Served

    def bundle(self, number, width):
        some = self.entries[number * 256:number * 256 + width]
        return b"".join(len(e).to_bytes(2, "big") + e for e in some) if len(some) == width else None

    def tile(self, level, number, width):
        span = 256 ** level
        hashes = [root([leaf(e) for e in self.entries[i * span:(i + 1) * span]])
                  for i in range(number * 256, number * 256 + width)]
        return b"".join(hashes) if (number * 256 + width) * span <= len(self.entries) else None

    def answer(self, path, query):
        parts = path.strip("/").split("/")
        if parts == ["checkpoint"]:
            return self.newest and self.newest.encode()
        if parts[0] == "witnessed":
            least = int(parts[1]) if len(parts) > 1 else int(query["from"][0])
            sizes = [size for size in sorted(self.checkpoints)
                     if (size == least if len(parts) > 1 else size >= least)]
            return self.checkpoints[sizes[0]].encode() if sizes else None
        if parts[0] == "tile":
            width = 256
            if len(parts) > 3 and parts[-2].endswith(".p"):
                width = int(parts.pop())
                parts[-1] = parts[-1][:-2]
            number = int("".join(part.lstrip("x") for part in parts[2:]))
            return self.bundle(number, width) if parts[1] == "entries" else self.tile(int(parts[1]), number, width)
        return None

    def hand_in(self, text):
        with self.lock:
            if self.takes(text) and text not in self.entries:
                self.entries.append(text)
                if self.publishes:
                    self.publish()
        return b"taken\n"

    def serve(self):
        """The address of a server in a thread of its own."""
        log = self

        class Handler(BaseHTTPRequestHandler):
            def send(self, content):
                self.send_response(200 if content is not None else 404)
                content = content or b""
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self):
                asked = urlsplit(self.path)
                log.asked.append(self.path)
                if any(asked.path.startswith(each) for each in log.absent):
                    return self.send(None)
                with log.lock:
                    return self.send(log.answer(asked.path, parse_qs(asked.query)))

            def do_POST(self):
                self.send(log.hand_in(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self.url

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
