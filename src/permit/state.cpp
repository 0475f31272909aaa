// Where a verifier's knowledge of a domain begins.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/assertions.h"
#include "base/text.h"
#include "permit/pool.h"
#include "permit/signer.h"

namespace cheget::permit {

namespace {

base::Result<void> check_first(const policy::Policy& policy,
                               const std::optional<base::Digest>& expected) {
    if (policy.header.version != 1 || policy.header.previous || policy.header.first_policy) {
        return base::bad_input(fmt::format(
            "this is version {} of {}'s policy: begin with the domain's first policy, which every "
            "person in it signed, and take later ones from the votes on them",
            policy.header.version, policy.header.domain));
    }
    if (expected && *expected != policy.id) {
        return base::fail(
            base::ErrorKind::denied,
            fmt::format("the first policy of {} is {}, but this verifier was "
                        "installed for {}: someone replaced it, or the domain only "
                        "has the same name",
                        policy.header.domain, base::to_text(policy.id), base::to_text(*expected)));
    }
    return {};
}

/// Every person of the first policy signed it: nobody is put under rules that they never saw.
base::Result<void> check_everyone_signed(const DomainState& state,
                                         const statement::SignedText& signed_text) {
    const policy::Policy& policy = state.policy->policy;
    const std::string name_space =
        statement::signature_namespace(statement::Kind::policy, policy.header.domain);
    std::vector<std::string> missing;
    for (const auto& principal : policy.principals) {
        if (principal.kind != policy::PrincipalKind::person) {
            continue;
        }
        const auto signer = find_signer(state, policy, principal.name, name_space, signed_text);
        if (!signer) {
            missing.push_back(fmt::format("{} ({})", principal.name, signer.error().message));
        }
    }
    if (!missing.empty()) {
        return base::fail(
            base::ErrorKind::denied,
            fmt::format("the first policy of {} must be signed by every person in it, and no valid "
                        "signature is there of {}",
                        policy.header.domain, base::join_words(missing)));
    }
    return {};
}

void add_trusted_revocation(DomainState& state, std::string key, std::string of,
                            std::string whole) {
    const auto known = std::find_if(state.revoked.begin(), state.revoked.end(),
                                    [&](const RevokedKey& one) { return one.fingerprint == key; });
    if (known == state.revoked.end()) {
        state.revoked.push_back({std::move(key), std::move(of), {std::move(whole)}});
    } else if (std::find(known->statements.begin(), known->statements.end(), whole) ==
               known->statements.end()) {
        known->statements.push_back(std::move(whole));
    }
}

}  // namespace

base::Result<std::shared_ptr<const KnownPolicy>> known_policy(std::string_view text,
                                                              UnderLog under_log) {
    auto known = TRY(unheld_policy(text, under_log));
    TRY(analysis::require_assertions(known->policy, text));
    return known;
}

base::Result<std::shared_ptr<const KnownPolicy>> unheld_policy(std::string_view text,
                                                               UnderLog under_log) {
    policy::Policy policy = TRY(policy::parse_policy(text));
    if (policy.has_log && under_log == UnderLog::refuse) {
        return base::bad_input(
            fmt::format("version {} of {}'s policy has a log, and this version follows no log yet: "
                        "nothing may be "
                        "decided under it",
                        policy.header.version, policy.header.domain));
    }
    policy::Rules rules(policy);
    return std::make_shared<const KnownPolicy>(std::move(policy), std::move(rules),
                                               std::string(text));
}

base::Result<DomainState> establish(std::string_view signed_first_policy,
                                    std::optional<base::Digest> expected, UnderLog under_log) {
    const auto signed_text = TRY(statement::split_signed(signed_first_policy));
    DomainState state;
    state.policy = TRY(known_policy(signed_text.text, under_log));
    TRY(check_first(state.policy->policy, expected));
    state.domain = state.policy->policy.domain();
    TRY(check_everyone_signed(state, signed_text));
    return state;
}

base::Result<DomainState> resume(std::string_view policy_text, base::Digest domain_id,
                                 const std::vector<std::string>& signed_revocations) {
    DomainState state;
    state.policy = TRY(known_policy(policy_text));
    state.domain = state.policy->policy.domain();
    if (state.domain.first_policy != domain_id) {
        return base::fail(
            base::ErrorKind::corrupt_state,
            fmt::format("the recorded policy belongs to the domain {}, not to {}: restore the "
                        "record, or install the verifier anew",
                        base::to_text(state.domain.first_policy), base::to_text(domain_id)));
    }
    TRY(trust_revocations(state, signed_revocations));
    return state;
}

base::Result<void> trust_revocations(DomainState& state,
                                     const std::vector<std::string>& signed_revocations) {
    for (const std::string& whole : signed_revocations) {
        const auto signed_text = TRY(statement::split_signed(whole));
        auto revocation = TRY(statement::parse_revocation(signed_text.text));
        if (revocation.domain != state.domain) {
            return base::fail(base::ErrorKind::corrupt_state,
                              "a recorded revocation belongs to another domain: restore the "
                              "record, or install the verifier anew");
        }
        add_trusted_revocation(state, std::move(revocation.key), std::move(revocation.of), whole);
    }
    return {};
}

}  // namespace cheget::permit
