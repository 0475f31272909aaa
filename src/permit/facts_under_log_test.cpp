// Facts under a log: what an order is about decides which of them are found.
#include <gtest/gtest.h>

#include "support/logged_domain.h"

namespace cheget::permit {
namespace {

using policy::Answer;
using statement::Kind;
using test_support::k_logged_blocks;
using test_support::k_now;
using test_support::LoggedDomain;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(FactsUnderLog, a_fact_about_what_is_signed_counts) {
    std::string blocks =
        replaced(k_logged_blocks, "fact ready(target): bool from 1 of { db2 } fresh 6h",
                 "fact ready(target): bool from 1 of { db2 } fresh 6h\n"
                 "fact tested(file): bool from 1 of { db2 } fresh 6h\n"
                 "action release on fw/{name} {\n"
                 "  sign sshsig with \"release\" in \"file\"\n"
                 "  propose 1 of dba\n"
                 "  approve all of { 1 of dba, tested(file) is true }\n"
                 "  expire 8h\n"
                 "  execute 1 of { db1 }\n"
                 "}");
    LoggedDomain domain(blocks);
    const base::Digest firmware = base::sha256("firmware");
    const std::string order = domain.propose([&](statement::Order& one) {
        one.rule.action = "release";
        one.target = "fw/router";
        one.deed = statement::Sign{8, firmware, "sshsig", "release", "file"};
        one.user.reset();
    });
    statement::Fact fact;
    fact.domain = domain.state().domain;
    fact.fact = "tested";
    fact.about = statement::AboutFile{firmware};
    fact.value = "true";
    fact.by = "db2";
    fact.at = k_now;
    domain.log_.add(order);
    domain.log_.add(domain.approve(order, "bob"));
    domain.log_.add(domain.domain_.sign(Kind::fact, statement::render(fact).value(), {"db2"}));
    domain.log_.seal(LoggedDomain::at(k_now));
    ASSERT_TRUE(permit::catch_up(domain.copy_, domain.log_.fetch()));
    const auto judged = domain.judge(order, domain.log_.size());
    ASSERT_TRUE(judged) << judged.error().message;
    EXPECT_EQ(judged->decision.answer, Answer::permit) << describe(*judged);
}

}  // namespace
}  // namespace cheget::permit
