// What a single edit of a policy comes to: everything that could make it looser lowers; what makes
// it stricter does not.
#include "analysis/policy_difference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <set>

#include "base/bytes.h"
#include "signature/wire.h"

namespace cheget::analysis {
namespace {

using policy::Policy;

/// An OpenSSH public key, made from a number.
std::string key(std::uint8_t number, std::string_view type = "ssh-ed25519") {
    std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed{number};
    std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> point{};
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
    crypto_sign_seed_keypair(point.data(), secret.data(), seed.data());
    signature::WireWriter writer;
    writer.write_string(type);
    writer.write_string(base::BytesView(point));
    if (type.starts_with("sk-")) {
        writer.write_string("ssh:");
    }
    const base::Bytes blob = writer.take();
    return fmt::format("{} {}", type, base::to_base64(blob));
}

const char* const k_text = R"(cheget policy v1
domain: acme/prod
version: 1
log: log.example+LOG

witnesses: 2 of { w1, w2, w3 }
person  alice { KEY1 }
person  bob   { KEY2; KEY12 }
person  carol { KEY3 }
person  dave  { KEY4 }
person  erin  { KEY5 }
person  gina  { KEY10 }
person  frank { SK6 }
machine m1    { KEY7 }
machine m2    { KEY8 }
machine m3    { KEY9 }

group dba      = { alice, bob, carol, frank }
group security = { dave, erin, gina }

fact alert: none < raised < high from 2 of { m1, m2 } fresh 15m
fact ok(target): bool            from 1 of { m1 } fresh 24h

action drop on prod/{region}/{name} {
  run      ["/usr/bin/dropdb", "{name}", "{rows}"] as postgres
  allow    environment PGHOST
  propose  1 of { alice, bob }
  approve  all of { 2 of dba, 1 of security, any of { alert >= high, ok(target) is true } }
  when     rows <= 1000
  consent  1 of { erin } within 6h
  veto     1 of security
  wait     30m seen by 1 of security
  expire   8h
  execute  1 of { m2, m3 }
  valid    from 2026-07-01 until 2027-07-01
  deputy   dave for carol after 4h
}

emergency drop {
  approve  all of { 2 of security, 1 of dba }
  expire   15m
  at most  1 per 30d
}

action roll on roll/{name} {
  run      ["/usr/bin/roll", "{name}"]
  propose  1 of dba
  approve  in sequence { 1 of { alice, bob }, 1 of security }
  expire   1h
  execute  1 of { m2 }
}

amend          { approve all of { 2 of dba, 1 of security }      wait 1d }
amend lowering { approve all of { all of dba, all of security }  wait 7d  veto 1 of { alice } }
revoke         { approve 1 of security }
)";

std::string note_key(const std::string& name, std::uint8_t type, std::uint8_t number) {
    std::array<std::uint8_t, 33> bytes{};
    bytes[0] = type;
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        bytes[i] = number;
    }
    std::string hashed = name + "\n";
    hashed.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const base::Digest digest = base::sha256(base::as_bytes(hashed));
    return fmt::format("{}+{:02x}{:02x}{:02x}{:02x}+{}", name, digest.bytes[0], digest.bytes[1],
                       digest.bytes[2], digest.bytes[3], base::to_base64(bytes));
}

void replace(std::string& text, const std::string& from, const std::string& to) {
    const std::size_t place = text.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    text.replace(place, from.size(), to);
}

Policy read(std::string text) {
    for (int number = 30; number >= 1; --number) {
        for (const auto& [word, type] :
             {std::pair("KEY", "ssh-ed25519"), std::pair("SK", "sk-ssh-ed25519@openssh.com")}) {
            const std::string name = word + std::to_string(number);
            for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
                text.replace(at, name.size(), key(static_cast<std::uint8_t>(number), type));
            }
        }
    }
    replace(text, "log.example+LOG\n\n", note_key("log.example", 1, 1) + "\n");
    const std::size_t body = text.find("person  alice");
    std::string witnesses = "\n";
    for (int i = 1; i <= 3; ++i) {
        const std::string name = "w" + std::to_string(i);
        witnesses += fmt::format("witness {} {{ {} }}\n", name,
                                 note_key(name + ".example", 4, static_cast<std::uint8_t>(10 + i)));
    }
    text.insert(body, witnesses);
    auto outcome = policy::check_policy(text);
    EXPECT_TRUE(outcome.policy) << policy::to_text(outcome.diagnostics, "test");
    return outcome.policy ? std::move(*outcome.policy) : Policy{};
}

struct Edit {
    std::string from;
    std::string to;
};

