// The comparison of two policies as JSON.
#pragma once

#include "analysis/policy_difference.h"
#include "base/json.h"

namespace cheget::cli {

base::Json::Object difference_json(const analysis::PolicyDifference& difference);

}  // namespace cheget::cli
