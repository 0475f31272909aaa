// QR codes from end to end: libqrencode makes them, zbar reads them back, whatever the bytes.
#include "briefcase/qr.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <random>

#include "briefcase/apart.h"
#include "briefcase/picture.h"

namespace cheget::briefcase {
namespace {

using base::Bytes;

Bytes random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 generator(seed);
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(generator());
    }
    return bytes;
}

std::vector<Bytes> read_back(const Code& code, unsigned pixels = 3) {
    auto read = read_codes(paint(code, pixels));
    return read ? *read : std::vector<Bytes>();
}

TEST(Qr, every_byte_value_comes_back_as_it_is) {
    Bytes all(256);
    std::iota(all.begin(), all.end(), std::uint8_t{0});
    for (const Correction correction : {Correction::low, Correction::medium}) {
        const auto code = make_code(all, correction);
        ASSERT_TRUE(code.has_value()) << code.error().message;
        EXPECT_EQ(read_back(*code), std::vector<Bytes>{all});
    }
    for (unsigned value = 0; value < 256; ++value) {
        const Bytes same(40, static_cast<std::uint8_t>(value));
        EXPECT_EQ(read_back(make_code(same, Correction::low).value()), std::vector<Bytes>{same})
            << value;
    }
}

TEST(Qr, bytes_that_look_like_text_in_some_encoding_are_left_alone) {
    for (const char* text : {"plain", "Gr\xc3\xbc\xc3\x9f", "Gr\xfc\xdf", "\xef\xbb\xbf mark",
                             "\x83\x65\x83\x58\x83\x67", "12345678901234567890",
                             "ABC $%*+-./:", "https://example.org/", "\xff\xfe\x41\x00"}) {
        const auto view = base::as_bytes(text);
        const Bytes bytes(view.begin(), view.end());
        EXPECT_EQ(read_back(make_code(bytes, Correction::low).value()), std::vector<Bytes>{bytes});
    }
}

TEST(Qr, random_bytes_of_every_size_class_come_back) {
    for (std::size_t size = 1; size <= k_most_code_bytes; size += size < 300 ? 1 : 23) {
        const Bytes bytes = random_bytes(size, static_cast<unsigned>(size));
        const auto code = make_code(bytes, Correction::low);
        ASSERT_TRUE(code.has_value());
        ASSERT_EQ(read_back(*code), std::vector<Bytes>{bytes}) << size;
    }
    const Bytes most = random_bytes(k_most_code_bytes, 1);
    EXPECT_EQ(read_back(make_code(most, Correction::low).value()), std::vector<Bytes>{most});
}

TEST(Qr, the_smallest_version_is_taken_and_its_capacity_known) {
    for (unsigned version = 1; version <= 40; ++version) {
        const unsigned modules = 17 + 4 * version;
        for (const Correction correction : {Correction::low, Correction::medium}) {
            const std::size_t most = bytes_that_fit(modules, correction);
            EXPECT_EQ(make_code(random_bytes(most, version), correction)->size(), modules);
            EXPECT_EQ(bytes_that_fit(modules + 3, correction), most);
            const auto larger = make_code(random_bytes(most + 1, version), correction);
            EXPECT_TRUE(version == 40 ? !larger : larger->size() == modules + 4);
        }
    }
    EXPECT_EQ(bytes_that_fit(20, Correction::low), 0U);
    EXPECT_EQ(bytes_that_fit(1000, Correction::low), k_most_code_bytes);
    EXPECT_FALSE(make_code({}, Correction::low));
}

/// With every module outside the patterns that find and align the code turned by chance.
Code damaged(const Code& code, double share, unsigned seed) {
    std::mt19937 generator(seed);
    std::bernoulli_distribution turn(share);
    const int size = static_cast<int>(code.size());
    std::vector<bool> dark;
    for (int row = 0; row < size; ++row) {
        for (int column = 0; column < size; ++column) {
            const bool finds = (row < 9 && (column < 9 || column > size - 9)) ||
                               (row > size - 9 && column < 9) || row == 6 || column == 6;
            dark.push_back(code.is_dark(row, column) != (!finds && turn(generator)));
        }
    }
    return {code.size(), std::move(dark)};
}

TEST(Qr, G10_damage_beyond_correction_is_refused_never_misread) {
    int corrected = 0;
    int refused = 0;
    for (unsigned seed = 0; seed < 60; ++seed) {
        const Bytes bytes = random_bytes(130, seed);
        const Code code = make_code(bytes, Correction::medium).value();
        for (const double share : {0.005, 0.02, 0.1, 0.3}) {
            const auto read = read_back(damaged(code, share, seed));
            if (read.empty()) {
                ++refused;
            } else {
                ++corrected;
                EXPECT_EQ(read, std::vector<Bytes>{bytes});
            }
        }
    }
    EXPECT_GT(corrected, 60);
    EXPECT_GT(refused, 60);
}

TEST(Qr, G10_a_cropped_code_is_refused) {
    const GreyPicture whole = paint(make_code(random_bytes(130, 7), Correction::low).value(), 4);
    for (const unsigned height : {whole.height / 2, whole.height * 2 / 3, whole.height * 3 / 4}) {
        GreyPicture part{whole.width, height, {}};
        part.pixels.assign(whole.pixels.begin(),
                           whole.pixels.begin() + std::ptrdiff_t{part.width} * height);
        EXPECT_TRUE(read_codes(part)->empty()) << height;
    }
    GreyPicture lies = whole;
    lies.height += 1;
    EXPECT_FALSE(read_codes(lies));
    EXPECT_FALSE(read_codes({0, 0, {}}));
    EXPECT_TRUE(read_codes({100'000, 100'000, {}}).error().message.contains("at most 64000000"));
}

