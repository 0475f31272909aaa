// Admission to the log: the statement's form, its domain, its signatures.
#include "authority/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "permit/custody.h"

namespace cheget::authority {
namespace {

using base::Result;
using statement::Kind;

// The domain that a statement names and the principals who must have signed it.
struct Named {
    const statement::Domain* domain = nullptr;
    std::vector<std::string_view> by;
};

struct NameParties {
    Named operator()(const statement::PolicyHeader&) const { return {}; }
    Named operator()(const statement::Order& order) const {
        return {&order.domain, {order.proposer}};
    }
    Named operator()(const statement::Claim& claim) const {
        return {&claim.domain, {claim.executor}};
    }
    Named operator()(const statement::Receipt& receipt) const {
        return {&receipt.domain, {receipt.executor}};
    }
    Named operator()(const statement::Custody& custody) const {
        Named named{&custody.domain, {custody.by}};
        for (const auto& party : {&custody.from, &custody.to}) {
            if (*party && custody.event == statement::CustodyEvent::handover) {
                named.by.push_back(**party);
            }
        }
        return named;
    }
    Named operator()(const auto& other) const { return {&other.domain, {other.by}}; }
};

bool is_stop(const statement::Statement& parsed) {
    if (const auto* vote = std::get_if<statement::Vote>(&parsed)) {
        return vote->verdict == statement::Verdict::veto ||
               vote->verdict == statement::Verdict::withdraw;
    }
    return std::holds_alternative<statement::Revocation>(parsed);
}

// Whether one of the principals signed with this one signature, under one of the policies.
Result<void> check_one(std::span<const std::shared_ptr<const policy::Policy>> policies,
                       const Named& named, Kind kind, const statement::SignedText& one) {
    Result<void> outcome = base::bad_input("the domain has no policy here");
    for (const auto& policy : policies) {
        for (const std::string_view by : named.by) {
            const auto signer = permit::verify_signer(*policy, by, kind, one);
            if (signer) {
                return {};
            }
            outcome = std::unexpected(signer.error());
        }
    }
    return outcome;
}

Result<void> check_all(std::span<const std::shared_ptr<const policy::Policy>> policies,
                       const Named& named, Kind kind, const statement::SignedText& signed_text) {
    if (signed_text.signatures.empty()) {
        return base::bad_input("it is not signed");
    }
    const auto custody = kind == Kind::custody ? statement::parse_custody(signed_text.text)
                                               : base::bad_input("of another kind");
    bool is_known = false;
    for (const std::string_view armor : signed_text.signatures) {
        const statement::SignedText one{signed_text.text, {armor}};
        // A briefcase signs for its own making, which is before any policy knows its key.
        if (custody && custody->event == statement::CustodyEvent::created &&
            permit::is_signed_by_briefcase(*custody, one)) {
            continue;
        }
        TRY(check_one(policies, named, kind, one));
        is_known = true;
    }
    return is_known ? Result<void>() : base::bad_input("nobody of the domain signed it");
}

// The proposed policy that a statement is about, which may be what names its signer.
struct Proposed {
    base::Digest id;
    std::string text;
};

Result<std::optional<Proposed>> proposed_in(const statement::Statement& parsed,
                                            const Admission::FindProposed& find_proposed) {
    if (const auto* vote = std::get_if<statement::Vote>(&parsed)) {
        const auto* policy = std::get_if<statement::PolicyReference>(&vote->on);
        return policy == nullptr ? std::optional<Proposed>()
                                 : std::optional(Proposed{policy->id, vote->subject_text});
    }
    const auto* enactment = std::get_if<statement::Enactment>(&parsed);
    if (enactment == nullptr || !find_proposed) {
        return std::optional<Proposed>();
    }
    auto text = TRY(find_proposed(enactment->policy.id));
    return text ? std::optional(Proposed{enactment->policy.id, std::move(*text)})
                : std::optional<Proposed>();
}

}  // namespace

Result<Admission> Admission::make(const std::vector<std::string>& policies) {
    Admission admission;
    for (const std::string& text : policies) {
        auto parsed = std::make_shared<policy::Policy>(TRY(policy::parse_policy(text)));
        if (admission.policies_.empty()) {
            admission.domain_ = parsed->domain();
        } else if (parsed->domain() != admission.domain_) {
            return base::bad_input(fmt::format("policy {} is of another domain, {}",
                                               parsed->header.version,
                                               base::shown(parsed->header.domain)));
        }
        admission.policies_.insert(admission.policies_.begin(), std::move(parsed));
    }
    if (admission.policies_.empty()) {
        return base::bad_input("a log needs the domain's first policy");
    }
    return admission;
}

Result<store::NewEntry> Admission::admit(std::string_view bytes,
                                         const FindProposed& find_proposed) const {
    const statement::SignedText signed_text = TRY(statement::split_signed(bytes));
    const Kind kind = TRY(statement::kind_of(signed_text.text));
    const statement::Statement parsed = TRY(statement::parse(signed_text.text));
    const Named named = std::visit(NameParties(), parsed);
    if (named.domain == nullptr) {
        return base::bad_input(
            "a policy is not logged by itself: it enters within the votes on it");
    }
    if (*named.domain != domain_) {
        return base::bad_input(fmt::format(
            "the statement is of the domain {}, this log is that "
            "of {} ({})",
            base::shown(named.domain->name), domain_.name, base::to_text(domain_.first_policy)));
    }
    store::NewEntry entry{base::sha256(bytes),
                          std::string(named.by.front()),
                          is_stop(parsed),
                          std::string(bytes),
                          {},
                          {}};
    const auto* vote = std::get_if<statement::Vote>(&parsed);
    const auto* proposed =
        vote == nullptr ? nullptr : std::get_if<statement::PolicyReference>(&vote->on);
    const bool of_any = kind == Kind::claim || kind == Kind::receipt;
    const auto known = std::span(policies_).first(of_any ? policies_.size() : 1);
    const auto signed_by_known = check_all(known, named, kind, signed_text);
    if (signed_by_known) {
        if (proposed != nullptr) {
            entry.introduces = proposed->id;
        }
        return entry;
    }
    const auto resting = TRY(proposed_in(parsed, find_proposed));
    if (!resting) {
        return std::unexpected(signed_by_known.error());
    }
    // Somebody whom only the proposed policy names: admitted once one of the domain voted on it.
    std::vector<std::shared_ptr<const policy::Policy>> policies{policies_.front()};
    policies.push_back(std::make_shared<policy::Policy>(TRY(policy::parse_policy(resting->text))));
    TRY(check_all(policies, named, kind, signed_text));
    entry.rests_on = resting->id;
    return entry;
}

}  // namespace cheget::authority
