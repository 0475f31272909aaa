#!/bin/bash
# Every template of `cheget init`, with a log and without: the policy is sound, explains itself, and says
# to its scenarios what they expect. What can't be filled in is refused with what to do.
. "$(dirname "$0")/../support/team.sh"
start_agent
people=(alice bob carol dave erin frank)
machines=(m1 m2 m3)
for name in "${people[@]}" "${machines[@]}"; do make_key "$name"; done
persons() { for name in "$@"; do printf -- '--person %s=%s ' "$name" "$work/$name.pub"; done; }
log=(--log prod.acme.example+4f4a160d+AYNv8YTntBseE8tf2J+h3pjburmenSkYkT/0O4alx8IT
    --witness w1=w1.example+3826c966+BGDFWQ9y7vKS+VRa/Ci/Y8qR0gFqCiiPkPmjL4nT//yv
    --witness w2=w2.example+98a1edcc+BAb4+uo7X2l2kbbQY6B7pP+vHs6aHUc8WIVlIxzcjlnM
    --witness w3=w3.example+3c9ac97e+BFXq5Qt14rKZDywYvoTKB5cnqF9huDnDNZJJgB/hq56c)

# The fewest people and machines that each template takes.
cast_of() {
    case $1 in
        agent) echo "$(persons alice bob) --machine agent=$work/m1.pub --machine gate=$work/m2.pub" ;;
        database) echo "$(persons alice bob carol dave erin) --role security=dave,erin --machine db1=$work/m1.pub" ;;
        deploy) echo "$(persons alice bob carol) --machine ci=$work/m1.pub --machine web1=$work/m2.pub" ;;
        keys) echo "$(persons alice bob carol dave) --role auditors=dave --machine hsm=$work/m1.pub" ;;
        payout) echo "$(persons alice bob carol dave) --role clerks=carol --role treasurer=dave --machine bank=$work/m1.pub" ;;
        release) echo "$(persons alice bob carol dave erin) --machine qa=$work/m1.pub --machine host=$work/m2.pub" ;;
    esac
}

# check_draft NAME FLAGS…: draft, check, explain, test; the policy says all of $lines, and none of $not_lines.
check_draft() {
    local file=$work/$1.policy
    rm -f "$work/$1".*
    # shellcheck disable=SC2046
    expect 0 cheget init --template "$1" --draft "$file" --name "acme/$1" $(cast_of "$1") "${@:2}"
    says 'Written:'
    expect 0 cheget policy check "$file"
    says_not 'not in canonical layout'
    expect 0 cheget policy explain "$file"
    says "It may be proposed by"
    expect 0 cheget policy test "${file%.policy}.scenarios"
    cp "$file" "$work/output"
}

