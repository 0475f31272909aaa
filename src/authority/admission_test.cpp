// What may enter a log, and what must not.
#include "authority/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/attack.h"

namespace cheget::authority {
namespace {

using statement::Kind;
using statement::Verdict;
using test_support::TestKey;
using ::testing::HasSubstr;

class Admitting : public test_support::Attack {
  protected:
    Admitting() : admission_(Admission::make({state_.policy->text}).value()) {}

    void expect_refused(std::string_view bytes, const std::string& why) const {
        const auto entry = admission_.admit(bytes);
        ASSERT_FALSE(entry) << bytes;
        EXPECT_THAT(entry.error().message, HasSubstr(why));
    }

    Admission admission_;
};

TEST_F(Admitting, StatementsOfPrincipals) {
    const auto order = admission_.admit(order_);
    ASSERT_TRUE(order) << order.error().message;
    EXPECT_EQ(order->principal, "alice");
    EXPECT_EQ(order->statement, order_);
    EXPECT_EQ(order->id, base::sha256(order_));
    EXPECT_FALSE(order->stops);
    EXPECT_FALSE(admission_.admit(approve("bob")).value().stops);
    EXPECT_TRUE(admission_.admit(say("bob", Verdict::veto)).value().stops);
    EXPECT_TRUE(admission_.admit(say("alice", Verdict::withdraw)).value().stops);
    EXPECT_EQ(admission_.domain(), state_.domain);
}

TEST_F(Admitting, G1_what_nobody_of_the_domain_signed) {
    const TestKey stranger = TestKey::ed25519("stranger");
    const std::string text(test_support::text_of(order_));
    expect_refused(text, "it is not signed");
    expect_refused(test_support::sign_text(stranger, Kind::order, state_.domain.name, text),
                   "not alice's");
    expect_refused(
        test_support::sign_text(domain_.key("bob"), Kind::order, state_.domain.name, text),
        "not alice's");
    expect_refused(
        test_support::sign_text(domain_.key("alice"), Kind::vote, state_.domain.name, text),
        "made for 'cheget-vote@acme/prod'");
    expect_refused(order_ + stranger.sign("cheget-order@" + state_.domain.name, text),
                   "not alice's");
}

// What no policy knows yet is the briefcase's own key; it vouches for nothing but its making.
TEST_F(Admitting, G1_a_briefcase_is_made_by_somebody_of_the_domain) {
    const TestKey sealed = TestKey::ed25519("sealed");
    const TestKey stranger = TestKey::ed25519("stranger");
    statement::Custody custody;
    custody.domain = state_.domain;
    custody.briefcase = sealed.public_key().fingerprint();
    custody.by = "alice";
    custody.seal = base::sha256("seal");
    custody.at = test_support::k_now;
    const auto with = [&](const std::vector<const TestKey*>& signers) {
        std::string whole = statement::render(custody).value();
        const std::string text = whole;
        for (const TestKey* const signer : signers) {
            whole += signer->sign("cheget-custody@" + state_.domain.name, text);
        }
        return whole;
    };
    const TestKey& maker = domain_.key("alice");
    for (const auto& signers : {std::vector{&maker, &sealed}, {&sealed, &maker}}) {
        const auto made = admission_.admit(with(signers));
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(made->principal, "alice");
    }
    expect_refused(with({&sealed}), "nobody of the domain signed it");
    expect_refused(with({&sealed, &sealed}), "nobody of the domain signed it");
    expect_refused(with({&maker, &stranger}), "not alice's");
    expect_refused(with({&maker, &sealed, &stranger}), "not alice's");
    expect_refused(with({&stranger, &sealed}), "not alice's");

    custody.event = statement::CustodyEvent::lost;
    custody.previous = base::sha256("made");
    EXPECT_TRUE(admission_.admit(with({&maker})));
    expect_refused(with({&maker, &sealed}), "not alice's");
}

TEST_F(Admitting, G10_what_is_no_statement) {
    expect_refused("", "");
    expect_refused("hello\n", "");
    expect_refused(order_ + "\n", "");
    expect_refused(std::string(70'000, 'a'), "");
    std::string spaced = order_;
    spaced.insert(spaced.find('\n'), " ");
    expect_refused(spaced, "");
    expect_refused(state_.policy->text + TestKey::ed25519("x").sign("y", "z"),
                   "not logged by itself");
}

TEST_F(Admitting, G1_what_is_of_another_domain_of_the_same_name) {
    const std::string text(test_support::text_of(order_));
    std::string other = text;
    const std::size_t id = other.find("sha256:") + 7;
    other[id] = other[id] == '0' ? '1' : '0';
    expect_refused(
        test_support::sign_text(domain_.key("alice"), Kind::order, state_.domain.name, other),
        "is of the domain");
}

TEST_F(Admitting, WhoOnlyAProposedPolicyNamesRestsOnIt) {
    const std::string proposed = domain_.next_policy_text(
        state_.policy->policy, "person zoe { {KEY:zoe} }\n" + test_support::k_blocks);
    const auto by_zoe = admission_.admit(domain_.vote_by(state_, proposed, "zoe"));
    ASSERT_TRUE(by_zoe) << by_zoe.error().message;
    EXPECT_EQ(by_zoe->rests_on, base::sha256(proposed));
    EXPECT_FALSE(by_zoe->introduces);
    const auto by_alice = admission_.admit(domain_.vote_by(state_, proposed, "alice"));
    ASSERT_TRUE(by_alice) << by_alice.error().message;
    EXPECT_EQ(by_alice->introduces, base::sha256(proposed));
    EXPECT_FALSE(by_alice->rests_on);
    expect_refused(domain_.vote_by(state_, proposed, "mallory"), "mallory is no principal");
    expect_refused(domain_.vote_by(state_, test_support::text_of(order_), "zoe"),
                   "zoe is no principal");
}

TEST_F(Admitting, PoliciesMustBeOfOneDomain) {
    EXPECT_FALSE(Admission::make({}));
    EXPECT_FALSE(Admission::make({"no policy\n"}));
}

}  // namespace
}  // namespace cheget::authority
