// zbar, cairo and libjpeg, each loaded when it is first needed.
#include "briefcase/picture.h"

#include <cairo.h>
#include <fmt/format.h>
#include <zbar.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "briefcase/apart.h"
#include "briefcase/jpeg.h"
#include "net/late_library.h"

namespace cheget::briefcase {

namespace {

using base::ErrorKind;
using base::Result;

struct Zbar {
    net::LateLibrary library{"libzbar.so.0"};
    decltype(&::zbar::zbar_image_scanner_create) make_scanner =
        library["zbar_image_scanner_create"];
    decltype(&::zbar::zbar_image_scanner_destroy) free_scanner =
        library["zbar_image_scanner_destroy"];
    decltype(&::zbar::zbar_image_scanner_set_config) configure =
        library["zbar_image_scanner_set_config"];
    decltype(&::zbar::zbar_image_scanner_request_dbus) tell_dbus =
        library["zbar_image_scanner_request_dbus"];
    decltype(&::zbar::zbar_scan_image) scan = library["zbar_scan_image"];
    decltype(&::zbar::zbar_image_create) make_image = library["zbar_image_create"];
    decltype(&::zbar::zbar_image_destroy) free_image = library["zbar_image_destroy"];
    decltype(&::zbar::zbar_image_set_format) set_format = library["zbar_image_set_format"];
    decltype(&::zbar::zbar_image_set_size) set_size = library["zbar_image_set_size"];
    decltype(&::zbar::zbar_image_set_data) set_data = library["zbar_image_set_data"];
    decltype(&::zbar::zbar_image_first_symbol) first = library["zbar_image_first_symbol"];
    decltype(&::zbar::zbar_symbol_next) next = library["zbar_symbol_next"];
    decltype(&::zbar::zbar_symbol_get_type) type_of = library["zbar_symbol_get_type"];
    decltype(&::zbar::zbar_symbol_get_data) data_of = library["zbar_symbol_get_data"];
    decltype(&::zbar::zbar_symbol_get_data_length) length_of =
        library["zbar_symbol_get_data_length"];
};

const Zbar& zbar() {
    static const Zbar loaded;
    return loaded;
}

struct FreeScanner {
    void operator()(::zbar::zbar_image_scanner_t* scanner) const { zbar().free_scanner(scanner); }
};
struct FreeImage {
    void operator()(::zbar::zbar_image_t* image) const { zbar().free_image(image); }
};

struct Cairo {
    net::LateLibrary library{"libcairo.so.2"};
    decltype(&::cairo_image_surface_create_from_png_stream) read_png =
        library["cairo_image_surface_create_from_png_stream"];
    decltype(&::cairo_image_surface_create) make_surface = library["cairo_image_surface_create"];
    decltype(&::cairo_image_surface_get_data) data_of = library["cairo_image_surface_get_data"];
    decltype(&::cairo_image_surface_get_stride) stride_of =
        library["cairo_image_surface_get_stride"];
    decltype(&::cairo_image_surface_get_format) format_of =
        library["cairo_image_surface_get_format"];
    decltype(&::cairo_image_surface_get_width) width_of = library["cairo_image_surface_get_width"];
    decltype(&::cairo_image_surface_get_height) height_of =
        library["cairo_image_surface_get_height"];
    decltype(&::cairo_surface_flush) flush = library["cairo_surface_flush"];
    decltype(&::cairo_surface_mark_dirty) mark_dirty = library["cairo_surface_mark_dirty"];
    decltype(&::cairo_surface_status) status_of = library["cairo_surface_status"];
    decltype(&::cairo_surface_destroy) free_surface = library["cairo_surface_destroy"];
    decltype(&::cairo_surface_write_to_png_stream) write_png =
        library["cairo_surface_write_to_png_stream"];
};

const Cairo& cairo() {
    static const Cairo loaded;
    return loaded;
}

struct FreeSurface {
    void operator()(cairo_surface_t* surface) const { cairo().free_surface(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, FreeSurface>;

constexpr std::string_view k_png_begins("\x89PNG\r\n\x1a\n", 8);
constexpr std::string_view k_jpeg_begins("\xff\xd8\xff", 3);
constexpr std::uint8_t k_white = 255;

std::unexpected<base::Error> missing(std::string_view what, const net::LateLibrary& library) {
    return base::fail(ErrorKind::unreachable, fmt::format("{}: {}", what, library.failure()));
}

Result<void> require_few_pixels(std::uint64_t width, std::uint64_t height) {
    if (width == 0 || height == 0 || width > k_most_pixels || height > k_most_pixels ||
        width * height > k_most_pixels) {
        return base::bad_input(fmt::format(
            "the picture is {} by {} pixels, and at most {} are read; make it smaller, or cut the "
            "code out of it",
            width, height, k_most_pixels));
    }
    return {};
}

std::uint32_t big_endian(std::string_view bytes) {
    std::uint32_t number = 0;
    for (const char byte : bytes.substr(0, 4)) {
        number = number << 8U | static_cast<std::uint8_t>(byte);
    }
    return number;
}

cairo_status_t give(void* rest, unsigned char* to, unsigned size) {
    auto& view = *static_cast<std::string_view*>(rest);
    if (size > view.size()) {
        return CAIRO_STATUS_READ_ERROR;
    }
    std::memcpy(to, view.data(), size);
    view.remove_prefix(size);
    return CAIRO_STATUS_SUCCESS;
}

cairo_status_t take(void* to, const unsigned char* data, unsigned size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), size);
    return CAIRO_STATUS_SUCCESS;
}

/// Of a pixel as cairo has it: colours multiplied by alpha, upon white.
std::uint8_t grey_of(std::uint32_t pixel, bool has_alpha) {
    const std::uint32_t alpha = has_alpha ? pixel >> 24U : 255U;
    const std::uint32_t red = pixel >> 16U & 255U;
    const std::uint32_t green = pixel >> 8U & 255U;
    const std::uint32_t blue = pixel & 255U;
    const std::uint32_t grey = (red * 299 + green * 587 + blue * 114) / 1000 + 255U - alpha;
    return static_cast<std::uint8_t>(std::min(grey, 255U));
}

Result<GreyPicture> decode_png(std::string_view file) {
    constexpr std::size_t k_width_at = 16;  // in the first chunk, IHDR
    constexpr std::size_t k_height_at = 20;
    constexpr std::size_t k_shortest = 33;
    if (!cairo().library.failure().empty()) {
        return missing("reading a PNG picture", cairo().library);
    }
    if (file.size() < k_shortest || file.substr(12, 4) != "IHDR") {
        return base::bad_input("the PNG picture is cut off or damaged");
    }
    TRY(require_few_pixels(big_endian(file.substr(k_width_at)),
                           big_endian(file.substr(k_height_at))));
    const Surface surface(cairo().read_png(give, &file));
    cairo().flush(surface.get());
    const cairo_format_t format = cairo().format_of(surface.get());
    const unsigned char* row = cairo().data_of(surface.get());
    if (cairo().status_of(surface.get()) != CAIRO_STATUS_SUCCESS || row == nullptr ||
        (format != CAIRO_FORMAT_ARGB32 && format != CAIRO_FORMAT_RGB24)) {
        return base::bad_input(
            "the PNG picture is cut off or damaged, or of a kind that cairo "
            "doesn't read; save it as 8-bit greyscale or RGB");
    }
    GreyPicture picture{static_cast<unsigned>(cairo().width_of(surface.get())),
                        static_cast<unsigned>(cairo().height_of(surface.get())),
                        {}};
    picture.pixels.reserve(std::size_t{picture.width} * picture.height);
    for (unsigned y = 0; y < picture.height; ++y, row += cairo().stride_of(surface.get())) {
        for (unsigned x = 0; x < picture.width; ++x) {
            std::uint32_t pixel = 0;
            std::memcpy(&pixel, row + std::size_t{x} * sizeof pixel, sizeof pixel);
            picture.pixels.push_back(grey_of(pixel, format == CAIRO_FORMAT_ARGB32));
        }
    }
    return picture;
}

/// Half as wide and high: blurred and noisy photographs are read better then.
GreyPicture halved(const GreyPicture& picture) {
    GreyPicture half{picture.width / 2, picture.height / 2, {}};
    half.pixels.reserve(std::size_t{half.width} * half.height);
    for (unsigned y = 0; y < half.height; ++y) {
        const std::uint8_t* upper = &picture.pixels[std::size_t{2} * y * picture.width];
        const std::uint8_t* lower = upper + picture.width;
        for (std::size_t x = 0; x < 2 * std::size_t{half.width}; x += 2) {
            const int sum = upper[x] + upper[x + 1] + lower[x] + lower[x + 1];
            half.pixels.push_back(static_cast<std::uint8_t>(sum / 4));
        }
    }
    return half;
}

std::vector<base::Bytes> scan(const GreyPicture& picture) {
    const std::unique_ptr<::zbar::zbar_image_scanner_t, FreeScanner> scanner(zbar().make_scanner());
    // It would tell everybody on the bus what it reads.
    zbar().tell_dbus(scanner.get(), 0);
    zbar().configure(scanner.get(), ::zbar::ZBAR_NONE, ::zbar::ZBAR_CFG_ENABLE, 0);
    zbar().configure(scanner.get(), ::zbar::ZBAR_QRCODE, ::zbar::ZBAR_CFG_ENABLE, 1);
    // Without this it guesses at an encoding and converts to UTF-8.
    zbar().configure(scanner.get(), ::zbar::ZBAR_QRCODE, ::zbar::ZBAR_CFG_BINARY, 1);
    const std::unique_ptr<::zbar::zbar_image_t, FreeImage> image(zbar().make_image());
    constexpr unsigned long k_grey = 0x30303859;  // "Y800"
    zbar().set_format(image.get(), k_grey);
    zbar().set_size(image.get(), picture.width, picture.height);
    zbar().set_data(image.get(), picture.pixels.data(), picture.pixels.size(), nullptr);
    std::vector<base::Bytes> found;
    if (zbar().scan(scanner.get(), image.get()) <= 0) {
        return found;
    }
    for (const ::zbar::zbar_symbol_t* symbol = zbar().first(image.get());
         symbol != nullptr && found.size() < k_most_codes; symbol = zbar().next(symbol)) {
        const auto* data = reinterpret_cast<const std::uint8_t*>(zbar().data_of(symbol));
        const std::size_t size = zbar().length_of(symbol);
        if (zbar().type_of(symbol) == ::zbar::ZBAR_QRCODE && size <= k_most_code_bytes) {
            found.emplace_back(data, data + size);
        }
    }
    return found;
}

}  // namespace

GreyPicture paint(const Code& code, unsigned pixels_a_module) {
    constexpr int k_quiet = 4;
    const unsigned side = (code.size() + 2 * k_quiet) * pixels_a_module;
    GreyPicture picture{side, side, {}};
    picture.pixels.reserve(std::size_t{side} * side);
    for (unsigned y = 0; y < side; ++y) {
        for (unsigned x = 0; x < side; ++x) {
            const bool dark = code.is_dark(static_cast<int>(y / pixels_a_module) - k_quiet,
                                           static_cast<int>(x / pixels_a_module) - k_quiet);
            picture.pixels.push_back(dark ? 0 : k_white);
        }
    }
    return picture;
}

Result<std::string> to_png(const GreyPicture& picture) {
    if (!cairo().library.failure().empty()) {
        return missing("writing a PNG picture", cairo().library);
    }
    TRY(require_few_pixels(picture.width, picture.height));
    const Surface surface(cairo().make_surface(CAIRO_FORMAT_RGB24, static_cast<int>(picture.width),
                                               static_cast<int>(picture.height)));
    unsigned char* row = cairo().data_of(surface.get());
    if (row == nullptr) {
        return base::fail(ErrorKind::unreachable, "writing a PNG picture: there is no memory");
    }
    cairo().flush(surface.get());
    const std::uint8_t* pixel = picture.pixels.data();
    for (unsigned y = 0; y < picture.height; ++y, row += cairo().stride_of(surface.get())) {
        for (unsigned x = 0; x < picture.width; ++x) {
            const std::uint32_t colour = *pixel++ * 0x010101U;
            std::memcpy(row + std::size_t{x} * sizeof colour, &colour, sizeof colour);
        }
    }
    cairo().mark_dirty(surface.get());
    std::string file;
    if (cairo().write_png(surface.get(), take, &file) != CAIRO_STATUS_SUCCESS) {
        return base::fail(ErrorKind::unreachable, "writing a PNG picture: cairo failed");
    }
    return file;
}

bool is_picture(std::string_view file) {
    return file.starts_with(k_png_begins) || file.starts_with(k_jpeg_begins);
}

Result<GreyPicture> decode_picture(std::string_view file) {
    if (file.size() > k_most_picture_bytes) {
        return base::bad_input(fmt::format("the picture has {} bytes, and at most {} are read",
                                           file.size(), k_most_picture_bytes));
    }
    if (file.starts_with(k_png_begins)) {
        return decode_png(file);
    }
    if (file.starts_with(k_jpeg_begins)) {
        return decode_jpeg(file, k_most_pixels);
    }
    return base::bad_input("it is neither a PNG nor a JPEG picture");
}

Result<std::vector<base::Bytes>> read_codes(const GreyPicture& picture) {
    if (!zbar().library.failure().empty()) {
        return missing("reading QR codes", zbar().library);
    }
    TRY(require_few_pixels(picture.width, picture.height));
    if (picture.pixels.size() != std::size_t{picture.width} * picture.height) {
        return base::bad_input("the picture has not as many pixels as it says");
    }
    auto found = scan(picture);
    constexpr unsigned k_large = 1200;  // pixels a side
    if (found.empty() && picture.width >= k_large && picture.height >= k_large) {
        found = scan(halved(picture));
    }
    return found;
}

Result<std::vector<base::Bytes>> read_codes_in_file(std::string_view file) {
    // Loaded here, since the process that reads can open nothing.
    if (!zbar().library.failure().empty()) {
        return missing("reading QR codes", zbar().library);
    }
    if (file.starts_with(k_jpeg_begins)) {
        TRY(load_jpeg());
    } else if (!cairo().library.failure().empty()) {
        return missing("reading a PNG picture", cairo().library);
    }
    return run_apart([file]() -> Result<std::vector<base::Bytes>> {
        const GreyPicture picture = TRY(decode_picture(file));
        return read_codes(picture);
    });
}

}  // namespace cheget::briefcase
