# Facts, consent, parameters and voices in order, live over a shared folder, with real keys and the real
# executor, under `log: none`.
. "$(dirname "$0")/../support/team.sh"
. "$(dirname "$0")/../support/whole_team.sh"
start_agent
make_whole_team
install_executor

# --- A fact about the target: missing, about another target, false, stale, then true.
offer note notes/one alice
says 'wait'
expect 0 cheget status --as bob
says 'you can approve'
expect 0 cheget approve "$order" --as bob --yes
says 'the order waits for facts'
expect 3 cheget verify "$order"
says 'the people suffice, but the facts do not'
expect 3 run_on_db1 "$order_folder"
attest 'backup-ok(notes/two)' true
expect 3 cheget verify "$order"
attest 'backup-ok(notes/one)' true --at "$(minutes_ago 61)"
says 'stale already'
expect 3 cheget verify "$order"
says 'too old'
attest 'backup-ok(notes/one)' false --at "$(minutes_ago 2)"
expect 3 cheget verify "$order"
attest 'backup-ok(notes/one)' true --note 'restored it on a spare'
expect 0 cheget verify "$order" --json
says '"state":"counts"'
says '"state":"older"'
expect 0 cheget status "$order"
says 'restored it on a spare'
expect 0 cheget permit "$order" -o "$work/one.permit"
grep -q '^fact: backup-ok$' "$work/one.permit" || fail 'the permit lacks the fact'
! grep -q '^about: target notes/two$' "$work/one.permit" || fail 'the permit has a fact about something else'
[ ! -e "$work/one" ]
expect 0 run_on_db1 "$work/one.permit"
[ -e "$work/one" ] || fail 'it did not run'

# --- Whoever says no later is heard: the newest word counts.
offer note notes/two alice
expect 0 cheget approve "$order" --as bob --yes
expect 0 cheget verify "$order"
attest 'backup-ok(notes/two)' false
expect 3 run_on_db1 "$order_folder"
[ ! -e "$work/two" ]
# Another condition may do instead; one of its sources is a person.
expect 0 cheget attest alert raised --as dave --yes
expect 3 cheget verify "$order"
expect 0 cheget attest alert high --as dave --yes
expect 0 cheget verify "$order"

# --- Dated ahead: the tool refuses to sign it, and one made by hand counts for nothing.
expect 2 cheget attest 'backup-ok(notes/three)' true --at 2999-01-01T00:00:00Z --as ci --key "$work/ci" --yes
says 'lies in the future'
expect 0 cheget attest alert none --as dave --yes
offer note notes/three alice
expect 0 cheget approve "$order" --as bob --yes
expect 0 cheget attest 'backup-ok(notes/three)' true --as ci --unsigned -o "$work/ahead"
sed -i "s/^at: .*/at: $(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)/" "$work/ahead"
ssh-keygen -q -Y sign -f "$work/ci" -n cheget-fact@acme/test "$work/ahead"
expect 0 cheget add "$work/ahead"
expect 3 cheget verify "$order"
says 'dated ahead'
attest 'backup-ok(notes/three)' true
expect 3 cheget verify "$order"

# --- What attest refuses, and why.
expect 1 cheget attest 'backup-ok(notes/x)' true --as alice --yes
says 'alice is no source of it'
says 'ci is'
expect 2 cheget attest 'backup-ok(notes/x)' perhaps --as ci --key "$work/ci" --yes
says 'true and false'
expect 2 cheget attest alert highest --as dave --yes
says 'none, raised and high'
expect 2 cheget attest 'risk(latest)' 11 --as dave --yes
says 'from 0 to 10'
expect 2 cheget attest backup-ok true --as ci --key "$work/ci" --yes
says 'it is a fact about a target'
expect 2 cheget attest 'alert(notes/x)' high --as dave --yes
says 'about the world'
expect 2 cheget attest 'backup-ok(elsewhere/x)' true --as ci --key "$work/ci" --yes
says 'no action of the policy has such a target'
expect 2 cheget attest backup-okay true --as ci --key "$work/ci" --yes
says 'did you mean backup-ok?'
expect 1 cheget attest 'backup-ok(notes/x)' true --as ci --key "$work/db1" --yes