PolicyDifference difference_by(const std::vector<Edit>& edits) {
    std::string text = k_text;
    for (const Edit& one : edits) {
        replace(text, one.from, one.to);
    }
    const Policy before = read(k_text);
    const Policy after = read(text);
    PolicyDifference difference = difference_of(before, after, 5);
    const auto confirmed = confirm(before, after, difference);
    EXPECT_TRUE(confirmed) << confirmed.error().message;
    for (const RuleDifference& rule : difference.rules) {
        EXPECT_TRUE(rule.settled) << rule.name;
    }
    return difference;
}

void expect_lowers(const std::string& from, const std::string& to) {
    const PolicyDifference difference = difference_by({{from, to}});
    EXPECT_TRUE(difference.lowering) << from << " => " << to;
    EXPECT_GE(difference.shift, Shift::changed) << from << " => " << to;
}

void expect_raises(const std::string& from, const std::string& to) {
    const PolicyDifference difference = difference_by({{from, to}});
    EXPECT_FALSE(difference.lowering) << from << " => " << to;
    EXPECT_EQ(difference.shift, Shift::raised) << from << " => " << to;
}

void expect_same(const std::string& from, const std::string& to) {
    const PolicyDifference difference = difference_by({{from, to}});
    EXPECT_EQ(difference.shift, Shift::same) << from << " => " << to;
    EXPECT_FALSE(difference.lowering);
}

const std::string k_attestation = "SHA256:t30UJQlVVnZan0eNQo8X3jpS+RO/NMgEpB8PiZH2h64";

TEST(Lowering, G7_a_key_replaced_silently) {
    expect_lowers("alice { KEY1 }", "alice { KEY20 }");
    expect_lowers("alice { KEY1 }", "alice { KEY1; KEY20 }");
    expect_lowers("bob   { KEY2; KEY12 }", "bob   { KEY2 }");
    expect_lowers("machine m1    { KEY7 }", "machine m1    { KEY20 }");
    expect_lowers("machine m1    { KEY7 }", "machine m1    { KEY7; KEY20 }");
    expect_lowers("dave  { KEY4 }", "dave  { KEY4 briefcase }");
    expect_lowers("dave  { KEY4 }", "dave  { KEY4 briefcase tpm " + k_attestation + " }");
    const PolicyDifference exchanged =
        difference_by({{"alice { KEY1 }", "alice { KEY3 }"}, {"carol { KEY3 }", "carol { KEY1 }"}});
    EXPECT_TRUE(exchanged.lowering);
}

TEST(Lowering, G7_what_a_briefcase_is_asked) {
    const auto lowers = [](const std::string& from, const std::string& to) {
        std::string before = k_text;
        std::string after = k_text;
        replace(before, "dave  { KEY4 }", "dave  { KEY4; KEY20 " + from + " }");
        replace(after, "dave  { KEY4 }", "dave  { KEY4; KEY20 " + to + " }");
        return difference_of(read(before), read(after)).lowering;
    };
    EXPECT_FALSE(lowers("briefcase", "briefcase custody"));
    EXPECT_TRUE(lowers("briefcase custody", "briefcase"));
    EXPECT_TRUE(lowers("briefcase tpm " + k_attestation, "briefcase"));
    EXPECT_TRUE(lowers("briefcase", "briefcase tpm " + k_attestation));
}

TEST(Lowering, G7_a_new_person_under_an_old_name_is_somebody_else) {
    const PolicyDifference difference = difference_by({{"alice { KEY1 }", "alice { KEY20 }"}});
    const RuleDifference& drop = difference.rules[0];
    EXPECT_EQ(drop.name, "action drop");
    EXPECT_FALSE(drop.gained.count.is_zero());
    EXPECT_EQ(drop.gained.count, drop.lost.count);
    bool names_new_keys = false;
    for (const std::uint32_t party : drop.gained.smallest[0].parties) {
        names_new_keys =
            names_new_keys || difference.parties[party].kind == PartyName::Kind::new_keys;
    }
    EXPECT_TRUE(names_new_keys);
}

TEST(Lowering, G7_a_marked_key_that_asks_for_less) {
    std::string text = k_text;
    replace(text, "SK6 }", "SK6 pin }");
    EXPECT_TRUE(difference_of(read(text), read(k_text)).lowering);
    EXPECT_FALSE(difference_of(read(k_text), read(text)).lowering);
}

TEST(Lowering, G7_a_source_added_or_believed_sooner) {
    expect_lowers("from 2 of { m1, m2 }", "from 2 of { m1, m2, m3 }");
    expect_lowers("from 2 of { m1, m2 }", "from 1 of { m1, m2 }");
    expect_lowers("fresh 15m", "fresh 16m");
    expect_lowers("none < raised < high", "none < low < raised < high");
    expect_raises("fresh 15m", "fresh 14m");
}

