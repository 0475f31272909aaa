// From `when FACT is VALUE` to fact statements, as their sources' tools would make them.
#pragma once

#include <optional>
#include <vector>

#include "policy/diagnostics.h"
#include "scenario/scenario.h"

namespace cheget::scenario {

/// The order that facts are stated for. Borrows everything.
struct FactScene {
    const policy::Policy& policy;
    const statement::Order& order;
    const policy::BoundOrder* bound;  ///< null for an order that does not fit
    base::Digest order_id;
};

/// The statements of one line: each source's, about each subject. Complains and gives nothing where
/// the policy has no such fact, value or person, or the order nothing that it could be about.
std::optional<std::vector<statement::Fact>> make_facts(const FactScene& scene, const Said& said,
                                                       base::Time at,
                                                       policy::Diagnostics& diagnostics);

}  // namespace cheget::scenario
