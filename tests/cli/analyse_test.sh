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

# Times, truths, pages, witnesses, changing the rules first: in words and as JSON.
"$cheget" policy analyse "$CHEGET_SOURCE/examples/erase/erase.policy" >told 2>&1
for words in 'action drop-database     takes 5, 1 can block' 'Its 2 assertions hold.' \
    'at first, until 30m: nobody' 'from 4h30m on, until 8h: 5 suffice; now also alice, bob, dave, erin and frank' \
    'while backup-ok is not true and alert is below high: nobody' \
    'Whoever can fire it can use it up: 1 time, then nobody has it for 30d' \
    'The page https://cheget.acme.example and 4 more suffice' \
    'By changing the rules first (amend lowering) 6 can have anything, after 7d' \
    '1 may lie about the time, 0 may sign two histories, 1 may be silent' \
    'a server that shows an order to nobody who may veto it can outwait the veto'; do
    grep -qF -- "$words" told || fail "not said: $words; but $(cat told)"
done
head -1 told | grep -q 'takes 5' || fail 'the point is not in the first line'
cat >odds.toml <<'END'
default = { available = 0.9, compromised = 0.01 }
erin = { available = 0.5 }
END
"$cheget" policy analyse "$CHEGET_SOURCE/examples/erase/erase.policy" --full --odds odds.toml --json >out
python3 - <<'END'
import json
told = json.load(open("out"))
drop, emergency = told["rules"][0], told["rules"][1]
assert [one["acting"]["smallest"] for one in drop["times"]] == [None, 5, 5], drop["times"]
assert len(drop["truths"]) == 4 and drop["truths"][-1]["acting"]["smallest"] is None, drop["truths"]
assert drop["acting"]["by_size"] == {"5": "3"} and drop["blocking"]["by_size"] == {"1": "3", "2": "3"}, drop
power = {one["principal"]: float(one["shapley"]) for one in drop["power"]}
assert abs(sum(power.values()) - 1) < 1e-9 and abs(power["alice"] - 4 / 15) < 1e-9, power
# alice, bob and erin, and two of carol, dave and frank.
quorum = 0.9 * 0.9 * 0.5 * (3 * 0.9 * 0.9 * 0.1 + 0.9 ** 3)
assert abs(float(drop["odds"]["quorum"]) - quorum) < 1e-9, (drop["odds"], quorum)
assert abs(float(drop["odds"]["breach"]) - 1e-6 * (3 * 1e-4 * 0.99 + 1e-6)) < 1e-15, drop["odds"]
assert emergency["ration"] == {"most": 1, "per": "30d"}, emergency
assert told["witnesses"] == {"witnesses": 3, "quorum": 2, "time": 1, "forks": 0, "liveness": 1}, told
assert told["amend_first"]["acting"]["smallest"] == 6 and told["amend_first"]["wait"] == "7d", told
assert [one["holds"] for one in told["assertions"]] == [True, True], told
END

# An assertion that does not hold is told first, and by whom it is broken.
sed 's/^assert smallest.*/assert smallest coalition for drop-database >= 6/' \
    "$CHEGET_SOURCE/examples/erase/erase.policy" >broken.policy
"$cheget" policy analyse broken.policy >told 2>&1
grep -q 'broken: assert smallest coalition for drop-database >= 6' told || fail "$(cat told)"
code=0
"$cheget" policy check broken.policy >out 2>err || code=$?
[ $code = 4 ] || fail "a broken assertion: exit code $code"
grep -q 'broken.policy:[0-9]*:1: this assertion does not hold: alice, bob, carol, dave and erin suffice' err || fail "$(cat err)"

# Many at once.
printf '%s\n' "$CHEGET_SOURCE/examples/erase/erase.policy" "$policies/minimal.policy" |
    "$cheget" policy check --batch - >told 2>&1
grep -q '2 policies checked, 0 of them bad' told || fail "$(cat told)"
printf '%s\n' "$policies/minimal.policy" broken.policy "$PWD/none.policy" >list
code=0
"$cheget" policy check --batch list --json >out 2>err || code=$?
[ $code = 4 ] || fail "a batch with bad policies: exit code $code"
python3 -c '
import json
told = json.load(open("out"))
assert told["checked"] == 3 and [one["file"].split("/")[-1] for one in told["bad"]] == ["broken.policy", "none.policy"], told
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
echo 'mallory = { available = 1 }' >bad.toml
refuses 2 'the policy has no principal mallory' --odds bad.toml
echo 'alice = { available = 1.5 }' >bad.toml
refuses 2 'is no probability' --odds bad.toml
echo 'alice = { there = 1 }' >bad.toml
refuses 2 'there are `available` and `compromised`' --odds bad.toml
echo 'alice = 1' >bad.toml
refuses 2 'is no table' --odds bad.toml
echo 'alice = {' >bad.toml
refuses 2 'reading the odds' --odds bad.toml
