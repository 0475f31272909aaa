// Trust files: what is read, what a quorum is, and what is refused.
#include "log/trust_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::signed_checkpoint;
using testing::test_log;
using testing::test_trust;
using testing::test_witness;
using testing::TestSigner;
using testing::TestTree;

std::string witness_line(std::uint8_t number) {
    return fmt::format("witness w{} {}\n", number, signature::to_text(test_witness(number).key()));
}

std::string beginning(std::uint8_t witnesses) {
    std::string text =
        fmt::format("log {} https://log.example/prod\n", signature::to_text(test_log().key()));
    for (std::uint8_t i = 1; i <= witnesses; ++i) {
        text += witness_line(i);
    }
    return text;
}

bool opens(const TrustFile& file, std::vector<testing::Cosigning> cosignings) {
    return open_trusted(signed_checkpoint(TestTree(5).checkpoint(5), std::move(cosignings)), file)
        .has_value();
}

TEST(TrustFile, GroupsOfGroups) {
    const auto file = parse_trust_file(beginning(6) +
                                       "\n  # two houses\n"
                                       "group\tx 2 w1 w2 w3\n"
                                       "group y any w4 w5 w6 \n"
                                       "group both all x y\n"
                                       "quorum both");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->logs[0].url, "https://log.example/prod");
    EXPECT_TRUE(opens(*file, {{1, 1}, {3, 1}, {5, 1}}));
    EXPECT_TRUE(opens(*file, {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}}));
    EXPECT_FALSE(opens(*file, {{1, 1}, {2, 1}, {3, 1}}));
    EXPECT_FALSE(opens(*file, {{1, 1}, {5, 1}, {6, 1}}));
    EXPECT_FALSE(opens(*file, {{1, 1}, {1, 2}, {5, 1}})) << "one witness twice";
    EXPECT_FALSE(opens(*file, {}));
    EXPECT_EQ(parse_trust_file(render(*file)).value(), *file);
}

TEST(TrustFile, ASingleWitnessAndNone) {
    const auto one = parse_trust_file(beginning(2) + "quorum w2\n");
    ASSERT_TRUE(one);
    EXPECT_TRUE(opens(*one, {{2, 1}}));
    EXPECT_FALSE(opens(*one, {{1, 1}}));
    const auto none = parse_trust_file(beginning(2) + "quorum none\n");
    ASSERT_TRUE(none);
    EXPECT_TRUE(opens(*none, {}));
    for (const auto& file : {*one, *none}) {
        EXPECT_EQ(parse_trust_file(render(file)).value(), file);
    }
}

TEST(TrustFile, ALogSignsForItsOwnNameAlone) {
    const TestSigner second("second.example", signature::k_note_ed25519, 60);
    const auto file = parse_trust_file(
        beginning(0) + fmt::format("log {}\nquorum none\n", signature::to_text(second.key())));
    ASSERT_TRUE(file) << file.error().message;
    const Checkpoint checkpoint = TestTree(5).checkpoint(5);
    EXPECT_TRUE(open_trusted(signed_checkpoint(checkpoint), *file));
    EXPECT_FALSE(open_trusted(signed_checkpoint(checkpoint, {}, second), *file));
}

TEST(TrustFile, WhatAPolicySaysAsAFile) {
    const std::string names[] = {"w1", "quorum", "w3"};
    const std::string urls[] = {"", "https://w2.example"};
    const TrustFile file = trust_file_of(test_trust(3, 2), "https://log.example", names, urls);
    EXPECT_EQ(parse_trust_file(render(file)).value(), file);
    EXPECT_EQ(file.witnesses[1].url, "https://w2.example");
    EXPECT_TRUE(opens(file, {{1, 1}, {2, 1}}));
    EXPECT_FALSE(opens(file, {{1, 1}}));
    const TrustFile alone = trust_file_of(Trust::make(test_log().key(), {}, 0).value(), "", {}, {});
    EXPECT_EQ(render(alone), "log " + signature::to_text(test_log().key()) + "\nquorum none\n");
}

