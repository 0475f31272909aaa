#!/bin/bash
# Templates at work, without a log: real keys, real commands. What is missing is told, what suffices runs
# once, and a release whose bytes changed after QA's word does not run. Calls are decided, and not run yet.
. "$(dirname "$0")/../support/team.sh"
start_agent
for name in alice bob carol dave erin qa ci clerk host agent; do make_key "$name"; done
persons() { for name in "$@"; do printf -- '--person %s=%s ' "$name" "$work/$name.pub"; done; }

# begin TEMPLATE FLAGS…: the domain of that template in $domain, signed by everyone, and its executor `host`.
begin() {
    domain=$work/domain-$1
    export CHEGET_DOMAIN=$domain
    expect 0 cheget init "$domain" --name "acme/$1" --as alice --yes --template "$@" --machine host="$work/host.pub"
    sign_policy "$1"
}
sign_policy() {
    for person in $(sed -n 's/^person  *\([a-z]*\) .*/\1/p' "$domain/policy/000001.policy"); do
        [ "$person" = alice ] || expect 0 cheget approve policy --as "$person" --yes
    done
    config=$work/$1.toml
    expect 0 cheget-exec --config "$config" init --policy "$domain/policy/000001.policy" --as host \
        --key "$work/host" --state "$work/state-$1"
}
# ask NAME ACTION TARGET FLAGS…: NAME proposes; the order is in $order.
ask() {
    expect 0 cheget propose "${@:2}" --reason 'a test' --as "$1" --yes
    order=$(sed -n 's/^Proposed: //p' "$work/output")
}
say() { for name in "${@:2}"; do expect 0 cheget "$1" "$order" --as "$name" --yes; done; }
executor() { expect "$1" cheget-exec --config "$config" run "$domain/orders/$order"; }
acts_once() {
    executor 0
    [ -e "$1" ] || fail "$1 is not there"
    executor 1
}

# shellcheck disable=SC2046
begin database $(persons alice bob carol dave erin) --role security=dave,erin --run "/usr/bin/touch $work/dropped-{name}"
ask alice drop-database database/invoices
say approve alice bob
executor 3
says 'security'
say approve dave
acts_once "$work/dropped-invoices"
ask alice drop-database database/customers
say approve alice bob dave
say veto erin
executor 1
says 'vetoed'
[ ! -e "$work/dropped-customers" ]

# shellcheck disable=SC2046
begin release $(persons alice bob carol dave erin) --machine qa="$work/qa.pub" \
    --run "/usr/bin/cp {artifact} $work/published-{product}-{version}"
echo 'the release' >"$work/app.tar"
ask alice publish release/app/1.4.0 --parameter "artifact=$work/app.tar"
say approve alice bob carol
executor 3
says 'qa-passed'
expect 0 cheget attest "qa-passed($work/app.tar)" true --as qa --yes
executor 0
cmp "$work/app.tar" "$work/published-app-1.4.0"
executor 1
# The same name with other bytes is another file, of which QA said nothing.
echo 'another release' >"$work/app.tar"
ask alice publish release/app/1.4.1 --parameter "artifact=$work/app.tar"
say approve alice bob carol
executor 3
says 'qa-passed'
# QA's word on these bytes does not help other bytes that take their place before the run.
expect 0 cheget attest "qa-passed($work/app.tar)" true --as qa --yes
expect 0 cheget verify "$order"
echo 'a forged release' >"$work/app.tar"
executor 1
[ ! -e "$work/published-app-1.4.1" ]
# A signer is no QA.
expect 1 cheget attest "qa-passed($work/app.tar)" true --as alice --yes

# A draft, changed and then made a domain.
domain=$work/domain-deploy
export CHEGET_DOMAIN=$domain
# shellcheck disable=SC2046
expect 0 cheget init --template deploy --draft "$work/deploy.policy" --name acme/deploy $(persons alice bob carol) \
    --machine ci="$work/ci.pub" --machine host="$work/host.pub" --run "/usr/bin/cp {artifact} $work/live-{service}"
sed -i "s|\"/usr/local/sbin/roll-back\", \"{service}\"|\"/usr/bin/touch\", \"$work/back-{service}\"|" "$work/deploy.policy"
expect 0 cheget policy test "$work/deploy.scenarios"
expect 0 cheget init "$domain" --policy "$work/deploy.policy" --as alice --yes
sign_policy deploy
ask alice roll-back rollback/shop
expect 1 cheget approve "$order" --as alice --yes    # it would count for nothing
executor 3
say approve bob
acts_once "$work/back-shop"
echo 'shop 2.4' >"$work/shop.tar"
ask alice deploy production/shop --parameter "artifact=$work/shop.tar"
expect 0 cheget attest "tests-passed($work/shop.tar)" true --as ci --yes
say approve bob
executor 3
say approve carol
acts_once "$work/live-shop"

# shellcheck disable=SC2046
begin payout $(persons alice bob clerk dave) --role clerks=clerk --role treasurer=dave \
    --run "/usr/bin/touch $work/paid-{account}-{reference} $work/cents-{cents}"
ask clerk pay payout/acme-ltd/inv-1 --parameter cents=100000
say approve alice
acts_once "$work/paid-acme-ltd-inv-1"
ask clerk pay payout/acme-ltd/inv-2 --parameter cents=100001
say approve alice
executor 3
say approve bob
acts_once "$work/cents-100001"
ask clerk pay payout/acme-ltd/inv-3 --parameter cents=5000001
say approve alice bob
executor 3
says 'dave'
say approve dave
acts_once "$work/cents-5000001"
ask alice pay payout/acme-ltd/inv-4 --parameter cents=1    # an officer picks no account
expect 1 cheget verify "$order"
says 'may not propose'

# shellcheck disable=SC2046
begin keys $(persons alice bob carol dave) --role auditors=dave --run "/usr/bin/touch $work/unsealed-{key}"
ask alice unseal key/root
say approve alice bob
executor 3
says 'consent'
say consent dave
acts_once "$work/unsealed-root"

# shellcheck disable=SC2046
begin agent $(persons alice bob) --machine agent="$work/agent.pub" --role gate=host
ask agent delete crm/delete_rows --parameter filter=old --parameter rows=1001
say approve alice
expect 3 cheget verify "$order"
executor 3
say approve bob
expect 0 cheget verify "$order"
executor 1
says 'call'
