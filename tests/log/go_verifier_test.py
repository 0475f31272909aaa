#!/usr/bin/env python3
"""A verifier in Go, on the packages of the Go checksum database, reads what our code wrote: notes,
cosignatures, tiles, entries, inclusion and consistency, at sizes around every edge of a tile; and it
refuses copies in which one byte of any kind of file was changed.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["CHEGET_SOURCE"])
BIN = Path(os.environ["CHEGET_BIN"])
SIZES = [1, 2, 255, 256, 257, 65535, 65536, 65537, 70000]
# One file of each kind that is tampered with; the last of them, so that no wider one hides it.
KINDS = ["checkpoint", "checkpoints/*", "proofs/*", "consistency/*", "tile/0/*", "tile/0/*.p/*",
         "tile/1/*", "tile/1/*.p/*", "tile/2/*.p/*", "tile/entries/*", "tile/entries/*.p/*"]


def build(folder):
    """The verifier's program; Debian's Go and its packages, nothing from the network."""
    go = next((path for path in ("/usr/lib/go-1.19/bin/go", shutil.which("go"))
               if path and Path(path).exists()), None)
    if go is None:
        sys.exit("no Go compiler: deps/install test installs golang-1.19-go")
    environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOFLAGS="",
                       GOCACHE=str(BIN.parent / "go-cache"), CGO_ENABLED="0")
    subprocess.run([go, "build", "-o", folder / "log_verifier", SOURCE / "tests/go/log_verifier/main.go"],
                   env=environment, check=True)
    return folder / "log_verifier"


def verify(verifier, log, keys):
    answer = subprocess.run([verifier, log, *keys], capture_output=True, text=True)
    return answer.returncode, answer.stdout.strip()


def files_of(log, kind):
    return sorted(path for path in log.glob(kind) if path.is_file())


def main():
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        verifier = build(scratch)
        log = scratch / "log"
        subprocess.run([BIN / "write_log", log, scratch / "keys", *map(str, SIZES)], check=True)
        keys = (scratch / "keys").read_text().split()

        code, said = verify(verifier, log, keys)
        print(f"{said}; {sum(1 for _ in log.rglob('*'))} files, sizes {SIZES}")
        if code != 0 or said != f"verified {SIZES[-1]} entries":
            problems.append(f"the log itself: {said}")
        if verify(verifier, log, [keys[0], keys[1], keys[1].replace("w1.", "w9.")])[0] == 0:
            problems.append("a witness that never signed is not missed")

        refused = 0
        for kind in KINDS:
            paths = files_of(log, kind)
            if not paths:
                problems.append(f"no file {kind} was written")
                continue
            path = paths[-1]
            good = path.read_bytes()
            for at in {0, len(good) // 2, len(good) - 2, random.Random(kind).randrange(len(good))}:
                path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
                code, said = verify(verifier, log, keys)
                refused += code == 1
                if code == 0:
                    problems.append(f"{path.relative_to(log)} with byte {at} changed passes")
            path.write_bytes(good)
        for kind in ("checkpoint", "tile/0/*", "tile/entries/*"):
            path = files_of(log, kind)[-1]
            good = path.read_bytes()
            path.unlink()
            if verify(verifier, log, keys)[0] == 0:
                problems.append(f"{path.relative_to(log)} is not missed")
            path.write_bytes(good)
        print(f"{refused} tampered copies refused")
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
