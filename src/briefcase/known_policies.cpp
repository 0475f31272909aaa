// Finding the policy that a custody statement was signed under.
#include "briefcase/known_policies.h"

#include <algorithm>

#include "permit/pool.h"

namespace cheget::briefcase {

using base::Result;

namespace {

bool is_signed_under(const policy::Policy& policy, const statement::Custody& said,
                     const statement::SignedText& parts) {
    const auto signed_by = [&](const std::string& name) {
        return permit::verify_signer(policy, name, statement::Kind::custody, parts).has_value();
    };
    if (said.event == statement::CustodyEvent::handover) {
        return signed_by(*said.from) && signed_by(*said.to);
    }
    return signed_by(said.by);
}

}  // namespace

Result<KnownPolicies> KnownPolicies::of(const permit::Chronicle& chronicle) {
    KnownPolicies known;
    const auto& all = chronicle.record().policies;
    for (std::size_t back = 0; back < std::min(all.size(), k_most_known_policies); ++back) {
        const auto& one = all[all.size() - 1 - back];
        // The entry after an enactment is the first that finds its policy in force.
        known.policies_.push_back(
            TRY(chronicle.policy_at(all.size() - 1 == back ? 0 : one.from + 1)));
    }
    return known;
}

Result<KnownPolicies> KnownPolicies::of(std::shared_ptr<const permit::KnownPolicy> first,
                                        const std::vector<permit::Advance::Step>& steps) {
    KnownPolicies known;
    for (auto step = steps.rbegin();
         step != steps.rend() && known.policies_.size() + 1 < k_most_known_policies; ++step) {
        known.policies_.push_back(
            TRY(permit::unheld_policy(step->policy_text, permit::UnderLog::prepare)));
    }
    known.policies_.push_back(std::move(first));
    return known;
}

const policy::Policy& KnownPolicies::policy_for(std::string_view signed_custody) const {
    const auto parts = statement::split_signed(signed_custody);
    const auto said =
        parts ? statement::parse_custody(parts->text) : std::unexpected(parts.error());
    if (said) {
        for (const auto& one : policies_) {
            if (is_signed_under(one->policy, *said, *parts)) {
                return one->policy;
            }
        }
    }
    return newest();
}

}  // namespace cheget::briefcase