/// The lines of a terminal, as pixels; 1 wide and 2 high for half a block's two modules.
GreyPicture seen(const std::string& lines, bool half_blocks) {
    std::vector<std::vector<bool>> rows;
    std::size_t at = 0;
    while (at < lines.size()) {
        const std::size_t end = lines.find('\n', at);
        std::string line = lines.substr(at, end - at);
        at = end + 1;
        std::vector<bool> upper;
        std::vector<bool> lower;
        for (std::size_t i = 0; i < line.size();) {
            if (line[i] == '\x1b') {
                i = line.find('m', i) + 1;
            } else if (line.compare(i, 3, "█") == 0 || line.compare(i, 3, "▀") == 0 ||
                       line.compare(i, 3, "▄") == 0) {
                upper.push_back(line.compare(i, 3, "▄") != 0);
                lower.push_back(line.compare(i, 3, "▀") != 0);
                i += 3;
            } else {
                upper.push_back(line[i] == '#');
                lower.push_back(line[i] == '#');
                i += half_blocks ? 1 : 2;
            }
        }
        rows.push_back(upper);
        if (half_blocks) {
            rows.push_back(lower);
        }
    }
    constexpr unsigned k_scale = 4;
    GreyPicture picture{static_cast<unsigned>(rows.front().size()) * k_scale,
                        static_cast<unsigned>(rows.size()) * k_scale,
                        {}};
    for (unsigned y = 0; y < picture.height; ++y) {
        for (unsigned x = 0; x < picture.width; ++x) {
            picture.pixels.push_back(rows[y / k_scale][x / k_scale] ? 0 : 255);
        }
    }
    return picture;
}

TEST(Qr, what_a_terminal_shows_is_read) {
    const Bytes bytes = random_bytes(134, 3);
    const Code code = make_code(bytes, Correction::low).value();
    EXPECT_EQ(code.size(), 41U);
    const std::string blocks = in_half_blocks(code);
    EXPECT_EQ(std::count(blocks.begin(), blocks.end(), '\n'), 23);  // of a terminal's 24
    EXPECT_EQ(read_codes(seen(blocks, true)).value(), std::vector<Bytes>{bytes});
    EXPECT_EQ(read_codes(seen(in_ascii(code), false)).value(), std::vector<Bytes>{bytes});
}

TEST(Picture, png_round_trip_in_its_own_process) {
    const Bytes bytes = random_bytes(500, 4);
    const GreyPicture painted = paint(make_code(bytes, Correction::medium).value(), 2);
    const std::string png = to_png(painted).value();
    EXPECT_TRUE(is_picture(png));
    EXPECT_EQ(decode_picture(png)->pixels, painted.pixels);
    const auto read = read_codes_in_file(png);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(*read, std::vector<Bytes>{bytes});
}

TEST(Picture, G10_damaged_files_are_refused) {
    const std::string png =
        to_png(paint(make_code(random_bytes(50, 5), Correction::low).value(), 2)).value();
    for (std::size_t size = 0; size + 12 < png.size(); size += 7) {
        const std::string_view cut = std::string_view(png).substr(0, size);
        const auto read = read_codes_in_file(cut);
        EXPECT_TRUE(!read || read->empty()) << size;
    }
    std::string huge = png;
    huge.replace(16, 8, std::string("\x00\x01\x00\x00\x00\x01\x00\x00", 8));
    EXPECT_TRUE(decode_picture(huge).error().message.contains("at most 64000000"));
    EXPECT_FALSE(decode_picture("GIF89a"));
    EXPECT_FALSE(decode_picture(std::string(k_most_picture_bytes + 1, ' ')));
}

TEST(Apart, G10_what_reads_pictures_can_do_nothing_else) {
    const auto tried = [](int outcome) -> base::Result<std::vector<Bytes>> {
        return std::vector<Bytes>{Bytes{static_cast<std::uint8_t>(outcome)}};
    };
    const std::string path = testing::TempDir() + "written-from-apart";
    const auto opened = run_apart([&] {
        std::ofstream file(path);
        return tried(file.is_open() ? 1 : 0);
    });
    EXPECT_EQ(opened.value(), std::vector<Bytes>{{0}});
    const auto ran = run_apart([&] { return tried(std::system("true") == 0 ? 1 : 0); });
    EXPECT_TRUE(!ran || *ran == std::vector<Bytes>{{0}});
    const auto died = run_apart([&]() -> base::Result<std::vector<Bytes>> { std::abort(); });
    ASSERT_FALSE(died.has_value());
    EXPECT_EQ(died.error().kind, base::ErrorKind::bad_input);
    const auto failed =
        run_apart([]() -> base::Result<std::vector<Bytes>> { return base::bad_input("so it is"); });
    EXPECT_EQ(failed.error().message, "so it is");
    const auto much =
        run_apart([] { return base::Result<std::vector<Bytes>>({Bytes(5000)}); }, 4096);
    EXPECT_FALSE(much.has_value());
    const auto several = run_apart([] {
        return base::Result<std::vector<Bytes>>({Bytes{1, 2}, Bytes{}, Bytes(300, 7)});
    });
    EXPECT_EQ(several.value(), (std::vector<Bytes>{{1, 2}, {}, Bytes(300, 7)}));
}

}  // namespace
}  // namespace cheget::briefcase
