// Where a domain with a log stands: what people compare by words before they begin to go by it.
#pragma once

#include "base/digest.h"
#include "log/checkpoint.h"

namespace cheget::permit {

/// SHA-256 of a checkpoint's three lines and of a fourth one with the id of the policy in force
/// after its entries. Who compares its words has compared all that came before.
base::Digest standing_of(const log::Checkpoint& checkpoint, const base::Digest& policy);

}  // namespace cheget::permit
