# Sourced by tests of the commands: three people whose keys lie in a real agent, an executor's key, and
# the checks that a script says `expect` with. Everything lies in $work, which is removed at the end.
set -euo pipefail

cheget=$CHEGET_BIN/cheget
cheget_exec=$CHEGET_BIN/cheget-exec
export PATH="$CHEGET_BIN:$PATH"
work=$(mktemp -d -t cheget-test.XXXXXX)
chmod 755 "$work"
export HOME=$work/home XDG_DATA_HOME=$work/home/data
unset CHEGET_DOMAIN SSH_ASKPASS SSH_ASKPASS_REQUIRE DISPLAY SSH_AUTH_SOCK
mkdir -p "$HOME"

at_end() {
    status=$?
    "${before_end:-:}" || :
    if [ -n "${SSH_AGENT_PID:-}" ]; then kill "$SSH_AGENT_PID" 2>/dev/null || :; fi
    rm -rf "$work"
    [ "$status" -eq 0 ] || echo "FAILED (line ${failed_line:-?})" >&2
}
trap at_end EXIT
trap 'failed_line=$LINENO' ERR

fail() { echo "FAILED: $*" >&2; failed_line=${BASH_LINENO[1]}; exit 1; }

# expect CODE COMMAND…: runs it; its output, both streams, is in $work/output.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >"$work/output" 2>&1 </dev/null || code=$?
    if [ "$code" -ne "$wanted" ]; then
        cat "$work/output" >&2
        fail "exit code $code instead of $wanted: $*"
    fi
}
# says WORDS…: the last output holds them.
says() { grep -qF -- "$*" "$work/output" || { cat "$work/output" >&2; fail "the output lacks: $*"; }; }
says_not() { ! grep -qF -- "$*" "$work/output" || { cat "$work/output" >&2; fail "the output has: $*"; }; }
is_same() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }

start_agent() { eval "$(ssh-agent -s)" >/dev/null; }

# make_key NAME: a key pair in $work, its private half in the agent as well.
make_key() {
    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$work/$1"
    [ -z "${SSH_AUTH_SOCK:-}" ] || ssh-add -q "$work/$1"
}

# make_team [FLAGS…]: alice, bob and carol, the executor db1, and the domain acme/test in $domain, whose
# first policy all have signed. It rules `note on notes/{name}`: /usr/bin/touch $work/{name}, or
# with $team_runs another program.
make_team() {
    for name in alice bob carol; do make_key "$name"; done
    ssh-keygen -q -t ed25519 -N '' -C db1 -f "$work/db1"
    domain=$work/acme
    export CHEGET_DOMAIN=$domain
    expect 0 cheget init "$domain" --name acme/test --person "alice=$work/alice.pub" \
        --person "bob=$work/bob.pub" --person "carol=$work/carol.pub" \
        --machine "db1=$work/db1.pub" --action note --target 'notes/{name}' \
        --run "${team_runs:-/usr/bin/touch} $work/{name}" --as alice --yes "$@"
    for name in bob carol; do expect 0 cheget approve policy --as "$name" --yes; done
}

# propose TARGET [FLAGS…]: alice proposes a note; its id is in $order, its folder in $order_folder.
propose() {
    expect 0 cheget propose note "notes/$1" "${@:2}" --reason 'a test' --as alice --yes
    order=$(sed -n 's/^Proposed: //p' "$work/output")
    order_folder=$domain/orders/$order
}
