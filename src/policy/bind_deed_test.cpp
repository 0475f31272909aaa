// Orders of every deed, their parameters and files: what fits is bound, what differs is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/whole_language_test_support.h"

namespace cheget::policy {
namespace {

using ::testing::HasSubstr;
using testing::key_text;
using testing::whole_policy;

std::string deeds_policy() {
    return fmt::format(R"(cheget policy v1
domain: acme/prod
version: 1
log: none

person alice {{ {} }}
person bob {{ {} }}
machine agent {{ {} }}
fact tested(file): bool from 1 of {{ agent }} fresh 7d
action delete on tool/delete_{{what}} {{
  call "crm" "delete_{{what}}" {{ "table": "t_{{what}}", "rows": {{rows}}, "note": {{note}} }}
  propose 1 of {{ agent }}
  approve any of {{ all of {{ alice, rows <= 1000 }}, all of {{ alice, bob }} }}
  expire 8h execute 1 of {{ agent }}
}}
action search on tool/search {{
  call "crm" "search" {{ "limit": "10", any }}
  propose 1 of {{ agent }} approve 1 of {{ alice }} expire 8h execute 1 of {{ agent }}
}}
action purge on sql/{{customer}} {{
  sql "invoices" ["DELETE FROM t WHERE c = $1 AND id < $2"] with ["{{customer}}", {{below}}]
  propose 1 of {{ agent }} approve 1 of {{ alice }} expire 8h execute 1 of {{ agent }}
}}
action publish on git/{{name}} {{
  ref "acme/{{name}}" "refs/heads/main"
  propose 1 of {{ agent }} approve 1 of {{ alice }} expire 8h execute 1 of {{ agent }}
}}
action release on release/{{version}} {{
  sign sshsig with "release" in "file"
  propose 1 of {{ agent }} approve 1 of {{ alice }} when tested(file) is true
  expire 8h execute 1 of {{ agent }}
}}
action install on host/{{host}} {{
  run ["/usr/bin/install", "{{artifact}}", "/srv/{{host}}", "--mode={{mode}}"] file {{artifact}}
  propose 1 of {{ agent }} approve 1 of {{ alice }} when tested(file) is true
  expire 8h execute 1 of {{ agent }}
}}
amend {{ approve 1 of {{ alice }} }}
revoke {{ approve 1 of {{ alice }} }}
)",
                       key_text(1), key_text(2), key_text(3));
}

// An order under a policy, which a test may spoil.
struct Sample {
    explicit Sample(const std::string& text, std::string action, std::string target)
        : policy(check_policy(text).policy.value()), order(testing::small_order(policy)) {
        order.rule.action = std::move(action);
        order.target = std::move(target);
        order.user.reset();
        order.proposer = policy.find_principal("agent") ? "agent" : "alice";
    }
    void expect_bound() {
        auto bound = bind(policy, order);
        EXPECT_TRUE(bound) << bound.error().message;
    }
    void expect_denied(std::string_view reason) {
        auto bound = bind(policy, order);
        ASSERT_FALSE(bound) << reason;
        EXPECT_EQ(bound.error().kind, base::ErrorKind::denied);
        EXPECT_THAT(bound.error().message, HasSubstr(std::string(reason)));
    }

    Policy policy;
    statement::Order order;
};

base::Json json(std::string_view text) {
    return base::parse_json(text).value();
}

Sample deletion(std::string_view arguments, std::string rows, std::string note) {
    Sample sample(deeds_policy(), "delete", "tool/delete_rows");
    sample.order.deed = statement::Call{"crm", "delete_rows", json(arguments)};
    sample.order.parameters = {{"note", std::move(note)}, {"rows", std::move(rows)}};
    return sample;
}

TEST(BindDeed, ACallIsItsArguments) {
    Sample sample = deletion(R"({"table":"t_rows","rows":12,"note":"a \"b\""})", "12", "a \"b\"");
    auto bound = bind(sample.policy, sample.order);
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(bound->target(), "tool/delete_rows");
    ASSERT_EQ(bound->parameters().size(), 3U);
    EXPECT_EQ(bound->parameters()[0], "rows");  // {what}
    EXPECT_EQ(bound->parameters()[1], "12");
    EXPECT_EQ(bound->parameters()[2], "a \"b\"");
    deletion(R"({"table":"t_rows","rows":"12","note":""})", "12", "").expect_bound();
    Sample search(deeds_policy(), "search", "tool/search");
    search.order.deed = statement::Call{"crm", "search", json(R"({"limit":"10","x":[1.5]})")};
    search.expect_bound();
}

