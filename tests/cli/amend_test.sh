#!/bin/bash
# Changing the rules: a new policy enters by its votes, orders under the old one are dead, a revoked key
# counts for nothing, and the tool never goes back.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
make_key dave
propose old
expect 0 cheget approve latest --as alice --yes

cheget policy show >"$work/new.policy"
expect 2 cheget amend "$work/new.policy" --as alice --yes
says 'what the policy in force says'
sed -i "/^person  *carol/a person dave { $(cut -d' ' -f1,2 "$work/dave.pub") }" "$work/new.policy"
sed -i 's/^group team.*/group team = { alice, bob, carol, dave, frnk }/' "$work/new.policy"
expect 4 cheget amend "$work/new.policy" --as alice --yes
says '^'
sed -i 's/, frnk//' "$work/new.policy"
expect 0 cheget amend "$work/new.policy" --note 'dave joins' --as alice --yes
says '+ person'
says 'waits for others'
amendment=$(basename "$domain"/amendments/*)
cp -r "$domain" "$work/before"
expect 0 cheget status --as bob
says "cheget approve ${amendment:0:12}"
expect 0 cheget approve "$amendment" --as bob --yes
says 'policy 2 is in force'
[ -e "$domain/policy/000002.policy" ]
cheget policy show >"$work/shown"
cmp "$work/shown" "$domain/policy/000002.policy"

# The order under policy 1 is dead, and its voters are told.
expect 1 cheget approve "$order" --as bob --yes
expect 0 cheget status
says 'Nothing is open'
# dave now proposes and approves like the others.
expect 0 cheget propose note notes/new --reason 'by dave' --as dave --approve --yes
order=$(sed -n 's/^Proposed: //p' "$work/output")
expect 0 cheget approve "$order" --as bob --yes
expect 0 cheget verify "$order"

# Someone exchanges the folder for an older copy: the tool remembers.
expect 1 cheget status --domain "$work/before"
says 'policy 2 was in force'

# dave's laptop is gone: by his own key at once; or by two others.
expect 3 cheget revoke dave --why stolen --as alice --yes
says 'waits for others'
expect 0 cheget verify "$order"
expect 0 cheget revoke dave --why stolen --as bob --yes
says 'Revoked:'
expect 1 cheget verify "$order"
expect 0 cheget key list
says 'revoked'
expect 0 cheget key export
says "# revoked: dave"
expect 6 cheget propose note notes/more --reason y --as dave --yes
expect 0 cheget revoke carol --why replaced --as carol --yes
says 'Revoked:'
