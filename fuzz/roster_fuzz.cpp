// Any bytes as a roster of bearers: what is read keeps what a roster promises.
#include <cstdlib>

#include "briefcase/roster.h"

namespace {

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check(const cheget::briefcase::Roster& roster) {
    demand(!roster.shifts.empty());
    for (std::size_t i = 0; i < roster.shifts.size(); ++i) {
        const auto& shift = roster.shifts[i];
        demand(i == 0 || roster.shifts[i - 1].from < shift.from);
        demand(roster.at(shift.from) == &shift);
        const auto* const before = roster.at({shift.from.seconds - 1});
        demand(i == 0 ? before == nullptr : before == &roster.shifts[i - 1]);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto rosters = cheget::briefcase::parse_rosters(text)) {
        demand(!rosters->empty());
        for (const auto& roster : *rosters) {
            check(roster);
        }
    }
    return 0;
}
