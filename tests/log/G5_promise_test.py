#!/usr/bin/env python3
"""G5: a log that signs for a veto while no witness sees it, and afterwards shows its witnesses a log without
it. The tool that kept the promise proves it: an alarm, with evidence that anyone can check."""
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["CHEGET_SOURCE"]) / "tests" / "log"))
from log_scene import *

with LogScene() as scene:
    witnesses = [scene.start_witness(number) for number in (1, 2, 3)]
    urls = [url for _, url in witnesses]
    ports = [int(url.rsplit(":", 1)[1]) for url in urls]
    server, url = scene.serve(urls, "--new")
    order = scene.order(["/bin/true"], files=())
    folder = scene.domain / "orders" / order.id.removeprefix("sha256:")
    folder.mkdir(parents=True)
    (folder / "order").write_text(scene.signed_order(order))
    check(post(url, scene.signed_order(order))[0] == 200, "the order is taken in")
    wait_published(url, 1)
    scene.stop(server)
    shutil.copytree(scene.state, scene.root / "before")

    # No witness can be reached while the veto is signed for.
    for process, _ in witnesses:
        scene.stop(process)
    server, url = scene.serve(urls)
    veto = folder / "veto.vote"
    veto.write_text(scene.vote(order, "carol", "veto"))
    told = scene.cheget("log", "submit", veto, "--domain", scene.domain, "--log", url, "--give-up-after", "2s")
    check_exit(told, 6, "a veto that no witness saw")
    check("NOT RECORDED" in told.stdout + told.stderr, "it says NOT RECORDED")
    promise = Path(f"{veto}.tlog-promise")
    check(promise.exists(), "the log's word is kept")
    verify = ["log", "verify", "--domain", scene.domain, "--promise", promise, "--entry", veto]
    told = scene.cheget(*verify[:2], url, *verify[2:])
    check_exit(told, 3, "a promise that the witnesses haven't come to")
    scene.stop(server)

    # The server forgets it, and has other entries in its place, which the witnesses see.
    shutil.rmtree(scene.state)
    shutil.move(scene.root / "before", scene.state)
    for number, port in enumerate(ports, 1):
        scene.start_witness(number, port)
    server, url = scene.serve(urls)
    for _ in range(2):
        other = scene.signed_order(scene.order(["/bin/true"], files=()))
        check(post(url, other)[0] == 200, "another order is taken in")
    wait_published(url, 3)
    told = scene.cheget(*verify[:2], url, *verify[2:])
    check_exit(told, 1, "a promise that was broken")
    check("ALARM" in told.stderr and "broke its promise" in told.stderr, "it raises the alarm")
    evidence = Path(f"{promise}.evidence")
    proved = scene.cheget("log", "verify", "--domain", scene.domain, "--evidence", evidence)
    check("signed two trees" in proved.stdout + proved.stderr, "the evidence holds by itself")
    evidence.unlink()

    # Whoever goes on handing it in is told too, though it is recorded now.
    told = scene.cheget("log", "submit", veto, "--domain", scene.domain, "--log", url, "--give-up-after", "30s")
    check("Recorded" in told.stdout, "it is recorded in the end")
    check_exit(told, 1, "recorded by a log that broke its promise")
    check("ALARM" in told.stdout + told.stderr and evidence.exists(), "the alarm is raised with evidence")

    # A promise that was kept.
    promise.unlink()
    order = scene.signed_order(scene.order(["/bin/true"], files=()))
    kept = scene.root / "kept.promise"
    kept.write_text(post(url, order)[1])
    entry = scene.root / "kept.order"
    entry.write_text(order)
    wait_published(url, 5)
    told = scene.cheget("log", "verify", url, "--domain", scene.domain, "--promise", kept, "--entry", entry)
    check_exit(told, 0, "a promise that was kept")
    check("Kept" in told.stdout, "it says so")
finish()
