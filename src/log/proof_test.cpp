// Proofs: the outside vectors, the definition itself, and every small change refused.
#include "log/proof.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "log/log_test_support.h"
#include "log/proof_file.h"

namespace cheget::log {
namespace {

using nlohmann::json;
using testing::TestTree;

struct Tally {
    int good = 0;
    int bad = 0;
};

// A hash of another length than 32 is refused before any proof is looked at.
bool read_hash(const json& text, Digest& hash) {
    auto read = parse_hash_line(text.is_null() ? "" : text.get<std::string>());
    hash = read.value_or(Digest{});
    return read.has_value();
}

bool read_proof(const json& list, Proof& proof) {
    for (const json& text : list) {
        Digest hash;
        if (!read_hash(text, hash)) {
            return false;
        }
        proof.push_back(hash);
    }
    return true;
}

bool inclusion_holds(const json& test) {
    Digest leaf;
    Digest root;
    Proof proof;
    return read_hash(test["leafHash"], leaf) && read_hash(test["root"], root) &&
           read_proof(test["proof"], proof) &&
           verify_inclusion(test["leafIdx"], test["treeSize"], leaf, proof, root).has_value();
}

// One good test has words for roots, which are only compared with each other: each its own hash.
Digest read_root_or_word(const json& text) {
    Digest root;
    return read_hash(text, root) ? root : base::sha256("word " + text.dump());
}

bool consistency_holds(const json& test) {
    const Digest older = read_root_or_word(test["root1"]);
    const Digest newer = read_root_or_word(test["root2"]);
    Proof proof;
    return read_proof(test["proof"], proof) &&
           verify_consistency(test["size1"], test["size2"], older, newer, proof).has_value();
}

class MerkleVectors : public ::testing::Test {
  protected:
    template <typename Check>
    Tally run(const char* kind, Check check) {
        const char* named = std::getenv("CHEGET_VECTORS");
        const char* source = std::getenv("CHEGET_SOURCE");
        const std::filesystem::path folder =
            (named != nullptr
                 ? std::filesystem::path(named)
                 : std::filesystem::path(source != nullptr ? source : ".") / "../shared/vectors") /
            "merkle" / kind;
        Tally tally;
        if (!std::filesystem::exists(folder)) {
            std::printf("skipped: no outside vectors\n");
            return tally;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file()) {
                std::ifstream stream(entry.path());
                const json test = json::parse(stream);
                const bool good = !test["wantErr"].get<bool>();
                EXPECT_EQ(check(test), good) << entry.path();
                ++(good ? tally.good : tally.bad);
            }
        }
        return tally;
    }
};

TEST_F(MerkleVectors, Inclusion) {
    const Tally tally = run("inclusion", inclusion_holds);
    if (tally.good == 0) {
        GTEST_SKIP() << "skipped: no outside vectors";
    }
    EXPECT_EQ(tally.good, 6);
    EXPECT_EQ(tally.bad, 92);
}

TEST_F(MerkleVectors, Consistency) {
    const Tally tally = run("consistency", consistency_holds);
    if (tally.good == 0) {
        GTEST_SKIP() << "skipped: no outside vectors";
    }
    EXPECT_EQ(tally.good, 6);
    EXPECT_EQ(tally.bad, 92);
}

TEST(Proof, OfEveryEntryOfEverySmallTree) {
    const TestTree tree(70);
    for (std::size_t size = 1; size <= tree.leaves.size(); ++size) {
        const auto leaves = std::span(tree.leaves).first(size);
        for (std::size_t index = 0; index < size; ++index) {
            const auto proof = make_inclusion_proof(index, size, tree.reader());
            ASSERT_TRUE(proof);
            ASSERT_EQ(*proof, testing::naive_path(index, leaves));
            ASSERT_TRUE(verify_inclusion(index, size, tree.leaves[index], *proof, tree.root(size)));
        }
        for (std::size_t old_size = 1; old_size <= size; ++old_size) {
            const auto proof = make_consistency_proof(old_size, size, tree.reader());
            ASSERT_TRUE(proof);
            ASSERT_EQ(*proof, testing::naive_subproof(old_size, leaves, true));
            ASSERT_TRUE(
                verify_consistency(old_size, size, tree.root(old_size), tree.root(size), *proof));
        }
        ASSERT_EQ(root_at(size, tree.reader()).value(), tree.root(size));
    }
}

TEST(Proof, WhatCannotBeProvedIsRefused) {
    const TestTree tree(4);
    EXPECT_FALSE(make_inclusion_proof(4, 4, tree.reader()));
    EXPECT_FALSE(make_inclusion_proof(0, 0, tree.reader()));
    EXPECT_FALSE(make_consistency_proof(0, 4, tree.reader()));
    EXPECT_FALSE(make_consistency_proof(4, 3, tree.reader()));
    EXPECT_FALSE(make_consistency_proof(1, k_largest_size + 1, tree.reader()));
    EXPECT_FALSE(root_at(k_largest_size + 1, tree.reader()));
    EXPECT_FALSE(make_inclusion_proof(0, 5, tree.reader())) << "the reader's failure is told";
    EXPECT_FALSE(verify_inclusion(0, k_largest_size + 1, tree.leaves[0], {}, tree.leaves[0]));
    const Proof long_proof(k_longest_proof + 1);
    EXPECT_FALSE(verify_inclusion(0, 4, tree.leaves[0], long_proof, tree.root(4)));
}

// One change of anything that goes into a check makes it fail.
RC_GTEST_PROP(Attack, G5_no_changed_inclusion_proof, ()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 200);
    const auto index = *rc::gen::inRange<std::size_t>(0, size);
    const TestTree tree(size);
    Proof proof = make_inclusion_proof(index, size, tree.reader()).value();
    Digest leaf = tree.leaves[index];
    Digest root = tree.root(size);
    std::vector<Digest*> parts{&leaf, &root};
    for (Digest& hash : proof) {
        parts.push_back(&hash);
    }
    Digest& changed = *parts[*rc::gen::inRange<std::size_t>(0, parts.size())];
    changed.bytes[*rc::gen::inRange<std::size_t>(0, 32)] ^=
        static_cast<std::uint8_t>(1U << *rc::gen::inRange(0, 8));
    RC_ASSERT(!verify_inclusion(index, size, leaf, proof, root));
}

