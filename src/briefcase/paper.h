// Codes on paper: pages of A4 as PDF, with what a person can read beside what a camera can.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace cheget::briefcase {

/// The most that a code on paper holds, so that its modules are as large as a telephone's camera
/// and a scan at 200 dpi tell apart: version 24, level M.
constexpr std::size_t k_most_bytes_on_paper = 911;
/// 4,098 pages: as many parts as there can be.
constexpr std::size_t k_most_codes_on_paper = 4096;

struct PrintedCode {
    base::Bytes payload;
    std::vector<std::string> caption;  ///< lines under it; 4 at most, cut where the column ends
};

struct Paper {
    std::string title;
    std::vector<std::string> text;  ///< lines above the codes, broken where the page ends
    std::vector<PrintedCode> codes;
    std::string foot;  ///< on every page, beside its number
};

/// Fails with bad_input if there are no codes, too many, or one holds too much; with unreachable if
/// cairo or libqrencode isn't there.
base::Result<std::string> print_pdf(const Paper& paper);

}  // namespace cheget::briefcase
