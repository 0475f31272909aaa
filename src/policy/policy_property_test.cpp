// Properties: random policies survive printing and reading, formatting settles at once, checking is
// total on broken text, and target patterns overlap exactly when a target says so.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "policy/decide.h"
#include "policy/policy_test_support.h"
#include "policy/templates.h"

namespace cheget::policy {
namespace {

using testing::key_text;
using testing::small_policy;

// What a random policy says, and the same as text in a random layout.
struct Expected {
    struct Node {
        bool people = true;
        std::uint32_t need = 1;
        std::vector<PrincipalIndex> members;
        std::vector<std::uint32_t> children;
        bool operator==(const Node&) const = default;
    };
    std::vector<Node> approve;
    std::vector<Node> amend;
    std::size_t persons = 0;
    std::vector<std::vector<PrincipalIndex>> groups;
    std::vector<std::string> environment;
    std::int64_t expire = 0;
    bool proposer_counts = false;
    bool by_digest = false;
};

class Writer {
  public:
    std::string text() const { return text_; }
    // Between two words: something that separates, in a layout that no person would choose.
    void word(std::string_view word) {
        switch (*rc::gen::inRange(0, 6)) {
            case 0:
                text_ += "\n";
                break;
            case 1:
                text_ += "  # a comment, \"quoted\" and {braced}\n";
                break;
            case 2:
                text_ += "\n\n    # alone\n ";
                break;
            default:
                text_ += " ";
        }
        text_ += word;
    }
    void raw(std::string_view text) { text_ += text; }

