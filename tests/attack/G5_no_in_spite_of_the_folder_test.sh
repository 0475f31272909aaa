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

# Two amendments that both suffice stop everything until one is withdrawn: that one can be.
fresh
cheget policy show >"$work/one"
sed 's/expire   8h/expire   7h/' "$work/one" >"$work/seven"
sed 's/expire   8h/expire   6h/' "$work/one" >"$work/six"
cp -r "$domain" "$work/copy"
expect 0 cheget amend "$work/seven" --as alice --yes
seven=$(ls "$domain/amendments")
export XDG_DATA_HOME=$work/another-home
expect 0 cheget amend "$work/six" --domain "$work/copy" --as alice --yes
six=$(ls "$work/copy/amendments")
expect 0 cheget approve "$six" --domain "$work/copy" --as bob --yes
export XDG_DATA_HOME=$work/a-third-home
expect 0 cheget approve "$seven" --as bob --yes
cp -r "$work/copy/amendments/$six" "$domain/amendments/"
export XDG_DATA_HOME=$work/a-fourth-home
expect 1 cheget status
says 'two amendments of policy 1 suffice'
expect 0 cheget withdraw "$six" --as bob --yes
expect 0 cheget policy show
says 'expire   7h'
