// The witness's decision: every status, in the order that C2SP gives, and nothing rolled back.
#include "log/witness.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::signed_checkpoint;
using testing::test_log;
using testing::TestSigner;
using testing::TestTree;

class Witness : public ::testing::Test {
  protected:
    Witness() { known_.keys = {test_log().key()}; }

    std::string request(std::uint64_t old_size, std::uint64_t size,
                        const TestSigner& signer = test_log()) const {
        AddCheckpoint request;
        request.old_size = old_size;
        if (old_size > 0 && old_size <= size) {
            request.proof = make_consistency_proof(old_size, size, tree_.reader()).value();
        }
        request.checkpoint = signed_checkpoint(tree_.checkpoint(size), {}, signer);
        return render(request);
    }
    void stand_at(std::uint64_t size) {
        known_.size = size;
        known_.root = tree_.root(size);
    }
    WitnessAnswer ask(std::string_view body) const {
        return decide_witness(body, [&](std::string_view origin) {
            return origin == test_log().key().name ? &known_ : nullptr;
        });
    }

    TestTree tree_{40};
    WitnessedLog known_;
};

TEST_F(Witness, GrowsFromNothingAndOn) {
    EXPECT_EQ(ask(request(0, 0)).status, 200);
    const auto first = ask(request(0, 7));
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.accepted, tree_.checkpoint(7));
    EXPECT_EQ(first.text, to_text(tree_.checkpoint(7)));
    stand_at(7);
    EXPECT_EQ(ask(request(7, 40)).accepted, tree_.checkpoint(40));
    EXPECT_EQ(ask(request(7, 7)).accepted, tree_.checkpoint(7)) << "the same again is no fork";
}

TEST_F(Witness, What400Is) {
    for (const std::string& body :
         {std::string(), std::string("old 0\n"), "new" + request(0, 7).substr(3),
          "old 00" + request(0, 7).substr(5), "old 0\nAAAA\n" + request(0, 7).substr(6),
          request(0, 7).substr(0, 20), std::string(k_longest_add_checkpoint + 1, 'a')}) {
        const auto answer = ask(body);
        EXPECT_EQ(answer.status, 400) << body.substr(0, 100);
        EXPECT_FALSE(answer.accepted);
    }
    stand_at(9);
    EXPECT_EQ(ask(request(9, 7)).status, 400) << "old above new";
    const std::string text = "log.example/prod\n7\n";
    EXPECT_EQ(ask("old 0\n\n" + render(Note{text, {test_log().sign(text)}})).status, 400);
}

TEST_F(Witness, What404Is) {
    const TestSigner other("other.example", signature::k_note_ed25519, 3);
    Checkpoint checkpoint = tree_.checkpoint(7);
    checkpoint.origin = "other.example";
    const auto answer = ask("old 0\n\n" + signed_checkpoint(checkpoint, {}, other));
    EXPECT_EQ(answer.status, 404);
    EXPECT_FALSE(answer.accepted);
}

TEST_F(Witness, What409Is) {
    stand_at(7);
    const auto answer = ask(request(6, 40));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.body, "7\n");
    EXPECT_EQ(answer.body_type, "text/x.tlog.size");
    EXPECT_EQ(ask(request(0, 40)).status, 409);
}

TEST_F(Witness, What422Is) {
    stand_at(7);
    std::string body = request(7, 40);
    body[20] = body[20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ask(body).status, 422);
    stand_at(0);
    const std::string with_proof = "old 0\n" + request(7, 40).substr(6);
    EXPECT_EQ(ask(with_proof).status, 422) << "a proof with an old size of 0";
    const std::string hash = base::to_base64(tree_.leaves[0].bytes);
    EXPECT_EQ(ask("old 0\n" + hash + "\n" + request(0, 0).substr(6)).status, 422);
}

