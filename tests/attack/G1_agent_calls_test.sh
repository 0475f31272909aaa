#!/bin/bash
# G1, G2: an agent's tool call under the template `agent`. What decides is the number that stands in the
# call itself: 1,001 rows with one vote are refused, and so is an order that says another number beside it.
. "$(dirname "$0")/../support/team.sh"
start_agent
for name in alice bob agent gate; do make_key "$name"; done
domain=$work/acme
export CHEGET_DOMAIN=$domain
expect 0 cheget init "$domain" --template agent --name acme/agent --person "alice=$work/alice.pub" \
    --person "bob=$work/bob.pub" --machine "agent=$work/agent.pub" --machine "gate=$work/gate.pub" --as alice --yes
expect 0 cheget approve policy --as bob --yes
id=$(cheget show --text "$domain/policy/000001.policy" | sha256sum | cut -c1-64)

# order IN_CALL PARAMETERS [TOOL] [TARGET]: the agent asks for a call with that many rows, and says PARAMETERS
# beside it; the text is signed as any other by bare ssh-keygen. Its id is in $order.
order() {
    local tool=${3:-delete_rows} target=${4:-crm/delete_rows}
    {
        printf 'cheget order v1\ndomain: acme/agent sha256:%s\npolicy: 1 sha256:%s\nrule: delete\n' "$id" "$id"
        printf 'target: %s\ncall: {"arguments":{"filter":"old","rows":%s},"server":"crm","tool":"%s"}\n' \
            "$target" "$1" "$tool"
        printf 'parameter: filter old\n%b' "$2"
        printf 'reason: "tidy up"\nproposer: agent\nproposed: %s\nexpires: %s\nnonce: %s\n' \
            "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(date -u -d '+50 minutes' +%Y-%m-%dT%H:%M:%SZ)" \
            "$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')"
    } >"$work/text"
    rm -f "$work/text.sig"
    expect 0 ssh-keygen -q -Y sign -f "$work/agent" -n cheget-order@acme/agent "$work/text"
    order=$(sha256sum <"$work/text" | cut -c1-64)
    expect 0 cheget add "$work/text"
}
rows() { printf 'parameter: rows %s\\n' "$1"; }

# Up to 1,000 rows one human suffices.
order 1000 "$(rows 1000)"
expect 3 cheget verify "$order"
expect 0 cheget approve "$order" --as alice --yes
expect 0 cheget verify "$order"

# One row more with the same one vote is refused, and permitted with two.
order 1001 "$(rows 1001)"
expect 0 cheget approve "$order" --as alice --yes
expect 3 cheget verify "$order"
says 'rows'
expect 0 cheget approve "$order" --as bob --yes
expect 0 cheget verify "$order"

# The number beside the call is the one in the call, or the order is dead, whoever votes.
vote_in_vain() {
    for name in alice bob; do cheget approve "$order" --as "$name" --yes >/dev/null 2>&1 && fail 'a dead order was voted on' || :; done
    expect 1 cheget verify "$order"
}
order 1001 "$(rows 5)"
vote_in_vain
says 'rows'
order '"1001"' "$(rows 5)"
vote_in_vain
order 1001 ''
vote_in_vain
# Nor does it say the same in another way: what is no plain number needs two.
order '"01001"' "$(rows 01001)"
expect 0 cheget approve "$order" --as alice --yes
expect 3 cheget verify "$order"
order '"9e1"' "$(rows 9e1)"
expect 0 cheget approve "$order" --as alice --yes
expect 3 cheget verify "$order"
# Another tool than the target says, and a tool that the policy does not know.
order 5 "$(rows 5)" delete_everything crm/delete_rows
vote_in_vain
order 5 "$(rows 5)" export_rows crm/export_rows
vote_in_vain
