// What may enter the log: whole signed statements of the domain by its principals, every signature
// valid. The log tags nothing and judges nothing beyond that; who reads it judges.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "permit/judge.h"
#include "store/log_store.h"

namespace cheget::authority {

/// The policies by whose keys statements are admitted: the one in force, and for the claims and
/// receipts of what was begun before those before it. Immutable; several threads may ask at once.
class Admission {
  public:
    /// `policies` are texts of the domain in the order in which they came into force; all of one
    /// domain. Fails if one can't be read or is of another domain.
    static base::Result<Admission> make(const std::vector<std::string>& policies);

    const statement::Domain& domain() const { return domain_; }

    /// The text of a policy that has votes in the log; nothing if there are none.
    using FindProposed =
        std::function<base::Result<std::optional<std::string>>(const base::Digest& policy)>;

    /// The statement as an entry, with the principal who pays for it. Fails with bad_input if it is
    /// no statement of this domain, if its kind isn't logged, or if a signature on it is not valid,
    /// by a key of the principal that the text names. A vote on a policy, or an enactment of one,
    /// may also be by a principal of that policy alone: then whoever it rests on pays. The vote
    /// holds its text, for the enactment it is looked up.
    base::Result<store::NewEntry> admit(std::string_view bytes,
                                        const FindProposed& find_proposed = {}) const;

  private:
    Admission() = default;

    std::vector<std::shared_ptr<const policy::Policy>> policies_;  // the newest first
    statement::Domain domain_;
};

}  // namespace cheget::authority
