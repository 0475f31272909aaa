// A roster of bearers: who should hold a case from when, so that a handover that is overdue shows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace cheget::briefcase {

constexpr std::size_t k_longest_roster = 256 * 1024;
constexpr std::size_t k_most_shifts = 4'096;

struct Shift {
    base::Time from;
    std::string name;
};

struct Roster {
    std::string briefcase;      ///< `SHA256:…`; empty: of the domain's only one
    base::Span grace{};         ///< how late a handover may be
    std::vector<Shift> shifts;  ///< by time

    /// Whose shift it is; nothing before the first.
    const Shift* at(base::Time time) const;
};

/// Reads rosters: the line `cheget roster v1`; `briefcase: SHA256:…` where the domain has several;
/// `grace: SPAN`; then lines `TIME NAME`, each later than the one before. Empty lines and what
/// follows a `#` are passed over. A file may hold several rosters, each with its first line.
base::Result<std::vector<Roster>> parse_rosters(std::string_view text);

}  // namespace cheget::briefcase
