// A made-up domain with a log.
#include "support/logged_domain.h"

#include <cstdio>
#include <cstdlib>

namespace cheget::test_support {

const std::string k_logged_blocks = R"(
person alice { {KEY:alice}; {KEY:alice-2} }
person bob { {KEY:bob} }
person carol { {KEY:carol} }
person dave { {KEY:dave} }
person erin { {KEY:erin} }
machine db1 { {KEY:db1} }
machine db2 { {KEY:db2} }
group dba = { alice, bob, carol, dave, erin }
group security = { dave, erin }
fact ready(target): bool from 1 of { db2 } fresh 6h
action drop-database on prod/{region}/{database} {
  run ["/usr/bin/dropdb", "--if-exists", "{database}"] as postgres
  propose 1 of dba
  approve 2 of dba
  veto 1 of security
  wait 30m
  expire 8h
  execute 1 of { db1, db2 }
}
action purge on crm/{name} {
  run ["/usr/bin/purge", "{name}"]
  propose 1 of dba
  approve all of { 1 of { bob, erin }, ready(target) is true }
  expire 8h
  execute 1 of { db1 }
  deputy dave for bob after 1h
}
emergency drop-database {
  approve 1 of security
  expire 8h
  at most 1 per 30d
}
amend { approve 2 of dba veto 1 of security wait 1h }
revoke { approve 2 of security }
)";

namespace {

permit::Chronicle begin(TestDomain& domain, const std::string& blocks, std::string& first) {
    first = domain.policy_text("cheget policy v1\ndomain: " + domain.name + "\nversion: 1\n" +
                               log_lines(1, 2, k_witnesses) + witness_blocks(k_witnesses) + blocks);
    auto chronicle = permit::Chronicle::begin(first);
    if (!chronicle) {
        std::fprintf(stderr, "logged domain: %s\n", chronicle.error().message.c_str());
        std::abort();
    }
    return std::move(*chronicle);
}

}  // namespace

LoggedDomain::LoggedDomain(const std::string& blocks) : copy_(begin(domain_, blocks, first_)) {}

std::string LoggedDomain::propose(const std::function<void(statement::Order&)>& change) {
    statement::Order order = domain_.order(state());
    order.expires = order.proposed + base::Span{8 * 3600};
    if (change) {
        change(order);
    }
    return domain_.sign_order(order, order.proposer);
}

std::string LoggedDomain::claim(const std::string& order, const std::string& executor,
                                std::uint8_t nonce) {
    statement::Claim claim;
    claim.domain = state().domain;
    claim.order = statement::id_of(text_of(order));
    claim.target = "prod/eu-1/invoices";
    claim.executor = executor;
    claim.policy = state().policy->policy.reference();
    claim.nonce[0] = nonce;
    return domain_.sign(statement::Kind::claim, statement::render(claim).value(), {executor});
}

std::string LoggedDomain::receipt(const std::string& order, const std::string& claim,
                                  statement::Outcome outcome, const std::string& executor) {
    statement::Receipt receipt;
    receipt.domain = state().domain;
    receipt.order = statement::id_of(text_of(order));
    receipt.target = "prod/eu-1/invoices";
    receipt.executor = executor;
    receipt.claim = statement::id_of(text_of(claim));
    receipt.outcome = outcome;
    receipt.began = k_now;
    return domain_.sign(statement::Kind::receipt, statement::render(receipt).value(), {executor});
}

std::string LoggedDomain::logged_and_approved() {
    std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now));
    return order;
}

base::Result<permit::Judgement> LoggedDomain::judge(const std::string& order, std::uint64_t bound,
                                                    const std::vector<std::string>& outside,
                                                    std::optional<base::Time> low,
                                                    std::optional<base::Time> high,
                                                    const permit::OwnKnowledge& own) {
    kept_ = outside;
    const std::vector<std::string_view> views(kept_.begin(), kept_.end());
    const auto id = statement::id_of(text_of(order));
    const auto indexes = permit::indexes_on(copy_.knowledge().chronicle, copy_, id, views);
    if (!indexes) {
        return std::unexpected(indexes.error());
    }
    if (auto refined = permit::refine_times(copy_, log_.fetch(), *indexes); !refined) {
        return std::unexpected(refined.error());
    }
    const permit::LogKnowledge& known = copy_.knowledge();
    const log::Trust& trust = known.chronicle.trust();
    const auto opened = log::open_witnessed(known.checkpoint, trust);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    const permit::LogMoment moment{bound, low.value_or(*log::now_low(*opened, trust)),
                                   high.value_or(*log::now_high(*opened, trust, base::Span{0})),
                                   &known.times};
    return permit::judge_under_log(known.chronicle, copy_, id, views, moment, own);
}

std::string LoggedDomain::next_text(const std::string& blocks, std::uint8_t log_key,
                                    const std::vector<std::uint8_t>& witnesses) {
    return domain_.next_policy_text(state().policy->policy, witness_blocks(witnesses) + blocks,
                                    log_lines(log_key, 2, witnesses));
}

std::string LoggedDomain::enactment(const std::string& text, std::uint64_t completed,
                                    std::vector<std::string> evidence, const std::string& by,
                                    const std::string& signer) {
    statement::Enactment enactment;
    enactment.domain = state().domain;
    enactment.policy = {statement::parse_policy_header(text)->version, statement::id_of(text)};
    enactment.completed = completed;
    enactment.evidence = std::move(evidence);
    enactment.by = by;
    enactment.at = k_now;
    return domain_.sign(statement::Kind::enactment, statement::render(enactment).value(), {signer});
}

std::pair<std::uint64_t, std::string> LoggedDomain::approve_amendment(const std::string& text) {
    log_.add(domain_.vote_by(state(), text, "alice"));
    const std::uint64_t completed = log_.add(domain_.vote_by(state(), text, "bob"));
    return {completed, log_.seal(at(k_now))};
}

}  // namespace cheget::test_support