TEST_F(Witness, MostHashesThatARequestMayHave) {
    const std::string hash = base::to_base64(tree_.leaves[0].bytes) + '\n';
    std::string lines;
    for (std::size_t i = 0; i < k_longest_proof; ++i) {
        lines += hash;
    }
    EXPECT_EQ(ask("old 0\n" + lines + request(0, 7).substr(6)).status, 422);
    EXPECT_EQ(ask("old 0\n" + lines + hash + request(0, 7).substr(6)).status, 400);
}

TEST_F(Witness, RequestsHaveOneSpelling) {
    for (const std::string& body : {request(0, 7), request(7, 40)}) {
        EXPECT_EQ(render(parse_add_checkpoint(body).value()), body);
    }
}

using WitnessAttack = Witness;

TEST_F(WitnessAttack, G5_a_fork_of_equal_size) {
    stand_at(7);
    tree_.leaves[3] = tree_.leaves[0];
    const auto answer = ask(request(7, 7));
    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(answer.suspicious);
    EXPECT_FALSE(answer.accepted);
}

TEST_F(WitnessAttack, G5_a_fork_that_grew_on) {
    stand_at(7);
    tree_.leaves[3] = tree_.leaves[0];
    EXPECT_EQ(ask(request(7, 40)).status, 422);
}

TEST_F(WitnessAttack, G7_no_way_back_to_fewer_entries) {
    stand_at(40);
    for (std::uint64_t old_size : {0U, 6U, 7U, 40U}) {
        const auto answer = ask(request(old_size, 7));
        EXPECT_NE(answer.status, 200);
        EXPECT_FALSE(answer.accepted);
    }
}

TEST_F(WitnessAttack, G5_a_checkpoint_that_the_log_did_not_sign) {
    const TestSigner other(test_log().key().name, signature::k_note_ed25519, 3);
    const auto answer = ask(request(0, 7, other));
    EXPECT_EQ(answer.status, 403);
    EXPECT_FALSE(answer.accepted);
    std::string forged = request(0, 7);
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ask(forged).status, 403);
}

TEST_F(Witness, ARotatedKeyOfTheLogIsKnownBesideTheOld) {
    const TestSigner newer(test_log().key().name, signature::k_note_ed25519, 3);
    known_.keys.push_back(newer.key());
    EXPECT_EQ(ask(request(0, 7, newer)).status, 200);
    EXPECT_EQ(ask(request(0, 7)).status, 200);
}

// Whatever a witness is asked in whatever order, what it accepts is one growing tree.
RC_GTEST_PROP(WitnessProperty, G7_what_is_accepted_only_grows, ()) {
    const TestTree honest(30);
    TestTree forged(30);
    forged.leaves[*rc::gen::inRange<std::size_t>(0, 30)] = honest.leaves[29];
    WitnessedLog known;
    known.keys = {test_log().key()};
    const TestTree* follows = nullptr;
    for (int i = 0; i < 12; ++i) {
        const TestTree& tree = *rc::gen::arbitrary<bool>() ? honest : forged;
        const auto size = *rc::gen::inRange<std::size_t>(0, 31);
        const auto old_size =
            *rc::gen::arbitrary<bool>() ? known.size : *rc::gen::inRange<std::uint64_t>(0, 31);
        AddCheckpoint request{old_size, {}, signed_checkpoint(tree.checkpoint(size))};
        if (old_size > 0 && old_size <= size) {
            request.proof = make_consistency_proof(old_size, size, tree.reader()).value();
        }
        const auto answer =
            decide_witness(render(request), [&](std::string_view) { return &known; });
        if (answer.status != 200) {
            continue;
        }
        RC_ASSERT(answer.accepted->size >= known.size);
        RC_ASSERT(tree.root(known.size) == known.root);
        known.size = answer.accepted->size;
        known.root = answer.accepted->root;
        follows = &tree;
    }
    RC_ASSERT(follows == nullptr || follows->root(known.size) == known.root);
}

}  // namespace
}  // namespace cheget::log
