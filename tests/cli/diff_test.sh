#!/bin/bash
# `cheget policy diff`: verdicts and their exit codes, words, JSON, batches, refusals.
set -euo pipefail
cheget=$CHEGET_BIN/cheget
umbrella=$CHEGET_SOURCE/examples/umbrella/umbrella.policy
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() {
    echo "FAILED: $*"
    exit 1
}

cp "$umbrella" old.policy
sed 's/approve  2 of custodians /approve  1 of custodians /' old.policy > lowered.policy
sed 's/approve  2 of custodians /approve  3 of custodians /' old.policy > raised.policy
sed 's/approve  1 of custodians$/approve  1 of { custodian-1, deputy-1 }/' old.policy > changed.policy
sed 's/group hosts      = { host-1, host-2, host-3 }/group hosts = { host-3, host-2, host-1 }/' old.policy > same.policy
key=AAAAC3NzaC1lZDI1NTE5AAAAIOfmcfsvP6VerJmkGe6Vubrwc0gV29I8rhLDLHYHfukf
sed "s/^\(person  custodian-1 { ssh-ed25519 \)[^ ]*/\1$key/" old.policy > stolen.policy

# usage: differs CODE NEW WORDS…      and each of the words is said
differs() {
    local code=0 wanted=$1 new=$2
    shift 2
    "$cheget" policy diff old.policy "$new" > told 2>&1 || code=$?
    [ $code = "$wanted" ] || fail "$new: exit code $code: $(cat told)"
    for words in "$@"; do
        grep -qF -- "$words" told || fail "$new: not said: $words; but $(cat told)"
    done
}
differs 0 same.policy 'SAME: nobody gains or loses'
differs 0 old.policy 'SAME'
differs 10 raised.policy 'RAISED: nobody gains' 'does not lower' "could act, and can't now" \
    'SAME: emergency release, amend, amend lowering and revoke'
differs 11 changed.policy 'CHANGED: some gain and some lose' 'emergency release: CHANGED' '`amend lowering` decides' \
    'deputy-1, host-1 and host-2 can now act; before, custodian-1, custodian-2, custodian-3 or custodian-4 had to join them'
differs 12 lowered.policy 'LOWERED: somebody gains' 'action release: LOWERED' '`amend lowering` decides' \
    'can now act; before, custodian-2, custodian-3 or custodian-4 had to join them' \
    '15 minimal coalitions gain in all'
differs 12 stolen.policy "looser:   custodian-1 has a new key, SHA256:" 'custodian-1 with a new key'

"$cheget" policy diff old.policy stolen.policy --json > out && fail 'LOWERED and 0'
"$cheget" policy diff old.policy lowered.policy --json --most 20 > more || :
python3 -c '
import json
told = json.load(open("out"))
assert told["verdict"] == "LOWERED" and told["lowering"], told
assert any("new key" in one["what"] and one["lowers"] for one in told["remarks"]), told
rule = json.load(open("more"))["rules"][0]
assert rule["rule"] == "action release" and rule["verdict"] == "LOWERED" and rule["settled"], rule
assert rule["gained"]["minimal"] == "15" and len(rule["gained"]["smallest"]) == 15, rule
assert rule["lost"] == {"minimal": "0", "smallest": []} and rule["situations"] == [], rule
'

# Batches: a line for each pair, in order, and the worst code.
printf 'old.policy same.policy\nold.policy raised.policy\n' > pairs
code=0; "$cheget" policy diff --batch pairs > out || code=$?
[ $code = 10 ] || fail "batch: exit code $code"
mkdir 'a folder'
cp lowered.policy 'a folder/new.policy'
printf 'old.policy\ta folder/new.policy\nold.policy\tnowhere.policy\n' >> pairs
for _ in $(seq 60); do echo 'old.policy raised.policy'; done >> pairs
code=0; "$cheget" policy diff --batch - < pairs > out || code=$?
[ $code = 4 ] || [ $code = 6 ] || fail "a file that is not there: exit code $code"
python3 -c '
import json
lines = [json.loads(line) for line in open("out")]
assert len(lines) == 64, len(lines)
assert [line.get("verdict") for line in lines[:4]] == ["SAME", "RAISED", "LOWERED", None], lines[:4]
assert "nowhere" in lines[3]["error"] and lines[2]["new"] == "a folder/new.policy", lines[:4]
assert all(line["verdict"] == "RAISED" for line in lines[4:]), lines
'

# usage: refuses CODE WORDS ARGUMENTS…
refuses() {
    local code=0 wanted=$1 words=$2
    shift 2
    "$cheget" policy diff "$@" >out 2>err || code=$?
    [ $code = "$wanted" ] || fail "$*: exit code $code"
    grep -qF -- "$words" err || fail "$*: $(cat err)"
}
echo nonsense > broken.policy
refuses 4 'broken.policy:1:1' old.policy broken.policy
refuses 4 'broken.policy:1:1' broken.policy old.policy
refuses 2 'name the new one'
refuses 2 'from the list alone' old.policy --batch pairs
echo old.policy > broken
refuses 4 'line 1 is not `OLD NEW`' --batch broken
