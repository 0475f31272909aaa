// Subjects: every kind of statement is filed under what it is about.
#include "permit/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/under_log.h"

namespace cheget::permit {
namespace {

using statement::Kind;
using test_support::text_of;
using test_support::UnderLog;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Filed : public UnderLog {};

TEST_F(Filed, order_with_all_that_speaks_about_it) {
    const std::string order = propose();
    const std::string subject = subject_of_order(statement::id_of(text_of(order)));
    const std::string claimed = claim(order);
    for (const std::string& one :
         {order, approve(order, "bob"), say(order, "dave", statement::Verdict::veto), claimed,
          receipt(order, claimed, statement::Outcome::started)}) {
        EXPECT_THAT(subjects_of(one), ElementsAre(subject)) << one;
    }
}

TEST_F(Filed, emergencies_by_their_action_too) {
    const std::string order = propose([](statement::Order& one) { one.rule.emergency = true; });
    EXPECT_THAT(subjects_of(order), ElementsAre(subject_of_order(statement::id_of(text_of(order))),
                                                subject_of_emergency("drop-database")));
}

TEST_F(Filed, votes_on_a_policy) {
    EXPECT_THAT(subjects_of(domain_.vote_by(state(), first_, "alice")),
                ElementsAre(subject_of_policy(statement::id_of(first_))));
}

TEST_F(Filed, revocations) {
    EXPECT_THAT(subjects_of(domain_.revocation(state(), "bob", "bob", "bob", "bob")),
                ElementsAre(std::string(k_subject_of_revocations)));
}

TEST_F(Filed, facts_by_name_and_subject) {
    statement::Fact fact;
    fact.domain = state().domain;
    fact.fact = "backup-ok";
    fact.value = "true";
    fact.by = "db1";
    fact.at = test_support::k_now;
    const auto subject = [&](const statement::FactSubject& about) {
        fact.about = about;
        return subjects_of(domain_.sign(Kind::fact, statement::render(fact).value(), {"db1"}));
    };
    EXPECT_THAT(subject(std::monostate()), ElementsAre("fact backup-ok"));
    EXPECT_THAT(subject(statement::AboutTarget{"prod/a"}),
                ElementsAre("fact backup-ok target prod/a"));
    EXPECT_NE(subject(statement::AboutFile{base::sha256("x")}),
              subject(statement::OnOrder{base::sha256("x")}));
}

TEST_F(Filed, G10_what_can_not_be_read_is_filed_nowhere) {
    for (const std::string& junk :
         {std::string(), std::string("junk"), first_, text_of(propose()) + "tail"}) {
        EXPECT_THAT(subjects_of(junk), IsEmpty()) << junk.substr(0, 40);
    }
}

}  // namespace
}  // namespace cheget::permit
