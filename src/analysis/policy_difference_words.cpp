// Tells who gains and who loses.
#include "analysis/policy_difference_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/joiners.h"
#include "base/text.h"

namespace cheget::analysis {

namespace {

/// Which way a sentence goes.
enum class Way : std::uint8_t { gained, lost };

std::string names_of(const PolicyDifference& difference, const std::vector<std::uint32_t>& parties,
                     std::string_view conjunction = "and") {
    std::vector<std::string> names;
    for (const std::uint32_t one : parties) {
        names.push_back(to_text(difference.parties[one]));
    }
    return base::join_words(names, conjunction);
}

std::string facts_of(const RuleDifference& rule, const Coalition& coalition) {
    if (rule.facts.empty()) {
        return {};
    }
    if (coalition.facts.empty()) {
        return ", though no fact speaks for it";
    }
    std::vector<std::string> facts;
    for (const std::uint32_t one : coalition.facts) {
        facts.push_back(rule.facts[one]);
    }
    return fmt::format(", though of the facts no more holds than {}", base::join_words(facts));
}

std::string sentence(const PolicyDifference& difference, const Coalition& coalition, Way way) {
    if (coalition.parties.empty()) {
        return way == Way::gained ? "it needs nobody now" : "it needed nobody, and does now";
    }
    const std::string who =
        names_of(difference, coalition.parties) + (coalition.parties.size() == 1 ? " alone" : "");
    return way == Way::gained ? fmt::format("{} can now act", who)
                              : fmt::format("{} could act, and can't now", who);
}

/// Whom they would need on the other side of the change.
std::string joining(const policy::Policy& before, const policy::Policy& after,
                    const PolicyDifference& difference, const RuleDifference& rule,
                    const Coalition& coalition, Way way) {
    constexpr std::size_t k_most = 12;
    const Time time = way == Way::gained ? Time::before : Time::after;
    const auto& name = time == Time::before ? rule.before : rule.after;
    if (!name) {
        return way == Way::gained ? "; before, there was no such rule" : "; the rule is gone";
    }
    const auto sets = joiners_of(before, after, time, *name, coalition.parties, k_most + 1);
    if (sets.empty()) {
        return way == Way::gained ? "; before, they could not with anybody"
                                  : "; now they can't with anybody";
    }
    std::string whom;
    if (sets[0].size() == 1 && sets.size() <= k_most) {
        std::vector<std::uint32_t> any;
        for (const auto& set : sets) {
            any.push_back(set[0]);
        }
        std::sort(any.begin(), any.end());
        whom = names_of(difference, any, "or");
    } else if (sets.size() == 1) {
        whom = names_of(difference, sets[0]);
    } else {
        whom = fmt::format("{} more, such as {},", sets[0].size(), names_of(difference, sets[0]));
    }
    return way == Way::gained ? fmt::format("; before, {} had to join them", whom)
                              : fmt::format("; now {} must join them", whom);
}

void tell(const Remark& remark, std::string& text) {
    text += fmt::format("  {} {}\n", remark.lowers ? "looser:  " : "stricter:", remark.what);
}

void tell_count(const CoalitionSet& set, Way way, std::string& text) {
    if (set.count > Count(set.smallest.size())) {
        text += fmt::format("  {} minimal coalitions {} in all\n", set.count.to_text(),
                            way == Way::gained ? "gain" : "lose");
    }
}

void tell_rule(const policy::Policy& before, const policy::Policy& after,
               const PolicyDifference& difference, const RuleDifference& rule, std::string& text) {
    text += fmt::format("\n{}: {}\n", rule.name, to_text(rule.shift));
    if (!rule.settled) {
        text +=
            "  looser:   nothing shows that nobody gains: the comparison has outgrown its "
            "budget\n";
    }
    for (const Way way : {Way::gained, Way::lost}) {
        const CoalitionSet& set = way == Way::gained ? rule.gained : rule.lost;
        for (const Coalition& one : set.smallest) {
            text += fmt::format("  {}{}\n", sentence(difference, one, way),
                                joining(before, after, difference, rule, one, way));
        }
        tell_count(set, way, text);
    }
    for (const SituationDifference& situation : rule.situations) {
        const std::string when = to_text(situation);
        for (const Way way : {Way::gained, Way::lost}) {
            const CoalitionSet& set = way == Way::gained ? situation.gained : situation.lost;
            for (const Coalition& one : set.smallest) {
                text += fmt::format("  {}{}{}{}\n", when, when.empty() ? "" : ": ",
                                    sentence(difference, one, way), facts_of(rule, one));
            }
            tell_count(set, way, text);
        }
    }
    for (const Remark& one : rule.remarks) {
        tell(one, text);
    }
}

std::string_view meaning(Shift shift) {
    switch (shift) {
        case Shift::same:
            return "nobody gains or loses, and nothing is looser or stricter";
        case Shift::raised:
            return "nobody gains";
        case Shift::changed:
            return "some gain and some lose";
        case Shift::lowered:
            break;
    }
    return "somebody gains, or something is looser";
}

}  // namespace

std::string_view to_text(Shift shift) {
    constexpr std::string_view k_words[] = {"SAME", "RAISED", "CHANGED", "LOWERED"};
    return k_words[static_cast<std::size_t>(shift)];
}

std::string to_text(const PartyName& party) {
    switch (party.kind) {
        case PartyName::Kind::new_keys:
            return party.name + " with a new key";
        case PartyName::Kind::page:
            return "the page " + party.name;
        case PartyName::Kind::principal:
            break;
    }
    return party.name;
}

std::string to_text(const SituationDifference& situation) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : situation.parameters) {
        parts.push_back(fmt::format("{} {}", name, value));
    }
    std::string text = parts.empty() ? std::string() : "with " + base::join_words(parts);
    if (situation.after_proposal) {
        text += text.empty() ? "" : ", ";
        text += situation.after_proposal->seconds == 0
                    ? "before any deputy's hour"
                    : fmt::format("from {} after it was proposed",
                                  base::to_text(*situation.after_proposal));
    }
    return text;
}