TEST(Lowering, G7_a_delay_shortened) {
    expect_lowers("wait     30m seen", "wait     29m seen");
    expect_lowers("  wait     30m seen by 1 of security\n", "");
    expect_lowers("within 6h", "within 7h");
    expect_lowers(" within 6h", "");
    expect_lowers("expire   8h", "expire   9h");
    expect_lowers("expire   15m", "expire   16m");
    expect_lowers("wait 1d }", "wait 23h }");
    expect_lowers("wait 7d ", "wait 6d ");
    expect_lowers("wait 1d }", "}");
    expect_lowers("at most  1", "at most  2");
    expect_lowers("per 30d", "per 29d");
    expect_lowers("from 2026-07-01 until", "from 2026-06-30 until");
    expect_lowers("until 2027-07-01", "until 2027-07-02");
    expect_lowers(" until 2027-07-01", "");
    expect_raises("wait     30m seen", "wait     31m seen");
    expect_raises("within 6h", "within 5h");
    expect_raises("expire   8h", "expire   7h");
    expect_raises("wait 1d }", "wait 2d }");
    expect_raises("per 30d", "per 31d");
    expect_raises("from 2026-07-01 until", "from 2026-07-02 until");
    expect_raises("until 2027-07-01", "until 2027-06-30");
}

TEST(Lowering, G7_what_is_done_to_what_and_by_whom) {
    expect_lowers("on prod/{region}/{name}", "on test/{region}/{name}");
    expect_lowers("\"/usr/bin/dropdb\", ", "\"/usr/bin/dropdb\", \"--force\", ");
    expect_lowers("as postgres", "as root");
    expect_lowers("environment PGHOST", "environment PGHOST, PGPORT");
    expect_lowers("  propose  1 of { alice, bob }",
                  "  allow stdin\n  propose  1 of { alice, bob }");
    expect_lowers("  propose  1 of { alice, bob }",
                  "  allow file \"/usr/bin/perl\"\n  propose  1 of { alice, bob }");
    expect_lowers("propose  1 of { alice, bob }", "propose  1 of { alice, bob, carol }");
    expect_lowers("execute  1 of { m2, m3 }", "execute  1 of { m1, m2, m3 }");
    expect_lowers("execute  1 of { m2, m3 }", "execute  2 of { m2, m3 }");
    expect_lowers("propose  1 of { alice, bob }",
                  "propose  1 of { alice, bob }\n  proposer counts");
    expect_lowers("propose  1 of { alice, bob }", "propose  1 of { alice, bob }\n  by digest");
    expect_lowers("  execute  1 of { m2 }\n", "  execute  1 of { m2 }\n  offline up to 5m\n");
    expect_raises("execute  1 of { m2, m3 }", "execute  1 of { m2 }");
    expect_raises("propose  1 of { alice, bob }", "propose  1 of { alice }");
    expect_raises("  allow    environment PGHOST\n", "");
}

TEST(Lowering, G7_any_change_of_veto_seen_by_deputy_or_revoke) {
    expect_lowers("veto     1 of security", "veto     2 of security");
    expect_lowers("  veto     1 of security\n", "");
    expect_lowers("veto     1 of security", "veto     1 of { dave }");
    expect_lowers("veto     1 of security", "veto     1 of { dave, erin, gina, alice }");
    expect_lowers("seen by 1 of security", "seen by 1 of { dave, erin, gina, alice }");
    expect_lowers(" seen by 1 of security", "");
    expect_lowers("deputy   dave for carol after 4h", "deputy   dave for carol after 3h");
    expect_lowers("deputy   dave for carol after 4h", "deputy   dave for alice after 4h");
    expect_lowers("  deputy   dave for carol after 4h\n", "");
    expect_lowers("veto 1 of { alice } }", "}");
    expect_lowers("revoke         { approve 1 of security }",
                  "revoke         { approve 2 of security }");
    expect_lowers("revoke         { approve 1 of security }",
                  "revoke         { approve 1 of { dave, erin, gina, alice } }");
}

TEST(Lowering, G7_the_log_and_its_witnesses) {
    expect_lowers("2 of { w1, w2, w3 }", "3 of { w1, w2, w3 }");
    const Policy before = read(k_text);
    Policy after = before;
    after.log->key[0] ^= 1U;
    EXPECT_TRUE(difference_of(before, after).lowering);
    after = before;
    after.witnesses[0].key.key[0] ^= 1U;
    EXPECT_TRUE(difference_of(before, after).lowering);
    after = before;
    after.has_log = false;
    after.log.reset();
    EXPECT_TRUE(difference_of(before, after).lowering);
}

