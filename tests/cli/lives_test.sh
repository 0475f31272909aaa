# People's lives: keys replaced, added and taken out by amendments that the tool makes; what it refuses, and
# why; the warning before a quorum bricks.
. "$CHEGET_SOURCE/tests/support/team.sh"
start_agent
make_team
amendments() { ls "$domain/amendments" 2>/dev/null | wc -l; }
newest() { ls -t "$domain/amendments" | head -1 | cut -c1-12; }
for name in dave erin; do make_key "$name"; done
ssh-keygen -q -t ed25519 -N '' -C bob -f "$work/bob-new"

# --- Nobody is near the brink: two of three, and the proposer counts.
expect 0 cheget status --as alice
says_not 'too few'
expect 0 cheget status --json --as alice
says '"brinks":[]'

# --- Refused before anything is signed.
expect 2 cheget key add dave "$work/dave.pub" --as alice --yes
says '--group'
expect 2 cheget key add alice "$work/dave.pub" --group team --as alice --yes
expect 2 cheget key add dave "$work/dave.pub" --group nobody --as alice --yes
says 'no group'
expect 2 cheget key add alice "$work/bob.pub" --as alice --yes
says "already: bob's"
expect 1 cheget key add alice "$work/dave.pub" --pin --as alice --yes
says 'nothing was signed'
expect 2 cheget key replace zed "$work/dave.pub" --as alice --yes
expect 2 cheget key remove bob "$work/bob.pub" --as alice --yes
says "bob's only key"
expect 1 cheget key remove db1 --as alice --yes
says 'policy:'
expect 2 cheget key remove zed --as alice --yes
is_same "$(amendments)" 0

# --- Bob replaces his key, and only the old one is at hand: told; the new key's vote comes later.
cp "$work/bob-new.pub" "$work/elsewhere.pub"
expect 0 cheget key replace bob "$work/elsewhere.pub" --as bob --yes
says 'counts under the policy in force alone'
says 'bob signs with an old key and a new one'
expect 0 cheget approve "$(newest)" --as alice --yes
says 'waits for others. Approved by alice and bob'
says 'policy 1, in force: satisfied'
says 'policy 2, the new one: not yet'
expect 0 cheget approve "$(newest)" --key "$work/bob-new" --yes
says 'In force'
expect 0 cheget key list
says_not "$(ssh-keygen -l -f "$work/bob.pub" | cut -d' ' -f2)"

# --- Back again with both at hand: one vote with two signatures, and alice's.
ssh-add -q "$work/bob-new"
expect 0 cheget key replace bob "$work/bob.pub" --as bob --yes
says 'Signing also as bob'
is_same "$(grep -c 'BEGIN SSH SIGNATURE' "$domain/amendments/$(ls -t "$domain/amendments" | head -1)"/votes/*.vote)" 2
expect 0 cheget approve "$(newest)" --as alice --yes
says 'In force'
ssh-add -q -d "$work/bob-new"

# --- A second key, and the last key that isn't a page's; then two newcomers.
expect 0 cheget key add alice "$work/erin.pub" --as alice --yes
expect 0 cheget approve "$(newest)" --as carol --yes
says 'In force'
expect 0 cheget key remove alice "$work/erin.pub" --as carol --yes
expect 0 cheget approve "$(newest)" --as bob --yes
says 'In force'
expect 0 cheget key add dave "$work/dave.pub" --group team --as alice --yes
expect 0 cheget approve "$(newest)" --as carol --yes
expect 0 cheget key list --json
says '"name":"dave"'
expect 2 cheget key add erin "$work/dave.pub" --group team --as alice --yes
says "already: dave's"

