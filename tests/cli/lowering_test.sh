#!/bin/bash
# Where a policy has `amend lowering`, the tools say of an amendment whether it lowers and for whom, and the
# rule that its verdict asks for decides.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
cheget policy show >"$work/next.policy"
sed -i '/^amend /s/.*/amend { approve 2 of team }\namend lowering { approve all of team }/' "$work/next.policy"
expect 0 cheget amend "$work/next.policy" --as alice --yes
expect 0 cheget approve "$(basename "$domain"/amendments/*)" --as bob --yes
says 'policy 2 is in force'
known=$(ls "$domain/amendments")

# usage: amend FROM TO      an amendment by alice; its id lies in $amendment
amend() {
    cheget policy show | sed "$1" >"$work/next.policy"
    expect 0 cheget amend "$work/next.policy" --as alice --yes "${@:2}"
    amendment=$(ls "$domain/amendments" | grep -vxF "$known")
    known=$(ls "$domain/amendments")
}

# Looser: named, with who gains, and not in force by the everyday rule.
amend 's/^  approve  2 of team/  approve  1 of team/'
says 'LOWERED: action note: '
says 'can now act; before, '
says 'so `amend lowering` decides'
says 'Its rule to amend what lowers is'
expect 0 cheget status --as bob
says 'LOWERED: action note: '
expect 0 cheget approve "$amendment" --as bob --yes
says 'waits for others'
expect 0 cheget approve "$amendment" --as bob --yes --json
grep -q '"lowering":true' "$work/output"
grep -q '"why":"LOWERED: action note: ' "$work/output"
expect 0 cheget approve "$amendment" --as carol --yes
says 'policy 3 is in force'

# Stricter: the everyday rule.
amend 's/^  approve  1 of team/  approve  3 of team/'
says 'RAISED: '
says 'so `amend` decides'
expect 0 cheget approve "$amendment" --as carol --yes
says 'policy 4 is in force'

# A key exchanged silently.
make_key mallory
amend "s|^person  *bob .*|person bob { $(cut -d' ' -f1,2 "$work/mallory.pub") }|"
says 'LOWERED: '
says 'looser:   bob has a new key'
expect 0 cheget approve "$amendment" --as carol --yes
says 'waits for others'