std::string headline(const PolicyDifference& difference) {
    const std::string verdict = fmt::format("{}: ", to_text(difference.shift));
    const bool lowers = difference.lowering;
    for (const RuleDifference& rule : difference.rules) {
        if (lowers && !rule.gained.smallest.empty()) {
            return fmt::format("{}{}: {}", verdict, rule.name,
                               sentence(difference, rule.gained.smallest[0], Way::gained));
        }
    }
    for (const Remark& one : difference.remarks) {
        if (one.lowers == lowers) {
            return verdict + one.what;
        }
    }
    for (const RuleDifference& rule : difference.rules) {
        for (const SituationDifference& one : rule.situations) {
            if (lowers && !one.gained.smallest.empty()) {
                const Coalition& gained = one.gained.smallest[0];
                return fmt::format("{}{}: {} {}{}", verdict, rule.name, to_text(one),
                                   sentence(difference, gained, Way::gained),
                                   facts_of(rule, gained));
            }
        }
        for (const Remark& one : rule.remarks) {
            if (one.lowers == lowers) {
                return fmt::format("{}{}: {}", verdict, rule.name, one.what);
            }
        }
        if (!rule.settled) {
            return fmt::format("{}{}: nothing shows that nobody gains", verdict, rule.name);
        }
        if (!lowers && !rule.lost.smallest.empty()) {
            return fmt::format("{}{}: {}", verdict, rule.name,
                               sentence(difference, rule.lost.smallest[0], Way::lost));
        }
    }
    return verdict + std::string(meaning(difference.shift));
}

std::string report(const policy::Policy& before, const policy::Policy& after,
                   const PolicyDifference& difference) {
    std::string text =
        fmt::format("{}: {}\n", to_text(difference.shift), meaning(difference.shift));
    if (difference.shift != Shift::same) {
        text +=
            difference.lowering
                ? "As an amendment it lowers: `amend lowering` decides, where a policy has it.\n"
                : "As an amendment it does not lower: `amend` decides.\n";
    }
    if (!difference.remarks.empty()) {
        text += "\npeople, keys, facts, log\n";
        for (const Remark& one : difference.remarks) {
            tell(one, text);
        }
    }
    std::vector<std::string> same;
    for (const RuleDifference& rule : difference.rules) {
        if (rule.shift == Shift::same) {
            same.push_back(rule.name);
        } else {
            tell_rule(before, after, difference, rule, text);
        }
    }
    if (!same.empty() && difference.shift != Shift::same) {
        text += fmt::format("\nSAME: {}\n", base::join_words(same));
    }
    return text;
}

}  // namespace cheget::analysis
