#!/bin/bash
# The main job from end to end, with the built programs, a real agent and stock ssh-keygen: a policy
# signed by three, an order by one, votes by two, the command once, receipts that anyone can check.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
says 'In force:'

expect 0 cheget-exec --config "$work/exec.toml" init --policy "$domain/policy/000001.policy" \
    --as db1 --key "$work/db1" --state "$work/state"
executor() { expect "$1" cheget-exec --config "$work/exec.toml" run "$2"; }

propose done
is_same "$(find "$domain/orders" -name order | wc -l)" 1
expect 0 cheget status --as bob
says 'Waiting for you'
expect 3 cheget verify latest
executor 3 "$order_folder"

expect 0 cheget approve latest --as alice --yes
expect 2 cheget approve latest --as alice --yes        # a second time changes nothing
says 'already'
executor 3 "$order_folder"
[ ! -e "$work/done" ]
expect 0 cheget status --as alice
says 'Waiting for others'
expect 0 cheget approve "${order:0:6}" --as bob --note 'looks right' --yes
says 'This vote completes it'
expect 0 cheget verify latest
expect 0 cheget verify latest --json
sed -n '/^{/p' "$work/output" >"$work/json"
is_same "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["answer"])' "$work/json")" permit

# The order's folder names it too, as for cheget-exec, and opens its own domain.
expect 0 env -u CHEGET_DOMAIN cheget verify "$order_folder/"
says 'permit'
(cd "$order_folder" && expect 0 env -u CHEGET_DOMAIN cheget show . && says 'cheget order v1')
expect 0 env -u CHEGET_DOMAIN cheget permit "$order_folder" -o "$work/by-folder.permit"
expect 4 cheget verify "$domain/orders"
says 'not a regular file'

# A permit file says the same as the folder, also where there is no folder.
expect 0 cheget permit latest -o "$work/order.permit"
expect 0 env -u CHEGET_DOMAIN cheget verify "$work/order.permit" --policy "$domain/policy/000001.policy"

# Every vote is confirmed by stock ssh-keygen and the exported signers.
cheget key export >"$work/allowed_signers"
count=0
for vote in "$order_folder"/votes/*.vote; do
    cheget show --text "$vote" >"$work/text"
    cheget show --signatures "$vote" >"$work/text.sig"
    by=$(sed -n 's/^by: //p' "$work/text")
    expect 0 bash -c 'ssh-keygen -Y verify -f "$1" -I "$2" -n cheget-vote@acme/test -s "$3.sig" <"$3"' \
        - "$work/allowed_signers" "$by" "$work/text"
    says Good
    # Nobody else's name passes, nor another namespace.
    other=$([ "$by" = alice ] && echo bob || echo alice)
    expect 255 bash -c 'ssh-keygen -Y verify -f "$1" -I "$2" -n cheget-vote@acme/test -s "$3.sig" <"$3"' \
        - "$work/allowed_signers" "$other" "$work/text"
    count=$((count + 1))
done
is_same "$count" 2

executor 0 "$work/order.permit"
[ -e "$work/done" ]
executor 1 "$order_folder"
rm "$work/done"

# The receipts come home and are filed where they belong; then everyone sees how it ended.
find "$work/state" "$domain" -name '*.receipt' -o -name '*.claim' | sort -u >"$work/receipts"
while read -r receipt; do expect 0 cheget add "$receipt"; done <"$work/receipts"
expect 0 cheget status --all
says 'succeeded on db1'
succeeded=$(grep -lr '^outcome: succeeded' "$order_folder/receipts" | head -1)
expect 0 cheget verify "$succeeded"
says 'signed by db1'

# Five more orders: a veto, a withdrawal, a word from one who has none, one too late, a drill.
propose vetoed
expect 0 cheget veto "$order" --as carol --yes
says 'NOT RECORDED'
expect 1 cheget approve "$order" --as bob --yes
says 'never be permitted'
expect 1 cheget verify "$order"
propose withdrawn
expect 1 cheget withdraw "$order" --as bob --yes
says 'only its proposer, alice'
expect 0 cheget withdraw "$order" --as alice --yes
expect 1 cheget consent "$order" --as bob --yes
expect 1 cheget verify "$order"
propose short --expires 1s
sleep 2.2
expect 1 cheget verify "$order"
expect 1 cheget approve "$order" --as bob --yes
propose drilled --drill
for name in bob carol; do expect 0 cheget approve "$order" --as "$name" --yes; done
executor 0 "$order_folder"
[ ! -e "$work/drilled" ]

# What is asked for wrongly is refused with a way out.
expect 2 cheget propose nota notes/x --reason y --as alice --yes
says 'did you mean note?'
expect 2 cheget propose note notes/a/b --reason y --as alice --yes
says 'its targets look like notes/{name}'
expect 1 cheget propose note notes/x --reason y --as alice --yes -- /bin/rm -rf x
expect 2 cheget approve ffffffffffff --as bob --yes
expect 2 cheget approve "$order" --as nobody --yes
says 'alice, bob, carol and db1'
propose asked
expect 2 cheget approve "$order" --as bob
says 'no terminal'
expect 2 cheget
expect 2 cheget frobnicate
