#!/bin/bash
# The published vectors' signatures, judged by stock ssh-keygen alone: its verdicts are the index's.
set -euo pipefail
cd "$CHEGET_SOURCE/docs/vectors"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - >"$work/list" <<'PYTHON'
import json
for vector in json.load(open("index.json")):
    if "signature" in vector:
        print(*(vector[key] for key in ("signature_verdict", "key", "namespace", "signature", "text")))
PYTHON

checked=0
while read -r verdict key namespace signature text; do
    echo "signer namespaces=\"$namespace\" $(cut -d' ' -f1,2 "$key")" >"$work/allowed"
    if ssh-keygen -Y verify -f "$work/allowed" -I signer -n "$namespace" -s "$signature" \
        <"$text" >"$work/answer" 2>&1; then
        found=valid
    else
        found=invalid
    fi
    if [ "$found" != "$verdict" ]; then
        echo "$signature on $text: the index says $verdict, ssh-keygen: $(cat "$work/answer")" >&2
        exit 1
    fi
    checked=$((checked + 1))
done <"$work/list"
echo "$checked signatures judged alike"
[ "$checked" -ge 20 ]
