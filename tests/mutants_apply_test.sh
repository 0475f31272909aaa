#!/bin/bash
# Every mutant still removes what it says: its patch applies to the source as it is. (tests/mutants/run,
# in .ci/run, shows that the tests then fail.)
set -u
cd "$CHEGET_SOURCE" || exit 1
failed=0
count=0
for patch in tests/mutants/*.patch; do
    count=$((count + 1))
    if ! said=$(git -c safe.directory='*' apply --check --whitespace=nowarn "$patch" 2>&1); then
        echo "$patch does not apply: make it again. $said"
        failed=1
    fi
done
echo "$count patches"
[ "$count" -gt 0 ] && exit "$failed"
