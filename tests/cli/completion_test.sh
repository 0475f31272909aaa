#!/bin/bash
# The completion scripts: bash's is run, and knows commands, their options and the orders' ids.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
propose done
completed() {
    bash -c 'source <(cheget completion bash); COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _cheget; printf "%s\n" "${COMPREPLY[@]}"' - "$@" | sort | tr '\n' ' '
}
is_same "$(completed cheget pro)" 'propose '
is_same "$(completed cheget policy ex)" 'explain '
is_same "$(completed cheget approve --no)" '--note '
is_same "$(completed cheget --yes veto "${order:0:5}")" "${order:0:12} "
is_same "$(completed cheget --do)" '--domain '
for shell in bash zsh fish; do cheget completion "$shell" >"$work/$shell"; done
bash -n "$work/bash"
head -1 "$work/zsh" | grep -q '^#compdef cheget$'
for command in $(cheget --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    grep -q -- "-a $command -d" "$work/fish"
    cheget "$command" --help >"$work/help"
    grep -qE '^Examples:|^Subcommands:' "$work/help"
done
