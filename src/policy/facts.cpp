// Facts and parameters as conditions.
#include "policy/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace cheget::policy {

namespace {

/// With a log a fact may not be dated after its entry, without one not in the future.
bool is_dated_ahead(const FactStatement& said, const Evidence& evidence) {
    return said.at > (evidence.has_log ? said.start : evidence.now_low);
}

bool is_stale(const FactStatement& said, base::Span fresh, base::Time now_high) {
    return now_high.seconds > said.at.seconds + fresh.seconds;
}

bool meets(const Condition& condition, std::uint64_t value) {
    return condition.compare == Compare::at_most ? value <= condition.number
                                                 : value >= condition.number;
}

/// What one source's newest words come to; of words of the same time each must say so.
struct Newest {
    base::Time at{-1};
    bool says_so = false;
};

/// How many sources say so about one file, or about the one thing the fact is about.
std::uint32_t count_sources(const CompiledFact& fact, const Condition& condition,
                            std::uint32_t file, const Evidence& evidence, base::Time now_high) {
    std::array<Newest, k_most_principals> newest;
    const std::size_t sources = std::min(fact.sources.size(), newest.size());
    for (const FactStatement& said : evidence.facts) {
        if (said.fact != condition.fact || said.file != file) {
            continue;
        }
        const auto source = std::lower_bound(fact.sources.begin(), fact.sources.end(), said.source);
        const auto number = static_cast<std::size_t>(source - fact.sources.begin());
        if (number >= sources || *source != said.source) {
            continue;
        }
        const bool says_so = said.value && meets(condition, *said.value) &&
                             !is_dated_ahead(said, evidence) &&
                             !is_stale(said, fact.fresh, now_high);
        Newest& known = newest[number];
        if (said.at > known.at) {
            known = {said.at, says_so};
        } else if (said.at == known.at) {
            known.says_so = known.says_so && says_so;
        }
    }
    return static_cast<std::uint32_t>(
        std::count_if(newest.begin(), newest.begin() + static_cast<std::ptrdiff_t>(sources),
                      [](const Newest& one) { return one.says_so; }));
}

ConditionStanding judge_fact(const Condition& condition, std::span<const CompiledFact> facts,
                             const Question& question, const Evidence& evidence,
                             base::Time now_high) {
    if (condition.fact >= facts.size()) {
        return {};
    }
    const CompiledFact& fact = facts[condition.fact];
    const bool about_files = fact.about == Fact::About::file;
    const std::uint32_t subjects = about_files ? question.files : 1;
    ConditionStanding standing{false, 0, std::max(1U, fact.need)};
    for (std::uint32_t file = 0; file < subjects; ++file) {
        const std::uint32_t have = count_sources(fact, condition, file, evidence, now_high);
        standing.have = file == 0 ? have : std::min(standing.have, have);
    }
    standing.satisfied = standing.have >= standing.need;
    return standing;
}

ConditionStanding judge_parameter(const Condition& condition, const Question& question) {
    if (condition.parameter >= question.parameters.size()) {
        return {};
    }
    const std::string& value = question.parameters[condition.parameter];
    bool satisfied = false;
    if (condition.compare == Compare::equal) {
        satisfied = value == condition.text;
    } else if (const auto number = parameter_number(value)) {
        satisfied = meets(condition, *number);
    }
    return {satisfied, satisfied ? 1U : 0U, 1};
}

}  // namespace

void judge_conditions(const CompiledRule& rule, std::span<const CompiledFact> facts,
                      const Question& question, const Evidence& evidence, base::Time now_high,
                      ConditionStandings& standings) {
    for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
        const Condition& condition = rule.conditions[i];
        standings[i] = condition.is_fact
                           ? judge_fact(condition, facts, question, evidence, now_high)
                           : judge_parameter(condition, question);
    }
}

void hope_for_facts(const CompiledRule& rule, const ConditionStandings& now,
                    ConditionStandings& standings) {
    for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
        standings[i] = now[i];
        standings[i].satisfied = now[i].satisfied || rule.conditions[i].is_fact;
    }
}

void tell_facts(std::span<const CompiledFact> facts, const Evidence& evidence,
                std::vector<Tree::FactLeaf>& leaves) {
    leaves.clear();
    for (const FactStatement& said : evidence.facts) {
        if (said.fact >= facts.size()) {
            continue;
        }
        const FactState state = !said.value                      ? FactState::malformed
                                : is_dated_ahead(said, evidence) ? FactState::future
                                : is_stale(said, facts[said.fact].fresh, evidence.now_high)
                                    ? FactState::stale
                                    : FactState::counts;
        leaves.push_back({said, state});
    }
    const auto subject_of = [](const Tree::FactLeaf& leaf) {
        return std::tuple(leaf.said.fact, leaf.said.file, leaf.said.source);
    };
    std::sort(leaves.begin(), leaves.end(), [&](const auto& left, const auto& right) {
        return std::tuple(subject_of(left), left.said.at, left.said.statement) <
               std::tuple(subject_of(right), right.said.at, right.said.statement);
    });
    for (std::size_t i = leaves.size(); i-- > 1;) {
        Tree::FactLeaf& older = leaves[i - 1];
        const Tree::FactLeaf& newer = leaves[i];
        if (subject_of(older) == subject_of(newer) &&
            (newer.state == FactState::older || older.said.at < newer.said.at)) {
            older.state = FactState::older;
        }
    }
}

base::Result<FactStatement> match_fact(const BoundOrder& order, const base::Digest& order_id,
                                       const statement::Fact& fact) {
    const Policy& policy = order.policy();
    const Fact* known = policy.find_fact(fact.fact);
    if (known == nullptr) {
        return base::bad_input(fmt::format("the policy has no fact `{}`", base::shown(fact.fact)));
    }
    FactStatement said;
    said.fact = static_cast<FactIndex>(known - policy.facts.data());
    said.at = fact.at;
    said.value = known->value_of(fact.value);
    const auto elsewhere = [&] {
        return base::bad_input(
            fmt::format("it says `{}` of something else than this order asks", known->name));
    };
    switch (known->about) {
        case Fact::About::world:
            if (!std::holds_alternative<std::monostate>(fact.about)) {
                return elsewhere();
            }
            break;
        case Fact::About::target: {
            const auto* about = std::get_if<statement::AboutTarget>(&fact.about);
            if (about == nullptr || about->target != order.target()) {
                return elsewhere();
            }
            break;
        }
        case Fact::About::order: {
            const auto* about = std::get_if<statement::OnOrder>(&fact.about);
            if (about == nullptr || about->id != order_id) {
                return elsewhere();
            }
            break;
        }
        case Fact::About::file: {
            const auto* about = std::get_if<statement::AboutFile>(&fact.about);
            const auto& files = order.files();
            const auto place = about == nullptr
                                   ? files.end()
                                   : std::find(files.begin(), files.end(), about->digest);
            if (place == files.end()) {
                return elsewhere();
            }
            said.file = static_cast<std::uint32_t>(place - files.begin());
            break;
        }
    }
    const auto source = policy.find_principal(fact.by);
    if (!source || !std::binary_search(known->sources.begin(), known->sources.end(), *source)) {
        return base::bad_input(
            fmt::format("{} is no source of `{}`", base::shown(fact.by), known->name));
    }
    said.source = *source;
    return said;
}

}  // namespace cheget::policy
