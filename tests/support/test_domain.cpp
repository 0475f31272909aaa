// Makes the statements of a domain for tests.
#include "support/test_domain.h"

#include <cstdio>
#include <cstdlib>

namespace cheget::test_support {

namespace {

/// A failure here is the test's own fault.
template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "test domain: %s\n", result.error().message.c_str());
        std::abort();
    }
    return std::move(*result);
}

}  // namespace

const std::string k_blocks = R"(
person alice { {KEY:alice}; {KEY:alice-2} }
person bob { {KEY:bob} }
person carol { {KEY:carol} }
person dave { {KEY:dave} }
person erin { {KEY:erin} }
machine db1 { {KEY:db1} }
machine db2 { {KEY:db2} }
group dba = { alice, bob, carol, dave, erin }
group security = { dave, erin }
action drop-database on prod/{region}/{database} {
  run ["/usr/bin/dropdb", "--if-exists", "{database}"] as postgres
  propose 1 of dba
  approve 3 of dba
  veto 1 of security
  expire 8h
  execute 1 of { db1 }
}
amend { approve 2 of dba veto 1 of security }
revoke { approve 2 of security }
)";

const std::vector<std::string> k_people{"alice", "bob", "carol", "dave", "erin"};

std::string text_of(std::string_view signed_text) {
    return std::string(must(statement::split_signed(signed_text)).text);
}

const TestKey& TestDomain::key(const std::string& of) {
    return keys_.try_emplace(of, TestKey::ed25519(of)).first->second;
}

std::string TestDomain::policy_text(std::string text) {
    constexpr std::string_view k_mark = "{KEY:";
    for (std::size_t start = text.find(k_mark); start != std::string::npos;
         start = text.find(k_mark, start)) {
        const std::size_t end = text.find('}', start);
        const std::string of = text.substr(start + k_mark.size(), end - start - k_mark.size());
        text.replace(start, end + 1 - start, key(of).text());
    }
    return must(policy::format_policy(text));
}

std::string TestDomain::next_policy_text(const policy::Policy& before, const std::string& blocks,
                                         const std::string& log_lines) {
    return policy_text("cheget policy v1\ndomain: " + before.header.domain + " " +
                       base::to_text(before.domain_id) +
                       "\nversion: " + std::to_string(before.header.version + 1) +
                       "\nprevious: " + base::to_text(before.id) + "\n" + log_lines + blocks);
}

std::string TestDomain::sign(statement::Kind kind, std::string_view text,
                             const std::vector<std::string>& signers) {
    std::string whole(text);
    for (const std::string& signer : signers) {
        whole += key(signer).sign(statement::signature_namespace(kind, name), text);
    }
    return whole;
}

statement::Order TestDomain::order(const permit::DomainState& state) {
    statement::Order order;
    order.domain = state.domain;
    order.policy = state.policy->policy.reference();
    order.rule.action = "drop-database";
    order.target = "prod/eu-1/invoices";
    order.deed = statement::Run{{"/usr/bin/dropdb", "--if-exists", "invoices"}};
    order.user = "postgres";
    order.reason = "GDPR erasure, ticket 4711";
    order.proposer = "alice";
    order.proposed = k_proposed;
    order.expires = k_expires;
    order.nonce[0] = next_nonce_++;
    return order;
}

std::string TestDomain::sign_order(const statement::Order& order, const std::string& signer) {
    return sign(statement::Kind::order, must(statement::render(order)), {signer});
}

statement::Vote TestDomain::vote(const permit::DomainState& state, std::string_view subject,
                                 const std::string& by, statement::Verdict verdict) {
    statement::Vote vote;
    vote.domain = state.domain;
    if (const auto header = statement::parse_policy_header(subject)) {
        vote.on = statement::PolicyReference{header->version, statement::id_of(subject)};
    } else {
        vote.on = statement::OnOrder{statement::id_of(subject)};
    }
    vote.verdict = verdict;
    vote.by = by;
    vote.mark[0] = next_nonce_++;
    vote.voted = k_now;
    vote.subject_text = subject;
    return vote;
}

std::string TestDomain::sign_vote(const statement::Vote& vote,
                                  const std::vector<std::string>& signers) {
    return sign(statement::Kind::vote, must(statement::render(vote)), signers);
}

std::string TestDomain::vote_by(const permit::DomainState& state, std::string_view subject,
                                const std::string& by, statement::Verdict verdict) {
    return sign_vote(vote(state, subject, by, verdict), {by});
}

std::string TestDomain::revocation(const permit::DomainState& state, const std::string& key_of,
                                   const std::string& of, const std::string& by,
                                   const std::string& signer) {
    statement::Revocation revocation;
    revocation.domain = state.domain;
    revocation.key = key(key_of).public_key().fingerprint();
    revocation.of = of;
    revocation.why = statement::RevocationReason::stolen;
    revocation.by = by;
    revocation.at = k_now;
    return sign(statement::Kind::revocation, must(statement::render(revocation)), {signer});
}

permit::DomainState TestDomain::begin(const std::string& blocks,
                                      const std::vector<std::string>& people) {
    const std::string text =
        policy_text("cheget policy v1\ndomain: " + name + "\nversion: 1\nlog: none\n" + blocks);
    return must(permit::establish(sign(statement::Kind::policy, text, people), std::nullopt));
}

}  // namespace cheget::test_support
