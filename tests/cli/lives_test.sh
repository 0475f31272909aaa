# People's lives: keys replaced, added and taken out by amendments that the tool makes; what it refuses, and
# why; the warning before a quorum bricks.
. "$(dirname "$0")/../support/team.sh"
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

# --- Revoked keys are lost keys: a removal that leaves two people, one of whom is revoked, is refused.
expect 0 cheget revoke carol --why lost --as carol --yes
expect 0 cheget status --as alice
says_not 'too few'
expect 0 cheget revoke dave --why left --as dave --yes
expect 0 cheget status --as alice
says 'note: once alice or bob is lost, nobody can satisfy it'
says 'amend: once alice or bob is lost, nobody can satisfy it, and this policy can never be changed again'
before=$(amendments)
expect 1 cheget key remove bob --as alice --yes
says 'too few keys for note, amend and revoke'
is_same "$(amendments)" "$before"
expect 0 cheget key remove dave --as alice --yes
says 'Under the new policy'
expect 0 cheget approve "$(newest)" --as bob --yes
says 'In force'
expect 0 cheget key remove carol --as alice --yes
expect 0 cheget approve "$(newest)" --as bob --yes
says 'In force'
# The text alone would be refused now: two of one.
expect 1 cheget key remove bob --as alice --yes
says 'nothing was signed'
says '2 are needed of 1'
says 'cheget policy show > new.policy'

# --- Too late: one of the two is lost, and nothing can be changed any more.
expect 0 cheget revoke bob --why stolen --as bob --yes
expect 0 cheget status --as alice --json
says '"bricked":true'
says 'this policy can never be changed again'

# --- A newcomer's tool remembers nothing, and the votes of revoked keys carry no amendment any more: they
# see an older policy until two people tell them the words of the one in force.
newest_policy=$(ls "$domain"/policy/*.policy | tail -1)
version=$(basename "$newest_policy" .policy | sed 's/^0*//')
expect 0 cheget policy show
says "version: $version"
export XDG_DATA_HOME=$work/newcomer
expect 0 cheget policy show
says_not "version: $version"
expect 2 cheget policy trust "$newest_policy"
says 'Compare these words with two of its people'
expect 0 cheget policy trust "$newest_policy" --yes
says "In force here: policy $version"
expect 0 cheget policy show
says "version: $version"
expect 1 cheget policy trust "$domain/policy/000002.policy" --yes
says 'there is no way back'
other=00   # whatever the id begins with, the stranger's begins otherwise
! grep -q '^domain: acme/test sha256:00' "$newest_policy" || other=ff
sed "s/^domain: acme\/test sha256:../domain: acme\/test sha256:$other/" "$newest_policy" >"$work/stranger"
expect 1 cheget policy trust "$work/stranger" --yes
