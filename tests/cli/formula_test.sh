#!/bin/bash
# `cheget formula`: quorum sets and fault trees from files and stdin, its JSON, its refusals, its bounds.
set -euo pipefail
cheget=$CHEGET_BIN/cheget
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() {
    echo "FAILED: $*"
    exit 1
}

# usage: answers FILE EXPECTED…     the JSON without its seconds
answers() {
    local answer
    answer=$("$cheget" formula "$1" --json)
    [[ $answer =~ \"seconds\":[0-9]+\.[0-9]+, ]] || fail "no seconds in $answer"
    [ "$(sed 's/"seconds":[0-9.]*,//' <<<"$answer")" = "$2" ] || fail "$1: $answer instead of $2"
}

echo '{"threshold":2,"validators":["a","b","c"]}' > three.json
answers three.json '{"exact":true,"minimal_acting":"3","minimal_blocking":"3","smallest_acting":2,"smallest_blocking":2,"variables":3}'
echo '{"threshold":9007199254740991,"validators":["a"]}' > never.json
answers never.json '{"exact":true,"minimal_acting":"0","minimal_blocking":"1","smallest_acting":null,"smallest_blocking":0,"variables":1}'
cat > tree.xml <<'END'
<?xml version="1.0"?>
<opsa-mef><define-fault-tree name="t">
<define-gate name="top"><and><gate name="low"/><basic-event name="c"/></and></define-gate>
<define-gate name="low"><xor><basic-event name="a"/><basic-event name="b"/></xor></define-gate>
</define-fault-tree></opsa-mef>
END
answers tree.xml '{"exact":true,"minimal_acting":"2","minimal_blocking":"1","smallest_acting":2,"smallest_blocking":0,"variables":3}'
ln -s three.json link.json
answers link.json "$(sed 's/"seconds":[0-9.]*,//' <<<"$("$cheget" formula three.json --json)")"
"$cheget" formula tree.xml > told 2>&1
grep -q 'not monotone' told || fail 'a formula with XOR is not said to be not monotone'
[ "$("$cheget" formula tree.xml --top low --json | sed 's/.*"variables":\([0-9]*\).*/\1/')" = 2 ] || fail '--top'
"$cheget" formula - < three.json > told 2>&1
grep -q '  a and b' told || fail 'the smallest sets are not named'

# usage: refuses FILE WORDS     exit code 4 and the words on stderr
refuses() {
    local code=0
    "$cheget" formula "$1" >out 2>err || code=$?
    [ $code = 4 ] || fail "$1: exit code $code"
    grep -qF -- "$2" err || fail "$1: $(cat err)"
}
printf '{"threshold":1,\n"validators":[7]}' > bad.json
refuses bad.json 'reading the formula bad.json: line 2, column 15: a validator is a string'
printf '<opsa-mef>\n<define-gate/></opsa-mef>' > bad.xml
refuses bad.xml 'line 2, column 1: <define-gate> has no name'
printf '<!DOCTYPE a [<!ENTITY b "%s">]><opsa-mef/>' lol > entity.xml
refuses entity.xml 'a document type is not read'

# Thresholds over thresholds that share all their members outgrow any diagram in a moment.
python3 - > large.json <<'END'
import json, random
random.seed(7)
names = [f"p{i}" for i in range(300)]
inner = [{"threshold": 15, "validators": random.sample(names, 30)} for _ in range(150)]
print(json.dumps({"threshold": 75, "innerQuorumSets": inner}))
END
# usage: bounded ARGUMENTS…     exit code 5, and stdout in `told`
bounded() {
    local code=0
    "$cheget" formula "$@" > told 2>&1 || code=$?
    [ $code = 5 ] || fail "$*: exit code $code; $(cat told)"
}
bounded large.json --time 3 --json
mv told bounds.json
python3 - <<'END' || fail "$(cat bounds.json)"
import json
bounds = json.load(open("bounds.json"))
assert bounds["exact"] is False and bounds["minimal_acting"] is None and bounds["minimal_blocking"] is None
for side in ("acting", "blocking"):
    assert 1 <= int(bounds[f"minimal_{side}_at_least"]) <= int(bounds[f"minimal_{side}_at_most"])
    assert 1 <= bounds[f"smallest_{side}_at_least"] <= bounds[f"smallest_{side}_at_most"] <= 300
END
bounded large.json --time 0.5
grep -q 'so these are bounds' told || fail 'bounds are not called bounds'
bounded large.json --memory 16 --time 4
grep -q 'so these are bounds' told || fail 'the memory is not bounded'

# G10: the bounds themselves take bounded work, also of a chain of 100,000.
python3 - > chain.xml <<'END'
print('<opsa-mef><define-fault-tree name="t"><define-gate name="top"><or>')
for i in range(100_000):
    print(f'<and><basic-event name="x{i}"/><basic-event name="x{i + 1}"/></and>')
print('</or></define-gate></define-fault-tree></opsa-mef>')
END
timeout 60 "$cheget" formula chain.xml --time 1 > told 2>&1 || [ $? = 5 ] || fail 'a long chain is shrunk without end'
grep -q 'ways to block it: at least [1-9]' told || fail "$(cut -c1-200 told)"

echo 'formula: counts, formats, refusals and bounds hold'
