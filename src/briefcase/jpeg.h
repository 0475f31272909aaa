// JPEG pictures, as telephones take them: read by libjpeg, loaded with the first.
#pragma once

#include <string_view>

#include "briefcase/picture.h"

namespace cheget::briefcase {

/// Fails with unreachable if libjpeg isn't there.
base::Result<void> load_jpeg();

/// Fails with bad_input if it is damaged or has more pixels.
base::Result<GreyPicture> decode_jpeg(std::string_view file, std::size_t most_pixels);

}  // namespace cheget::briefcase