TEST(Lowering, G7_a_drop_place_gone) {
    const Policy before = read(k_text);
    ASSERT_TRUE(before.drops.empty());
    Policy after = before;
    after.drops.push_back({"https://drop.example/acme", {}});
    EXPECT_FALSE(difference_of(before, after).lowering);
    EXPECT_NE(difference_of(before, after).shift, Shift::same);
    EXPECT_TRUE(difference_of(after, before).lowering);
    Policy other = before;
    other.drops.push_back({"https://drop.example/other", {}});
    EXPECT_TRUE(difference_of(after, other).lowering);
}

TEST(Lowering, G7_voices_in_another_order) {
    expect_lowers("in sequence { 1 of { alice, bob }, 1 of security }",
                  "in sequence { 1 of security, 1 of { alice, bob } }");
    expect_lowers("in sequence { 1 of { alice, bob }, 1 of security }",
                  "all of { 1 of { alice, bob }, 1 of security }");
    expect_raises("in sequence { 1 of { alice, bob }, 1 of security }",
                  "in sequence { 1 of { alice, bob }, 1 of { dave } }");
}

TEST(Lowering, G7_a_coalition_that_gains) {
    expect_lowers("all of { 2 of dba, 1 of security, any", "all of { 1 of dba, 1 of security, any");
    expect_lowers("2 of dba, 1 of security, any", "2 of { alice, bob, carol, frank, dave }, any");
    expect_lowers("all of { 2 of security, 1 of dba }", "all of { 1 of security, 1 of dba }");
    expect_lowers("consent  1 of { erin }", "consent  1 of { erin, dave }");
    expect_lowers("  consent  1 of { erin } within 6h\n", "");
    expect_lowers("all of { all of dba, all of security }", "all of { 3 of dba, all of security }");
    expect_lowers(
        "amend lowering { approve all of { all of dba, all of security }  wait 7d  veto "
        "1 of { alice } }\n",
        "");
    expect_raises("all of { 2 of dba, 1 of security, any", "all of { 3 of dba, 1 of security, any");
    expect_raises("all of { 2 of security, 1 of dba }", "all of { 2 of security, 2 of dba }");
}

TEST(Lowering, G7_facts_and_parameters_in_some_truth_or_other) {
    expect_lowers("any of { alert >= high, ok(target) is true }",
                  "any of { alert >= raised, ok(target) is true }");
    expect_lowers("alert >= high, ok(target) is true } }",
                  "alert >= high, ok(target) is true, rows >= 7 } }");
    expect_lowers("when     rows <= 1000", "when     rows <= 1001");
    expect_lowers("when     rows <= 1000", "when     any of { rows <= 1000, region is eu }");
    expect_raises("any of { alert >= high, ok(target) is true }",
                  "all of { alert >= high, ok(target) is true }");
    expect_raises("when     rows <= 1000", "when     rows <= 999");
    expect_raises("when     rows <= 1000", "when     { rows <= 1000, region is eu }");
}

TEST(Lowering, G7_a_deputy_made_one_who_need_not_wait) {
    const std::string action = R"(
action stop on stop/{name} {
  run      ["/usr/bin/stop", "{name}"]
  propose  1 of { alice }
  approve  1 of { carol, frank }
  expire   1h
  execute  1 of { m2 }
  deputy   dave for carol after 30m
}

amend          {)";
    std::string before = k_text;
    replace(before, "\namend          {", action);
    std::string after = before;
    replace(after, "approve  1 of { carol, frank }", "approve  1 of { carol, frank, dave }");
    const PolicyDifference difference = difference_of(read(before), read(after));
    EXPECT_TRUE(difference.lowering);
    const RuleDifference& stop = difference.rules[3];
    ASSERT_EQ(stop.name, "action stop");
    EXPECT_TRUE(stop.gained.count.is_zero()) << "after half an hour dave could anyway";
    ASSERT_EQ(stop.situations.size(), 1U);
    EXPECT_EQ(stop.situations[0].after_proposal, base::Span{0});
    EXPECT_EQ(stop.situations[0].gained.count, Count(1));
    EXPECT_TRUE(confirm(read(before), read(after), difference));
}

