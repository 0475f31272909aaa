// What comes in, told apart; and what goes onto paper, read back as a scanner sees it.
#include "briefcase/intake.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "briefcase/paper.h"
#include "briefcase/picture.h"
#include "permit/permit.h"
#include "statement/words.h"
#include "support/test_domain.h"

namespace cheget::briefcase {
namespace {

using base::Bytes;
using test_support::TestDomain;
namespace fs = std::filesystem;

class Taken : public testing::Test {
  public:
    TestDomain domain;
    permit::DomainState state = domain.begin(test_support::k_blocks, test_support::k_people);
    std::string order = *statement::render(domain.order(state));
    std::string signed_order = domain.sign(statement::Kind::order, order, {"alice"});
    std::string vote = domain.vote_by(state, order, "bob");
    std::string veto = domain.vote_by(state, order, "dave", statement::Verdict::veto);

    std::string permit() {
        permit::Permit made;
        made.statements = {signed_order, vote, veto};
        return permit::render_permit(made).value();
    }
    static std::string png_of(const Bytes& payload) {
        return to_png(paint(make_code(payload, Correction::low).value(), 3)).value();
    }
    static std::string text_of(const Bytes& bytes) { return std::string(base::as_text(bytes)); }
};

TEST_F(Taken, everything_is_known_by_its_own_bytes) {
    Intake intake;
    const Bytes compact = carry(vote).value();
    const Bytes whole = pack_statement(veto).value();
    ASSERT_TRUE(intake.add("load.permit", permit()));
    ASSERT_TRUE(intake.add("bob.vote", vote));
    ASSERT_TRUE(intake.add("code", text_of(compact) + "\n" + text_of(whole)));
    ASSERT_TRUE(intake.add("again", text_of(compact)));
    ASSERT_TRUE(intake.add("photo.png", png_of(compact)));
    EXPECT_EQ(intake.permits(), std::vector<std::string>{permit()});
    EXPECT_EQ(intake.statements(), (std::vector<std::string>{vote, veto}));
    EXPECT_EQ(intake.votes(), std::vector<CompactVote>{shorten(vote).value()});
    EXPECT_TRUE(intake.refused().empty());
    EXPECT_TRUE(intake.incomplete().empty());
}

TEST_F(Taken, parts_make_a_load_whatever_carries_them_and_can_be_gone_on_with) {
    auto parts = cut(permit(), 500).value();
    std::mt19937 generator(5);
    std::shuffle(parts.begin(), parts.end(), generator);
    Intake first;
    const std::size_t half = parts.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
        ASSERT_TRUE(first.add("photo", i % 2 == 0 ? png_of(parts[i]) : text_of(parts[i])));
    }
    ASSERT_EQ(first.incomplete().size(), 1U);
    EXPECT_EQ(first.incomplete()[0].missing.size(), parts.size() - half);
    EXPECT_EQ(first.incomplete()[0].whole, base::sha256(permit()));
    ASSERT_EQ(first.kept().size(), half);
    Intake second;
    for (const Intake::Kept& kept : first.kept()) {
        ASSERT_TRUE(second.add(kept.name, text_of(kept.payload)));
    }
    for (std::size_t i = half; i < parts.size(); ++i) {
        ASSERT_TRUE(second.add("code", text_of(parts[i])));
    }
    EXPECT_EQ(second.permits(), std::vector<std::string>{permit()});
    EXPECT_TRUE(second.kept().empty());
    EXPECT_TRUE(second.incomplete().empty());
}

TEST_F(Taken, G10_what_is_damaged_is_told_and_the_rest_counts) {
    auto parts = cut(permit(), 500).value();
    Bytes altered = parts[1];
    altered.back() = static_cast<std::uint8_t>(altered.back() ^ 1);
    Intake intake;
    ASSERT_TRUE(intake.add("page-1.png", text_of(parts[0]) + text_of(altered) + text_of(parts[2])));
    ASSERT_EQ(intake.refused().size(), 1U);
    EXPECT_TRUE(intake.refused()[0].starts_with("page-1.png: part 2 of ")) << intake.refused()[0];
    EXPECT_EQ(intake.kept().size(), 2U);

    Part forged = parse_part(parts[1]).value();
    const std::string other(forged.content.size(), 'x');
    forged.content = base::as_bytes(other);
    ASSERT_TRUE(intake.add("forged", text_of(render(forged))));
    for (std::size_t i = 3; i < parts.size(); ++i) {
        ASSERT_TRUE(intake.add("rest", text_of(parts[i])));
    }
    EXPECT_TRUE(intake.permits().empty());
    EXPECT_EQ(intake.refused().size(), 2U);
    for (const Bytes& part : parts) {
        ASSERT_TRUE(intake.add("anew", text_of(part)));
    }
    EXPECT_EQ(intake.permits(), std::vector<std::string>{permit()});
}

TEST_F(Taken, G10_nothing_else_is_taken) {
    Intake intake;
    for (const std::string& bytes :
         {std::string(), std::string("CG"), std::string("CGx\x01"), std::string("%PDF-1.5"), order,
          std::string("cheget nothing v1\n"), png_of(Bytes{'h', 'i'}).substr(0, 100)}) {
        EXPECT_FALSE(intake.add("what", bytes));
    }
    ASSERT_TRUE(intake.add("poster.png", png_of(Bytes{'h', 'i'})));
    EXPECT_EQ(intake.refused().size(), 1U);
    ASSERT_TRUE(intake.add("parts", text_of(cut("neither load nor statement", 2000).value()[0])));
    EXPECT_EQ(intake.refused().size(), 2U);
    const std::string blank = to_png({200, 200, Bytes(40'000, 255)}).value();
    EXPECT_FALSE(intake.add("blank.png", blank));
    EXPECT_TRUE(intake.votes().empty() && intake.statements().empty() && intake.permits().empty());
}

TEST_F(Taken, paper_is_read_back_as_a_scanner_sees_it) {
    if (std::system("command -v pdftoppm >/dev/null") != 0) {
        GTEST_SKIP() << "skipped: no pdftoppm";
    }
    std::mt19937 generator(9);
    std::string large = permit();
    auto parts = cut(large, 400).value();
    Paper paper{"A load for dave's briefcase", {}, {}, "acme/prod, 2027-01-15"};
    paper.text = {"One line of what it says.", std::string(250, 'x')};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        paper.codes.push_back({parts[i],
                               {fmt::format("part {} of {}", i + 1, parts.size()), "acme/prod",
                                statement::words_text(base::sha256(large)), "2027-01-15"}});
    }
    Bytes most(k_most_bytes_on_paper);
    for (std::uint8_t& byte : most) {
        byte = static_cast<std::uint8_t>(generator());
    }
    // As dense as a code on paper may be.
    permit::Permit second;
    const std::string filler(base::as_text(most));
    second.statements = {signed_order};
    second.files = {{base::sha256(filler), base::as_bytes(filler)}};
    const std::string dense = permit::render_permit(second).value();
    auto dense_parts = cut(dense, k_most_bytes_on_paper).value();
    for (Bytes& part : dense_parts) {
        paper.codes.push_back({std::move(part), {"a part of another load"}});
    }
    const Bytes vote_payload = carry(vote).value();
    paper.codes.push_back({vote_payload, {"dave's vote"}});
    const auto pdf = print_pdf(paper);
    ASSERT_TRUE(pdf.has_value()) << pdf.error().message;
    const fs::path folder = fs::path(testing::TempDir()) / "cheget-paper";
    fs::remove_all(folder);
    fs::create_directories(folder);
    std::ofstream(folder / "a.pdf", std::ios::binary) << *pdf;
    for (const int dpi : {150, 200, 300}) {
        ASSERT_EQ(std::system(fmt::format("cd {} && rm -f *.png *.jpg && pdftoppm -r {} -gray -{} "
                                          "a.pdf page",
                                          folder.string(), dpi, dpi == 300 ? "jpeg" : "png")
                                  .c_str()),
                  0);
        Intake intake;
        for (const auto& each : fs::directory_iterator(folder)) {
            if (each.path().extension() != ".pdf") {
                std::ifstream stream(each.path(), std::ios::binary);
                const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
                const auto added = intake.add(each.path().filename(), bytes);
                ASSERT_TRUE(added.has_value()) << added.error().message;
            }
        }
        EXPECT_THAT(intake.permits(), testing::UnorderedElementsAre(large, dense)) << dpi;
        EXPECT_EQ(intake.votes().size(), 1U) << dpi;
    }
    EXPECT_FALSE(print_pdf({"", {}, {}, ""}));
    EXPECT_FALSE(print_pdf({"", {}, {{Bytes(k_most_code_bytes, 1), {}}}, ""}));
}

}  // namespace
}  // namespace cheget::briefcase
