# Attacks on the whole language from outside, through the programs: one word used for another, one voice in
# two places, one rule for another, deputies of deputies. Votes are forged with an editor and stock
# ssh-keygen.
. "$(dirname "$0")/../support/team.sh"
. "$(dirname "$0")/../support/whole_team.sh"
start_agent

both='action both on both/{name} {
  run ["/usr/bin/touch", "'$work'/both-{name}"]
  propose 1 of { alice }
  approve all of { 1 of { bob, carol }, 1 of { bob, dave } }
  expire 8h
  execute 1 of { db1 }
}'
make_whole_team none "$both"
install_executor
vote_of() { grep -l "^by: $1\$" "$order_folder"/votes/*.vote | head -1; }
stays_shut() {
    expect 3 cheget verify "$order"
    expect 3 run_on_db1 "$order_folder"
}

# --- Consent used as approval, and approval as consent: what was signed says which it is.
echo 'an image' >"$work/app.img"
attest "tested($work/app.img)" true
offer release release/app alice --parameter "artifact=$work/app.img"
expect 0 cheget attest "risk($order)" 1 --as dave --yes
expect 0 cheget consent "$order" --as bob --yes
expect 0 cheget consent "$order" --as erin --yes
stays_shut
sed 's/^verdict: consent$/verdict: approve/' "$(vote_of bob)" >"$order_folder/votes/forged.vote"
stays_shut
says 'set aside'
rm "$order_folder/votes/forged.vote"
expect 0 cheget approve "$order" --as carol --yes
expect 0 cheget verify "$order"
offer release release/app alice --parameter "artifact=$work/app.img"
expect 0 cheget attest "risk($order)" 1 --as dave --yes
expect 0 cheget approve "$order" --as bob --yes
expect 0 cheget approve "$order" --as carol --yes
sed 's/^verdict: approve$/verdict: consent/' "$(vote_of bob)" >"$order_folder/votes/forged.vote"
stays_shut
# A consent to another order of the same release, and a fact about another order.
other=$order_folder
expect 0 cheget consent "$order" --as erin --yes
offer release release/app alice --parameter "artifact=$work/app.img"
expect 0 cheget approve "$order" --as carol --yes
cp "$other"/votes/*.vote "$order_folder/votes/"
stays_shut
says 'speaks about another order'

# --- One vote in two places: bob stands in both parts, and votes as often as he likes.
offer both both/x alice
for copy in 1 2 3; do
    expect 0 cheget approve "$order" --as bob --unsigned -o "$work/again-$copy"
    ssh-keygen -q -Y sign -f "$work/bob" -n cheget-vote@acme/test "$work/again-$copy"
done
for copy in 1 2 3; do expect 0 cheget add "$work/again-$copy"; done
stays_shut
[ ! -e "$work/both-x" ]
expect 0 cheget approve "$order" --as dave --yes
expect 0 run_on_db1 "$order_folder"
[ -e "$work/both-x" ] || fail 'two people did not suffice'

# --- A later voice prepared before the earlier one was given: over the bare text it would name.
offer hand-over custody/keys alice
expect 0 cheget approve "$order" --as bob --unsigned -o "$work/first"
expect 0 cheget approve "$order" --after first --as dave --unsigned -o "$work/later"
sed -i "s/^mark: /after: sha256:$(sha256sum <"$work/first" | cut -d' ' -f1)\nmark: /" "$work/later"
ssh-keygen -q -Y sign -f "$work/dave" -n cheget-vote@acme/test "$work/later"
ssh-keygen -q -Y sign -f "$work/bob" -n cheget-vote@acme/test "$work/first"
expect 0 cheget add "$work/later"
expect 0 cheget add "$work/first"
stays_shut

# --- Under a policy with a log that can't be reached: statements are made and filed (6: not handed in), and
# never permit anything by themselves.
export XDG_DATA_HOME=$work/other
for name in alice bob carol dave erin; do ssh-add -q -d "$work/$name"; rm "$work/$name" "$work/$name.pub"; done
rm "$work"/ci* "$work"/db1* "$work/exec.toml"
mv "$domain" "$work/without-log"
watch='action watch on watch/{name} {
  run ["/usr/bin/touch", "'$work'/watch-{name}"]
  propose 1 of { alice }
  approve 1 of { bob, carol }
  wait 30m seen by 1 of security
  expire 8h
  execute 1 of { db1 }
  deputy dave for carol after 1h
}
emergency note { approve 1 of security  expire 15m  at most 1 per 30d }'
make_whole_team prod.acme.example+4f4a160d+AYNv8YTntBseE8tf2J+h3pjburmenSkYkT/0O4alx8IT "$watch"
expect 2 cheget-exec --config "$work/exec.toml" init --policy "$domain/policy/000001.policy" --as db1 \
    --key "$work/db1" --state "$work/logged"
says 'give them with --policy FILE and --log URL'
handed_in=6
# The ordinary rule's vote is none for the emergency.
offer note notes/leak alice
expect 6 cheget approve "$order" --as bob --yes
says 'it is not in the log: hand it in'
expect 3 cheget verify "$order"
ordinary=$order_folder
offer note notes/leak alice --emergency
grep -q '^rule: emergency note$' "$order_folder/order" || fail 'it is no emergency order'
mkdir -p "$order_folder/votes"
cp "$ordinary"/votes/*.vote "$order_folder/votes/"
expect 3 cheget verify "$order"
says 'speaks about another order'
expect 1 cheget approve "$order" --as bob --yes
says 'stands in no group that approves'
expect 6 cheget approve "$order" --as dave --yes
expect 3 cheget verify "$order"
# Deputies: carol's is dave, and dave has none; `seen` is security's word.
offer watch watch/x alice
expect 6 cheget approve "$order" --for carol --as dave --yes
grep -q '^for: carol$' "$(vote_of dave)" || fail 'the vote does not say for whom'
expect 1 cheget approve "$order" --for dave --as erin --yes
says 'does not make erin a deputy of dave'
expect 1 cheget approve "$order" --for bob --as dave --yes
expect 1 cheget approve "$order" --as dave --yes
expect 6 cheget seen "$order" --as erin --yes
# What is not in the log was not said there, so that it may be said again.
expect 6 cheget seen "$order" --as erin --yes
expect 1 cheget seen "$order" --as bob --yes
expect 3 cheget verify "$order"
says 'no witnessed entry among them is the order'
sed 's/^  deputy .*/&\n  deputy erin for dave after 1h/; s/1 of { bob, carol }/1 of { bob, carol, dave }/' \
    "$work/first.policy" >"$work/chain.policy"
expect 4 cheget policy check "$work/chain.policy"
says 'deput'
