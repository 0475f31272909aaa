#!/bin/bash
# A bearer who had a briefcase for a week: copied it, altered it, put an earlier state of it back,
# exchanged what was loaded, and forged a handover. Whoever takes it over next finds out, by what they
# kept, by the domain's record, and by its TPM's counter.
. "$(dirname "$0")/../support/team.sh"
start_agent
export XDG_STATE_HOME=$work/state
make_team
principal=$CHEGET_BIN/briefcase_principal
case=$work/case
echo 'correct horse battery staple' >"$work/pass"
expect 0 cheget briefcase create "$case" --as alice --principal carol --to bob --cost least \
    --passphrase-file "$work/pass" --yes --keep "$work/alices"
says 'as often as they like'
key=$(sed -n 's/^key: //p' "$case/seal")
cheget policy show >"$work/new.policy"
sed -i "s|^\(person  *carol.*\) }|\1; $key briefcase }|" "$work/new.policy"
expect 0 cheget amend "$work/new.policy" --as alice --yes
expect 0 cheget approve "$(basename "$domain"/amendments/*)" --as bob --yes
says 'policy 2 is in force'
propose one
expect 0 cheget permit "$order" -o "$work/one.permit"
expect 0 cheget briefcase load "$case" "$work/one.permit" --as bob --yes --keep "$work/bobs"
inspect() { expect "$1" cheget briefcase inspect "$case" --keep "$work/none" --json "${@:2}"; }
week() { # begin one: the case as it is now
    rm -rf "$work/was"
    cp -r "$case" "$work/was"
}
over() { rm -rf "$case"; cp -r "$work/was" "$case"; } # the case as it was when the week began
week

# Intact it says so, and that nothing limits the tries.
inspect 0
says '"verdict":"intact"'
says '"tries_limited":false'
expect 0 cheget briefcase inspect "$case" --keep "$work/bobs"
says 'tries are NOT limited'

# G7_altered: any part of it.
sed -i 's/^made: 2/made: 3/' "$case/seal"
inspect 22
says 'it was made with'
over
sed -i 's/^argon2id: 1/argon2id: 2/' "$case/seal"
inspect 22
over
sed -i '0,/alice/s//alicf/' "$case/first.policy"
inspect 22
over
sed -i 's/^by: bob/by: eve/' "$case/journal/000002.custody"
inspect 22
over
printf 'x' >>"$case/inbox/000001.permit"
inspect 22
over
echo evil >"$case/inbox/run.sh"
inspect 22
says 'run.sh'
over
echo junk >"$case/outbox/junk.vote"
inspect 22
says 'outbox/junk.vote is not the signed statement'
over
ln -s /etc/passwd "$case/outbox/vote.vote"
inspect 22
over
mkfifo "$case/journal/000003.custody"
inspect 22
over
rm "$case/journal/000001.custody"
inspect 23 # the domain has it
says 'no beginning'
says 'logged or filed that its journal lacks'
over

# G7_swapped_inbox: a load taken out, one put in that nobody signed for, one exchanged for another.
rm "$case/inbox/000001.permit"
inspect 22
says 'is gone'
over
propose two
expect 0 cheget permit "$order" -o "$work/two.permit"
cp "$work/two.permit" "$case/inbox/000002.permit"
inspect 22
says 'nobody signed'
over
cp "$work/two.permit" "$case/inbox/000001.permit"
inspect 22
over

# What does not verify is not loaded at all.
head -c 300 "$work/two.permit" >"$work/cut.permit"
expect 4 cheget briefcase load "$case" "$work/cut.permit" --as bob --yes --keep "$work/bobs"
inspect 0

# G7_forged_handover: to eve, who is nobody; by somebody who does not have it; with one signature; an
# old one once more.
expect 2 cheget briefcase handover "$case" --from bob --to eve --yes --keep "$work/none"
expect 1 cheget briefcase handover "$case" --from alice --to carol --yes --keep "$work/none"
says 'bob has it'
expect 0 cheget briefcase handover "$case" --ask --as alice --keep "$work/alices"
nonce=$(sed -n 's/.*--nonce \([0-9a-f]*\) .*/\1/p' "$work/output")
expect 0 cheget briefcase handover "$case" --as bob --to alice --nonce "$nonce" --output "$work/half" --yes \
    --keep "$work/bobs"
week
cp "$work/half" "$case/journal/000003.custody"
inspect 22
says 'handover'
over
expect 0 cheget briefcase handover "$case" --accept "$work/half" --as alice --yes --keep "$work/alices" \
    --output "$work/whole"
expect 0 cheget briefcase inspect "$case" --keep "$work/alices"
says 'held by alice'
cp "$work/whole" "$work/replayed"
expect 0 cheget briefcase handover "$case" --from alice --to bob --yes --keep "$work/bobs"
week
cp "$work/whole" "$case/journal/000005.custody" # the same text once more is one statement
inspect 0
over
expect 0 cheget briefcase handover "$case" --ask --as alice --keep "$work/alices"
expect 1 cheget briefcase handover "$case" --accept "$work/replayed" --as alice --yes --keep "$work/alices"
says 'journal' # it does not go on from its end
sed "s/^nonce: .*/nonce: $(printf '0%.0s' {1..64})/" "$work/half" >"$work/edited"
expect 1 cheget briefcase handover "$case" --accept "$work/edited" --as alice --yes --keep "$work/alices"
# One made for an earlier question, though all else of it is right.
expect 0 cheget briefcase handover "$case" --as bob --to alice --nonce "$nonce" --output "$work/stale" --yes \
    --keep "$work/bobs"
expect 1 cheget briefcase handover "$case" --accept "$work/stale" --as alice --yes --keep "$work/alices"
says 'another nonce'

# G7_put_back: the state before a handover, found by what its giver and its receiver kept, and by what the
# domain holds.
expect 0 cheget briefcase handover "$case" --from bob --to alice --yes --keep "$work/alices"
over
expect 23 cheget briefcase inspect "$case" --keep "$work/alices"
says 'COPIED BACK'
says 'you kept'
expect 0 cheget briefcase inspect "$case" --keep "$work/none" # nothing to compare with: it can't tell
says 'you kept no statement'
expect 1 cheget briefcase handover "$case" --from bob --to alice --yes --keep "$work/alices"
says 'anyway'

# Two of it: both go on from one statement. The domain's record shows the fork, and it is an alarm.
cp -r "$case" "$work/copy"
expect 0 cheget briefcase handover "$case" --from bob --to alice --yes --keep "$work/k1"
expect 0 cheget briefcase journal "$case" --hand-in
says 'Handed in: 4'
expect 0 cheget briefcase journal "$case" --hand-in
says 'Handed in: 0'
expect 0 cheget briefcase handover "$work/copy" --from bob --to carol --anyway --yes --keep "$work/k2"
expect 23 cheget briefcase journal "$work/copy" --hand-in
says 'ALARM: fork'
expect 23 cheget briefcase inspect "$case" --keep "$work/k1"
says 'fork'

# G7_opened: what its principal did since the handover shows, and nobody else can do it.
expect 1 "$principal" "$work/was" 'a guess of mine' - -
expect 0 "$principal" "$work/was" 'correct horse battery staple' - -
cd /
expect 20 env -u CHEGET_DOMAIN cheget briefcase inspect "$work/was" --keep "$work/none"
says 'OPENED'