TEST(TrustFile, APlainMajorityIsATrust) {
    const std::string names[] = {"w1", "w2", "w3"};
    const Trust trust = test_trust(3, 2);
    const auto again = trust_of(trust_file_of(trust, "", names, {}));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->quorum(), 2U);
    EXPECT_TRUE(std::ranges::equal(again->keys(), trust.keys()));
    EXPECT_TRUE(trust_of(parse_trust_file(beginning(2) + "quorum w2\n").value()));
    EXPECT_FALSE(
        trust_of(parse_trust_file(beginning(0) + "quorum none\n").value())->has_witnesses());
    EXPECT_FALSE(
        trust_of(parse_trust_file(beginning(3) + "group g any w1 w2\nquorum g\n").value()));
    EXPECT_FALSE(trust_of(
        parse_trust_file(beginning(3) + "group g any w1\ngroup h all g w2\nquorum h\n").value()));
    EXPECT_FALSE(trust_of(parse_trust_file("quorum none\n").value()));
}

TEST(Attack, G10_trust_files_that_could_mislead) {
    const std::string three = beginning(3);
    const std::string log_as_witness =
        fmt::format("witness w {}\n", signature::to_text(test_log().key()));
    const std::string witness_as_log =
        fmt::format("log {}\n", signature::to_text(test_witness(1).key()));
    auto same_key = signature::make_note_key("other.example", signature::k_note_cosignature,
                                             test_witness(1).key().key);
    const std::string bad[] = {
        "",
        three,
        three + "quorum w4\n",
        three + "quorum\n",
        three + "quorum w1 w2\n",
        three + "quorum w1\nquorum w2\n",
        three + "group g 0 w1 w2\nquorum g\n",
        three + "group g 3 w1 w2\nquorum g\n",
        three + "group g 02 w1 w2\nquorum g\n",
        three + "group g most w1 w2\nquorum g\n",
        three + "group g all\nquorum g\n",
        three + "group g 2 w1 w1\nquorum g\n",
        three + "group g any w1\ngroup h any w1 w2\nquorum h\n",
        three + "group g any w1\ngroup h all g g\nquorum h\n",
        three + "group g any h\ngroup h any w1\nquorum g\n",
        three + "group g any g\nquorum g\n",
        three + "group w1 any w2\nquorum w1\n",
        three + "group none any w2\nquorum none\n",
        three + "group g any none\nquorum g\n",
        three + witness_line(1) + "quorum w1\n",
        three + fmt::format("witness w9 {}\nquorum w9\n", signature::to_text(*same_key)),
        three + log_as_witness + "quorum none\n",
        three + witness_as_log + "quorum none\n",
        three + beginning(0) + "quorum none\n",
        three + "log\nquorum none\n",
        three + "witness w9\nquorum none\n",
        three + "witness w9 w9.example+00000000+AAAA\nquorum none\n",
        three + "log log.example+00000000+AAAA\nquorum none\n",
        three + "trust w1\nquorum none\n",
        three + "quorum none\r\n",
        "#" + std::string(k_longest_trust_file, 'a') + "\nquorum none\n",
    };
    for (const std::string& text : bad) {
        EXPECT_FALSE(parse_trust_file(text)) << text.substr(text.size() / 2);
    }
    std::string many;
    for (int i = 0; i < 257; ++i) {
        const TestSigner each("w", signature::k_note_cosignature, static_cast<std::uint8_t>(i));
        many += i < 256 ? fmt::format("witness w{} {}\n", i, signature::to_text(each.key()))
                        : fmt::format("witness x {}\n", signature::to_text(*same_key));
    }
    EXPECT_FALSE(parse_trust_file(many + "quorum none\n"));
    const auto refused = parse_trust_file(three + "quorum w4\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "line 5 of the trust file: no line before names a witness or group `w4`");
}

}  // namespace
}  // namespace cheget::log
