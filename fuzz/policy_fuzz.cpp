// The policy reader on any bytes: it must neither crash nor contradict itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/policy.h"

namespace {

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cheget;
    std::string_view text = base::as_text({data, size});
    policy::ParseOutcome outcome = policy::check_policy(text);
    demand(outcome.policy.has_value() == outcome.diagnostics.empty());
    policy::to_text(outcome.diagnostics, "policy");
    auto canonical = policy::format_policy(text);
    auto parsed = policy::parse_policy(text);
    demand(!outcome.policy || canonical.has_value());
    demand(parsed.has_value() == (outcome.policy && *canonical == text));
    if (canonical) {
        demand(policy::format_policy(*canonical) == canonical);
    }
    if (outcome.policy) {
        // Free layout may end lines with spaces; a text that gets signed never does.
        demand(statement::parse_policy_header(*canonical) == outcome.policy->header);
        demand(policy::parse_policy(*canonical).has_value());
        policy::explain(*outcome.policy);
    }
    return 0;
}