  private:
    std::string text_;
};

std::string person_name(std::size_t index) {
    return fmt::format("p{}", index);
}

// People from `from` on, at least one of each part, so that no two parts overlap.
void write_flat(Writer& writer, std::vector<Expected::Node>& nodes, PrincipalIndex first,
                PrincipalIndex count) {
    Expected::Node node;
    for (PrincipalIndex i = 0; i < count; ++i) {
        node.members.push_back(static_cast<PrincipalIndex>(first + i));
    }
    node.need = *rc::gen::inRange<std::uint32_t>(1, count + 1U);
    if (node.need == count && *rc::gen::arbitrary<bool>()) {
        writer.word("all");
    } else if (node.need == 1 && *rc::gen::arbitrary<bool>()) {
        writer.word("any");
    } else {
        writer.word(std::to_string(node.need));
    }
    writer.word("of");
    writer.word("{");
    for (PrincipalIndex i = 0; i < count; ++i) {
        writer.word(person_name(static_cast<std::size_t>(first + count - 1 - i)));
        if (i + 1 < count || *rc::gen::arbitrary<bool>()) {
            writer.word(",");
        }
    }
    writer.word("}");
    nodes.push_back(std::move(node));
}

// A formula of up to `depth` levels over `count` people from `first` on, each used in one part.
std::uint32_t write_formula(Writer& writer, std::vector<Expected::Node>& nodes,
                            PrincipalIndex first, PrincipalIndex count, int depth) {
    if (depth == 0 || count < 2 || *rc::gen::inRange(0, 3) == 0) {
        write_flat(writer, nodes, first, count);
        return static_cast<std::uint32_t>(nodes.size() - 1);
    }
    auto parts = *rc::gen::inRange<PrincipalIndex>(
        2, static_cast<PrincipalIndex>(std::min<int>(count, 4) + 1));
    Expected::Node node;
    node.people = false;
    node.need = *rc::gen::inRange<std::uint32_t>(1, parts + 1U);
    writer.word(std::to_string(node.need));
    writer.word("of");
    writer.word("{");
    PrincipalIndex each = static_cast<PrincipalIndex>(count / parts);
    for (PrincipalIndex i = 0; i < parts; ++i) {
        auto begin = static_cast<PrincipalIndex>(first + i * each);
        auto size = static_cast<PrincipalIndex>(i + 1 == parts ? count - i * each : each);
        node.children.push_back(write_formula(writer, nodes, begin, size, depth - 1));
        if (i + 1 < parts) {
            writer.word(",");
        }
    }
    writer.word("}");
    nodes.push_back(node);
    return static_cast<std::uint32_t>(nodes.size() - 1);
}

std::vector<Expected::Node> nodes_of(const Formula& formula) {
    std::vector<Expected::Node> nodes;
    for (const Formula::Node& node : formula.nodes) {
        nodes.push_back(
            {node.kind == Formula::Node::Kind::people, node.need, node.people, node.children});
    }
    return nodes;
}

std::string random_policy(Expected& expected) {
    Writer writer;
    writer.raw("cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n");
    expected.persons = *rc::gen::inRange<std::size_t>(2, 24);
    auto count = static_cast<PrincipalIndex>(expected.persons);
    // One person more, who proposes and approves nothing.
    for (std::size_t i = 0; i <= expected.persons; ++i) {
        writer.word("person");
        writer.word(person_name(i));
        writer.word("{");
        writer.word(key_text(static_cast<std::uint32_t>(i)));
        writer.word("}");
    }
    writer.word("machine");
    writer.word("box");
    writer.word("{");
    writer.word(key_text(1000));
    writer.word("}");
    std::vector<PrincipalIndex> everyone;
    std::size_t groups = *rc::gen::inRange<std::size_t>(1, 4);
    for (std::size_t i = 0; i < groups; ++i) {  // each holds the one before it and someone more
        everyone.push_back(static_cast<PrincipalIndex>(i));
        expected.groups.push_back(everyone);
        writer.word("group");
        writer.word(fmt::format("g{}", i));
        writer.word("=");
        writer.word("{");
        if (i > 0) {
            writer.word(fmt::format("g{}", i - 1));
            writer.word(",");
        }
        writer.word(i < expected.persons ? person_name(i) : fmt::format("p{}", expected.persons));
        writer.word("}");
    }
    writer.word("action");
    writer.word("act");
    writer.word("on");
    writer.word("x/{name}");
    writer.word("{");
    writer.word("run");
    writer.word("[");
    writer.word("\"/bin/a\"");
    writer.word(",");
    writer.word("\"{name} \\u00e9\"");
    writer.word("]");
    std::size_t names = *rc::gen::inRange<std::size_t>(0, 3);
    for (std::size_t i = 0; i < names; ++i) {
        expected.environment.push_back(fmt::format("NAME_{}", i));
        writer.word("allow");
        writer.word("environment");
        writer.word(expected.environment.back());
    }
    writer.word("propose");
    writer.word("1");
    writer.word("of");
    writer.word("{");
    expected.proposer_counts = *rc::gen::arbitrary<bool>();
    writer.word(person_name(expected.proposer_counts ? 0 : expected.persons));
    writer.word("}");
    if (expected.proposer_counts) {
        writer.word("proposer");
        writer.word("counts");
    }
    writer.word("approve");
    write_formula(writer, expected.approve, 0, count, 4);
    expected.by_digest = *rc::gen::arbitrary<bool>();
    if (expected.by_digest) {
        writer.word("by");
        writer.word("digest");
    }
    expected.expire = *rc::gen::inRange<std::int64_t>(1, 1000);
    writer.word("expire");
    writer.word(fmt::format("{}m", expected.expire));
    writer.word("execute");
    writer.word("all");
    writer.word("of");
    writer.word("{");
    writer.word("box");
    writer.word("}");
    writer.word("}");
    writer.word("amend");
    writer.word("{");
    writer.word("approve");
    write_formula(writer, expected.amend, 0, count, 3);
    writer.word("}");
    writer.word("revoke");
    writer.word("{");
    writer.word("approve");
    writer.word(fmt::format("1 of g{}", groups - 1));
    writer.word("}");
    writer.raw(*rc::gen::arbitrary<bool>() ? "\n" : " # the end\n");
    return writer.text();
}

RC_GTEST_PROP(PolicyProperty, WhatIsWrittenIsRead, ()) {
    Expected expected;
    std::string text = random_policy(expected);
    ParseOutcome outcome = check_policy(text);
    if (!outcome.policy) {
        RC_FAIL(to_text(outcome.diagnostics, "policy") + text);
    }
    std::string canonical = format_policy(text).value();
    auto parsed = parse_policy(canonical);
    if (!parsed) {
        RC_FAIL(parsed.error().message);
    }
    for (const Policy& policy : {*outcome.policy, *parsed}) {
        const Action& action = policy.actions.at(0);
        RC_ASSERT(nodes_of(action.approve) == expected.approve);
        RC_ASSERT(nodes_of(policy.amend.approve) == expected.amend);
        RC_ASSERT(policy.principals.size() == expected.persons + 2);
        RC_ASSERT(action.expire.seconds == expected.expire * 60);
        RC_ASSERT(action.allow.environment == expected.environment);
        RC_ASSERT(action.proposer_counts == expected.proposer_counts);
        RC_ASSERT(action.by_digest == expected.by_digest);
        RC_ASSERT(policy.groups.size() == expected.groups.size());
        for (std::size_t i = 0; i < expected.groups.size(); ++i) {
            RC_ASSERT(policy.groups[i].members == expected.groups[i]);
        }
    }
    // Comments are kept, one for one.
    RC_ASSERT(std::count(text.begin(), text.end(), '#') ==
              std::count(canonical.begin(), canonical.end(), '#'));
    RC_ASSERT(format_policy(canonical).value() == canonical);
    RC_ASSERT(!explain(*parsed).empty());
}

RC_GTEST_PROP(PolicyProperty, CheckingIsTotalOnBrokenText, ()) {
    std::string text = small_policy();
    auto edits = *rc::gen::inRange(1, 8);
    for (int i = 0; i < edits && !text.empty(); ++i) {
        auto place = *rc::gen::inRange<std::size_t>(0, text.size());
        auto other = *rc::gen::inRange<std::size_t>(0, text.size());
        switch (*rc::gen::inRange(0, 5)) {
            case 0:
                text.erase(place, *rc::gen::inRange<std::size_t>(1, 40));
                break;
            case 1:
                text[place] = *rc::gen::inRange<char>(' ', '\x7f');
                break;
            case 2:
                text.insert(place, text.substr(other, *rc::gen::inRange<std::size_t>(1, 80)));
                break;
            case 3:
                text[place] = *rc::gen::arbitrary<char>();
                break;
            default:
                text.insert(place, *rc::gen::element<std::string>("{", "}", "shared ", "0 of ",
                                                                  "\"", "all of {", ",", "#", "\n",
                                                                  "wait 3h\n", "group g = {g}\n"));
        }
    }
    ParseOutcome outcome = check_policy(text);
    RC_ASSERT(outcome.policy.has_value() == outcome.diagnostics.empty());
    RC_ASSERT(outcome.diagnostics.size() <= 20U);
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
        RC_ASSERT(parse_policy(*canonical).has_value() ==
                  check_policy(*canonical).policy.has_value());
        RC_ASSERT(check_policy(*canonical).policy.has_value() == outcome.policy.has_value());
    }
}

// A random formula whose parts overlap as chance has it, most often refused.
std::string overlapping_formula(int depth) {
    const std::vector<std::string> names{"alice", "bob", "carol", "dave"};
    auto size = *rc::gen::inRange<std::size_t>(1, 4);
    std::string text = *rc::gen::element<std::string>("", "", "", "shared ");
    text += *rc::gen::element<std::string>("any of { ", "all of { ", "all of { ", "2 of { ");
    bool flat = depth == 0 || *rc::gen::inRange(0, 3) == 0;
    for (std::size_t i = 0; i < size; ++i) {
        text += i == 0 ? "" : ", ";
        text += flat ? names[*rc::gen::inRange<std::size_t>(0, names.size())]
                     : overlapping_formula(depth - 1);
    }
    return text + " }";
}

// What the reader accepts, the decision can satisfy: the two know the rules of overlap alike.
RC_GTEST_PROP(PolicyProperty, WhateverIsAcceptedEveryoneTogetherSatisfies, ()) {
    std::string text = small_policy();
    text = testing::with(text, "approve  2 of dba", "approve  " + overlapping_formula(2));
    text = testing::with(text, "propose  1 of dba", "propose  1 of { db1 }");
    text = testing::with(text, "machine db1",
                         fmt::format("person dave {{ {} }}\nmachine db1", key_text(6)));
    ParseOutcome outcome = check_policy(text);
    RC_PRE(outcome.policy.has_value());
    const Policy& policy = *outcome.policy;
    statement::Order order = testing::small_order(policy);
    order.proposer = "db1";
    auto bound = bind(policy, order);
    RC_ASSERT(bound.has_value());
    std::vector<Voice> voices;
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        if (policy.principals[i].kind == PrincipalKind::person) {
            voices.push_back({static_cast<PrincipalIndex>(i), statement::Verdict::approve});
        }
    }
    Rules rules(policy);
    Evidence evidence{order.proposed, order.proposed};
    RC_ASSERT(decide(rules, *bound, voices, evidence).answer == Answer::permit);
    RC_ASSERT(decide(rules, *bound, {}, evidence).answer == Answer::wait);
}