RC_GTEST_PROP(Attack, G5_no_entry_at_another_place, ()) {
    const auto size = *rc::gen::inRange<std::size_t>(2, 200);
    const auto index = *rc::gen::inRange<std::size_t>(0, size);
    const auto other = *rc::gen::inRange<std::size_t>(0, size);
    RC_PRE(index != other);
    const TestTree tree(size);
    const Proof proof = make_inclusion_proof(index, size, tree.reader()).value();
    RC_ASSERT(!verify_inclusion(other, size, tree.leaves[index], proof, tree.root(size)));
    RC_ASSERT(!verify_inclusion(index, size, tree.leaves[other], proof, tree.root(size)));
}

RC_GTEST_PROP(Attack, G7_no_longer_log_that_begins_otherwise, ()) {
    const auto size = *rc::gen::inRange<std::size_t>(2, 200);
    const auto old_size = *rc::gen::inRange<std::size_t>(1, size);
    const TestTree honest(size);
    TestTree forged(size);
    const auto at = *rc::gen::inRange<std::size_t>(0, old_size);
    forged.leaves[at] = hash_leaf(base::as_bytes("another entry"));
    const Proof proof = make_consistency_proof(old_size, size, forged.reader()).value();
    RC_ASSERT(!verify_consistency(old_size, size, honest.root(old_size), forged.root(size), proof));
    const Proof true_proof = make_consistency_proof(old_size, size, honest.reader()).value();
    RC_ASSERT(
        !verify_consistency(old_size, size, honest.root(old_size), forged.root(size), true_proof));
}

RC_GTEST_PROP(Attack, G7_no_shortened_or_lengthened_proof, ()) {
    const auto size = *rc::gen::inRange<std::size_t>(2, 200);
    const auto old_size = *rc::gen::inRange<std::size_t>(1, size);
    const TestTree tree(size);
    Proof proof = make_consistency_proof(old_size, size, tree.reader()).value();
    const Digest before = tree.root(old_size);
    const Digest after = tree.root(size);
    proof.push_back(after);
    RC_ASSERT(!verify_consistency(old_size, size, before, after, proof));
    proof.pop_back();
    proof.pop_back();
    RC_ASSERT(!verify_consistency(old_size, size, before, after, proof));
}

}  // namespace
}  // namespace cheget::log