expect 0 cheget init --list-templates
says 'signers        5 or more people: sign releases'
names=$(sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' "$work/output")
is_same "$(echo $names)" 'agent database deploy keys payout release'
expect 0 cheget init --list-templates --json
python3 -c 'import json,sys; one=json.loads(sys.stdin.read().splitlines()[-1])["templates"]; assert [r["name"] for r in one[0]["roles"]] == ["humans", "agent", "gate"]' <"$work/output"
expect 0 cheget init --help
for name in $names; do grep -qE "^  $name +[a-z].{20}" "$work/output" || fail "--help does not say what $name is for"; done

for name in $names; do
    check_draft "$name"
    says 'log: none'
    ! grep -qE '^ +(wait|deputy|at most)|within' <(grep -v '#' "$work/output") || fail "$name promises what only a log keeps"
    without=$(grep -c '^scenario ' "$work/$name.scenarios")
    [ "$without" -ge 4 ] || fail "$name has few scenarios"
    check_draft "$name" "${log[@]}"
    says 'witnesses: 2 of { w1, w2, w3 }'
    grep -qE '^ +wait +[0-9]' "$work/output" || fail "$name waits for nothing with a log"
    [ "$(grep -c '^scenario ' "$work/$name.scenarios")" -ge "$without" ] || fail "$name loses scenarios"

    # More people than it takes, and the domain itself: signed by everyone, with its scenarios.
    # shellcheck disable=SC2046
    expect 0 cheget init "$work/domain-$name" --template "$name" --name "acme/$name" $(cast_of "$name") \
        $(persons frank) --as alice --yes
    for person in $(sed -n 's/^person  *\([a-z]*\) .*/\1/p' "$work/domain-$name/policy/000001.policy"); do
        [ "$person" = alice ] || expect 0 cheget --domain "$work/domain-$name" approve policy --as "$person" --yes
    done
    says 'In force:'
    expect 0 cheget policy test "$work/domain-$name/policy/000001.scenarios"
done

# What the two that must read naturally say.
check_draft release "${log[@]}"
says 'approve  3 of signers'
says 'when     qa-passed(file) is true'
says 'wait     1d'
expect 0 cheget policy explain "$work/release.policy"
says 'any 3 of these 5: alice, bob, carol, dave and erin'
says 'word that qa-passed is true of every file'
check_draft agent
says 'all of { 1 of humans, rows <= 1000 }'
expect 0 cheget policy explain "$work/agent.policy"
says "that the order's {rows} is a number of at most 1000"

# The clauses that a log makes possible.
check_draft database "${log[@]}"
says 'wait     30m seen by 1 of security'
says 'at most 1 per 30d'
# shellcheck disable=SC2046
expect 0 cheget init --template payout --draft "$work/deputy.policy" $(cast_of payout) $(persons frank) \
    --role deputy=frank "${log[@]}"
expect 0 cheget policy test "$work/deputy.scenarios"
grep -q 'deputy   frank for dave after 1d' "$work/deputy.policy"
check_draft keys "${log[@]}"
says 'consent  1 of auditors within 4h'

# A command of one's own, and a person instead of a machine for QA.
# shellcheck disable=SC2046
expect 0 cheget init --template release --draft "$work/own.policy" $(persons "${people[@]}") --role qa=frank \
    --machine host="$work/m2.pub" --run '/opt/publish {artifact} {version}' --user publisher
expect 0 cheget policy test "$work/own.scenarios"
grep -qF 'run      ["/opt/publish", "{artifact}", "{version}"] as publisher' "$work/own.policy"
grep -qF 'fact qa-passed(file): bool from 1 of { frank }' "$work/own.policy"
grep -qF 'group signers = { alice, bob, carol, dave, erin }' "$work/own.policy"

# Refused, with what to do.
# refused WORDS… -- FLAGS…: nothing is written.
refused() {
    local words=()
    while [ "$1" != -- ]; do words+=("$1"); shift; done
    shift
    expect 2 cheget init "$@" --draft "$work/refused.policy"
    for each in "${words[@]}"; do says "$each"; done
    [ ! -e "$work/refused.policy" ] || fail 'a draft was written all the same'
}
# shellcheck disable=SC2046
{
    refused 'signers (sign releases, any three of them) it wants at least 5 people, and has alice, bob, carol, dave' 'name more with --person' -- \
        --template release $(persons alice bob carol dave) --machine qa="$work/m1.pub" --machine host="$work/m2.pub"
    refused 'for the role qa' '--role qa=NAME' -- \
        --template release $(persons "${people[@]}") --machine host="$work/m2.pub"
    refused 'for the role security' 'at least 2' 'has dave' -- \
        --template database $(persons alice bob carol dave) --role security=dave --machine db1="$work/m1.pub"
    refused 'for the role treasurer' 'at most 1 person' -- --template payout $(persons "${people[@]}") \
        --role clerks=alice --role treasurer=bob,carol --machine bank="$work/m1.pub"
    refused 'the template agent has the roles humans, agent and gate' -- --template agent $(persons alice bob) \
        --role robot=alice --machine gate="$work/m1.pub"
    refused 'that is for a --machine of this name' -- --template agent $(persons alice bob) --role agent=alice \
        --machine gate="$work/m1.pub"
    refused 'needs a log' -- --template payout $(cast_of payout) $(persons frank) --role deputy=frank
    refused 'name of a group' '--role security=THAT-NAME' -- --template database $(persons alice bob carol dave) \
        --person "security=$work/erin.pub" --machine db1="$work/m1.pub"
    refused 'there are agent, database, deploy, keys, payout and release' -- --template relase $(persons alice)  \
        --machine qa="$work/m1.pub"
    refused 'it says by itself what --need' -- --template release $(cast_of release) --need 2
    refused 'witnesses vouch for a log' -- --template release $(cast_of release) "${log[@]:2}"
    refused 'it runs no command' -- --template agent $(cast_of agent) --run '/bin/true'
    refused 'name its people with --person' -- --template agent
}
expect 2 cheget init --draft "$work/refused.policy"
says 'go with --template'
expect 2 cheget init
says 'which folder'
expect 2 cheget init --template agent --draft "$work/agent.policy" $(cast_of agent)
says 'is there already'
# A log's key that is none is found by the policy's own checker.
# shellcheck disable=SC2046
expect 4 cheget init --template agent --draft "$work/refused.policy" $(cast_of agent) --log prod+00000000+AAAA
says 'policy:4:'
[ ! -e "$work/refused.policy" ]