# --- A file by its bytes; consent, and the order itself.
echo 'version 1' >"$work/app.img"
attest "tested($work/app.img)" true
says 'whatever their name'
echo 'version 2' >"$work/app.img"            # the same name, other bytes
offer release release/app alice --parameter "artifact=$work/app.img"
expect 0 cheget approve "$order" --as carol --yes
expect 0 cheget attest "risk($order)" 3 --as dave --yes
expect 0 cheget status --as erin
says 'you can consent'
expect 0 cheget status --as erin --json
says '"yours":["consent"]'
expect 1 cheget consent "$order" --as carol --yes
says 'none of those whose consent'
expect 0 cheget consent "$order" --as erin --yes
expect 3 cheget verify "$order"              # what was tested are other bytes of that name
expect 3 run_on_db1 "$order_folder"
attest "tested($work/app.img)" true
expect 0 cheget verify "$order"
echo 'version 3' >"$work/app.img"            # swapped after all have signed: what runs is what was signed
run_on_db1 "$order_folder" >"$work/output" 2>&1 || :
[ ! -e "$work/released" ] || grep -q 'version 2' "$work/released" || fail 'other bytes were released'

# Consent is missing, then there; an approval is none, nor one by the approver.
echo 'version 4' >"$work/app.img"
attest "tested($work/app.img)" true
offer release release/app alice --parameter "artifact=$work/app.img"
expect 0 cheget attest "risk($order)" 4 --as dave --yes
expect 0 cheget approve "$order" --as bob --yes
expect 3 cheget verify "$order"
expect 0 cheget attest "risk($order)" 2 --as dave --yes
expect 3 cheget verify "$order"
says 'consent is missing'
expect 0 cheget consent "$order" --as bob --yes
expect 3 cheget verify "$order"              # bob is one person: he approved
says 'consent is missing'
expect 3 run_on_db1 "$order_folder"
expect 0 cheget consent "$order" --as erin --yes
says 'This vote completes it'
expect 0 cheget verify "$order"
expect 0 run_on_db1 "$order_folder"
grep -q 'version 4' "$work/released" || fail 'it was not released'
expect 1 cheget consent "$(ls "$domain/orders" | head -1)" --as alice --yes

# --- Parameters: at the bound and above it.
offer purge crm/eu dave --parameter rows=1000
expect 0 cheget approve "$order" --as bob --yes
expect 0 cheget verify "$order"
expect 0 run_on_db1 "$order_folder"
[ -e "$work/purged-1000" ] || fail 'it did not run'
offer purge crm/eu dave --parameter rows=1001
expect 0 cheget approve "$order" --as bob --yes
expect 3 cheget verify "$order"
expect 0 cheget approve "$order" --as carol --yes
expect 0 run_on_db1 "$order_folder"
expect 2 cheget propose purge crm/eu --reason x --as dave --yes
says '--parameter rows=VALUE'
expect 2 cheget propose purge crm/eu --parameter rows=1 --parameter cols=2 --reason x --as dave --yes
expect 1 cheget propose purge crm/eu --parameter rows=5 --reason x --as dave --yes -- /usr/bin/touch "$work/purged-6"
says 'element 1 of the command'

