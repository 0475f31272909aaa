// Facts, and the conditions on facts and parameters in formulas.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/checker.h"
#include "policy/words.h"

namespace cheget::policy {
namespace {

std::string_view name_of(Fact::About about) {
    switch (about) {
        case Fact::About::world:
            return "the world";
        case Fact::About::target:
            return "target";
        case Fact::About::file:
            return "file";
        case Fact::About::order:
            return "order";
    }
    return "";
}

Fact::About about_of(std::string_view word) {
    return word.empty()       ? Fact::About::world
           : word == "target" ? Fact::About::target
           : word == "file"   ? Fact::About::file
                              : Fact::About::order;
}

std::string_view text_of(FormulaSyntax::Relation relation) {
    return relation == FormulaSyntax::Relation::is         ? "is"
           : relation == FormulaSyntax::Relation::at_least ? ">="
                                                           : "<=";
}

}  // namespace

void Checker::check_fact_words(const FactSyntax& syntax, Fact& fact) {
    for (const WordSyntax& word : syntax.words) {
        if (!base::is_name(word.text) || parameter_number(word.text)) {
            complain(word.at, fmt::format("`{}` is no word of a fact", base::shown(word.text)),
                     "write a-z, 0-9, `.`, `_` and `-`, and not a number alone");
        } else if (std::find(fact.words.begin(), fact.words.end(), word.text) != fact.words.end()) {
            complain(word.at, fmt::format("`{}` stands twice in the fact's scale", word.text),
                     "write each word once, from the lowest to the highest");
        }
        fact.words.emplace_back(word.text);
    }
}

void Checker::declare_facts() {
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind != BlockSyntax::Kind::fact) {
            continue;
        }
        if (policy_.facts.size() == k_most_facts) {
            complain(block.at, fmt::format("more than {} facts", k_most_facts),
                     "divide the domain");
            return;
        }
        Fact fact;
        fact.name = block.name.text;
        fact.at = block.at;
        fact.about = about_of(block.fact.about.text);
        fact.type = block.fact.type;
        fact.lowest = block.fact.lowest;
        fact.highest = block.fact.highest;
        fact.fresh = block.fact.fresh;
        check_fact_words(block.fact, fact);
        if (is_reserved(fact.name)) {
            complain(block.name.at,
                     fmt::format("`{}` is a number or a word of the language", fact.name),
                     "take another name");
        }
        if (const Fact* other = policy_.find_fact(fact.name)) {
            complain(
                block.name.at,
                fmt::format("a fact named `{}` is in line {} already", fact.name, other->at.line),
                "give each fact a name of its own");
        }
        policy_.facts.push_back(std::move(fact));
        fact_blocks_.push_back(&block);
    }
    fact_used_.resize(policy_.facts.size(), false);
    fact_direction_.resize(policy_.facts.size());
}

void Checker::check_fact_sources() {
    for (std::size_t i = 0; i < policy_.facts.size(); ++i) {
        auto formula = check_formula(fact_blocks_[i]->fact.sources, Role::source);
        if (!formula) {
            continue;
        }
        if (formula->root().kind != Formula::Node::Kind::people) {
            complain(formula->root().at, "the sources of a fact are one set",
                     "write `1 of { NAME }` with names alone");
            continue;
        }
        policy_.facts[i].sources = formula->root().people;
        policy_.facts[i].need = formula->root().need;
    }
}

void Checker::check_facts_used() {
    for (std::size_t i = 0; i < fact_used_.size(); ++i) {
        if (!fact_used_[i]) {
            complain(fact_blocks_[i]->name.at,
                     fmt::format("the fact `{}` is used nowhere", policy_.facts[i].name),
                     "use it in an `approve` or `when`, or take it out");
        }
    }
}

bool Checker::check_condition(const FormulaSyntax::Node& node, Formula::Node& out) {
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < policy_.facts.size(); ++i) {
        if (policy_.facts[i].name == node.name.text) {
            return check_fact_condition(node, i, out);
        }
        known.push_back(policy_.facts[i].name);
    }
    for (std::size_t i = 0; i < action_->parameters.size(); ++i) {
        if (action_->parameters[i].name == node.name.text) {
            return check_parameter_condition(node, static_cast<std::uint32_t>(i), out);
        }
        known.push_back(action_->parameters[i].name);
    }
    std::string hint = did_you_mean(node.name.text, known);
    return complain(node.name.at,
                    fmt::format("`{}` is neither a fact nor a capture of this action",
                                base::shown(node.name.text)),
                    hint.empty() ? "declare it with `fact`, or capture it, such as `{rows}` in an "
                                   "element of `run`"
                                 : hint);
}