TEST(Lowering, G7_the_server_of_a_page_gains) {
    // Everybody has another key as well, so that no coalition of people needs the page.
    std::string before = k_text;
    replace(before, "propose  1 of dba\n", "propose  1 of { alice }\n");
    replace(before, "in sequence { 1 of { alice, bob }, 1 of security }",
            "2 of { bob, carol, frank }");
    Policy old_policy = read(before);
    Policy new_policy = old_policy;
    new_policy.actions[1].web_suffices = true;
    for (Policy* policy : {&old_policy, &new_policy}) {
        for (std::uint8_t i = 0; i < 6; ++i) {
            policy::Key web = policy->principals[i].keys[0];
            web.key =
                signature::PublicKey::from_text(key(static_cast<std::uint8_t>(40 + i))).value();
            web.web_origin = "https://a.example";
            policy->principals[i].keys.push_back(web);
        }
        policy->index();
    }
    const PolicyDifference difference = difference_of(old_policy, new_policy);
    EXPECT_TRUE(difference.lowering);
    const RuleDifference& roll = difference.rules[2];
    ASSERT_EQ(roll.name, "action roll");
    EXPECT_TRUE(roll.gained.count.is_zero());
    ASSERT_EQ(roll.situations.size(), 1U);
    ASSERT_EQ(roll.situations[0].gained.smallest.size(), 1U);
    const Coalition& gained = roll.situations[0].gained.smallest[0];
    ASSERT_EQ(gained.parties.size(), 1U);
    EXPECT_EQ(difference.parties[gained.parties[0]].kind, PartyName::Kind::page);
    EXPECT_TRUE(confirm(old_policy, new_policy, difference));
}

TEST(Lowering, G7_rules_that_come_and_go) {
    const std::string emergency =
        "emergency drop {\n  approve  all of { 2 of security, 1 of dba }\n  expire   15m\n  at "
        "most  1 per 30d\n}\n";
    expect_raises(emergency, "");
    std::string without = k_text;
    replace(without, emergency, "");
    const PolicyDifference added = difference_of(read(without), read(k_text));
    EXPECT_TRUE(added.lowering);
    EXPECT_EQ(added.shift, Shift::lowered);
}

/// `13 of` twenty groups of which `need` of seven of forty people must agree, drawn at random.
std::string entangled(std::uint64_t seed, std::uint32_t need) {
    std::string text = "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n\n";
    for (int i = 0; i < 40; ++i) {
        text += fmt::format("person p{} {{ {} }}\n", i, key(static_cast<std::uint8_t>(i + 1)));
    }
    text += fmt::format(
        "machine m {{ {} }}\naction act on act {{\n  run [\"/bin/true\"]\n  propose 1 "
        "of {{ m }}\n  approve shared 13 of {{\n",
        key(99));
    for (int group = 0; group < 20; ++group) {
        std::set<std::uint64_t> people;
        while (people.size() < 7) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            people.insert((seed >> 33U) % 40);
        }
        text += fmt::format("    {} of {{ p{} }}{}\n", group == 0 ? need : 4,
                            fmt::join(people, ", p"), group < 19 ? "," : "");
    }
    return text +
           "  }\n  expire 1h\n  execute 1 of { m }\n}\namend { approve 1 of { p0 } }\nrevoke { "
           "approve 1 of { p0 } }\n";
}

TEST(Lowering, G7_a_budget_blown_on_purpose) {
    // Stricter as it happens, which takes too long to find out: whatever isn't settled lowers.
    const auto before = policy::check_policy(entangled(1, 4));
    const auto after = policy::check_policy(entangled(1, 5));
    ASSERT_TRUE(before.policy) << policy::to_text(before.diagnostics, "before");
    ASSERT_TRUE(after.policy);
    const PolicyDifference difference = difference_of(*before.policy, *after.policy);
    EXPECT_FALSE(difference.rules[0].settled);
    EXPECT_EQ(difference.rules[0].shift, Shift::lowered);
    EXPECT_TRUE(difference.lowering);
}

TEST(Lowering, of_what_says_the_same_there_is_none) {
    expect_same("group security = { dave, erin, gina }", "group security = { gina, erin, dave }");
    expect_same("veto     1 of security", "veto     1 of { dave, erin, gina }");
    expect_same("all of { 2 of dba, 1 of security, any", "all of { 1 of security, 2 of dba, any");
    expect_same("version: 1", "version: 1");
}

TEST(Lowering, some_gaining_and_some_losing_is_a_change_and_lowers) {
    const PolicyDifference difference = difference_by(
        {{"all of { 2 of security, 1 of dba }", "all of { 3 of dba, 1 of security }"}});
    EXPECT_EQ(difference.rules[1].name, "emergency drop");
    EXPECT_EQ(difference.rules[1].shift, Shift::changed);
    EXPECT_TRUE(difference.lowering);
}

}  // namespace
}  // namespace cheget::analysis
