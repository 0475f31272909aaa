#!/bin/bash
# G8: nobody is asked to sign a digest that they can't open, and the file that they can open is the one
# that the order names.
. "$(dirname "$0")/../support/team.sh"
start_agent
script=$work/job.sh
printf '#!/bin/sh\n# \xe2\x80\xaesdrawkcab\necho harmless >"$1"\n' >"$script"
chmod 755 "$script"
team_runs=$script make_team

# The script and its interpreter are named, their bytes are in the folder, and its text is shown.
propose first
expect 0 cheget approve "$order" --as bob --yes
says "file $script"
says 'echo harmless'
says '\u202esdrawkcab'
says_not $'\u202e'
says 'file /bin/sh'

# The file shown is not the file signed: the folder's copy was exchanged, the original is gone.
propose exchanged
digest=$(sha256sum "$script" | cut -d' ' -f1)
printf '#!/bin/sh\necho HARMFUL >"$1"\n' >"$domain/files/$digest"
mv "$script" "$script.gone"
expect 1 cheget approve "$order" --as bob --yes
says 'not the ones that it is named after'
says_not 'HARMFUL'
[ ! -e "$order_folder/votes" ]

# Neither in the folder, nor the same on this machine.
printf '#!/bin/sh\necho HARMFUL >"$1"\n' >"$script"
rm "$domain/files/$digest"
expect 1 cheget approve "$order" --as bob --yes
says 'is another file'
expect 1 cheget approve "$order" --as bob --unsigned
[ ! -e "$order_folder/votes" ]
# A veto needs no files.
expect 0 cheget veto "$order" --as carol --yes

# With the file at its own path again, it can be approved.
mv "$script.gone" "$script"
propose again
rm "$domain/files/$digest"
expect 0 cheget approve "$order" --as bob --yes
says "look at $script"

# stdin is a named file like any other.
cheget policy show >"$work/new.policy"
sed -i '/^  propose /i\  allow stdin' "$work/new.policy"
expect 0 cheget amend "$work/new.policy" --as alice --yes
expect 0 cheget approve "$(basename "$domain"/amendments/*)" --as bob --yes
echo 'what it reads' >"$work/input"
propose reads --stdin "$work/input"
rm "$domain/files/$(sha256sum "$work/input" | cut -d' ' -f1)"
expect 1 cheget approve "$order" --as bob --yes
says 'stdin'

# Unless the action says `by digest`.
cheget policy show >"$work/new.policy"
sed -i 's/^  approve.*/&\n  by digest/' "$work/new.policy"
old=$(ls "$domain/amendments")
expect 0 cheget amend "$work/new.policy" --as alice --yes
expect 0 cheget approve "$(ls "$domain/amendments" | grep -v "$old")" --as bob --yes
propose hidden --stdin "$work/input"
rm "$domain/files/$(sha256sum "$work/input" | cut -d' ' -f1)"
expect 0 cheget approve "$order" --as bob --yes
says "can't be opened"
