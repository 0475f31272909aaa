// Proposers who fill no place: one of several people is out, and it need only be enough that there
// is one without whom the rest suffices. Written once for each of them, such a formula loses what
// its parts have in common; here they are taken together.
#pragma once

#include <cstdint>
#include <span>

#include "analysis/circuit.h"

namespace cheget::analysis {

struct Proposer {
    std::uint32_t voice = 0;  ///< the variable of their voice in the rule
    Wire drawn;               ///< whether they are there and so may propose
    Wire speaks;              ///< their voice if somebody else proposes; it holds if `drawn` does
};

/// Whether one of `proposers` is drawn, for whom `rule` holds with that one's voice false and the
/// voices of all others as `speaks` has them. Other variables of the rule keep their numbers. What
/// `drawn` and `speaks` are made of lies in `to`.
Wire with_one_spared(Circuit& to, const Circuit& from, Wire rule,
                     std::span<const Proposer> proposers);

}  // namespace cheget::analysis
