#!/usr/bin/env python3
"""Whatever docs/vectors/signatures.json calls good, stock `ssh-keygen -Y verify` calls good too.

And no signature of another text, key or namespace is good to either; where stock OpenSSH is more
lenient (touch, PIN, web origin, spellings, Ed25519's S), the count is printed.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get("CHEGET_SOURCE", Path(__file__).resolve().parents[1]))
# What no verifier may let pass.
FORGED = ("the text was changed", "made for another purpose", "the container names another key",
          "the algorithm is not the key's", "the challenge is of another text",
          "SHA-256 under the name rsa-sha2-512")


def stock_says_good(folder, test, namespace, text):
    (folder / "allowed").write_text(f'alice namespaces="{namespace}" {test["key"]}\n')
    (folder / "sig").write_bytes(test["armor"].encode())
    answer = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", folder / "allowed", "-I", "alice",
                             "-n", namespace, "-s", folder / "sig"],
                            input=text.encode(), capture_output=True)
    return answer.returncode == 0


def main():
    file = json.loads((SOURCE / "docs/vectors/signatures.json").read_text())
    problems, lenient, good = [], 0, 0
    with tempfile.TemporaryDirectory() as name:
        for test in file["signatures"]:
            stock = stock_says_good(Path(name), test, file["namespace"], file["text"])
            good += test["good"]
            if test["good"] and not stock:
                problems.append(f"{test['name']}: good to cheget, not to ssh-keygen")
            if not test["good"] and stock:
                lenient += 1
                if test["why"] in FORGED:
                    problems.append(f"{test['name']}: ssh-keygen calls a forgery good")
    print(f"{good} good to both; {lenient} of the {len(file['signatures']) - good} bad ones pass "
          "stock ssh-keygen")
    print(*problems, sep="\n")
    return 1 if problems or good == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
