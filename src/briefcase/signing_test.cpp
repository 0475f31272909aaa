// The open key: what it signs, what it refuses, and its marks.
#include "briefcase/signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "signature/sshsig.h"

namespace cheget::briefcase {
namespace {

struct Opened {
    Seal seal;
    OpenKey key;
};

Opened open_key() {
    Seal seal;
    seal.domain = {"acme/prod", base::sha256("first")};
    seal.principal = "dave";
    Secrets secrets = make_secrets(seal.key).value();
    return {seal, OpenKey::make(seal, std::move(secrets)).value()};
}

statement::Vote vote_in(const Seal& seal) {
    statement::Order order;
    order.domain = seal.domain;
    order.policy = {1, seal.domain.first_policy};
    order.rule = {false, "act"};
    order.target = "prod/x";
    order.deed = statement::Run{{"/bin/true"}};
    order.reason = "because";
    order.proposer = "alice";
    order.proposed = {1'800'000'000};
    order.expires = {1'800'003'600};
    statement::Vote vote;
    vote.domain = seal.domain;
    vote.subject_text = statement::render(order).value();
    vote.on = statement::OnOrder{statement::id_of(vote.subject_text)};
    vote.by = "dave";
    vote.voted = {1'800'000'060};
    return vote;
}

TEST(OpenKey, signs_a_vote_that_verifies_with_its_mark) {
    const Opened opened = open_key();
    const auto made = opened.key.sign_vote(vote_in(opened.seal));
    ASSERT_TRUE(made) << made.error().message;
    const auto parts = statement::split_signed(*made).value();
    const auto vote = statement::parse_vote(parts.text).value();
    EXPECT_NE(vote.mark, (std::array<std::uint8_t, 32>{}));
    const auto key = signature::PublicKey::from_text(opened.seal.key).value();
    const auto signature = signature::parse_armored(parts.signatures.at(0)).value();
    EXPECT_TRUE(signature::verify(signature, key, "cheget-vote@acme/prod", parts.text, {}));
}

TEST(OpenKey, marks_depend_on_every_byte_of_the_vote) {
    const Opened opened = open_key();
    const auto mark_of_vote = [&](const statement::Vote& vote) {
        const auto made = opened.key.sign_vote(vote).value();
        return statement::parse_vote(statement::split_signed(made)->text)->mark;
    };
    statement::Vote vote = vote_in(opened.seal);
    const auto first = mark_of_vote(vote);
    EXPECT_EQ(mark_of_vote(vote), first);
    vote.verdict = statement::Verdict::consent;
    EXPECT_NE(mark_of_vote(vote), first);
    EXPECT_NE(open_key().key.sign_vote(vote_in(opened.seal)).value(),
              opened.key.sign_vote(vote_in(opened.seal)).value());
}

TEST(OpenKey, signs_for_its_principal_in_its_domain_alone) {
    const Opened opened = open_key();
    statement::Vote other = vote_in(opened.seal);
    other.by = "alice";
    EXPECT_EQ(opened.key.sign_vote(other).error().kind, base::ErrorKind::denied);
    other = vote_in(opened.seal);
    other.domain.first_policy = base::sha256("another");
    EXPECT_EQ(opened.key.sign_vote(other).error().kind, base::ErrorKind::denied);
    statement::Custody custody;
    custody.domain = opened.seal.domain;
    custody.by = "dave";
    custody.event = statement::CustodyEvent::opened;
    custody.briefcase = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    EXPECT_EQ(opened.key.sign_custody(custody).error().kind, base::ErrorKind::denied);
    custody.briefcase = signature::PublicKey::from_text(opened.seal.key)->fingerprint();
    EXPECT_TRUE(opened.key.sign_custody(custody));
}

TEST(OpenKey, seed_of_another_key_is_refused) {
    Opened opened = open_key();
    std::string other;
    const auto made = OpenKey::make(opened.seal, make_secrets(other).value());
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, base::ErrorKind::corrupt_state);
}

}  // namespace
}  // namespace cheget::briefcase
