#!/bin/bash
# A bearer who guesses at a briefcase's passphrase where a TPM counts: every guess is one try, at the case or
# at a copy of it; after the last one nothing opens it; and whoever inspects it sees each. Skipped without
# swtpm, which stands in for hardware.
. "$(dirname "$0")/../support/team.sh"
command -v swtpm >/dev/null || { echo 'skipped: no swtpm'; exit 0; }
start_agent
export XDG_STATE_HOME=$work/state
make_team
ssh-keygen -q -t ecdsa -b 256 -N '' -f "$work/safe"
mkdir "$work/tpm"
end_tpm() { [ ! -e "$work/tpm.pid" ] || kill "$(cat "$work/tpm.pid")"; }
before_end=end_tpm
start_tpm() { # on ports that are free
    for _ in $(seq 20); do
        port=$((20000 + RANDOM % 20000))
        if swtpm socket --tpm2 --tpmstate dir="$work/tpm" --server type=tcp,port=$port,bindaddr=127.0.0.1 \
            --ctrl type=tcp,port=$((port + 1)),bindaddr=127.0.0.1 --flags not-need-init,startup-clear --daemon \
            --pid file="$work/tpm.pid" 2>/dev/null; then
            tpm=swtpm:host=127.0.0.1,port=$port
            return
        fi
    done
    fail 'no swtpm starts'
}
start_tpm
principal=$CHEGET_BIN/briefcase_principal
case=$work/case
right='correct horse battery staple'
echo "$right" >"$work/pass"
create() {
    expect "$1" cheget briefcase create "$case" --as alice --principal carol --to bob --cost least \
        --passphrase-file "$work/pass" --tpm "$tpm" --tries 6 --recovery "$work/safe.pub" --yes
}
create 0
says 'gives 6 tries, of which making it used 2'
key=$(sed -n 's/^key: //p' "$case/seal")
cheget policy show >"$work/new.policy"
sed -i "s|^\(person  *carol.*\) }|\1; $key briefcase }|" "$work/new.policy"
expect 0 cheget amend "$work/new.policy" --as alice --yes
expect 0 cheget approve "$(basename "$domain"/amendments/*)" --as bob --yes
propose one
expect 0 cheget permit "$order" -o "$work/one.permit"
expect 2 cheget briefcase load "$case" "$work/one.permit" --as bob --yes
says '--tpm'
expect 0 cheget briefcase load "$case" "$work/one.permit" --as bob --yes --tpm "$tpm"
expect 0 cheget briefcase handover "$case" --from bob --to alice --yes --tpm "$tpm"
expect 0 cheget briefcase inspect "$case" --tpm "$tpm"
says '4 of 6 tries left'

# Who declines leaves no step: the TPM counts for what was agreed to.
expect 2 cheget briefcase handover "$case" --from alice --to bob --tpm "$tpm" </dev/null
says 'once you agree'
expect 0 cheget briefcase inspect "$case" --tpm "$tpm"

# A handover that nobody accepts is told as that, and not as an earlier state put back; the next one goes on.
begin() { # by alice, to WHOM of CASE into FILE
    expect 0 cheget briefcase handover "$2" --ask --as "$1" --keep "$work/$1s"
    nonce=$(sed -n 's/.*--nonce \([0-9a-f]*\) .*/\1/p' "$work/output")
    expect 0 cheget briefcase handover "$2" --as alice --to "$1" --nonce "$nonce" --output "$3" --yes --tpm "$tpm" \
        --keep "$work/none" "${@:4}"
}
begin carol "$case" "$work/refused"
expect 19 cheget briefcase inspect "$case" --tpm "$tpm" --json
says 'HANDOVER BEGUN'
says 'a handover from alice to carol was begun at'
says '"from":"alice","to":"carol"}]'
begin bob "$case" "$work/half"
expect 19 cheget briefcase inspect "$case" --tpm "$tpm"
expect 1 cheget briefcase handover "$case" --accept "$work/refused" --as carol --yes --tpm "$tpm" --keep "$work/carols"
says 'has gone on'
expect 0 cheget briefcase handover "$case" --accept "$work/half" --as bob --yes --tpm "$tpm" --keep "$work/bobs"
expect 0 cheget briefcase inspect "$case" --tpm "$tpm"
expect 0 cheget briefcase handover "$case" --from bob --to alice --yes --tpm "$tpm"
expect 0 cheget briefcase inspect "$case" --tpm "$tpm"

# Without its TPM not even the right passphrase opens a copy, as often as one likes.
cp -r "$case" "$work/copy"
expect 1 "$principal" "$work/copy" "$right" - -
# A week of guesses, at the copy: as many as there are tries, and the next bearer sees it.
for guess in one two; do expect 1 "$principal" "$work/copy" "a guess, number $guess" - - "$tpm"; done
expect 20 cheget briefcase inspect "$case" --tpm "$tpm"
says '2 tries were used'
says '2 of 6 tries left'
expect 0 "$principal" "$case" "$right" - - "$tpm"
expect 1 "$principal" "$work/copy" 'a guess, number three' - - "$tpm"
expect 1 "$principal" "$case" "$right" - - "$tpm"
says 'tries'
expect 1 "$principal" "$work/copy" "$right" - - "$tpm"
expect 20 cheget briefcase inspect "$case" --tpm "$tpm"
says '0 of 6 tries left'

# The copy, put back in place of the case: the counter has gone on without it.
expect 23 cheget briefcase inspect "$work/copy" --tpm "$tpm" --keep "$work/none"
says "counter stands at"
expect 1 cheget briefcase handover "$work/copy" --from alice --to bob --yes --tpm "$tpm" --keep "$work/none"
# Not even who had it last hides that behind a handover that they begin.
begin bob "$work/copy" "$work/hides" --anyway
expect 23 cheget briefcase inspect "$work/copy" --tpm "$tpm" --keep "$work/none"
expect 1 cheget briefcase handover "$work/copy" --accept "$work/hides" --as bob --yes --tpm "$tpm" --keep "$work/bobs"
says 'anyway'

# Who has the journal alone can't make the TPM's word up: one digit of a statement it vouched for.
sed -i 's/^tries: 4/tries: 5/' "$case/journal/000003.custody"
expect 22 cheget briefcase inspect "$case" --keep "$work/none"
