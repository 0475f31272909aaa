#!/bin/bash
# What is installed beside the programs: completion that bash can read and that completes, and manual
# pages without a complaint from mandoc that tell every command.
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
complain() { echo "$1"; failed=1; }

export PATH="$CHEGET_BIN:$PATH"
cd "$scratch"
cheget completion bash >cheget.bash
bash -n cheget.bash || complain "bash can't read its completion"
completed() {
    bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cheget; printf "%s\n" "${COMPREPLY[@]}"' \
        "$scratch/cheget.bash" "$@" 2>&1
}
[ "$(completed cheget appr)" = approve ] || complain "completing 'cheget appr' gives: $(completed cheget appr)"
[ "$(completed cheget policy form)" = format ] ||
    complain "completing 'cheget policy form' gives: $(completed cheget policy form)"
completed cheget status --al | grep -qx -e --all || complain "completing 'cheget status --al' fails"

pages=$CHEGET_SOURCE/packaging/man
for program in cheget cheget-exec; do
    page=$(echo "$pages/$program".[18])
    [ -f "$page" ] || { complain "no manual page for $program"; continue; }
    mandoc -T lint -W warning "$page" >lint 2>&1 || complain "$(cat lint)"
    mandoc -T ascii "$page" | sed 's/.\x08//g' >text
    # Every command of --help has its place in the page.
    "$program" --help | sed -n '/^Subcommands:/,/^[^ ]*$/s/^  \([a-z]*\) .*/\1/p' >commands
    [ -s commands ] || complain "$program --help lists no commands"
    while read -r command; do
        grep -Eq "^ +(cheget|cheget-exec)? ?$command( |$)" text || complain "$program's page does not tell of '$command'"
    done <commands
done
exit "$failed"
