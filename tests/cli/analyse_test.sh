#!/bin/bash
# `cheget policy analyse`: words, JSON, surroundings, refusals.
set -euo pipefail
cheget=$CHEGET_BIN/cheget
policies=$CHEGET_SOURCE/tests/policies/good
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() {
    echo "FAILED: $*"
    exit 1
}

"$cheget" policy analyse "$policies/everything.policy" > told 2>&1
for words in 'action drop' 'emergency drop' 'amend lowering' '    alice, bob, carol and erin' \
    'nobody acts without alice, bob and erin' '4 stolen keys can fire it, 1 lost key can stop it'; do
    grep -qF -- "$words" told || fail "not said: $words; but $(cat told)"
done
"$cheget" policy analyse "$policies/everything.policy" --action drop --facts colluding > told 2>&1
grep -q 'db' told || fail 'sources that collude are not of the coalition'
grep -q '^amend' told && fail '--action shows other rules'
"$cheget" policy analyse "$policies/everything.policy" --action drop --at +1h > told 2>&1
"$cheget" policy analyse "$policies/everything.policy" --at 2020-01-01T00:00:00Z > told 2>&1
grep -q 'Nobody can, not even all together' told || fail 'before it is valid'
"$cheget" policy analyse "$policies/minimal.policy" --json > out
python3 -c '
import json
told = json.load(open("out"))
rule = told["rules"][0]
assert rule["rule"] == "action drop", rule
assert rule["acting"]["minimal"] == "1" and rule["acting"]["smallest"] == 3, rule
assert rule["indispensable"] == ["alice", "bob", "carol"], rule
assert told["others"] == "silent" and told["warnings"], told
'

# usage: refuses CODE WORDS ARGUMENTS…
refuses() {
    local code=0 wanted=$1 words=$2
    shift 2
    "$cheget" policy analyse "$policies/everything.policy" "$@" >out 2>err || code=$?
    [ $code = "$wanted" ] || fail "$*: exit code $code"
    grep -qF -- "$words" err || fail "$*: $(cat err)"
}
refuses 2 'the policy has no action nothing' --action nothing
refuses 2 'the policy has no fact nothing' --facts nothing=1
refuses 2 'is no value of the fact' --facts alert=purple
refuses 2 'none of honest, colluding' --facts lying
refuses 2 'others' --others dance