// All texts over a small alphabet, to hold the overlap of patterns to what targets say.
RC_GTEST_PROP(PolicyProperty, PatternsOverlapExactlyWhenATargetFitsBoth, ()) {
    auto segment = [] {
        auto literal = rc::gen::container<std::string>(rc::gen::element('a', '.', ':'));
        std::string prefix = (*literal).substr(0, 3);
        if (*rc::gen::inRange(0, 4) == 0) {
            return prefix.empty() ? std::string("a") : prefix;
        }
        return prefix + "{c}" + (*literal).substr(0, 3);
    };
    auto left = parse_target(segment());
    auto right = parse_target(segment());
    RC_PRE(left.has_value());
    RC_PRE(right.has_value());
    bool found = false;
    constexpr std::string_view alphabet = "a.:";
    for (std::size_t length = 1; length <= 8 && !found; ++length) {
        std::size_t texts = 1;
        for (std::size_t i = 0; i < length; ++i) {
            texts *= alphabet.size();
        }
        for (std::size_t number = 0; number < texts && !found; ++number) {
            std::string text;
            for (std::size_t rest = number, i = 0; i < length; ++i, rest /= alphabet.size()) {
                text += alphabet[rest % alphabet.size()];
            }
            found = match_target(*left, text) && match_target(*right, text);
        }
    }
    auto common = common_target(*left, *right);
    RC_ASSERT(common.has_value() == found);
    RC_ASSERT(common_target(*right, *left).has_value() == found);
    if (common) {
        RC_ASSERT(match_target(*left, *common).has_value());
        RC_ASSERT(match_target(*right, *common).has_value());
    }
}

}  // namespace
}  // namespace cheget::policy
