// QR codes (ISO/IEC 18004, Model 2) of any bytes: made by libqrencode, shown on a terminal, on a
// screen as a picture or on paper. Reading them back is picture.h's part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace cheget::briefcase {

/// The most that one code holds: version 40, level L, byte mode.
constexpr std::size_t k_most_code_bytes = 2953;

/// How much of a code may be unreadable and is corrected all the same: about 7 % for a screen,
/// where room is scarce, about 15 % for paper, which is folded and stained.
enum class Correction : std::uint8_t { low, medium };

/// A code's modules, without the quiet zone around them.
class Code {
  public:
    Code(unsigned size, std::vector<bool> dark) : size_(size), dark_(std::move(dark)) {}

    /// Modules a side: 21 for version 1 to 177 for version 40.
    unsigned size() const { return size_; }
    /// Anything outside is light, as the quiet zone is.
    bool is_dark(int row, int column) const;
    bool operator==(const Code&) const = default;

  private:
    unsigned size_;
    std::vector<bool> dark_;
};

/// The smallest code that holds the bytes, in byte mode whatever they are. Fails with bad_input if
/// there are none or too many, with unreachable if libqrencode isn't there.
base::Result<Code> make_code(base::BytesView payload, Correction correction);

/// How many bytes a code of at most so many modules a side holds; 0 if not even version 1 fits.
std::size_t bytes_that_fit(unsigned modules, Correction correction);

/// The quiet zone around a code on a screen, in modules. The standard asks for 4, and readers do
/// with 2: so a code of version 6 fits a terminal of 24 lines.
constexpr unsigned k_quiet_on_terminal = 2;

/// Lines for a terminal that shows UTF-8 and 256 colours: black on white whatever its own colours
/// are, two modules a character, one above the other.
std::string in_half_blocks(const Code& code);
/// Lines of nothing but spaces and `##`, two characters a dark module: to be read as dark on light.
std::string in_ascii(const Code& code);

}  // namespace cheget::briefcase
