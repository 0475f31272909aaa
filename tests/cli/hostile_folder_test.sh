#!/bin/bash
# A shared folder is whatever its holder makes of it: symlinks, FIFOs, endless and huge files, another
# first policy, names that mean harm. Each is refused with a reason, and nothing outside is touched.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
propose real
expect 0 cheget approve "$order" --as alice --yes
cp -r "$domain" "$work/clean"
fresh() { rm -rf "$domain"; cp -r "$work/clean" "$domain"; }
secret=$work/secret
echo 'a secret of the victim' >"$secret"

# Symlinks: a vote, a folder of votes, the order, the policy, the inbox.
ln -s "$secret" "$order_folder/votes/evil.vote"
expect 4 timeout 20 cheget verify "$order"
says 'symlink'
says_not 'a secret'
fresh
mkdir "$work/outside"
rm -r "$order_folder/votes"
ln -s "$work/outside" "$order_folder/votes"
expect 4 cheget approve "$order" --as bob --yes
is_same "$(ls "$work/outside")" ''
fresh
rm "$order_folder/order"
ln -s "$work/clean/orders/$order/order" "$order_folder/order"
expect 4 cheget verify "$order"
fresh
ln -s "$work/outside" "$domain/files-elsewhere"
rm -rf "$domain/files"
ln -s "$work/outside" "$domain/files"
expect 4 cheget propose note notes/x --reason y --as alice --yes
is_same "$(ls "$work/outside")" ''
fresh
ln -s "$secret" "$domain/inbox"
expect 4 cheget status

# A FIFO must not hang the tool, nor an endless device, nor a huge file eat its memory.
fresh
mkfifo "$order_folder/votes/wait.vote"
expect 4 timeout 20 cheget verify "$order"
says 'not a regular file'
fresh
ln -s /dev/zero "$order_folder/votes/zero.vote"
expect 4 timeout 20 cheget verify "$order"
fresh
truncate -s 3G "$order_folder/votes/huge.vote"
expect 4 bash -c 'ulimit -v 500000; timeout 20 cheget verify "$1"' - "$order"
says 'longer than'
fresh
mkdir "$domain/inbox"
(cd "$domain/inbox" && seq 5000 | xargs touch)
expect 4 timeout 60 cheget status
says 'more than 4096'
fresh
truncate -s 1G "$domain/policy/000001.policy"
expect 4 timeout 20 cheget status

# A name that would paint on the terminal is shown escaped.
fresh
mkfifo "$order_folder/votes/"$'\e]0;owned\a\e[2J.vote'
expect 4 cheget verify "$order"
says_not $'\e'

# Another first policy, though everyone in it signed it: refused from then on, under this name.
fresh
rm -rf "$work/second"
make_second() {
    XDG_DATA_HOME=$work/other cheget init "$work/second" --name acme/test \
        --person "alice=$work/alice.pub" --machine "db1=$work/db1.pub" --need 1 --action note \
        --target 'notes/{name}' --run '/usr/bin/touch /tmp/{name}' --as alice --yes
}
expect 0 make_second
expect 1 cheget status --domain "$work/second"
says 'first policy is not the one that was here before'
cp "$work/second/policy/000001.policy" "$domain/policy/000001.policy"
for command in "verify $order" "approve $order --as bob --yes" 'approve policy --as alice --yes' \
    'propose note notes/x --reason y --as alice --yes' 'key export'; do
    expect 1 cheget $command
done

# A first policy that not everyone signed is not in force, and one line changed breaks all.
fresh
python3 - "$domain/policy/000001.policy" <<'PYTHON'
import sys
text = open(sys.argv[1]).read()
parts = text.split("-----BEGIN SSH SIGNATURE-----")
open(sys.argv[1], "w").write("-----BEGIN SSH SIGNATURE-----".join(parts[:-1]))
PYTHON
expect 3 cheget verify "$order"
says 'still has to sign'
fresh
sed -i 's/approve  2 of team/approve  1 of team/' "$domain/policy/000001.policy"
expect 1 cheget verify "$order"

# A vote copied to another order, an order's text changed with its folder's name: neither counts.
fresh
propose other
cp -r "$work/clean/orders"/*/votes "$domain/orders/$order/"
expect 3 cheget verify "$order"
says 'set aside'
says '2 more'
