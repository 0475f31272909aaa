// Whoever had a case with a TPM for a week, and puts an earlier state of it back: no half-signed
// handover explains the steps that its TPM counted meanwhile.
#include "briefcase/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys/test_folder.h"
#include "support/journal.h"

namespace cheget::briefcase {
namespace {

using statement::Custody;
using statement::CustodyEvent;
using statement::Kind;
using test_support::Journal;
using test_support::k_now;
using test_support::SoftTpm;
using test_support::TestDomain;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Made by alice, who has it; dave's.
class Inspected : public keys::test::TestFolder {
  protected:
    Inspected()
        : state_(domain_.begin(test_support::with_briefcase(test_support::k_blocks, " custody"),
                               test_support::k_people)),
          journal_(domain_, state_) {
        Seal seal;
        seal.domain = state_.domain;
        seal.policy = {1, state_.domain.first_policy};
        seal.principal = "dave";
        seal.key = domain_.key("dave-2").public_key().to_text();
        seal.made = k_now;
        seal.cost = GuessCost::for_tests();
        auto made =
            Case::create(folder_ / "case", seal,
                         domain_.sign(Kind::policy, state_.policy->text, test_support::k_people));
        EXPECT_TRUE(made) << made.error().message;
        case_.emplace(std::move(*made));
        append(said(CustodyEvent::created, "alice", 1), {"alice", "dave-2"});
    }

    /// Going on from the last one, with the TPM's word.
    Custody said(CustodyEvent event, const std::string& by, std::uint64_t counter,
                 std::uint32_t used = 0) {
        Custody custody = journal_.next(event, by);
        custody.seal = case_->seal_digest();
        return tpm_.attested(custody, used, counter);
    }
    std::string append(const Custody& custody, const std::vector<std::string>& signers) {
        std::string whole = journal_.sign(custody, signers);
        EXPECT_TRUE(case_->append_to_journal(whole));
        return whole;
    }
    Custody handover(const std::string& to, std::uint64_t counter, std::uint32_t used = 0,
                     const std::string& from = "alice") {
        Custody custody = journal_.next(CustodyEvent::handover, from);
        custody.seal = case_->seal_digest();
        custody.from = from;
        custody.to = to;
        custody.nonce = std::string(32, static_cast<char>('0' + counter));
        return tpm_.attested(custody, used, counter);
    }
    /// By the giver alone, and kept in the case; the journal does not go on.
    void begin(const Custody& custody, const std::string& signer = "alice") {
        const auto last = journal_.last();
        EXPECT_TRUE(case_->keep_offer(journal_.sign(custody, {signer})));
        journal_.go_back_to(last);
    }

    /// As long as its TPM stands there.
    Inspection look(std::uint64_t counter, std::uint32_t used = 0, Evidence evidence = {}) {
        evidence.tries = Tries{used, 8, counter};
        const auto knowledge = Knowledge::read(*case_);
        EXPECT_TRUE(knowledge) << knowledge.error().message;
        auto found = inspect(*case_, **knowledge, evidence);
        EXPECT_TRUE(found) << found.error().message;
        return std::move(*found);
    }
    static auto tells(Verdict verdict, const std::string& words) {
        return Field("findings", &Inspection::findings,
                     Contains(AllOf(Field(&Finding::verdict, verdict),
                                    Field(&Finding::words, HasSubstr(words)))));
    }
    void forget_offers() const { std::filesystem::remove_all(folder_ / "case/offers"); }

