#!/usr/bin/env python3
"""G1 at the recovery authority: a briefcase's tries come back by its signature over the TPM's own challenge, given
in the same room or far away, and by nothing else: no captured answer, no other key, no altered case."""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from swtpm import Swtpm, need_swtpm

need_swtpm()
BIN = Path(os.environ["CHEGET_BIN"])
DENIED, USAGE, BAD_INPUT, UNREACHABLE, CORRUPT = 1, 2, 4, 6, 7


def check(condition, what, done=None):
    if not condition:
        print("FAILED", what, *(() if done is None else (done.returncode, done.stdout, done.stderr)), sep="\n")
        sys.exit(1)
    print("ok    ", what)


def run(*arguments, stdin=""):
    return subprocess.run([BIN / "cheget", *map(str, arguments)], input=stdin, capture_output=True, text=True)


def good(done, what):
    check(done.returncode == 0, what, done)
    return done


def tries(case, tpm):
    """As a reset tells it that is then broken off: with no answer on stdin."""
    told = run("briefcase", "reset", case, "--tpm", tpm.tcti).stdout
    return told.split("\n")[0]


def ask(case, tpm, challenge):
    """A reset from far away, waiting for its answer."""
    asking = subprocess.Popen([BIN / "cheget", "briefcase", "reset", case, "--tpm", tpm.tcti, "--challenge",
                               challenge], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
    while "Enter the answer" not in asking.stdout.readline():
        assert asking.poll() is None
    return asking


def finish(asking, answer):
    told, _ = asking.communicate(answer)
    return subprocess.CompletedProcess([], asking.returncode, told, "")


def answer(challenge, key, *more):
    return run("briefcase", "reset", "--answer", challenge, "--key", key, "--yes", *more)


def make_keys():
    for name in ("dave", "erin", "db1"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], check=True)
    for name in ("recovery", "mallory"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", name], check=True)
    Path("words").write_text("correct horse battery staple\n")


def make_case(tpm, where):
    good(run("briefcase", "create", where, "--domain", "acme", "--as", "dave", "--key", "dave", "--yes",
             "--cost", "least", "--passphrase-file", "words", "--tpm", tpm.tcti, "--tries", 7,
             "--recovery", "recovery.pub"), f"{where} is made")


def in_the_room(tpm):
    check(tries("case", tpm) == "5 of 7 tries are left", "sealing cost two tries")
    for key, code in (("mallory", USAGE), ("dave", BAD_INPUT), ("recovery.pub", UNREACHABLE)):
        done = run("briefcase", "reset", "case", "--tpm", tpm.tcti, "--key", key, "--yes")
        check(done.returncode == code, f"G1 no reset by {key}", done)
    check(tries("case", tpm) == "5 of 7 tries are left", "G1 and nothing came back")
    done = good(run("briefcase", "reset", "case", "--tpm", tpm.tcti, "--key", "recovery", "--yes", "--json"),
                "the recovery authority's key file resets")
    check('"tries":7,"tries_before":5' in done.stdout, "it tells how many there are", done)


def far_away(tpm):
    asking = ask("case", tpm, "challenge")
    check("limit: 7" in Path("challenge").read_text(), "the challenge says how many")
    refused = answer("challenge", "mallory")
    check(refused.returncode == USAGE, "another key does not answer", refused)
    answered = good(answer("challenge", "recovery", "--seal", "case/seal"), "the authority answers")
    check(answered.stdout.startswith("cheget-reset-answer-v1 "), "with the answer alone on stdout", answered)
    good(finish(asking, answered.stdout), "the answer resets")
    captured = answered.stdout

    asking = ask("case", tpm, "challenge")
    done = finish(asking, captured)
    check(done.returncode == DENIED and "this very challenge" in done.stdout, "G3 a captured answer is refused",
          done)
    asking = ask("case", tpm, "challenge")
    late = answer("challenge", "recovery").stdout
    finish(asking, "")
    done = finish(ask("case", tpm, "challenge"), late)
    check(done.returncode == DENIED, "G3 an answer to a run that ended is refused", done)
    text = Path("challenge").read_text()
    for change in (("limit: 7", "limit: 700"), ("tries: 000b", "tries: 000b00"), ("nonce: ", "nonce: 00")):
        Path("changed").write_text(text.replace(*change))
        done = answer("changed", "recovery", "--seal", "case/seal")
        check(done.returncode in (DENIED, BAD_INPUT), f"G1 a challenge with {change[1]} is not answered", done)
    asking = ask("case", tpm, "challenge")
    Path("changed").write_text(Path("challenge").read_text().replace("limit: 7", "limit: 700"))
    done = finish(asking, answer("changed", "recovery").stdout)
    check(done.returncode == DENIED, "G1 an answer for more tries is refused by the TPM", done)


def altered_and_elsewhere(tpm):
    seal = Path("case/seal").read_text()
    for change in (("limit 7", "limit 700"), ("tries 0180630", "tries 0180631")):
        Path("case/seal").write_text(seal.replace(*change))
        done = run("briefcase", "reset", "case", "--tpm", tpm.tcti, "--key", "recovery", "--yes")
        check(done.returncode == CORRUPT, f"G1 a seal with {change[1]} is refused", done)
    Path("case/seal").write_text(seal)
    with Swtpm() as other:
        done = run("briefcase", "reset", "case", "--tpm", other.tcti, "--key", "recovery", "--yes")
        check(done.returncode == CORRUPT and "another TPM" in done.stderr, "another TPM is told as such", done)
    done = run("briefcase", "reset", "case", "--tpm", "device:/nowhere", "--key", "recovery", "--yes")
    check(done.returncode == UNREACHABLE and "no TPM at" in done.stderr, "no TPM is told as such", done)
    good(run("briefcase", "create", "bare", "--domain", "acme", "--as", "dave", "--key", "dave", "--yes",
             "--cost", "least", "--passphrase-file", "words"), "one without a TPM is made")
    done = run("briefcase", "reset", "bare", "--tpm", tpm.tcti, "--key", "recovery", "--yes")
    check(done.returncode == USAGE and "not limited" in done.stderr, "one without a TPM has nothing to reset", done)


def by_an_agent(tpm):
    started = subprocess.run(["ssh-agent", "-a", os.path.abspath("agent.sock")], capture_output=True, text=True,
                             check=True).stdout
    process = started.split("SSH_AGENT_PID=")[1].split(";")[0]
    os.environ["SSH_AUTH_SOCK"] = os.path.abspath("agent.sock")
    try:
        subprocess.run(["ssh-add", "-q", "recovery"], check=True)
        Path("recovery").unlink()
        good(run("briefcase", "reset", "case", "--tpm", tpm.tcti, "--key", "recovery.pub", "--yes"),
             "the authority's agent resets")
    finally:
        os.kill(int(process), 15)
        del os.environ["SSH_AUTH_SOCK"]


def main():
    import tempfile
    with tempfile.TemporaryDirectory(prefix="cheget-reset-") as folder, Swtpm() as tpm:
        os.chdir(folder)
        os.environ.pop("SSH_AUTH_SOCK", None)
        os.environ["HOME"] = folder
        for kind in ("DATA", "STATE", "CONFIG"):
            os.environ[f"XDG_{kind}_HOME"] = os.path.join(folder, kind.lower())
        make_keys()
        good(run("init", "acme", "--name", "acme/prod", "--person", "dave=dave.pub", "--person", "erin=erin.pub",
                 "--action", "note", "--target", "notes/{name}", "--run", "/usr/bin/touch {name}",
                 "--machine", "db1=db1.pub", "--as", "dave", "--key", "dave", "--yes"), "a domain")
        good(run("approve", "policy", "--domain", "acme", "--as", "erin", "--key", "erin", "--yes"), "signed by both")
        make_case(tpm, "case")
        in_the_room(tpm)
        far_away(tpm)
        tpm.restart()
        altered_and_elsewhere(tpm)
        by_an_agent(tpm)
        os.chdir("/")


main()
