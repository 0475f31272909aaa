#!/usr/bin/env python3
"""Runs the commands of the tutorial, the how-to guides and the examples: every line of a ```console block
that begins with `$ `, in one shell for each document, in a fresh folder. A line `? N` says with which exit
code the command above it ends; otherwise it is 0. Lines that begin with `> ` go on with the command."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["CHEGET_SOURCE"])
BIN = os.environ["CHEGET_BIN"]

# What a how-to guide takes for granted: the tutorial's team, its domain, an order by alice.
TEAM = """
eval "$(ssh-agent -s)" >/dev/null
for name in alice bob carol; do ssh-keygen -q -t ed25519 -N '' -C $name -f $name; ssh-add -q $name; done
ssh-keygen -q -t ed25519 -N '' -C db1 -f db1
export CHEGET_DOMAIN=$PWD/acme
cheget init acme --name acme/books --person alice=alice.pub --person bob=bob.pub \
    --person carol=carol.pub --machine db1=db1.pub --action note --target 'notes/{name}' \
    --run "/usr/bin/touch $PWD/{name}" --as alice --yes
cheget approve policy --as bob --yes
cheget approve policy --as carol --yes
cheget propose note notes/x --reason 'a test' --as alice --yes
"""
APPROVED = TEAM + """
cheget approve latest --as alice --yes
cheget approve latest --as carol --yes
"""
# Keys alone, for guides that make a domain from a template.
KEYS = """
eval "$(ssh-agent -s)" >/dev/null
for name in alice bob carol dave erin frank agent ci db1 gate host web1; do
    ssh-keygen -q -t ed25519 -N '' -C $name -f $name; ssh-add -q $name
done
"""
# And a TPM, in software: its name is in $TPM, and it ends with the shell.
TPM = TEAM + """
exec 7< <(exec python3 "$CHEGET_SOURCE/tests/support/swtpm.py")
read -r TPM <&7
printf 'correct horse battery staple\\n' > words
"""
EXAMPLES = 'cp -r "$CHEGET_SOURCE"/examples/. .'
SETUP = {"tutorial.md": "", "how-to/bare-ssh-keygen.md": TEAM,
         "how-to/lost-key.md": TEAM, "how-to/replace-a-key.md": TEAM, "how-to/newcomer.md": TEAM,
         "how-to/leaver.md": TEAM, "how-to/quorum-about-to-brick.md": TEAM,
         "how-to/share-the-folder.md": APPROVED, "how-to/change-the-policy.md": TEAM,
         "how-to/test-a-policy.md": TEAM, "how-to/attest-a-fact.md": KEYS,
         "how-to/keep-a-log.md": "", "how-to/analyse-a-policy.md": TEAM, "how-to/compare-policies.md": TEAM,
         "how-to/templates.md": KEYS, "how-to/database.md": KEYS, "how-to/release.md": KEYS,
         "how-to/agent.md": KEYS, "how-to/deploy.md": KEYS, "how-to/payout.md": KEYS,
         "how-to/keys.md": KEYS, "how-to/briefcase-tpm.md": TPM, "how-to/by-code-and-paper.md": TEAM,
         "how-to/make-a-briefcase.md": TEAM, "how-to/carry-a-briefcase.md": TEAM,
         "how-to/lost-briefcase.md": TEAM, "../examples/README.md": EXAMPLES,
         "../examples/umbrella/README.md": EXAMPLES + "\ncd umbrella"}


def commands_of(text):
    """Pairs of a command and its exit code."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append([line[2:], 0])
            elif line.startswith("? ") and found:
                found[-1][1] = int(line[2:])
            elif line.startswith(">") and found:
                found[-1][0] += "\n" + line[2:]
            else:
                sys.exit(f"neither a command nor an exit code: {line}")
    return found


def script_of(setup, commands):
    stop_agent = "[ -z \"$SSH_AGENT_PID\" ] || kill $SSH_AGENT_PID"
    lines = [f"trap '{stop_agent}' EXIT", "set -e", setup, "set +e"]
    for command, code in commands:
        if command.startswith("cheget propose"):
            lines.append("sleep 1")  # `latest` wants a second of its own
        lines += [f"echo '$' {quoted(command)}", command, "got=$?",
                  f"[ $got -eq {code} ] || {{ echo \"exit code $got instead of {code}\"; exit 1; }}"]
    return "\n".join(lines)


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def run(name):
    commands = commands_of((SOURCE / "docs" / name).read_text())
    if not commands:
        sys.exit(f"{name} has no commands to run")
    with tempfile.TemporaryDirectory(prefix="cheget-docs-") as folder:
        os.mkdir(f"{folder}/home")
        environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": f"{folder}/home",
                       "XDG_DATA_HOME": f"{folder}/home/data", "LC_ALL": "C.UTF-8",
                       "CHEGET_SOURCE": str(SOURCE)}
        result = subprocess.run(["bash", "-c", script_of(SETUP[name], commands)], cwd=folder,
                                env=environment, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if result.returncode != 0:
        print(result.stdout[-6000:])
        sys.exit(f"{name}: a command did not do what the document says")
    print(f"{name}: {len(commands)} commands")


for document in SETUP:
    if SETUP[document] == TPM and shutil.which("swtpm") is None:
        print(f"{document}: skipped, swtpm is not installed")
    else:
        run(document)