bool Checker::check_about(const FormulaSyntax::Node& node, const Fact& fact) {
    if (about_of(node.about.text) != fact.about ||
        (!node.about.text.empty() && node.about.text != name_of(fact.about))) {
        return complain(
            node.about.text.empty() ? node.name.at : node.about.at,
            fmt::format("the fact `{}` is about {}{}", fact.name,
                        fact.about == Fact::About::world ? "" : "the ", name_of(fact.about)),
            fact.about == Fact::About::world
                ? fmt::format("write `{}` without parentheses", fact.name)
                : fmt::format("write `{}({})`", fact.name, name_of(fact.about)));
    }
    if (fact.about == Fact::About::file && action_->files.empty() &&
        action_->deed != DeedKind::sign) {
        return complain(node.name.at,
                        fmt::format("`{}` is about a file, and the action `{}` binds none",
                                    fact.name, action_->name),
                        "write `file {artifact}` in the action, and use `{artifact}` in `run`");
    }
    return true;
}

bool Checker::check_fact_value(const FormulaSyntax::Node& node, const Fact& fact,
                               Formula::Node& out) {
    using Relation = FormulaSyntax::Relation;
    const std::string_view value = node.value.text;
    const std::string written = fact.about == Fact::About::world
                                    ? fact.name
                                    : fmt::format("{}({})", fact.name, name_of(fact.about));
    if (fact.type == Fact::Type::truth) {
        out.number = 1;
        if (node.relation == Relation::is && value == "true") {
            return true;
        }
        bool denied = node.relation == Relation::is && value == "false";
        return complain(node.value.at,
                        denied ? "a condition can't ask for `false`: keeping silent would help"
                               : fmt::format("the fact `{}` is true or it is not", fact.name),
                        denied ? "declare a fact that says the good thing, and ask whether it `is "
                                 "true`"
                               : fmt::format("write `{} is true`", written));
    }
    if (node.relation == Relation::is) {
        return complain(node.value.at,
                        fmt::format("the fact `{}` is graded, and is compared with `>=`{}",
                                    fact.name, fact.type == Fact::Type::number ? " or `<=`" : ""),
                        fmt::format("write `{} >= {}`", written, base::shown(value)));
    }
    if (fact.type == Fact::Type::words && node.relation == Relation::at_most) {
        return complain(node.name.at, "words are compared with `>=`",
                        "order the fact's words so that the better ones stand later");
    }
    auto number = fact.value_of(value);
    if (!number) {
        std::vector<std::string_view> words(fact.words.begin(), fact.words.end());
        std::string hint = did_you_mean(value, words);
        std::string scale = fact.type == Fact::Type::number
                                ? fmt::format("{}..{}", fact.lowest, fact.highest)
                                : fmt::format("{}", fmt::join(fact.words, " < "));
        return complain(node.value.at,
                        fmt::format("the fact `{}` is never `{}`", fact.name, base::shown(value)),
                        hint.empty() ? fmt::format("its values are {}", scale) : hint);
    }
    out.number = *number;
    std::uint64_t lowest = fact.type == Fact::Type::words ? 0 : fact.lowest;
    bool always = node.relation == Relation::at_least ? *number == lowest : *number == fact.highest;
    if (always) {
        return complain(node.value.at,
                        fmt::format("`{} {} {}` holds whatever the sources say", fact.name,
                                    text_of(node.relation), value),
                        "write another value, or take the condition out");
    }
    return true;
}

bool Checker::check_direction(const FormulaSyntax::Node& node, std::size_t index, Compare compare) {
    auto& direction = fact_direction_[index];
    if (direction && *direction != compare) {
        return complain(node.name.at,
                        fmt::format("`{}` is compared upwards in one place and downwards in "
                                    "another: no report of it would then be the safe one",
                                    policy_.facts[index].name),
                        "compare a fact in one direction throughout, or declare two facts");
    }
    direction = compare;
    return true;
}

bool Checker::check_fact_condition(const FormulaSyntax::Node& node, std::size_t index,
                                   Formula::Node& out) {
    const Fact& fact = policy_.facts[index];
    fact_used_[index] = true;
    out.kind = Formula::Node::Kind::fact;
    out.fact = static_cast<FactIndex>(index);
    out.compare =
        node.relation == FormulaSyntax::Relation::at_most ? Compare::at_most : Compare::at_least;
    return check_about(node, fact) && check_fact_value(node, fact, out) &&
           check_direction(node, index, out.compare);
}

bool Checker::check_parameter_condition(const FormulaSyntax::Node& node, std::uint32_t index,
                                        Formula::Node& out) {
    using Relation = FormulaSyntax::Relation;
    out.kind = Formula::Node::Kind::parameter;
    out.parameter = index;
    if (!node.about.text.empty()) {
        return complain(
            node.about.at,
            fmt::format("`{}` is the order's own, and about nothing else", node.name.text),
            fmt::format("write `{}` without parentheses", node.name.text));
    }
    if (node.relation == Relation::is) {
        out.compare = Compare::equal;
        out.text = node.value.text;
        return true;
    }
    out.compare = node.relation == Relation::at_least ? Compare::at_least : Compare::at_most;
    auto number = parameter_number(node.value.text);
    if (!number) {
        return complain(node.value.at,
                        fmt::format("`{}` is no whole number", base::shown(node.value.text)),
                        "write a number of 18 digits at most without leading zeros, or `is` to "
                        "compare words");
    }
    out.number = *number;
    return true;
}

}  // namespace cheget::policy
