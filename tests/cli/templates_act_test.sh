#!/bin/bash
# Templates at work, without a log: real keys, real commands. What is missing is told, what suffices runs
# once.
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
