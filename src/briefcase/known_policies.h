// The policies that were ever in force in a domain, as far as they are known: whose keys were whose
// when something was signed.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "permit/chronicle.h"
#include "permit/judge.h"

namespace cheget::briefcase {

/// The newest of them are enough for statements of the last years.
constexpr std::size_t k_most_known_policies = 64;

class KnownPolicies {
  public:
    /// Of a domain with a log.
    static base::Result<KnownPolicies> of(const permit::Chronicle& chronicle);
    /// Of one without: from the first policy on by what carried each of the others.
    static base::Result<KnownPolicies> of(std::shared_ptr<const permit::KnownPolicy> first,
                                          const std::vector<permit::Advance::Step>& steps);

    const policy::Policy& newest() const { return policies_.front()->policy; }
    /// The newest under which whoever a signed custody statement names did sign it; the newest of
    /// all if there is none.
    const policy::Policy& policy_for(std::string_view signed_custody) const;

  private:
    KnownPolicies() = default;
    std::vector<std::shared_ptr<const permit::KnownPolicy>> policies_;  // newest first
};

}  // namespace cheget::briefcase
