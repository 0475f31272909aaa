#!/bin/bash
# usage: bench/decide_beside_cedar.sh [BUILD_FOLDER]
#
# Asks decide() and Cedar (@cedar-policy/cedar-wasm, installed by npm into the build folder) the same
# question: may this happen, now that five people of a group have approved and three must? Cedar has no
# `k of n` and no signatures; its policy counts by listing every three of the five, once
# with its policy parsed for each answer and once beforehand. Prints the CPU time of one answer (median).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
folder=$build/cedar
version=4.13.0

[ -x "$build/bin/decide_bench" ] || { echo "$0: build decide_bench first: deps/build release" >&2; exit 2; }
if [ ! -d "$folder/node_modules/@cedar-policy/cedar-wasm" ]; then
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --prefix "$folder" "@cedar-policy/cedar-wasm@$version" >&2
fi

"$build/bin/decide_bench" --benchmark_filter='three_of_five' --benchmark_repetitions=5 \
    --benchmark_report_aggregates_only=true 2>/dev/null |
    awk '/_median/ { printf "%-44s %10.1f ns\n", $1, $4 }'

cat >"$folder/ask.cjs" <<'JS'
const cedar = require('@cedar-policy/cedar-wasm/nodejs');

const people = ['alice', 'bob', 'carol', 'dave', 'erin'];
const threes = [];
for (let i = 0; i < 5; ++i) {
    for (let j = i + 1; j < 5; ++j) {
        for (let k = j + 1; k < 5; ++k) {
            threes.push([i, j, k].map(n => `context.approvals.contains("${people[n]}")`).join(' && '));
        }
    }
}
const policy = `permit(principal, action, resource) when { ${threes.map(t => `(${t})`).join(' || ')} };`;
const entity = (type, id) => ({ type, id });
const question = approvals => ({
    principal: entity('Person', 'frank'),
    action: entity('Action', 'drop-database'),
    resource: entity('Database', 'prod/eu-1/invoices'),
    context: { approvals },
});

function answer(result) {
    if (result.type !== 'success') {
        throw new Error(JSON.stringify(result));
    }
    return result.response.decision;
}

function measure(name, ask) {
    if (ask(people) !== 'allow' || ask(people.slice(0, 2)) !== 'deny') {
        throw new Error(`${name} does not answer the question`);
    }
    const times = [];
    for (let round = 0; round < 15; ++round) {
        const start = process.cpuUsage();
        for (let i = 0; i < 200; ++i) {
            ask(people);
        }
        const used = process.cpuUsage(start);
        times.push((used.user + used.system) * 1000 / 200);
    }
    times.sort((left, right) => left - right);
    console.log(`${name.padEnd(44)} ${times[7].toFixed(1).padStart(10)} ns`);
}

// Each way in a process of its own, so that neither warms up or disturbs the other.
if (process.argv[2] === 'whole') {
    measure('cedar-wasm, policies parsed each time', approvals =>
        answer(cedar.isAuthorized({ ...question(approvals), policies: { staticPolicies: policy }, entities: [] })));
} else {
    const parsed = cedar.preparsePolicySet('three-of-five', { staticPolicies: policy });
    if (parsed.type !== 'success') {
        throw new Error(JSON.stringify(parsed));
    }
    measure('cedar-wasm, policies parsed beforehand', approvals =>
        answer(cedar.statefulIsAuthorized({
            ...question(approvals), preparsedPolicySetId: 'three-of-five', entities: [],
        })));
}
JS
node "$folder/ask.cjs" whole
node "$folder/ask.cjs" parsed
