// What a bearer finds out about a case without opening it: whether it is as it was handed over,
// was opened, altered, or is a copy put back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "briefcase/journal.h"
#include "briefcase/offers.h"

namespace cheget::briefcase {

/// By how bad it is.
enum class Verdict : std::uint8_t {
    intact,   ///< nothing happened to it since it was last handed over
    offered,  ///< who has it began to hand it over, and nobody accepted it
    opened,  ///< its principal opened it, or somebody used up tries, or its TPM counted for nothing
    lost,    ///< it was reported lost
    altered,  ///< something in it is not as it was made or loaded
    copied,   ///< an earlier state of it was put back, or there are two of it
};
std::string_view name_of(Verdict verdict);

struct Finding {
    Verdict verdict = Verdict::altered;
    std::string words;
};

/// What the inspector has beside the case itself.
struct Evidence {
    /// A statement on this case that the inspector kept, signed; such as its last handover.
    std::optional<std::string> kept{};
    /// Custody statements from the inspector's own copy of the log or domain folder, signed.
    std::vector<std::string> elsewhere{};
    std::optional<Tries> tries{};  ///< where the case's TPM is at hand
    /// The handover that the inspector is about to accept, signed by its giver.
    std::optional<std::string> offered{};
    /// The first policy that the inspector's tool knows for a domain of this name.
    std::optional<base::Digest> known_first_policy{};
};

struct Inspection {
    Verdict verdict = Verdict::intact;
    std::vector<Finding> findings;     ///< why; none for one that is intact
    permit::CustodyRecord record;      ///< the journal as a chain
    std::optional<std::size_t> since;  ///< the link by which it came into these hands
    std::vector<Offer> offers;         ///< that go on from the journal's end
};

base::Result<Inspection> inspect(const Case& folder, const Knowledge& knowledge,
                                 const Evidence& evidence);

}  // namespace cheget::briefcase
