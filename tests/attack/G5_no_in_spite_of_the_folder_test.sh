#!/bin/bash
# G5: what somebody puts into the shared folder beside an order keeps nobody from saying no to it: the
# executor reads that order alone, so a veto must not need more than that either.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
propose good
expect 0 cheget approve "$order" --as alice --yes
cp -r "$domain" "$work/clean"
fresh() { rm -rf "$domain"; cp -r "$work/clean" "$domain"; }

# An order that can't be read, filed under its own digest.
printf 'cheget order v1\nnothing: more\n' >"$work/bad"
bad=$(sha256sum "$work/bad" | cut -d' ' -f1)
mkdir "$domain/orders/$bad"
cp "$work/bad" "$domain/orders/$bad/order"
expect 0 cheget withdraw "${order:0:12}" --as alice --yes
expect 1 cheget verify "$order"

# The same in the inbox.
fresh
mkdir -p "$domain/inbox"
cp "$work/bad" "$domain/inbox/bad"
expect 0 cheget withdraw "$order" --as alice --yes
expect 0 cheget status

# An order whose text is not the one that its folder is named after; one that is a symlink or a FIFO.
fresh
other=$domain/orders/${bad//[0-9]/a}
mkdir "$other"
echo 'cheget order v1' >"$other/order"
expect 0 cheget withdraw "$order" --as alice --yes
fresh
mkdir "$other"
mkfifo "$other/order"
expect 0 timeout 20 cheget withdraw "${order:0:12}" --as alice --yes
fresh
ln -s /etc "$other"
expect 0 cheget withdraw "$order" --as alice --yes
says 'never run'
