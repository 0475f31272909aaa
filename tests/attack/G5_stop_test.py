"""G5, G7 at the executor: what reaches it before it acts stops the order, even at the last moment, and
what it once knew it never forgets: vetoes, revocations, later policies."""
import os
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "support"))
from scene import *

TRACE = BIN / "trace_points"


def revocation(scene, key, of, by, why="stolen"):
    fingerprint = subprocess.run(["ssh-keygen", "-l", "-f", scene.keys / f"{key}.pub"],
                                 capture_output=True, text=True).stdout.split()[1]
    text = (f"cheget revocation v1\ndomain: {DOMAIN} {scene.policy_id}\nkey: {fingerprint}\nof: {of}\n"
            f"why: {why}\nby: {by}\nat: {stamp()}\n")
    return text + scene.signature("revocation", text, by)


def amendment(scene, text, version, by, verdict="approve"):
    vote = (f"cheget vote v1\ndomain: {DOMAIN} {scene.policy_id}\n"
            f"on: policy {version} {sha256(text.encode())}\nverdict: {verdict}\nby: {by}\n"
            f"mark: {os.urandom(32).hex()}\nvoted: {stamp()}\n\n{text}")
    return vote + scene.signature("vote", vote, by)


with Scene() as scene:
    # At the last moment: after the first decision, while the command is being prepared.
    for verdict, by in (("veto", "carol"), ("withdraw", "alice")):
        order = scene.order(["/bin/echo", "ran"])
        late = scene.root / "late"
        late.write_text(scene.vote(order, by, verdict))
        done = scene.run(order, prefix=(TRACE, "before", "unshare", f"cp {late} {scene.drop}/late", "--"))
        check_exit(done, DENIED, f"G5 {verdict} between the decision and the claim")
        check("ran" not in done.stdout, f"G5 {verdict}: nothing ran", done)
        check(scene.sent(order) == ["claim", "refused"], f"G5 {verdict}: told as refused")
        (scene.drop / "late").unlink()

    # Later still: its start is being written to the outbox. Whoever serves that folder, or the
    # order's, can make that last as long as they like.
    order = scene.order(["/bin/echo", "ran"])
    late.write_text(scene.vote(order, "carol", "veto"))
    done = scene.run(order, prefix=(TRACE, "before", "renameat:2", f"cp {late} {scene.drop}/late", "--"))
    check_exit(done, DENIED, "G5 a veto while the start is written")
    check("ran" not in done.stdout, "G5 nothing ran", done)
    check(scene.sent(order) == ["claim", "refused", "started"], "G5 told as refused")
    (scene.drop / "late").unlink()
    order = scene.order(["/bin/echo", "ran"], expires=10)
    done = scene.run(order, prefix=(TRACE, "before", "renameat:2", "sleep 11", "--"))
    check_exit(done, DENIED, "G6 an order that expires while its start is written")
    check("ran" not in done.stdout, "G6 nothing ran", done)

    # Somebody else's veto, and a veto that nobody signed, stop nothing.
    order = scene.order(["/bin/echo", "ran"])
    (scene.drop / "forged").write_text(scene.vote(order, "carol", "veto", signer="mallory"))
    (scene.drop / "other").write_text(scene.vote(scene.order(["/bin/true"]), "carol", "veto"))
    check_exit(scene.run(order), 0, "G5 forged vetoes and those on other orders")
    (scene.drop / "forged").unlink()
    (scene.drop / "other").unlink()

    # A copy of a veto with a bad signature does not keep the good one out of the memory.
    order = scene.order(["/bin/echo", "ran"])
    veto = scene.vote(order, "carol", "veto")
    text = veto.split("-----BEGIN")[0]
    (scene.drop / "1").write_text(text + scene.signature("vote", text, "mallory"))
    (scene.drop / "2").write_text(veto)
    check_exit(scene.run(order), DENIED, "G5 a veto beside a spoilt copy of it")
    for name in ("1", "2"):
        (scene.drop / name).unlink()
    check_exit(scene.run(order), DENIED, "G5 and it is remembered")

    # The drop folder is gone: nobody could stop anything.
    order = scene.order(["/bin/echo", "ran"])
    scene.drop.rename(scene.root / "away")
    check_exit(scene.run(order), UNREACHABLE, "G5 no drop folder")
    (scene.root / "away").rename(scene.drop)

    # A revoked key's approval counts no more, also when the revocation is not there any more.
    (scene.drop / "revocation").write_text(revocation(scene, "bob", "bob", "bob"))
    check_exit(scene.run(order), WAITING, "G5 an approval by a revoked key")
    (scene.drop / "revocation").unlink()
    check_exit(scene.run(order), WAITING, "G5 the revocation is remembered")
    check_exit(scene.run(scene.permit(order, voters=("carol", "alice"))), WAITING,
               "G4 the proposer fills no place")