TEST(Attack, G2_calls_that_differ_in_anything) {
    deletion(R"({"table":"t_rows","rows":13,"note":"n"})", "12", "n")
        .expect_denied("the argument `rows` is 13");
    deletion(R"({"table":"t_rows","rows":12.0,"note":"n"})", "12", "n")
        .expect_denied("the argument `rows`");
    deletion(R"({"table":"t_rows","rows":-12,"note":"n"})", "-12", "n")
        .expect_denied("the argument `rows`");
    deletion(R"({"table":"t_rows","rows":[12],"note":"n"})", "12", "n")
        .expect_denied("the argument `rows`");
    deletion(R"({"table":"t_other","rows":12,"note":"n"})", "12", "n")
        .expect_denied("the argument `table`");
    deletion(R"({"table":12,"rows":12,"note":"n"})", "12", "n")
        .expect_denied("the argument `table`");
    deletion(R"({"table":"t_rows","rows":12})", "12", "n")
        .expect_denied("lacks the argument `note`");
    deletion(R"({"table":"t_rows","rows":12,"note":"n","cascade":true})", "12", "n")
        .expect_denied("the argument `cascade`");
    Sample other = deletion(R"({"table":"t_rows","rows":12,"note":"n"})", "12", "n");
    std::get<statement::Call>(other.order.deed).tool = "delete_all";
    other.expect_denied("the tool is `delete_all`");
    std::get<statement::Call>(other.order.deed) = {"erp", "delete_rows", json("{}")};
    other.expect_denied("the server is `erp`");
    std::get<statement::Call>(other.order.deed) = {"crm", "delete_rows", json("[]")};
    other.expect_denied("no object");
    other.order.deed = statement::Run{{"/bin/true"}};
    other.expect_denied("calls tools, and the order asks for another deed");
}

TEST(Attack, G2_parameters_of_an_order_that_differ) {
    Sample sample = deletion(R"({"table":"t_rows","rows":12,"note":"n"})", "12", "n");
    sample.order.parameters.pop_back();
    sample.expect_denied("lacks the parameter `rows`");
    sample.order.parameters = {{"note", "n"}, {"rows", "12"}, {"what", "tables"}};
    sample.expect_denied("the parameter `what` is `tables`, and the target says `rows`");
    sample.order.parameters = {{"note", "n"}, {"rows", "12"}, {"who", "x"}};
    sample.expect_denied("captures no parameter `who`");
    Sample install(deeds_policy(), "install", "host/web1");
    install.order.deed = statement::Run{{"/usr/bin/install", "/tmp/a", "/srv/web1", "--mode=a b"}};
    install.order.files = {{base::sha256("a"), 1, "/tmp/a"}};
    install.order.parameters = {{"artifact", "/tmp/a"}, {"mode", "a b"}};
    install.expect_denied("letters, digits");
}

TEST(Attack, G2_files_that_the_order_binds) {
    Sample sample(deeds_policy(), "install", "host/web1");
    auto& argv = sample.order.deed.emplace<statement::Run>().argv;
    argv = {"/usr/bin/install", "/tmp/a", "/srv/web1", "--mode=755"};
    sample.order.parameters = {{"artifact", "/tmp/a"}, {"mode", "755"}};
    sample.expect_denied("0 `file` lines for `/tmp/a`");
    sample.order.files = {{base::sha256("a"), 1, "/tmp/a"}};
    auto bound = bind(sample.policy, sample.order);
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(bound->files(), std::vector<base::Digest>{base::sha256("a")});
    sample.order.files.push_back({base::sha256("b"), 1, "/tmp/b"});
    sample.expect_denied("the file `/tmp/b`");
    sample.order.files = {{base::sha256("a"), 1, "/tmp/a"}};
    argv[1] = "/tmp/b";
    sample.expect_denied("element 1 of the command is `/tmp/b`");
    argv[1] = "/tmp/../a";
    sample.order.parameters[0].value = "/tmp/../a";
    sample.expect_denied("a file is named by a plain absolute path");
}

