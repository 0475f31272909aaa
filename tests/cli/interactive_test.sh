#!/bin/bash
# The questions of `cheget init` and the ceremony of `cheget approve`, on a real terminal (tmux).
. "$(dirname "$0")/../support/team.sh"
start_agent
for name in alice bob; do make_key "$name"; done
ssh-keygen -q -t ed25519 -N '' -C db1 -f "$work/db1"

terminal() { tmux -S "$work/tmux" "$@"; }
stop_terminal() { terminal kill-server 2>/dev/null; }
before_end=stop_terminal
screen() { terminal capture-pane -p -J -S - -t main; }
# until TEXT: waits until the screen shows it.
until_shown() {
    for _ in $(seq 200); do
        if screen | grep -qF -- "$1"; then return 0; fi
        sleep 0.1
    done
    screen >&2
    fail "the screen never showed: $1"
}
# answer QUESTION TEXT: waits for the question, then types the text and Enter.
answer() {
    until_shown "$1"
    terminal send-keys -t main -l -- "$2"
    terminal send-keys -t main Enter
}
begin() { # in a window of its own; its exit code goes to $work/code
    rm -f "$work/code"
    terminal -f /dev/null new-session -d -s main -x 150 -y 200 "$* ; echo \$? >$work/code; sleep 60"
}
ended_with() {
    for _ in $(seq 200); do
        if [ -s "$work/code" ]; then
            screen >"$work/output"
            is_same "$(cat "$work/code")" "$1"
            terminal kill-session -t main
            return 0
        fi
        sleep 0.1
    done
    screen >&2
    fail "it did not end"
}

domain=$work/acme
begin "USER=Alice cheget init '$domain'"
answer 'Which template?' 'nothing-such'
answer 'One of those names, please.' ''
answer 'Name of the domain' 'acme/spoken'
answer 'Your name? [alice]' ''
until_shown 'Your keys:'
answer 'Which one signs for you? [1]' '7'
answer 'Its number, please.' '1'
answer 'Another person?' 'bob=/nowhere.pub'
until_shown 'No such file'
answer 'Another person?' "bob=$work/bob.pub"
sleep 0.5
terminal send-keys -t main Enter
answer 'Name of the machine' 'db1'
answer 'Its public key' "$work/db1.pub"
answer 'Command?' "/usr/bin/touch '$work/x'"
until_shown 'no shell ever reads this'
terminal send-keys -t main -l -- "/usr/bin/touch $work/{name}"
terminal send-keys -t main Enter
answer 'A name for this action? [touch]' ''
answer 'Run as which user?' ''
answer 'How many of the 2 must approve? [2]' ''
until_shown 'What will be signed, byte for byte'
answer 'Sign this policy as alice? Type yes:' 'yes'
ended_with 0
says 'It holds once bob has signed it as well'

export CHEGET_DOMAIN=$domain
begin "cheget approve policy --as bob"
answer 'Sign this first policy as bob? Type yes:' 'y'    # only `yes` is yes
ended_with 2
says 'nothing was signed'
begin "cheget approve policy --as bob"
answer 'Type yes:' 'yes'
ended_with 0
expect 0 cheget propose touch db1/done --reason 'a test' --as alice --yes
expect 0 cheget approve latest --as alice --yes
begin "cheget approve latest --as bob"
until_shown 'This vote completes it'
answer 'approve this order as bob? Type yes:' 'yes'
ended_with 0
expect 0 cheget verify latest

# The same from a template: its roles are told, and each is asked for.
begin "USER=Alice cheget init '$work/released'"
until_shown 'a release is signed by three'
answer 'Which template?' 'database'
answer 'Name of the domain' 'acme/guarded'
until_shown 'do not run the databases'
answer 'Your name? [alice]' ''
answer 'Which one signs for you? [1]' '1'
for name in bob carol dave erin; do
    [ -e "$work/$name.pub" ] || make_key "$name"
    sleep 0.3
    terminal send-keys -t main -l -- "$name=$work/$name.pub"
    terminal send-keys -t main Enter
done
sleep 0.5
terminal send-keys -t main Enter
answer 'Who is `security` (2 or more)?' 'dave,eve'
answer 'eve is none of the people above.' 'dave,erin'
answer 'Name of the machine that is `executor`' 'db1'
answer 'Its public key' "$work/db1.pub"
until_shown 'What will be signed, byte for byte'
answer 'Sign this policy as alice? Type yes:' 'yes'
ended_with 0
grep -qF 'group security       = { dave, erin }' "$work/released/policy/000001.policy"
expect 0 cheget policy test "$work/released/policy/000001.scenarios"
