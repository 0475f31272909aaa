# Sourced by tests of the whole language, after team.sh: a domain without a log in which facts,
# consent, parameters, a sequence and every deed are asked for. alice, bob and carol are the dba, dave
# and erin security; ci is a machine and the source of most facts, db1 the executor.

key_of() { cut -d' ' -f1,2 "$work/$1.pub"; }
minutes_ago() { date -u -d "-$1 minutes" +%Y-%m-%dT%H:%M:%SZ; }

write_whole_policy() {
    cat <<POLICY
cheget policy v1
domain: acme/test
version: 1
log: ${1:-none}

person alice { $(key_of alice) }
person bob { $(key_of bob) }
person carol { $(key_of carol) }
person dave { $(key_of dave) }
person erin { $(key_of erin) }
machine ci { $(key_of ci) }
machine db1 { $(key_of db1) }
group dba = { alice, bob, carol }
group security = { dave, erin }
fact backup-ok(target): bool from 1 of { ci } fresh 1h
fact tested(file): bool from 1 of { ci } fresh 1h
fact alert: none < raised < high from 1 of { dave, ci } fresh 15m
fact risk(order): 0..10 from 1 of { dave } fresh 1h
action note on notes/{name} {
  run ["/usr/bin/touch", "$work/{name}"]
  propose 1 of dba
  approve all of { 1 of dba, any of { backup-ok(target) is true, alert >= high } }
  veto 1 of security
  expire 8h
  execute 1 of { db1 }
}
action release on release/{name} {
  run ["/usr/bin/cp", "{artifact}", "$work/released"]
  file {artifact}
  propose 1 of dba
  approve 1 of dba
  when { tested(file) is true, risk(order) <= 3 }
  consent 1 of { bob, erin }
  expire 8h
  execute 1 of { db1 }
}
action hand-over on custody/{name} {
  run ["/usr/bin/touch", "$work/handed-{name}"]
  propose 1 of dba
  approve in sequence { 1 of dba, 1 of security }
  expire 8h
  execute 1 of { db1 }
}
action purge on crm/{name} {
  run ["/usr/bin/touch", "$work/purged-{rows}"]
  propose 1 of security
  approve any of { all of { 1 of dba, rows <= 1000 }, 2 of dba }
  expire 8h
  execute 1 of { db1 }
}
action delete on tools/{name} {
  call "crm" "delete_{name}" { "rows": {rows}, any }
  propose 1 of security
  approve any of { all of { 1 of dba, rows <= 1000 }, 2 of dba }
  expire 8h
  execute 1 of { db1 }
}
action close on books/{year} {
  sql "ledger" ["update books set open = false where year = \$1"] with [{year}]
  propose 1 of dba
  approve 1 of dba
  expire 8h
  execute 1 of { db1 }
}
action push on branch/{name} {
  ref "git@git.example:app" "refs/heads/{name}"
  propose 1 of dba
  approve 1 of dba
  expire 8h
  execute 1 of { db1 }
}
action stamp on stamps/{name} {
  sign sshsig with "release-key" in "file"
  propose 1 of dba
  approve 1 of dba
  expire 8h
  execute 1 of { db1 }
}
${2:-}
amend { approve 2 of dba }
revoke { approve 1 of security }
POLICY
}

# make_whole_team [LOG [MORE_BLOCKS]]: keys in a real agent, the domain in $domain, signed by all.
make_whole_team() {
    for name in alice bob carol dave erin; do make_key "$name"; done
    for name in ci db1; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$work/$name"; done
    domain=$work/acme
    export CHEGET_DOMAIN=$domain
    write_whole_policy "$@" >"$work/first.policy"
    expect 0 cheget init "$domain" --policy "$work/first.policy" --as alice --yes
    for name in bob carol dave erin; do expect 0 cheget approve policy --as "$name" --yes; done
}

# offer ACTION TARGET BY [FLAGS…]: an order; its id is in $order, its folder in $order_folder. Where the
# domain's log can't be reached, handed_in=6.
offer() {
    expect "${handed_in:-0}" cheget propose "$1" "$2" "${@:4}" --reason 'a test' --as "$3" --yes
    order=$(sed -n 's/^Proposed: //p' "$work/output")
    order_folder=$domain/orders/$order
}
attest() { expect 0 cheget attest "$@" --as ci --key "$work/ci" --yes; }

# install_executor: db1, as the test's own user; run_on_db1 WHAT… acts there.
install_executor() {
    expect 0 cheget-exec --config "$work/exec.toml" init --policy "$domain/policy/000001.policy" \
        --as db1 --key "$work/db1" --state "$work/state"
}
run_on_db1() { cheget-exec --config "$work/exec.toml" run "$@"; }