TEST(Attack, G2_statements_that_differ) {
    Sample sample(deeds_policy(), "purge", "sql/acme");
    auto& sql = sample.order.deed.emplace<statement::Sql>();
    sql = {"invoices", {"DELETE FROM t WHERE c = $1 AND id < $2"}, {json("\"acme\""), json("5")}};
    sample.order.parameters = {{"below", "5"}};
    sample.expect_bound();
    sql.parameters[0] = json("\"other\"");
    sample.expect_denied("parameter 1 of the statements");
    sql.parameters = {json("\"acme\""), json("5"), json("6")};
    sample.expect_denied("have 3 parameters");
    sql.parameters.pop_back();
    sql.statements = {"DELETE FROM t"};
    sample.expect_denied("the statements are not those of `purge`");
    sql.database = "other";
    sample.expect_denied("the database is `other`");
}

TEST(Attack, G2_refs_and_signatures_that_differ) {
    Sample publish(deeds_policy(), "publish", "git/site");
    auto& ref = publish.order.deed.emplace<statement::Ref>();
    ref = {"acme/site", "refs/heads/main", std::string(40, '0'), std::string(40, '1')};
    publish.expect_bound();
    ref.ref = "refs/heads/other";
    publish.expect_denied("the ref is `refs/heads/other`");
    ref.repository = "acme/other";
    publish.expect_denied("the repository is `acme/other`");
    Sample release(deeds_policy(), "release", "release/1.0");
    auto& sign = release.order.deed.emplace<statement::Sign>();
    sign = {3, base::sha256("abc"), "sshsig", "release", "file"};
    auto bound = bind(release.policy, release.order);
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(bound->files(), std::vector<base::Digest>{base::sha256("abc")});
    sign.name_space = "git";
    release.expect_denied("the namespace is `git`");
    sign.key = "other";
    release.expect_denied("the key is `other`");
    sign.form = "raw";
    release.expect_denied("the form of the signature is `raw`");
    release.order.files = {{base::sha256("x"), 1, "x"}};
    sign = {3, base::sha256("abc"), "sshsig", "release", "file"};
    release.expect_denied("the file `x`");
}

TEST(Attack, G4_ordinary_order_under_the_emergency_rule) {
    Sample sample(whole_policy(), "drop", "prod/invoices");
    sample.order.user = "postgres";
    sample.order.deed = statement::Run{{"/usr/bin/dropdb", "--limit=5", "invoices"}};
    sample.order.parameters = {{"rows", "5"}};
    auto ordinary = bind(sample.policy, sample.order);
    ASSERT_TRUE(ordinary) << ordinary.error().message;
    EXPECT_FALSE(ordinary->emergency_index());
    EXPECT_EQ(&ordinary->action(), &sample.policy.actions[0]);
    sample.order.rule.emergency = true;
    sample.expect_denied("stays open for 8h, `drop` allows 15m");
    sample.order.expires = sample.order.proposed + base::Span{900};
    auto emergency = bind(sample.policy, sample.order);
    ASSERT_TRUE(emergency) << emergency.error().message;
    EXPECT_EQ(emergency->emergency_index(), 0U);
    EXPECT_EQ(&emergency->action(), &sample.policy.emergencies[0].rule);
    Sample without(deeds_policy(), "publish", "git/site");
    without.order.rule.emergency = true;
    without.expect_denied("`publish` has none");
}

}  // namespace
}  // namespace cheget::policy
