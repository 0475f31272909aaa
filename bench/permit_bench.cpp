// From a permit's bytes in memory to the decision, under a policy that the executor knows, beside
// the bare libsodium verifications that it contains: five votes and the proposer's. bench/run
// prints their ratio.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "permit/judge.h"
#include "permit/permit.h"
#include "signature/sshsig.h"
#include "signature/wire.h"
#include "support/test_domain.h"

namespace {

using namespace cheget;

/// What libsodium is asked for one signature, taken out of its container beforehand.
struct Bare {
    std::array<unsigned char, 64> signature{};
    std::array<unsigned char, 32> point{};
    base::Bytes message;
};

struct Prepared {
    permit::DomainState state;
    std::string permit;
    std::vector<Bare> bare;
};

Bare bare_of(const std::string& whole, const signature::PublicKey& key, statement::Kind kind,
             const std::string& domain) {
    const auto split = statement::split_signed(whole);
    const auto parsed = signature::parse_armored(split->signatures[0]);
    signature::WireReader reader(parsed->signature);
    (void)reader.read_string();
    const auto signature_bytes = reader.read_string();
    Bare bare;
    std::copy(signature_bytes->begin(), signature_bytes->end(), bare.signature.begin());
    std::copy_n(key.ed25519_point().begin(), 32, bare.point.begin());
    bare.message = signature::signed_bytes(statement::signature_namespace(kind, domain),
                                           parsed->hash, split->text);
    return bare;
}

Prepared prepare() {
    test_support::TestDomain domain;
    std::string blocks = test_support::k_blocks;
    blocks += "person frank { {KEY:frank} }\n";
    blocks.replace(blocks.find("dave, erin }"), 12, "dave, erin, frank }");
    blocks.replace(blocks.find("approve 3 of"), 12, "approve 5 of");
    auto people = test_support::k_people;
    people.push_back("frank");
    Prepared prepared;
    prepared.state = domain.begin(blocks, people);
    std::vector<std::string> statements{domain.sign_order(domain.order(prepared.state), "alice")};
    const std::string text = test_support::text_of(statements[0]);
    prepared.bare.push_back(bare_of(statements[0], domain.key("alice").public_key(),
                                    statement::Kind::order, domain.name));
    for (const std::string by : {"bob", "carol", "dave", "erin", "frank"}) {
        statements.push_back(domain.vote_by(prepared.state, text, by));
        prepared.bare.push_back(bare_of(statements.back(), domain.key(by).public_key(),
                                        statement::Kind::vote, domain.name));
    }
    permit::Permit permit;
    permit.statements.assign(statements.begin(), statements.end());
    prepared.permit = *permit::render_permit(permit);
    return prepared;
}

void require(bool ok, const char* what) {
    if (!ok) {
        fmt::print("failed: {}\n", what);
        std::exit(1);
    }
}

void judge_permit(const Prepared& prepared) {
    const auto permit = permit::parse_permit(base::as_bytes(prepared.permit));
    require(permit.has_value(), "the permit does not parse");
    const auto judged = permit::judge(prepared.state, permit->statements, test_support::k_now);
    require(judged && judged->decision.answer == policy::Answer::permit, "no permit");
}

void verify_bare(const Prepared& prepared) {
    for (const Bare& bare : prepared.bare) {
        require(crypto_sign_verify_detached(bare.signature.data(), bare.message.data(),
                                            bare.message.size(), bare.point.data()) == 0,
                "a bare signature");
    }
}

const Prepared& prepared() {
    static const Prepared once = prepare();
    return once;
}

void permit_from_bytes(benchmark::State& state) {
    const Prepared& given = prepared();
    for (auto _ : state) {
        judge_permit(given);
    }
}

void permit_bare_verifications(benchmark::State& state) {
    const Prepared& given = prepared();
    for (auto _ : state) {
        verify_bare(given);
    }
}

}  // namespace

BENCHMARK(permit_from_bytes)->Unit(benchmark::kMicrosecond);
BENCHMARK(permit_bare_verifications)->Unit(benchmark::kMicrosecond);
