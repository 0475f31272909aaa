#!/bin/bash
# Every example's policy is sound and in the layout that gets signed, and every scenario says what comes.
set -euo pipefail
examples=$CHEGET_SOURCE/examples
export PATH="$CHEGET_BIN:$PATH"
policies=0
while read -r policy; do
    cheget policy check "$policy"
    cheget policy format "$policy" | cmp - "$policy"
    cheget policy explain "$policy" >/dev/null
    policies=$((policies + 1))
done < <(find "$examples" -name '*.policy')
[ "$policies" -ge 3 ]
for folder in erase umbrella; do
    [ "$(grep -c '^scenario ' "$examples/$folder/$folder.scenarios")" -ge 12 ]
    cheget policy test "$examples/$folder/$folder.scenarios"
done
# The later policy of the umbrella follows the very text of the first.
first=$(sha256sum <"$examples/umbrella/umbrella.policy" | cut -c1-64)
grep -q "^previous: sha256:$first\$" "$examples/umbrella/fifth-custodian.policy"
# What the umbrella's scenarios show: every reason for a no that its clauses can give.
for reason in 'approvals missing' 'conditions missing' 'consent missing' 'seen missing' 'delay running' \
    'not valid yet' vetoed withdrawn expired 'rule ended' unreachable 'too late' 'proposer not entitled'; do
    grep -qE "^  then +(wait|deny) $reason" "$examples/umbrella/umbrella.scenarios" || { echo "lacks: $reason"; exit 1; }
done
grep -q '^  then  refused' "$examples/umbrella/umbrella.scenarios"
# A scenario that says something else fails: the test can fail.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$examples/umbrella/"* "$folder"
sed -i '0,/then  wait seen missing/s//then  permit/' "$folder/umbrella.scenarios"
code=0
cheget policy test "$folder/umbrella.scenarios" >"$folder/output" 2>&1 || code=$?
[ "$code" -eq 1 ]
grep -q 'seen missing' "$folder/output"
