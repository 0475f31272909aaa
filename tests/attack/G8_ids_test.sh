#!/bin/bash
# G8: whoever names an order by its id votes on that order and is shown that order, whatever the holder
# of the folder names like it.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
propose good
first=$order
expect 0 cheget approve "$first" --as alice --yes

# A text whose digest begins like the order's, filed as an amendment.
like() {
    python3 - "$1" "$domain/amendments" <<'PYTHON'
import hashlib, itertools, os, sys
for number in itertools.count():
    text = f"cheget policy v1\n# {number}\n".encode()
    digest = hashlib.sha256(text).hexdigest()
    if digest.startswith(sys.argv[1]):
        folder = f"{sys.argv[2]}/{digest}"
        os.makedirs(folder)
        open(f"{folder}/policy", "wb").write(text)
        break
PYTHON
}
like "${first:0:4}"
expect 2 cheget approve "${first:0:4}" --as bob --yes
says 'several ids begin so'
expect 2 cheget veto "${first:0:4}" --as bob --yes
rm -r "$domain/amendments"

# An amendment's folder that is called like the order comes between nobody and the order.
mkdir -p "$domain/amendments/$first"
expect 0 cheget approve "$first" --as bob --yes
expect 0 cheget verify "$first"
rm -r "$domain/amendments"

# A file in the working folder that is called like the order, or `latest`, is not taken for it.
sleep 1.1  # `latest` is the one of a later second
propose other
cd "$domain"
cheget permit "$first" -o "$work/permitted"
for name in latest "${order:0:8}" "$order" "sha256:$order"; do
    cp "$work/permitted" "$name"
    expect 3 cheget verify "$name"
    cp "orders/$first/order" "$name"
    expect 0 cheget show "$name"
    says "$work/other"
    expect 0 cheget show "./$name"
    says "$work/good"
    rm "$name"
done
