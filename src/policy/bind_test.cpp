// Orders that fit, and every way in which one may not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/policy_test_support.h"

namespace cheget::policy {
namespace {

using ::testing::HasSubstr;
using testing::small_order;
using testing::small_policy;

// A policy, an order that fits it, and what a test does to that order.
struct Sample {
    Sample() : policy(parse_policy(small_policy()).value()), order(small_order(policy)) {}

    void expect_denied(std::string_view reason) {
        auto bound = bind(policy, order);
        ASSERT_FALSE(bound);
        EXPECT_EQ(bound.error().kind, base::ErrorKind::denied);
        EXPECT_THAT(bound.error().message, HasSubstr(std::string(reason)));
    }
    statement::FileReference file(std::string path) {
        return {base::sha256(path), 10, std::move(path)};
    }
    std::vector<std::string>& argv() { return std::get<statement::Run>(order.deed).argv; }

    Policy policy;
    statement::Order order;
};

TEST(Bind, AnOrderThatFitsIsBound) {
    Sample sample;
    sample.order.environment = {{"PGHOST", "/run/postgresql"}};
    sample.order.directory = "/srv/invoices";
    sample.order.files = {sample.file("/usr/bin/dropdb"), sample.file("/usr/bin/perl")};
    sample.order.parameters = {{"name", "invoices"}};
    auto bound = bind(sample.policy, sample.order);
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(bound->action().name, "drop");
    EXPECT_EQ(bound->action_index(), 0U);
    EXPECT_EQ(sample.policy.principals[bound->proposer()].name, "alice");
    EXPECT_EQ(bound->proposed(), sample.order.proposed);
    EXPECT_EQ(bound->expires(), sample.order.expires);
    EXPECT_EQ(&bound->policy(), &sample.policy);
}

TEST(Bind, RunAnyTakesAnyCommandButItsUser) {
    Sample sample;
    sample.order.rule.action = "any";
    sample.order.target = std::string("any/thing");
    sample.order.user = "root";
    sample.order.expires = sample.order.proposed + base::Span{1800};
    sample.argv() = {"/bin/sh", "-c", "true"};
    sample.order.standard_input = statement::ContentReference{base::sha256("x"), 1};
    EXPECT_TRUE(bind(sample.policy, sample.order));
    sample.argv()[0] = "/bin/../bin/sh";
    sample.expect_denied("not a plain absolute path");
    sample.argv()[0] = "sh";
    sample.expect_denied("not a plain absolute path");
    sample.argv().clear();
    sample.expect_denied("not a plain absolute path");
    sample.argv() = {"/bin/sh"};
    sample.order.user.reset();
    sample.expect_denied("the order runs without `user`, `any` runs as `root`");
}

TEST(Bind, TargetsAndRulesMustBeThePolicys) {
    Sample sample;
    sample.order.target = std::string("test/invoices");
    sample.expect_denied("the target `test/invoices` is not one of `drop`");
    for (const char* target : {"prod/invoices/more", "prod", "prod/", "prod/.hidden", "prod/-x",
                               "prod/a b", "", "/", "prod//x"}) {
        sample.order.target = std::string(target);
        sample.expect_denied("is not one of `drop`");
    }
    sample.order.target = statement::Targets{};
    sample.expect_denied("list of targets");
    sample.order = small_order(sample.policy);
    sample.order.rule.action = "dump";
    sample.expect_denied("no action `dump`");
    sample.order = small_order(sample.policy);
    sample.order.rule.emergency = true;
    sample.expect_denied("emergency");
}

TEST(Bind, OtherDeedsAreDenied) {
    Sample sample;
    for (statement::Deed deed :
         {statement::Deed(statement::Call{}), statement::Deed(statement::Sign{}),
          statement::Deed(statement::Ref{}), statement::Deed(statement::Sql{})}) {
        sample.order.deed = deed;
        sample.expect_denied("another deed");
    }
}

TEST(Bind, ParametersMustBeCaptured) {
    Sample sample;
    sample.order.parameters = {{"rows", "1000"}};
    sample.expect_denied("captures no parameter `rows`");
    sample.order.parameters = {{"name", "customers"}};
    sample.expect_denied("the parameter `name` is `customers`, and the target says `invoices`");
}

TEST(Bind, TheProposerMustBeAPrincipal) {
    Sample sample;
    sample.order.proposer = "mallory";
    sample.expect_denied("the proposer `mallory` is nobody in the policy");
    sample.order.proposer = "db1";  // whether they may propose is decide()'s question
    EXPECT_TRUE(bind(sample.policy, sample.order));
}

TEST(Bind, HostileTextIsShownEscaped) {
    Sample sample;
    sample.argv()[2] = "a\x1b[2Jb";
    sample.expect_denied("a\\x1b[2Jb");
}

TEST(Attack, G1_order_of_another_domain) {
    Sample sample;
    sample.order.domain.name = "acme/test";
    sample.expect_denied("for the domain `acme/test`");
}

TEST(Attack, G1_order_of_a_domain_of_the_same_name) {
    Sample sample;
    sample.order.domain.first_policy = base::sha256("another beginning");
    sample.expect_denied("another domain named `acme/prod`");
}

TEST(Attack, G7_order_under_an_older_policy) {
    Sample sample;
    sample.order.policy.id = base::sha256("an older policy");
    sample.expect_denied("propose it anew");
    sample.order = small_order(sample.policy);
    sample.order.policy.version = 2;
    sample.expect_denied("propose it anew");
}

TEST(Attack, G2_argument_added_dropped_or_changed) {
    Sample sample;
    sample.argv()[2] = "customers";
    sample.expect_denied("element 2 of the command is `customers`, `drop` runs `invoices` there");
    sample.argv() = {"/usr/bin/dropdb", "--if-exists", "invoices", "--force"};
    sample.expect_denied("the command has 4 elements, `drop` runs 3");
    sample.argv() = {"/usr/bin/dropdb", "invoices"};
    sample.expect_denied("the command has 2 elements");
    sample.argv() = {"/bin/sh", "--if-exists", "invoices"};
    sample.expect_denied("element 0 of the command is `/bin/sh`");
    sample.argv() = {"/usr/bin/dropdb", "--if-exists invoices", ""};
    sample.expect_denied("element 1");
}

TEST(Attack, G2_another_user) {
    Sample sample;
    sample.order.user = "root";
    sample.expect_denied("the order runs as `root`, `drop` runs as `postgres`");
    sample.order.user.reset();
    sample.expect_denied("the order runs without `user`");
}

TEST(Attack, G2_environment_variable_not_allowed) {
    Sample sample;
    sample.order.environment = {{"LD_PRELOAD", "/tmp/evil.so"}, {"PGHOST", "x"}};
    sample.expect_denied("the environment variable `LD_PRELOAD` is not allowed");
}

TEST(Attack, G2_directory_not_allowed) {
    Sample sample;
    sample.order.directory = "/srv/customers";
    sample.expect_denied("the directory `/srv/customers` is not allowed");
}

TEST(Attack, G2_standard_input_not_allowed) {
    Sample sample;
    sample.order.standard_input = statement::ContentReference{base::sha256("x"), 1};
    sample.expect_denied("standard input is not allowed");
}

TEST(Attack, G2_file_that_nothing_names) {
    Sample sample;
    sample.order.files = {sample.file("/etc/ld.so.preload")};
    sample.expect_denied("the file `/etc/ld.so.preload` is neither");
    sample.order.files = {sample.file("invoices")};  // an element of the command, but no path
    sample.expect_denied("the file `invoices` is neither");
}

TEST(Attack, G6_order_open_for_longer_than_the_rule_allows) {
    Sample sample;
    sample.order.expires = sample.order.expires + base::Span{1};
    sample.expect_denied("stays open for 28801s, `drop` allows 8h");
    sample.order.expires = sample.order.proposed;
    sample.expect_denied("expires before it is proposed");
}

}  // namespace
}  // namespace cheget::policy