with Scene() as scene:
    # One of two that a revocation needs: remembered, and in force with the other.
    order = scene.order(["/bin/echo", "ran"])
    (scene.drop / "first").write_text(revocation(scene, "carol", "carol", "alice"))
    check_exit(scene.run(order, "--dry-run"), 0, "G5 one revocation of two is not enough")
    (scene.drop / "first").unlink()
    (scene.drop / "second").write_text(revocation(scene, "carol", "carol", "bob"))
    check_exit(scene.run(order, "--dry-run"), WAITING, "G5 two are, the first from memory")

with Scene() as scene:
    # One person's many revocations of one key: one is remembered, so that nobody can fill the
    # executor's memory until it judges nothing any more.
    order = scene.order(["/bin/echo", "ran"])
    for number in range(3):
        (scene.drop / "first").write_text(revocation(scene, "carol", "carol", "alice",
                                                     why=("lost", "left", "stolen")[number]))
        check_exit(scene.run(order, "--dry-run"), 0, "G5 one person's word is not enough")
    with sqlite3.connect(scene.state / "ledger.db") as ledger:
        check(ledger.execute("SELECT count(*) FROM revocation").fetchone() == (1,),
              "G10 one pending revocation of each person and key")

with Scene() as scene:
    # A withdrawn approval of an amendment: remembered when whoever holds the folder takes it away.
    order = scene.order(["/bin/echo", "ran"])
    later = scene.policy.replace(
        f"domain: {DOMAIN}\nversion: 1\n",
        f"domain: {DOMAIN} {scene.policy_id}\nversion: 2\nprevious: {scene.policy_id}\n")
    for verdict in ("veto", "withdraw"):
        changed = later if verdict == "veto" else later.replace("expire   8h", "expire   7h")
        votes = [amendment(scene, changed, 2, by) for by in ("alice", "bob")]
        stop = amendment(scene, changed, 2, "bob", verdict)
        check_exit(scene.run(scene.permit(order, extra=(*votes, stop)), "--dry-run"), 0,
                   f"G5 a {verdict} on an amendment")
        check_exit(scene.run(scene.permit(order, extra=votes), "--dry-run"), 0,
                   f"G5 the {verdict} on an amendment is remembered")
        check('"version":1' in scene.exec("state", "--json").stdout, "G7 policy 1 is in force")
    votes.append(amendment(scene, changed, 2, "carol"))
    check_exit(scene.run(scene.permit(order, extra=votes)), DENIED,
               "G7 enough others: the amendment takes force")

with Scene() as scene:
    # The executor's own key.
    order = scene.order(["/bin/echo", "ran"])
    for by in ("alice", "bob"):
        (scene.drop / by).write_text(revocation(scene, "db1", "db1", by))
    done = scene.run(order)
    check_exit(done, DENIED, "G5 the executor's own key is revoked")
    check("revoked" in done.stderr, "says so", done)

with Scene() as scene:
    # A later policy kills the orders under the older one, for good.
    order = scene.order(["/bin/echo", "ran"])
    later = scene.policy.replace(
        f"domain: {DOMAIN}\nversion: 1\n",
        f"domain: {DOMAIN} {scene.policy_id}\nversion: 2\nprevious: {scene.policy_id}\n")
    one = amendment(scene, later, 2, "alice")
    two = amendment(scene, later, 2, "bob")
    check_exit(scene.run(scene.permit(order, extra=(one,)), "--dry-run"), 0,
               "G7 a proposed policy changes nothing")
    done = scene.run(scene.permit(order, extra=(one, two)))
    check_exit(done, DENIED, "G7 an order under the older policy")
    check_exit(scene.run(order), DENIED, "G7 the later policy is remembered")
    check('"version":2' in scene.exec("state", "--json").stdout, "G7 the state says so")
    order = scene.order(["/bin/echo", "ran"], policy=(2, sha256(later.encode())))
    check_exit(scene.run(order), 0, "G7 an order under the later policy")

    # An old ledger put back under the same outbox would go back: what it is given brings it forward.
    check_exit(scene.exec("init", "--policy", scene.policy_file, "--as", "db1", "--key",
                          scene.keys / "db1", "--state", scene.state), USAGE,
               "G7 an executor can't be begun anew over its state")
finish()
