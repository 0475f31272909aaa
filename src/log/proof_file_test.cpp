// Proof files: one spelling, and nothing proved that is not so.
#include "log/proof_file.h"

#include <gtest/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::signed_checkpoint;
using testing::test_trust;
using testing::TestTree;

class ProofFiles : public ::testing::Test {
  protected:
    ProofFile file(std::uint64_t index, std::uint64_t size) const {
        return {{},
                index,
                make_inclusion_proof(index, size, tree_.reader()).value(),
                signed_checkpoint(tree_.checkpoint(size), {{1, 10}, {2, 20}})};
    }
    bool holds(const ProofFile& file, std::string_view entry) const {
        return verify(file, base::as_bytes(entry), trust_).has_value();
    }

    TestTree tree_{50};
    Trust trust_ = test_trust(3, 2);
};

TEST_F(ProofFiles, AreReadAsWritten) {
    for (std::uint64_t size : {1U, 2U, 33U, 50U}) {
        const ProofFile made = file(size - 1, size);
        const auto read = parse_proof_file(render(made));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, made);
        EXPECT_TRUE(holds(*read, tree_.entries[size - 1]));
    }
    ProofFile with_extra = file(3, 50);
    with_extra.extra = {1, 2, 3};
    EXPECT_EQ(parse_proof_file(render(with_extra)).value(), with_extra);
    EXPECT_TRUE(holds(with_extra, tree_.entries[3]));
}

TEST_F(ProofFiles, MalformedOnesAreRefused) {
    const std::string good = render(file(3, 50));
    auto changed = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return parse_proof_file(text).has_value();
    };
    EXPECT_FALSE(changed("@v1", "@v2"));
    EXPECT_FALSE(changed("index 3", "index 03"));
    EXPECT_FALSE(changed("index 3", "index"));
    EXPECT_FALSE(changed("index 3", "extra !\nindex 3"));
    EXPECT_FALSE(changed("index 3", "extra \nindex 3"));
    EXPECT_FALSE(changed("index 3\n", "index 3\nAAAA\n"));
    EXPECT_FALSE(changed("\n\n", "\n"));
    EXPECT_FALSE(parse_proof_file(good.substr(0, 60)));
    EXPECT_FALSE(parse_proof_file(good.substr(0, good.size() - 1)));
    EXPECT_FALSE(parse_proof_file(std::string(k_longest_proof_file + 1, 'a')));
    EXPECT_FALSE(parse_proof_file(""));
}

TEST_F(ProofFiles, ProveNothingElse) {
    EXPECT_FALSE(holds(file(3, 50), tree_.entries[4]));
    ProofFile moved = file(3, 50);
    moved.index = 4;
    EXPECT_FALSE(holds(moved, tree_.entries[3]));
    ProofFile unwitnessed = file(3, 50);
    unwitnessed.checkpoint = signed_checkpoint(tree_.checkpoint(50), {{1, 10}});
    EXPECT_FALSE(holds(unwitnessed, tree_.entries[3]));
    ProofFile other_tree = file(3, 50);
    other_tree.checkpoint = signed_checkpoint(tree_.checkpoint(49), {{1, 10}, {2, 20}});
    EXPECT_FALSE(holds(other_tree, tree_.entries[3]));
}

}  // namespace
}  // namespace cheget::log
