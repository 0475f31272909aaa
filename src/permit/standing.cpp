// A domain's standing.
#include "permit/standing.h"

namespace cheget::permit {

base::Digest standing_of(const log::Checkpoint& checkpoint, const base::Digest& policy) {
    return base::sha256(log::to_text(checkpoint) + base::to_text(policy) + '\n');
}

}  // namespace cheget::permit