# --- Voices in order: the tool chains them by itself; out of order they count for nothing.
offer hand-over custody/keys alice
expect 1 cheget approve "$order" --as dave --yes
says 'the next is 1 of dba'
expect 0 cheget approve "$order" --after first --as dave --yes
expect 3 cheget verify "$order"
expect 0 cheget approve "$order" --as bob --yes
expect 3 cheget verify "$order"              # dave spoke, but before bob
expect 0 cheget approve "$order" --as erin --yes
says "It comes after the vote of bob"
expect 0 cheget verify "$order" --json
says '"after":"sha256:'
expect 0 run_on_db1 "$order_folder"
[ -e "$work/handed-keys" ] || fail 'it did not run'
# Two who could be meant: the tool asks which.
offer hand-over custody/more alice
expect 0 cheget approve "$order" --as bob --yes
expect 1 cheget approve "$order" --as carol --yes
expect 0 cheget approve "$order" --after first --as carol --yes
expect 2 cheget approve "$order" --as dave --yes
says 'several votes could be the one before yours'
first_by_carol=$(grep -l '^by: carol$' "$order_folder"/votes/*.vote | xargs -n1 basename | cut -c1-12)
expect 2 cheget approve "$order" --after 00000000 --as dave --yes
expect 0 cheget approve "$order" --after "$first_by_carol" --as dave --yes
says 'It comes after the vote of carol'
expect 0 cheget verify "$order"
offer note notes/four alice
expect 2 cheget approve "$order" --after first --as bob --yes
says 'asks for no order of voices'

# --- What only a log makes possible is refused with the reason.
expect 1 cheget seen "$order" --as dave --yes
says 'has no delay that begins'
expect 1 cheget approve "$order" --for bob --as dave --yes
says 'does not make dave a deputy of bob'
expect 2 cheget approve "$order" --for nobody --as dave --yes
expect 2 cheget propose note notes/x --emergency --reason x --as alice --yes
says 'the policy has none for note'

# --- The other deeds: proposed, decided, and refused by this executor before any claim.
refused() {  # WORDS
    expect 0 cheget approve "$order" --as bob --yes
    expect 0 cheget verify "$order"
    expect 1 run_on_db1 "$order_folder"
    says "$1"
    expect 0 cheget-exec --config "$work/exec.toml" state --json
    says_not "$order"
}
offer delete tools/rows dave --call crm delete_rows '{"rows":1000,"force":true}'
refused 'the order asks for a tool call'
offer delete tools/rows dave --parameter rows=1001
grep -q '^call: {"arguments":{"rows":1001}' "$order_folder/order" || fail 'not filled in'
expect 0 cheget approve "$order" --as bob --yes
expect 3 cheget verify "$order"
expect 1 cheget propose delete tools/rows --call crm delete_all '{"rows":1}' --reason x --as dave --yes
offer close books/2019 alice
refused 'the order asks for SQL'
offer push branch/main alice --ref git@git.example:app refs/heads/main 11aa 22bb
refused 'the order asks for a moved ref'
expect 1 cheget propose push branch/main --ref git@git.example:app refs/heads/other 11aa 22bb --reason x --as alice --yes
echo 'an archive' >"$work/archive"
offer stamp stamps/x alice --sign "$work/archive"
refused 'the order asks for a signature'
expect 0 cheget permit "$order" -o "$work/stamp.permit"
grep -q 'an archive' "$work/stamp.permit" || fail 'what is signed is not in the permit'
expect 2 cheget propose stamp stamps/x --reason x --as alice --yes
expect 2 cheget propose close books/2019 --call a b '{}' --reason x --as alice --yes
says 'another kind of action'

# --- Facts that fill the folder stop nothing: only the newest of each source are judged.
before=$(ls "$domain/facts" | wc -l)
fact=$(ls "$domain"/facts/*.fact | head -1)
sed -n '1,/^-----BEGIN/{/^-----BEGIN/!p}' "$fact" >"$work/forged"
for second in $(seq 10 59); do
    for minute in $(seq 0 9); do
        sed "s/^at: .*/at: 2030-01-01T00:0$minute:${second}Z/" "$work/forged" >"$domain/facts/forged-$minute-$second.fact"
    done
done
offer note notes/five alice
expect 0 cheget approve "$order" --as bob --yes
expect 3 cheget verify "$order"
