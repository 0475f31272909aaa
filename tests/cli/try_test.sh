#!/bin/bash
# ./try shows what it says it shows, asks nothing, and leaves nothing behind.
set -euo pipefail
export TMPDIR
TMPDIR=$(mktemp -d)
trap 'rm -rf "$TMPDIR"' EXIT
"$CHEGET_SOURCE/try" </dev/null >"$TMPDIR/output"
cat "$TMPDIR/output"
grep -q 'books.db still holds: customers  *invoices' "$TMPDIR/output"
grep -q 'books.db now holds: customers$' "$TMPDIR/output"
grep -q 'Good "cheget-receipt@acme/books" signature for db1' "$TMPDIR/output"
[ "$(grep -c 'refused: .' "$TMPDIR/output")" -eq 8 ]
grep -q 'lines [0-9-]* of [0-9]*, all read' "$TMPDIR/output"
grep -q 'security is paged: {"alarm":"duress","by":"carol"' "$TMPDIR/output"
grep -q 'books.db still holds: archive customers' "$TMPDIR/output"
grep -q 'Recorded: it is entry 2 of log.example.org/books, cosigned by w1' "$TMPDIR/output"
grep -q 'refused: deny: vetoed by carol' "$TMPDIR/output"
grep -q 'refused: wait: nobody is missing; the delay of 2s is not over' "$TMPDIR/output"
for line in 'RAISED: nobody gains' 'in force: three custodians and two hosts were enough' \
    'LOWERED: somebody gains' 'host-1 and host-2 can now act; before, 2 more' \
    'refused: LOWERED: action release: ' 'in force: the harder rule is met'; do
    grep -q "^    .*$line" "$TMPDIR/output"
done
for answer in 'every custodian, but no consent of the host  *wait: consent is missing' 'one veto  *deny: ' \
    'both parties, the facts, two hours to say no  *permit until 2026-08-03T' 'break-glass, without the host  *wait: consent'; do
    grep -q "^    $answer" "$TMPDIR/output"
done
! grep -q $'\e' "$TMPDIR/output"
[ "$(ls "$TMPDIR")" = output ]
