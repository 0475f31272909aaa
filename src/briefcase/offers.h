// Handovers that their giver signed and nobody has accepted. Where a case has a TPM it counted up
// for each, so the case keeps them: without, that step would look like an earlier state put back.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "briefcase/case.h"
#include "briefcase/knowledge.h"
#include "permit/custody.h"

namespace cheget::briefcase {

/// Whether this is a handover of this very case, signed by a key of its giver's that is not
/// revoked. What it goes on from, who had the case, and what its TPM says are not asked.
base::Result<void> check_offer(const Case& folder, const Knowledge& knowledge,
                               const statement::Custody& offered,
                               const statement::SignedText& parts);

/// One that holds: signed by who had it, going on from a link of the journal, by the word of the
/// TPM that speaks there.
struct Offer {
    statement::Custody said;
    base::Digest id;
    base::Digest previous;
    std::uint64_t counter = 0;
};

struct Offers {
    std::vector<Offer> held;
    std::vector<permit::Ignored> odd;  ///< what else lies there, and why it explains nothing

    /// How many steps of the counter between two of its values, both excluded, were for offers that
    /// go on from this link.
    std::uint64_t steps(const base::Digest& link, std::uint64_t after, std::uint64_t before) const;
};

/// Those that the case keeps, and the one that is about to be accepted.
base::Result<Offers> read_offers(const Case& folder, const Knowledge& knowledge,
                                 const permit::CustodyRecord& journal,
                                 std::optional<std::string_view> about_to_be_accepted);

}  // namespace cheget::briefcase