    TestDomain domain_;
    permit::DomainState state_;
    Journal journal_;
    SoftTpm tpm_;
    std::optional<Case> case_;
};

TEST_F(Inspected, tells_a_handover_that_nobody_accepted) {
    EXPECT_EQ(look(1).verdict, Verdict::intact);
    EXPECT_EQ(look(2).verdict, Verdict::copied);
    begin(handover("bob", 2));
    const Inspection once = look(2);
    EXPECT_EQ(once.verdict, Verdict::offered);
    EXPECT_THAT(once, tells(Verdict::offered, "from alice to bob was begun"));
    EXPECT_THAT(once.offers, SizeIs(1));
    begin(handover("carol", 3));
    const Inspection twice = look(3);
    EXPECT_EQ(twice.verdict, Verdict::offered);
    EXPECT_THAT(twice.findings, SizeIs(2));
    EXPECT_EQ(look(4).verdict, Verdict::copied);
}

TEST_F(Inspected, is_intact_once_the_journal_goes_on) {
    begin(handover("bob", 2));
    const Custody accepted = handover("carol", 3);
    begin(accepted);
    Evidence evidence;
    const auto last = journal_.last();
    evidence.offered = journal_.sign(accepted, {"alice"});
    journal_.go_back_to(last);
    const Inspection by_carol = look(3, 0, evidence);
    EXPECT_EQ(by_carol.verdict, Verdict::offered);
    EXPECT_THAT(by_carol.findings, SizeIs(1));  // the one to bob
    append(accepted, {"alice", "carol"});
    const Inspection after = look(3);
    EXPECT_EQ(after.verdict, Verdict::intact);
    EXPECT_TRUE(after.offers.empty());
    EXPECT_EQ(after.record.holder, "carol");
}

TEST_F(Inspected, G7_a_begun_handover_explains_its_own_step_alone) {
    // Dave opened it and voted, at 2 and 3; that is taken out again. Then alice begins a handover.
    begin(handover("bob", 4, 1));
    EXPECT_EQ(look(4, 1).verdict, Verdict::copied);
    forget_offers();
    // By a program of her own, which lets the TPM speak without counting up.
    begin(handover("bob", 3, 1));
    EXPECT_EQ(look(3, 1).verdict, Verdict::copied);
    begin(handover("carol", 3, 1));
    EXPECT_EQ(look(3, 1).verdict, Verdict::copied);
    // Made at home before, for a counter that was still to come: its TPM never said so.
    Custody ahead = handover("bob", 2);
    ahead.quote = handover("bob", 1).quote;
    begin(ahead);
    EXPECT_EQ(look(3, 1).verdict, Verdict::copied);
    forget_offers();
    // From where the journal stood before it went on.
    const auto before = journal_.last();
    append(said(CustodyEvent::loaded, "alice", 2), {"alice"});
    EXPECT_EQ(look(2).verdict, Verdict::intact);
    journal_.go_back_to(before);
    begin(handover("bob", 3));
    EXPECT_EQ(look(3).verdict, Verdict::copied);
}

TEST_F(Inspected, G7_a_begun_handover_never_makes_it_intact) {
    // One step is taken out, for which whoever holds it lets the TPM speak once more.
    const auto before = journal_.last();
    Evidence logged;
    logged.elsewhere.push_back(journal_.sign(said(CustodyEvent::opened, "dave", 2, 1), {"dave-2"}));
    journal_.go_back_to(before);
    begin(handover("bob", 2, 1));
    const Inspection found = look(2, 1);
    EXPECT_EQ(found.verdict, Verdict::opened);
    EXPECT_THAT(found, tells(Verdict::opened, "1 tries were used"));
    EXPECT_EQ(look(2, 1, logged).verdict, Verdict::copied);
}

TEST_F(Inspected, G7_a_begun_handover_is_its_holders) {
    const auto refused = [&](const Custody& custody, const std::string& signer,
                             const std::string& why) {
        begin(custody, signer);
        const Inspection found = look(2);
        EXPECT_EQ(found.verdict, Verdict::copied) << why;
        EXPECT_THAT(found, tells(Verdict::altered, why));
        forget_offers();
    };
    refused(handover("carol", 2, 0, "bob"), "bob", "alice had it then");
    refused(handover("carol", 2), "bob", "the giver's signature does not hold");
    refused(said(CustodyEvent::loaded, "alice", 2), "alice", "no handover by its giver");
    Custody unquoted = handover("bob", 2);
    unquoted.quote.reset();
    refused(unquoted, "alice", "no TPM speaks in it");
    Custody edited = handover("bob", 2);
    edited.to = "carol";
    refused(edited, "alice", "");
    Custody elsewhere = handover("bob", 2);
    elsewhere.previous = base::sha256("what was taken out");
    elsewhere = tpm_.attested(elsewhere, 0, 2);
    refused(elsewhere, "alice", "it goes on from nothing in the journal");
    Custody resealed = handover("bob", 2);
    resealed.seal = base::sha256("another seal");
    refused(tpm_.attested(resealed, 0, 2), "alice", "another briefcase");
    SoftTpm other;
    refused(other.attested(handover("bob", 2), 0, 2), "alice", "another TPM speaks");
    SoftTpm indexes = tpm_;
    indexes.counter_name = 9;
    refused(indexes.attested(handover("bob", 2), 0, 2), "alice", "another TPM speaks");
    Custody ahead = handover("bob", 3);
    ahead.counter = 2;
    refused(ahead, "alice", "");
}

TEST_F(Inspected, G7_whoever_puts_it_back_and_goes_on_leaves_steps_out) {
    append(said(CustodyEvent::loaded, "alice", 4), {"alice"});
    const Inspection found = look(4);
    EXPECT_EQ(found.verdict, Verdict::opened);
    EXPECT_THAT(found,
                tells(Verdict::opened, "counted 2 times for what its journal does not tell"));
    begin(handover("bob", 5));
    append(handover("bob", 7), {"alice", "bob"});
    EXPECT_THAT(look(7), tells(Verdict::opened, "counted 1 times"));
}

TEST_F(Inspected, a_giver_whose_key_is_gone_alters_nothing) {
    begin(handover("bob", 2), "erin");  // as if alice's key had been erin's
    append(handover("carol", 3), {"alice", "carol"});
    const Inspection found = look(3);
    EXPECT_EQ(found.verdict, Verdict::opened);
    EXPECT_THAT(found, tells(Verdict::opened, "counted 1 times"));
}

}  // namespace
}  // namespace cheget::briefcase
