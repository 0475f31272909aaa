#!/bin/bash
# A briefcase's life at the command line: made, loaded, rehearsed with, watched over, revoked.
. "$(dirname "$0")/../support/team.sh"
start_agent
export XDG_STATE_HOME=$work/state
make_team
case=$work/case
umask 022
echo 'correct horse battery staple' >"$work/pass"
echo 'incorrect horse, other battery' >"$work/forced"
create() {
    expect "$1" cheget briefcase create "${@:2}" --as carol --cost least --passphrase-file "$work/pass" --yes
}

# What can't be right is refused before anything is made.
create 2 "$case" --duress --duress-file "$work/forced"
says 'needs --marks'
create 2 "$case" --to nobody
create 2 "$case" --duress --duress-file "$work/pass" --marks "$work/mark"
echo short >"$work/short"
expect 2 cheget briefcase create "$case" --as carol --cost least --passphrase-file "$work/short" --yes
create 2 "$case" --tpm device:/dev/nothing
says 'go together'
expect 2 setsid --wait cheget briefcase create "$case" --as carol --cost least --yes # nobody to ask
says 'no terminal'
[ ! -e "$case" ] || [ -z "$(ls "$case")" ] || fail 'something was made all the same'
create 0 "$case" --duress --duress-file "$work/forced" --marks "$work/mark" --to bob
says 'briefcase'
cmp "$case/journal/000001.custody" "$domain"/custody/*/*.custody # filed where everybody finds it
is_same "$(stat -c %a "$work/mark")" 600
is_same "$(stat -c %a "$case")" 700
grep -q '^secret: [0-9a-f]\{64\}$' "$work/mark"
create 2 "$case" --to bob
says 'name an empty folder'
key=$(sed -n 's/^key: //p' "$case/seal")
expect 0 cheget show "$case/journal/000001.custody"

# Where the domain can't take it, the case is whole all the same, and what to do is said.
mv "$domain/custody" "$work/custody"
echo 'no folder' >"$domain/custody"
create 4 "$work/unfiled"
says 'NOT HANDED IN'
says "made all the same"
says "briefcase journal $work/unfiled --hand-in"
rm "$domain/custody"
mv "$work/custody" "$domain/custody"
expect 0 cheget briefcase journal "$work/unfiled" --hand-in
says 'Handed in: 1'

cheget policy show >"$work/new.policy"
sed -i "s|^\(person  *carol.*\) }|\1; $key briefcase }|" "$work/new.policy"
expect 0 cheget amend "$work/new.policy" --as alice --yes
expect 0 cheget approve "$(basename "$domain"/amendments/*)" --as bob --yes

# A drill: the whole way, and how long each took.
expect 2 cheget briefcase drill "$case" --passphrase-file "$work/pass" --yes
says 'no drill waits'
propose exercise --drill
expect 0 cheget permit "$order" -o "$work/drill.permit"
expect 2 cheget briefcase load "$case" "$work/drill.permit" --as mallory --yes
expect 0 cheget briefcase load "$case" "$work/drill.permit" --as bob --yes
echo 'a guess of somebody' >"$work/guess"
expect 1 cheget briefcase drill "$case" --passphrase-file "$work/guess" --yes
says 'does not open'
expect 0 cheget briefcase drill "$case" --passphrase-file "$work/pass" --yes
says 'DRILL'
says 'It opened after'
expect 2 cheget briefcase drill "$case" --passphrase-file "$work/pass" --yes
expect 20 cheget briefcase inspect "$case"
says 'OPENED'
says 'opened 1 times and used for 1 votes'
mkdir "$work/out"
expect 0 cheget briefcase export "$case" --output "$work/out"
[ "$(ls "$work"/out/*.vote | wc -l)" = 1 ]
expect 0 cheget briefcase export "$case" --output "$work/out.permit"
expect 0 cheget add "$work/out.permit"
expect 0 cheget briefcase drill --report
says 'carol after'

# The forced passphrase opens it alike: the same steps, the same sizes.
propose again --drill
expect 0 cheget permit "$order" -o "$work/again.permit"
expect 0 cheget briefcase load "$case" "$work/again.permit" --as carol --yes
rm "$case"/outbox/*
cp -r "$case" "$work/other"
expect 0 cheget briefcase drill "$case" --passphrase-file "$work/forced" --yes
expect 0 cheget briefcase drill "$work/other" --passphrase-file "$work/pass" --yes
sizes() { (cd "$1" && find . -type f -printf '%h %s\n' | sort); }
is_same "$(sizes "$case")" "$(sizes "$work/other")"
expect 0 cheget briefcase journal "$case"
says 'opened by carol'

# Watched: an opening outside its principal's shift, an overdue handover; each once; a command that fails
# is tried again.
expect 0 cheget briefcase journal "$case" --hand-in
cat >"$work/wake" <<WAKE
#!/bin/sh
[ ! -e $work/broken ] || exit 3
cat >>$work/woken
WAKE
chmod +x "$work/wake"
watch() { expect "$1" cheget briefcase watch --once --state "$work/told" "${@:2}"; }
watch 0
yesterday=$(date -u -d '-1 day' +%Y-%m-%dT%H:%M:%SZ)
printf 'cheget roster v1\ngrace: 30m\n%s alice\n' "$yesterday" >"$work/roster"
touch "$work/broken"
watch 8 --roster "$work/roster" --alarm "$work/wake"
says 'overdue'
says 'ended with 3'
rm "$work/broken"
watch 24 --roster "$work/roster" --alarm "$work/wake"
grep -q '"alarm":"overdue"' "$work/woken"
grep -q '"alarm":"opened"' "$work/woken"
grep -q '"holder":"bob"' "$work/woken"
before=$(wc -l <"$work/woken")
watch 0 --roster "$work/roster" --alarm "$work/wake"
is_same "$(wc -l <"$work/woken")" "$before"
printf 'cheget roster v1\ngrace: 30m\n%s bob!\n' "$yesterday" >"$work/roster"
watch 4 --roster "$work/roster"
says 'line 3'
printf 'cheget roster v1\ngrace: 30m\n%s bob\n' "$yesterday" >"$work/roster"
watch 0 --roster "$work/roster"

# Its principal takes it back by their own word, and nobody else does in their name.
cp -r "$case" "$work/back"
expect 0 cheget briefcase handover "$work/back" --returned --yes --keep "$work/carols"
says 'carol has it again'
expect 0 cheget briefcase inspect "$work/back" --keep "$work/carols" # nothing since
says 'held by carol'

# Lost: by its owner's word its key is void at once, and its custody ends.
expect 0 cheget briefcase revoke "$case" --why stolen --lost --as carol --yes
says 'Revoked:'
watch 24
says 'lost'
expect 21 cheget briefcase inspect "$case"
says 'LOST'
expect 1 cheget briefcase handover "$case" --from bob --to alice --yes
expect 2 cheget briefcase revoke SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --as carol --yes
