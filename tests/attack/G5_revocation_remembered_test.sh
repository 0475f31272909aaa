#!/bin/bash
# G5: a revocation that reached somebody's tool once goes on counting there, whatever the folder's holder
# takes out of it again, and so do those known before a later policy is trusted.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
propose good
expect 0 cheget approve "$order" --as carol --yes
expect 0 cheget approve "$order" --as alice --yes
expect 0 cheget verify "$order"
expect 0 cheget revoke carol --why stolen --as carol --yes
expect 3 cheget verify "$order"

# --- The folder's holder takes it out again: what carol's stolen key approves counts no more for that.
hidden=$work/hidden
mv "$domain/revocations" "$hidden"
expect 3 cheget verify "$order"
expect 0 cheget status
expect 3 cheget verify "$order"

# --- Nor does it bring in a policy, which bob and the thief vote for in another copy of the folder.
cheget policy show | sed 's/expire   8h/expire   7h/' >"$work/seven"
victim=$XDG_DATA_HOME
export XDG_DATA_HOME=$work/thief
expect 0 cheget amend "$work/seven" --as bob --yes
expect 0 cheget approve "$(ls "$domain/amendments")" --as carol --yes
says 'In force'
export XDG_DATA_HOME=$victim
expect 0 cheget policy show
says 'version: 1'

# --- It stays so when the tool goes on to a policy that others carried.
expect 0 cheget approve "$(ls "$domain/amendments")" --as alice --yes
says 'In force'
expect 0 cheget policy show
says 'version: 2'
propose later
export XDG_DATA_HOME=$work/thief
expect 0 cheget approve "$order" --as carol --yes
expect 0 cheget approve "$order" --as alice --yes
export XDG_DATA_HOME=$victim
expect 3 cheget verify "$order"

# --- And when a newcomer, who knew of it under the first policy, trusts a later one.
export XDG_DATA_HOME=$work/newcomer
mv "$domain/amendments" "$work/amendments"
cp -r "$hidden" "$domain/revocations"
expect 0 cheget policy show
rm -r "$domain/revocations"
mv "$work/amendments" "$domain/amendments"
expect 0 cheget policy trust "$domain/policy/000002.policy" --yes
expect 3 cheget verify "$order"
