#!/bin/bash
# G8: what is shown before signing is made of the bytes that get signed, and text that could deceive
# can't get in.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team

# Every line of the signed vote stands among the lines shown, in order, nothing left out.
propose seen
expect 0 cheget approve "$order" --as bob --note 'as shown' --yes
python3 - "$work/output" "$order_folder"/votes/*.vote <<'PYTHON'
import sys
shown = []
for line in open(sys.argv[1]):
    if line.startswith("| "):
        shown.append(line[2:].rstrip("\n"))
    elif line.startswith("|+"):
        shown[-1] += line[2:].rstrip("\n")
    elif line.rstrip("\n") == "|":
        shown.append("")
signed = open(sys.argv[2]).read().split("-----BEGIN SSH SIGNATURE-----")[0].splitlines()
if shown != signed:
    sys.exit(f"shown {shown}\nsigned {signed}")
PYTHON

# Reasons, notes and names that hide, reorder or paint text are refused before anyone sees them.
for text in $'two\nlines' $'back\bspace' $'colour \e[31m' $'right\u202eleft' $'zero\u200bwidth' \
    $'tag\U000e0041' $'nul\x01'; do
    expect 4 cheget propose note notes/x --reason "$text" --as alice --yes
    expect 4 cheget approve "$order" --as carol --note "$text" --yes
    says_not $'\e'
done
expect 4 cheget propose note notes/x --reason $'\xff\xfe' --as alice --yes

# Neither do names of files that somebody else chose, nor what the command line makes of them.
expect 6 cheget approve "$order" --key "$work/"$'k\e[2J' --yes
says_not $'\e'
expect 2 cheget completion $'\e[2J'
says_not $'\e'
expect 0 cheget-exec init --policy "$domain/policy/000001.policy" --as db1 --key "$work/db1" \
    --state "$work/"$'state\e[2J' --config "$work/"$'exec\e[2J.toml'
says_not $'\e'

# An argument may hold anything, and is shown escaped: here under a policy that lets any command run.
cheget policy show >"$work/new.policy"
sed -i 's/^  run .*/  run any/' "$work/new.policy"
expect 0 cheget amend "$work/new.policy" --as alice --yes
expect 0 cheget approve "$(ls "$domain/amendments")" --as bob --yes
expect 0 cheget propose note notes/x --reason y --as alice --yes -- /usr/bin/printf $'a\e[2Jb\u202ec'
order=$(sed -n 's/^Proposed: //p' "$work/output")
says_not $'\e'
says_not $'\u202e'
expect 0 cheget approve "$order" --as bob --yes
says '\u001b[2J'
says '\u202e'
says_not $'\e'
says_not $'\u202e'
expect 0 cheget status "$order"
expect 0 cheget show "$order"
says_not $'\u202e'
