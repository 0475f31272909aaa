// libjpeg reports a damaged picture by a function that must not return: it jumps out, over its own
// frames and one of ours that owns nothing.
#include "briefcase/jpeg.h"

#include <fmt/format.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdio>  // jpeglib.h needs FILE

#include "net/late_library.h"

namespace cheget::briefcase {

namespace {

using base::Result;

struct Jpeg {
    net::LateLibrary library{"libjpeg.so.62"};
    decltype(&::jpeg_std_error) std_error = library["jpeg_std_error"];
    decltype(&::jpeg_CreateDecompress) create = library["jpeg_CreateDecompress"];
    decltype(&::jpeg_mem_src) read_from = library["jpeg_mem_src"];
    decltype(&::jpeg_read_header) read_header = library["jpeg_read_header"];
    decltype(&::jpeg_start_decompress) start = library["jpeg_start_decompress"];
    decltype(&::jpeg_read_scanlines) read_rows = library["jpeg_read_scanlines"];
    decltype(&::jpeg_destroy_decompress) destroy = library["jpeg_destroy_decompress"];
};

const Jpeg& jpeg() {
    static const Jpeg loaded;
    return loaded;
}

struct Reading {
    jpeg_decompress_struct picture;
    jpeg_error_mgr errors;
    std::jmp_buf escape;
};

[[noreturn]] void jump_out(j_common_ptr picture) {
    std::longjmp(static_cast<Reading*>(picture->client_data)->escape, 1);  // NOLINT(cert-err52-cpp)
}

void say_nothing(j_common_ptr) {}

/// Whether the header could be read.
bool begin(Reading& reading, std::string_view file) {
    if (setjmp(reading.escape) != 0) {  // NOLINT(cert-err52-cpp)
        return false;
    }
    reading.picture.err = jpeg().std_error(&reading.errors);
    reading.errors.error_exit = jump_out;
    reading.errors.output_message = say_nothing;
    reading.picture.client_data = &reading;
    jpeg().create(&reading.picture, JPEG_LIB_VERSION, sizeof reading.picture);
    reading.picture.client_data = &reading;
    jpeg().read_from(&reading.picture, reinterpret_cast<const unsigned char*>(file.data()),
                     file.size());
    return jpeg().read_header(&reading.picture, TRUE) == JPEG_HEADER_OK;
}

/// Whether all rows could be read; `pixels` has room for them.
bool read_all(Reading& reading, std::uint8_t* pixels) {
    if (setjmp(reading.escape) != 0) {  // NOLINT(cert-err52-cpp)
        return false;
    }
    jpeg_decompress_struct& picture = reading.picture;
    picture.out_color_space = JCS_GRAYSCALE;
    jpeg().start(&picture);
    while (picture.output_scanline < picture.output_height) {
        JSAMPROW row = pixels + std::size_t{picture.output_scanline} * picture.output_width;
        if (jpeg().read_rows(&picture, &row, 1) != 1) {
            return false;
        }
    }
    return true;
}

struct Destroy {
    Reading* reading;
    explicit Destroy(Reading* what) : reading(what) {}
    Destroy(const Destroy&) = delete;
    Destroy& operator=(const Destroy&) = delete;
    ~Destroy() { jpeg().destroy(&reading->picture); }
};

}  // namespace

Result<void> load_jpeg() {
    if (!jpeg().library.failure().empty()) {
        return base::fail(base::ErrorKind::unreachable,
                          "reading a JPEG picture: " + jpeg().library.failure());
    }
    return {};
}

Result<GreyPicture> decode_jpeg(std::string_view file, std::size_t most_pixels) {
    TRY(load_jpeg());
    Reading reading{};
    const Destroy at_the_end(&reading);
    if (!begin(reading, file)) {
        return base::bad_input("the JPEG picture is cut off or damaged");
    }
    GreyPicture picture{reading.picture.image_width, reading.picture.image_height, {}};
    const std::size_t count = std::size_t{picture.width} * picture.height;
    if (count == 0 || count > most_pixels) {
        return base::bad_input(fmt::format(
            "the picture is {} by {} pixels, and at most {} are read; make it smaller, or cut the "
            "code out of it",
            picture.width, picture.height, most_pixels));
    }
    picture.pixels.resize(count);
    if (!read_all(reading, picture.pixels.data())) {
        return base::bad_input(
            "the JPEG picture is cut off or damaged, or its colours are of a "
            "kind that libjpeg doesn't turn to grey; save it as PNG");
    }
    return picture;
}

}  // namespace cheget::briefcase
