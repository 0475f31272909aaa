#!/bin/bash
# Reads off the installed programs that the hardening flags took hold: position-independent, every
# relocation read-only, no executable stack, stack protector, fortified calls, and none of the
# libraries that the executor has no business with.
set -euo pipefail

failed=0
complain() { echo "$1: $2"; failed=1; }
check() {
    local program=$1 name=${1##*/}
    local header dynamic segments symbols
    header=$(readelf --wide --file-header "$program")
    dynamic=$(readelf --wide --dynamic "$program")
    segments=$(readelf --wide --program-headers "$program")
    symbols=$(nm --dynamic --undefined-only "$program")
    grep -q 'Type:.*DYN' <<<"$header" || complain "$name" "not position-independent"
    grep -q 'FLAGS_1.*PIE' <<<"$dynamic" || complain "$name" "not marked as a position-independent program"
    grep -q 'FLAGS.*NOW' <<<"$dynamic" || complain "$name" "symbols are bound lazily (no -z now)"
    grep -q GNU_RELRO <<<"$segments" || complain "$name" "relocations stay writable (no -z relro)"
    grep -q 'GNU_STACK.* RW ' <<<"$segments" || complain "$name" "the stack is executable, or not marked"
    ! grep -q 'LOAD.* RWE ' <<<"$segments" || complain "$name" "a segment is writable and executable"
    ! grep -Eq 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic" || complain "$name" "has TEXTREL, RPATH or RUNPATH"
    grep -q '__stack_chk_fail' <<<"$symbols" || complain "$name" "no stack protector"
    ! grep -qw 'gets' <<<"$symbols" || complain "$name" "calls gets()"
    if grep -Eqw '(memcpy|read|snprintf)@.*' <<<"$symbols"; then
        grep -Eq '_chk@' <<<"$symbols" || complain "$name" "no fortified call at all"
    fi
}

# The check proves itself: a program built without any of it must be refused on every count it can be.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo 'int main(){return 0;}' >"$scratch/soft.cpp"
c++ -no-pie -fno-stack-protector -Wl,-z,lazy,-z,norelro,-z,execstack -o "$scratch/soft" "$scratch/soft.cpp" 2>"$scratch/log"
found=$(check "$scratch/soft")
failed=0
for words in 'not position-independent' 'bound lazily' 'stay writable' 'executable' 'no stack protector'; do
    grep -q "$words" <<<"$found" || complain "the check itself" "misses: $words"
done

programs=0
for program in cheget cheget-exec; do
    if [ -x "$CHEGET_BIN/$program" ]; then
        check "$CHEGET_BIN/$program"
        programs=$((programs + 1))
    fi
done
if [ "$programs" -eq 0 ]; then
    check "$CHEGET_BIN/base_test"
fi
if [ -x "$CHEGET_BIN/cheget-exec" ] &&
    readelf --wide --dynamic "$CHEGET_BIN/cheget-exec" | grep -E 'NEEDED.*(microhttpd|libpq|libcurl|ncurses)'; then
    complain cheget-exec "links a library that belongs to the server or the terminal"
fi
# What src/net loads when it is needed would take longer to load than most commands take to run.
if readelf --wide --dynamic "$CHEGET_BIN/cheget" | grep -E 'NEEDED.*(microhttpd|libcurl)'; then
    complain cheget "links what it should load when needed"
fi
exit "$failed"
