// Properties of the whole language: random policies with facts, weights, delays, deputies and
// emergencies survive printing and reading, and broken ones are refused with a reason.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "policy/whole_language_test_support.h"

namespace cheget::policy {
namespace {

using testing::key_text;
using testing::note_key_text;

bool toss() {
    return *rc::gen::arbitrary<bool>();
}

// What stands between words: anything that separates.
std::string spread(std::string_view text) {
    std::string spaced;
    for (char character : text) {
        if (character == ' ' && *rc::gen::inRange(0, 8) == 0) {
            spaced += toss() ? "\n  " : "  # a note, {braced}\n ";
        } else {
            spaced += character;
        }
    }
    return spaced;
}

struct Expected {
    std::vector<Fact> facts;
    std::vector<std::uint32_t> weights;  // of p0, p1, …
    std::uint32_t weight_needed = 0;
    std::vector<Formula::Node> conditions;  // fact, compare and number alone
    std::optional<base::Span> within;
    std::optional<base::Span> wait;
    bool seen = false;
    std::optional<base::Time> from;
    std::optional<base::Time> until;
    std::optional<base::Span> deputy_after;
    std::optional<base::Span> offline;
    bool emergency = false;
    std::uint32_t most = 0;
    bool lowering = false;
    std::vector<std::string> drops;
};

// A fact and its declaration.
std::string add_fact(Expected& expected) {
    Fact fact;
    fact.name = fmt::format("fact-{}", expected.facts.size());
    fact.type = *rc::gen::element(Fact::Type::truth, Fact::Type::words, Fact::Type::number);
    fact.about = *rc::gen::element(Fact::About::world, Fact::About::target, Fact::About::order);
    fact.need = *rc::gen::inRange<std::uint32_t>(1, 3);
    fact.fresh = {*rc::gen::inRange<std::int64_t>(1, 1000) * 60};
    std::string about = fact.about == Fact::About::world    ? ""
                        : fact.about == Fact::About::target ? "(target)"
                                                            : "(order)";
    std::string type = "bool";
    if (fact.type == Fact::Type::words) {
        type = "w0";
        fact.words = {"w0"};
        auto count = *rc::gen::inRange<std::size_t>(2, 6);
        for (std::size_t i = 1; i < count; ++i) {
            fact.words.push_back(fmt::format("w{}", i));
            type += fmt::format(" < w{}", i);
        }
    } else if (fact.type == Fact::Type::number) {
        fact.lowest = *rc::gen::inRange<std::uint64_t>(0, 100);
        fact.highest = fact.lowest + *rc::gen::inRange<std::uint64_t>(2, 1000);
        type = fmt::format("{}..{}", fact.lowest, fact.highest);
    }
    std::string text = fmt::format("fact {}{} : {} from {} of {{ box , post }} fresh {}\n",
                                   fact.name, about, type, fact.need, base::to_text(fact.fresh));
    expected.facts.push_back(std::move(fact));
    return text;
}

// A condition on a fact that some value meets and some doesn't.
std::string add_condition(Expected& expected, std::size_t index) {
    const Fact& fact = expected.facts[index];
    Formula::Node node;
    node.kind = Formula::Node::Kind::fact;
    node.fact = static_cast<FactIndex>(index);
    std::string about = fact.about == Fact::About::world    ? ""
                        : fact.about == Fact::About::target ? "( target )"
                                                            : "(order)";
    std::string text;
    if (fact.type == Fact::Type::truth) {
        node.number = 1;
        text = "is true";
    } else if (fact.type == Fact::Type::words) {
        node.number = *rc::gen::inRange<std::uint64_t>(1, fact.words.size());
        text = fmt::format(">= {}", fact.words[node.number]);
    } else {
        node.compare = toss() ? Compare::at_least : Compare::at_most;
        node.number = *rc::gen::inRange<std::uint64_t>(fact.lowest + 1, fact.highest);
        text = fmt::format("{} {}", node.compare == Compare::at_most ? "<=" : ">=", node.number);
    }
    expected.conditions.push_back(node);
    return fmt::format("{}{} {}", fact.name, about, text);
}

std::string random_policy(Expected& expected) {
    std::string text = fmt::format(
        "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: {}\nwitnesses: 1 of {{ w }}\n",
        note_key_text("log.example", 1, 1));
    std::string body = fmt::format("witness w {{ {} }}\n", note_key_text("w.example", 4, 2));
    auto drops = *rc::gen::inRange<std::size_t>(0, k_most_drops + 1);
    for (std::size_t i = 0; i < drops; ++i) {
        const std::string path = fmt::format("/drop_{}/~a-{}", i, *rc::gen::inRange(0, 99));
        expected.drops.push_back(
            *rc::gen::element<std::string>("", "http://h", "https://h.x:8443") + path);
        body += fmt::format("drop \"{}\"\n", expected.drops.back());
    }
    constexpr std::uint32_t people = 8;  // p5 to p7 approve nothing
    for (std::uint32_t i = 0; i < people; ++i) {
        body += fmt::format("person p{} {{ {} }}\n", i, key_text(i));
    }
    body +=
        fmt::format("machine box {{ {} }}\nmachine post {{ {} }}\n", key_text(100), key_text(101));
    auto facts = *rc::gen::inRange<std::size_t>(0, 4);
    for (std::size_t i = 0; i < facts; ++i) {
        body += add_fact(expected);
    }
    body += "action act on x/{name} { run [ \"/bin/a\" , \"{rows}\" ] propose 1 of { p6 }\n";
    std::uint32_t all = 0;
    std::string weights;
    for (std::uint32_t i = 0; i < 5; ++i) {
        expected.weights.push_back(*rc::gen::inRange<std::uint32_t>(1, 5));
        all += expected.weights.back();
        weights += fmt::format("{}p{} : {}", i == 0 ? "" : " , ", i, expected.weights.back());
    }
    expected.weight_needed = *rc::gen::inRange<std::uint32_t>(5, all + 1);
    body += fmt::format("approve all of {{ weight >= {} of {{ {} }} , rows <= 10 }}\n",
                        expected.weight_needed, weights);
    if (facts > 0) {
        body += "when { ";
        for (std::size_t i = 0; i < facts; ++i) {
            body += fmt::format("{}{}", i == 0 ? "" : " , ", add_condition(expected, i));
        }
        body += " }\n";
    }
    body += "expire 10d execute 1 of { box }\n";
    if (toss()) {
        expected.within = base::Span{*rc::gen::inRange<std::int64_t>(1, 10000)};
        body += fmt::format("consent 1 of {{ p5 }} within {}\n", base::to_text(*expected.within));
    }
    if (toss()) {
        expected.wait = base::Span{*rc::gen::inRange<std::int64_t>(1, 10000)};
        expected.seen = toss();
        body += fmt::format("wait {}{}\n", base::to_text(*expected.wait),
                            expected.seen ? " seen by 1 of { p5 }" : "");
    }
    if (toss()) {
        expected.from = base::Time{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000)};
        body += fmt::format("valid from {}", base::to_text(*expected.from));
        if (toss()) {
            expected.until = *expected.from + base::Span{*rc::gen::inRange<std::int64_t>(1, 99)};
            body += fmt::format(" until {}", base::to_text(*expected.until));
        }
        body += '\n';
    }
    if (toss()) {
        expected.deputy_after = base::Span{*rc::gen::inRange<std::int64_t>(1, 10000)};
        body += fmt::format("deputy p7 for p0 after {}\n", base::to_text(*expected.deputy_after));
    }
    if (toss()) {
        expected.offline = base::Span{*rc::gen::inRange<std::int64_t>(1, 10000)};
        body += fmt::format("offline up to {}\n", base::to_text(*expected.offline));
    }
    body += "}\n";
    expected.emergency = toss();
    if (expected.emergency) {
        expected.most = *rc::gen::inRange<std::uint32_t>(1, 1000);
        body +=
            fmt::format("emergency act {{ approve 1 of {{ p1 }} expire 1h at most {} per 3d }}\n",
                        expected.most);
    }
    expected.lowering = toss();
    body += "amend { approve 1 of { p0 } }\n";
    body += expected.lowering ? "amend lowering { approve 2 of { p0 , p1 } wait 1d }\n" : "";
    return text + spread(body + "revoke { approve 1 of { p0 } }") + "\n";
}

void expect_same(const Policy& policy, const Expected& expected) {
    RC_ASSERT(policy.facts.size() == expected.facts.size());
    for (std::size_t i = 0; i < expected.facts.size(); ++i) {
        const Fact& fact = policy.facts[i];
        const Fact& wanted = expected.facts[i];
        RC_ASSERT(fact.name == wanted.name);
        RC_ASSERT(fact.type == wanted.type);
        RC_ASSERT(fact.about == wanted.about);
        RC_ASSERT(fact.words == wanted.words);
        RC_ASSERT(fact.lowest == wanted.lowest);
        RC_ASSERT(fact.highest == wanted.highest);
        RC_ASSERT(fact.need == wanted.need);
        RC_ASSERT(fact.fresh == wanted.fresh);
        RC_ASSERT(fact.sources.size() == 2U);
    }
    const Action& action = policy.actions.at(0);
    const Formula::Node& root = action.approve.root();
    RC_ASSERT(root.children.size() == 2 + expected.conditions.size());
    const Formula::Node& weight = action.approve.nodes[root.children[0]];
    RC_ASSERT(weight.kind == Formula::Node::Kind::weight);
    RC_ASSERT(weight.weights == expected.weights);
    RC_ASSERT(weight.need == expected.weight_needed);
    const Formula::Node& rows = action.approve.nodes[root.children[1]];
    RC_ASSERT(rows.kind == Formula::Node::Kind::parameter);
    RC_ASSERT(action.parameters[rows.parameter].name == "rows");
    for (std::size_t i = 0; i < expected.conditions.size(); ++i) {
        const Formula::Node& node = action.approve.nodes[root.children[2 + i]];
        RC_ASSERT(node.kind == Formula::Node::Kind::fact);
        RC_ASSERT(node.fact == expected.conditions[i].fact);
        RC_ASSERT(node.number == expected.conditions[i].number);
        RC_ASSERT(node.compare == expected.conditions[i].compare);
    }
    RC_ASSERT(action.consent.has_value() == expected.within.has_value());
    RC_ASSERT((!action.consent || action.consent->within == expected.within));
    RC_ASSERT(action.wait == expected.wait);
    RC_ASSERT(action.seen_by.has_value() == expected.seen);
    RC_ASSERT(action.valid_from == expected.from);
    RC_ASSERT(action.valid_until == expected.until);
    RC_ASSERT(action.deputies.empty() == !expected.deputy_after);
    RC_ASSERT((action.deputies.empty() || action.deputies[0].after == *expected.deputy_after));
    RC_ASSERT(action.offline == expected.offline);
    RC_ASSERT(policy.emergencies.empty() == !expected.emergency);
    RC_ASSERT((policy.emergencies.empty() || policy.emergencies[0].most == expected.most));
    RC_ASSERT(policy.amend_lowering.has_value() == expected.lowering);
    RC_ASSERT(policy.drops.size() == expected.drops.size());
    for (std::size_t i = 0; i < expected.drops.size(); ++i) {
        RC_ASSERT(policy.drops[i].place == expected.drops[i]);
        RC_ASSERT(policy.drops[i].is_folder() == expected.drops[i].starts_with('/'));
    }
}

RC_GTEST_PROP(WholeLanguageProperty, WhatIsWrittenIsRead, ()) {
    Expected expected;
    std::string text = random_policy(expected);
    ParseOutcome outcome = check_policy(text);
    if (!outcome.policy) {
        RC_FAIL(to_text(outcome.diagnostics, "policy") + text);
    }
    expect_same(*outcome.policy, expected);
    std::string canonical = format_policy(text).value();
    auto parsed = parse_policy(canonical);
    if (!parsed) {
        RC_FAIL(parsed.error().message);
    }
    expect_same(*parsed, expected);
    RC_ASSERT(std::count(text.begin(), text.end(), '#') ==
              std::count(canonical.begin(), canonical.end(), '#'));
    RC_ASSERT(!explain(*parsed).empty());
}

RC_GTEST_PROP(WholeLanguageProperty, CheckingIsTotalOnBrokenText, ()) {
    std::string text = testing::whole_policy();
    auto edits = *rc::gen::inRange(1, 8);
    for (int i = 0; i < edits; ++i) {
        auto place = *rc::gen::inRange<std::size_t>(0, text.size());
        auto other = *rc::gen::inRange<std::size_t>(0, text.size());
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                text.erase(place, *rc::gen::inRange<std::size_t>(1, 40));
                break;
            case 1:
                text.insert(place, text.substr(other, *rc::gen::inRange<std::size_t>(1, 80)));
                break;
            default:
                text.insert(place,
                            *rc::gen::element<std::string>(
                                "{", "}", "shared ", ">= ", "weight >= 2 of { ", "\"", "when ",
                                "in sequence { ", ",", "(target)", "\n", "wait 3h\n", "any, ",
                                "consent ", "deputy dave for bob after 1h\n", "within 1h "));
        }
    }
    ParseOutcome outcome = check_policy(text);
    RC_ASSERT(outcome.policy.has_value() == outcome.diagnostics.empty());
    for (const Diagnostic& diagnostic : outcome.diagnostics) {
        RC_ASSERT(diagnostic.at.line >= 1U);
        RC_ASSERT(diagnostic.at.column >= 1U);
        RC_ASSERT(diagnostic.at.column <= diagnostic.source.size() + 1);
        RC_ASSERT(!diagnostic.what.empty());
        RC_ASSERT(!diagnostic.advice.empty());
    }
    RC_ASSERT(base::is_statement_text(to_text(outcome.diagnostics, "policy")));
    if (auto canonical = format_policy(text)) {
        RC_ASSERT(format_policy(*canonical).value() == *canonical);
        RC_ASSERT(check_policy(*canonical).policy.has_value() == outcome.policy.has_value());
    }
}

}  // namespace
}  // namespace cheget::policy
