// libqrencode, loaded with the first code.
#include "briefcase/qr.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <algorithm>
#include <array>
#include <memory>

#include "net/late_library.h"

namespace cheget::briefcase {

namespace {

struct Encoder {
    net::LateLibrary library{"libqrencode.so.4"};
    decltype(&::QRcode_encodeData) encode = library["QRcode_encodeData"];
    decltype(&::QRcode_free) free_code = library["QRcode_free"];
};

const Encoder& encoder() {
    static const Encoder loaded;
    return loaded;
}

struct FreeCode {
    void operator()(QRcode* code) const { encoder().free_code(code); }
};

// ISO/IEC 18004:2015, table 7: data bytes of versions 1 to 40 in byte mode.
constexpr std::array<std::uint16_t, 40> k_bytes_low = {
    17,   32,   53,   78,   106,  134,  154,  192,  230,  271,  321,  367,  425,  458,
    520,  586,  644,  718,  792,  858,  929,  1003, 1091, 1171, 1273, 1367, 1465, 1528,
    1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563, 2699, 2809, 2953};
constexpr std::array<std::uint16_t, 40> k_bytes_medium = {
    14,   26,   42,   62,   84,   106,  122,  152,  180,  213,  251,  287,  331,  362,
    412,  450,  504,  560,  624,  666,  711,  779,  857,  911,  997,  1059, 1125, 1190,
    1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911, 1989, 2099, 2213, 2331};

constexpr unsigned k_smallest = 21;  // version 1
constexpr unsigned k_step = 4;

}  // namespace

bool Code::is_dark(int row, int column) const {
    const int size = static_cast<int>(size_);
    return row >= 0 && column >= 0 && row < size && column < size &&
           dark_[static_cast<std::size_t>(row) * size_ + static_cast<std::size_t>(column)];
}

base::Result<Code> make_code(base::BytesView payload, Correction correction) {
    const auto& most = correction == Correction::low ? k_bytes_low : k_bytes_medium;
    if (payload.empty() || payload.size() > most.back()) {
        return base::bad_input(
            fmt::format("a QR code holds 1 to {} bytes, not {}", most.back(), payload.size()));
    }
    const Encoder& loaded = encoder();
    if (!loaded.library.failure().empty()) {
        return base::fail(base::ErrorKind::unreachable,
                          "making a QR code: " + loaded.library.failure());
    }
    const std::unique_ptr<QRcode, FreeCode> made(
        loaded.encode(static_cast<int>(payload.size()), payload.data(), 0,
                      correction == Correction::low ? QR_ECLEVEL_L : QR_ECLEVEL_M));
    if (!made) {
        return base::fail(
            base::ErrorKind::unreachable,
            fmt::format("making a QR code of {} bytes: libqrencode failed", payload.size()));
    }
    const auto size = static_cast<unsigned>(made->width);
    std::vector<bool> dark(std::size_t{size} * size);
    std::transform(made->data, made->data + dark.size(), dark.begin(),
                   [](unsigned char module) { return (module & 1U) != 0; });
    return Code(size, std::move(dark));
}

std::size_t bytes_that_fit(unsigned modules, Correction correction) {
    if (modules < k_smallest) {
        return 0;
    }
    const auto& most = correction == Correction::low ? k_bytes_low : k_bytes_medium;
    return most[std::min<std::size_t>((modules - k_smallest) / k_step, most.size() - 1)];
}

std::string in_half_blocks(const Code& code) {
    constexpr std::string_view k_black_on_white = "\x1b[38;5;16;48;5;231m";
    constexpr std::string_view k_plain = "\x1b[0m\n";
    // Of the two modules above each other: neither dark, the lower, the upper, both.
    constexpr std::array<std::string_view, 4> k_blocks = {" ", "▄", "▀", "█"};
    const int quiet = k_quiet_on_terminal;
    const int end = static_cast<int>(code.size()) + quiet;
    std::string lines;
    for (int row = -quiet; row < end; row += 2) {
        lines += k_black_on_white;
        for (int column = -quiet; column < end; ++column) {
            lines += k_blocks[(code.is_dark(row, column) ? 2U : 0U) +
                              (code.is_dark(row + 1, column) ? 1U : 0U)];
        }
        lines += k_plain;
    }
    return lines;
}

std::string in_ascii(const Code& code) {
    const int quiet = k_quiet_on_terminal;
    const int end = static_cast<int>(code.size()) + quiet;
    std::string lines;
    for (int row = -quiet; row < end; ++row) {
        for (int column = -quiet; column < end; ++column) {
            lines += code.is_dark(row, column) ? "##" : "  ";
        }
        lines += '\n';
    }
    return lines;
}

}  // namespace cheget::briefcase
