// Pictures of codes: painted, and read back from photographs, scans and screenshots.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "briefcase/qr.h"

namespace cheget::briefcase {

/// A picture file and its pixels are at most that large: a photograph of 64 megapixels.
constexpr std::size_t k_most_picture_bytes = 64U << 20U;
constexpr std::size_t k_most_pixels = 64'000'000;
/// The most codes that are taken from one picture.
constexpr std::size_t k_most_codes = 64;

/// Shades of grey, 0 black to 255 white, row by row without gaps.
struct GreyPicture {
    unsigned width = 0;
    unsigned height = 0;
    base::Bytes pixels;
};

/// The code with the quiet zone of 4 modules that the standard asks for.
GreyPicture paint(const Code& code, unsigned pixels_a_module);

/// As a PNG file. Fails with unreachable if cairo isn't there.
base::Result<std::string> to_png(const GreyPicture& picture);

/// Whether the bytes begin as PNG or JPEG do.
bool is_picture(std::string_view file);

/// The payloads of the codes in a picture, each as it was encoded, byte for byte; there may be
/// none. Fails with bad_input if it has not as many pixels as it says, with unreachable if zbar
/// isn't there.
base::Result<std::vector<base::Bytes>> read_codes(const GreyPicture& picture);

/// The same from a PNG or JPEG file, which may be hostile: cairo, libjpeg and zbar read it in a
/// process of its own that can do nothing else (docs/decisions/0043). Fails with bad_input if it is
/// no such picture, is too large, or stops that process.
base::Result<std::vector<base::Bytes>> read_codes_in_file(std::string_view file);

/// What a reader makes of a file, in this very process: for fuzzing and for tests of damage.
base::Result<GreyPicture> decode_picture(std::string_view file);

}  // namespace cheget::briefcase
