#!/bin/bash
# People without cheget at hand: a vote and an order made with bare ssh-keygen, a key with a
# passphrase, keys from files alone, a FIDO key.
. "$(dirname "$0")/../support/team.sh"
start_agent
make_team
propose bare

# The text from cheget, the signature from ssh-keygen beside it.
cheget approve "$order" --as bob --unsigned -o "$work/vote.txt" >/dev/null 2>&1
ssh-keygen -q -Y sign -f "$work/bob" -n cheget-vote@acme/test "$work/vote.txt" 2>/dev/null
expect 0 cheget add "$work/vote.txt"
# On stdout, and the signature elsewhere.
cheget approve "$order" --as carol --unsigned >"$work/text" 2>/dev/null
is_same "$(head -1 "$work/text")" 'cheget vote v1'
ssh-keygen -q -Y sign -f "$work/carol" -n cheget-vote@acme/test <"$work/text" >"$work/elsewhere" 2>/dev/null
expect 0 cheget add "$work/text" "$work/elsewhere"
expect 0 cheget verify "$order"

# In the wrong namespace, by the wrong person, or changed afterwards: refused, and nothing is filed.
propose refused
cheget approve "$order" --as bob --unsigned >"$work/wrong" 2>/dev/null
ssh-keygen -q -Y sign -f "$work/bob" -n cheget-order@acme/test "$work/wrong" 2>/dev/null
expect 4 cheget add "$work/wrong"
rm "$work/wrong.sig"
ssh-keygen -q -Y sign -f "$work/carol" -n cheget-vote@acme/test "$work/wrong" 2>/dev/null
expect 4 cheget add "$work/wrong"
rm "$work/wrong.sig"
expect 2 cheget add "$work/wrong"
says 'no signature'
[ ! -e "$domain/orders/$order/votes" ]

# A vote dropped into the inbox counts like any other, and junk beside it does no harm.
mkdir -p "$domain/inbox"
cp "$work/wrong" "$work/inbox-vote"
ssh-keygen -q -Y sign -f "$work/bob" -n cheget-vote@acme/test "$work/inbox-vote" 2>/dev/null
cat "$work/inbox-vote" "$work/inbox-vote.sig" >"$domain/inbox/from-bob"
echo junk >"$domain/inbox/junk"
expect 0 cheget approve "$order" --as alice --yes
expect 0 cheget verify "$order"

# An order signed the same way.
cheget propose note notes/own --reason 'by hand' --as alice --unsigned -o "$work/order.txt" >/dev/null 2>&1
ssh-keygen -q -Y sign -f "$work/alice" -n cheget-order@acme/test "$work/order.txt" 2>/dev/null
expect 0 cheget add "$work/order.txt"
order=$(basename "$(dirname "$(sed -n 's/^Filed: //p' "$work/output")")")
expect 3 cheget verify "$order"

# A key with a passphrase that ssh-keygen asks for by SSH_ASKPASS; no agent at all.
ssh-keygen -q -p -f "$work/bob" -P '' -N 'open sesame'
printf '#!/bin/sh\necho "open sesame"\n' >"$work/askpass"
chmod +x "$work/askpass"
expect 0 env -u SSH_AUTH_SOCK SSH_ASKPASS="$work/askpass" SSH_ASKPASS_REQUIRE=force \
    cheget approve "$order" --key "$work/bob" --yes

# Keys in ~/.ssh are found without an agent and without a name.
mkdir -p "$HOME/.ssh"
cp "$work/carol" "$work/carol.pub" "$HOME/.ssh/"
expect 0 env -u SSH_AUTH_SOCK cheget approve "$order" --yes
says 'Signing as carol'
expect 0 cheget verify "$order"
# A stranger's key is told apart.
make_key mallory
expect 1 cheget veto "$order" --key "$work/mallory" --yes
says 'of nobody in the policy'
