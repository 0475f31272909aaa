// An analysis as people read it: first what each rule comes to, then each rule by itself.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/analyse_report.h"

namespace cheget::cli {

namespace {

using analysis::Ability;
using analysis::Others;
using analysis::RuleAnswers;
using analysis::SideAnswers;

std::string names_of(const policy::Policy& policy, const SideAnswers::Set& set) {
    if (set.empty()) {
        return "nobody at all";
    }
    std::vector<std::string> names;
    for (const std::uint32_t one : set) {
        names.push_back(policy.principals[one].name);
    }
    return base::join_words(names);
}

bool is_one_set(const SideAnswers& side) {
    return side.sets.size() == 1 && side.has_all_smallest;
}

std::string acting_words(const SideAnswers& side) {
    if (*side.smallest == 1) {
        return is_one_set(side) ? "One can alone:" : "Each of these can alone:";
    }
    return is_one_set(side) ? fmt::format("These {} together can:", *side.smallest)
                            : fmt::format("{} together can, each line of these:", *side.smallest);
}

std::string blocking_words(const SideAnswers& side) {
    if (*side.smallest == 1) {
        return is_one_set(side) ? "Without this one nobody can:"
                                : "Without each single one of these nobody can:";
    }
    return is_one_set(side)
               ? fmt::format("If these {} are missing nobody can:", *side.smallest)
               : fmt::format("If {} are missing nobody can, each line of these:", *side.smallest);
}

std::string keys(std::string_view how, std::uint64_t count) {
    return fmt::format("{} {} {}", count, how, count == 1 ? "key" : "keys");
}

std::string share(long double value) {
    const double percent = static_cast<double>(100 * value);
    return percent > 0 && percent < 0.05 ? "under 0.1 %" : fmt::format("{:.1f} %", percent);
}

/// A probability, near 1 as what is lacking: 0.999999 says more than 100 %.
std::string likely(long double value) {
    const auto number = static_cast<double>(value);
    return number == 0                     ? "0"
           : number >= 0.999 && number < 1 ? fmt::format("all but {:.2g}", 1 - number)
           : number < 0.001                ? fmt::format("{:.2g}", number)
                                           : fmt::format("{:.4f}", number);
}

/// `4h30m`, where base::to_text says 270m.
std::string span_words(base::Span span) {
    std::string words;
    std::int64_t rest = span.seconds;
    for (const auto& [seconds, unit] :
         {std::pair<std::int64_t, char>{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}) {
        if (rest >= seconds) {
            words += fmt::format("{}{}", rest / seconds, unit);
            rest %= seconds;
        }
    }
    return words.empty() ? "0s" : words;
}

class Telling {
  public:
    Telling(Session& session, const AnalyseReport& report)
        : session_(session), report_(report), policy_(report.policy) {}

    void run() {
        tell_overview();
        for (const RuleReport& rule : report_.rules) {
            tell_rule(rule);
        }
        session_.say("{}\n", session_.bold("the policy as a whole"));
        tell_amend_first();
        tell_witnesses();
        tell_advice(report_.advice);
    }

  private:
    void tell_overview() {
        std::size_t width = 0;
        for (const RuleReport& rule : report_.rules) {
            width = std::max(width, to_text(policy_, rule.answers.rule).size());
        }
        for (const RuleReport& rule : report_.rules) {
            const auto& acting = rule.answers.acting.smallest;
            const auto& blocking = rule.answers.blocking.smallest;
            const std::string words =
                !rule.answers.is_exact ? "not settled in time: see below"
                : !acting              ? "nobody can"
                : !blocking            ? "needs nobody"
                                       : fmt::format("takes {}, {} can block", *acting, *blocking);
            session_.say("{:<{}}  {}\n", to_text(policy_, rule.answers.rule), width, words);
        }
        for (const analysis::Broken& broken : report_.broken) {
            session_.say("{} {}\n  does not hold: {}\n", session_.bad("broken:"),
                         policy_.assertions[broken.assertion].source, broken.why);
        }
        if (report_.broken.empty() && !policy_.assertions.empty()) {
            session_.say("{}\n",
                         policy_.assertions.size() == 1
                             ? "Its assertion holds."
                             : fmt::format("Its {} assertions hold.", policy_.assertions.size()));
        }
        session_.say("\n");
    }

    void tell_rule(const RuleReport& rule) {
        const RuleAnswers& answers = rule.answers;
        session_.say("{}\n", session_.bold(to_text(policy_, answers.rule)));
        const SideAnswers& acting = answers.acting;
        const SideAnswers& blocking = answers.blocking;
        if (!answers.is_exact) {
            session_.say("  {} for exact answers: smaller sets than these may exist\n",
                         session_.warning("--time or --memory did not suffice"));
        }
        if (acting.bounds.has_exact_count() && !acting.smallest) {
            session_.say("  Nobody can, not even all together.\n");
        } else if (blocking.bounds.has_exact_count() && !blocking.smallest) {
            session_.say("  It needs nobody.\n");
        } else if (acting.smallest && blocking.smallest) {
            session_.say("  {}\n", acting_words(acting));
            tell_sets(acting, answers.alone);
            session_.say("  {}\n", blocking_words(blocking));
            tell_sets(blocking, answers.indispensable);
            session_.say("  {} can fire it, {}{} can stop it.\n", keys("stolen", *acting.smallest),
                         keys("lost", *blocking.smallest),
                         answers.others == Others::veto ? " or as many vetoes" : "");
            tell_times(rule);
            tell_truths(rule);
            tell_ration(answers);
            tell_pages(rule);
            tell_numbers("acting", acting);
            tell_numbers("blocking", blocking);
            tell_weights(rule);
        }
        tell_idle(rule);
        tell_advice(rule.advice);
        for (const std::string& one : rule.left_out) {
            session_.say("  {} {}\n", session_.warning("left out:"), one);
        }
        session_.say("\n");
    }

    void tell_sets(const SideAnswers& side, const SideAnswers::Set& singles) {
        if (*side.smallest == 1 && !singles.empty()) {
            std::vector<std::string> names;
            for (const std::uint32_t one : singles) {
                names.push_back(policy_.principals[one].name);
            }
            session_.say("    {}\n", base::join_words(names, "or"));
            return;
        }
        for (const auto& set : side.sets) {
            session_.say("    {}\n", names_of(policy_, set));
        }
        if (!side.has_all_smallest) {
            session_.say("    {}\n", session_.faint("… and more of this size: --most shows more"));
        }
    }

    void tell_numbers(std::string_view what, const SideAnswers& side) {
        std::vector<std::string> sizes;
        for (const auto& [size, count] : side.by_size) {
            sizes.push_back(fmt::format("{} of {}", count.to_text(), size));
        }
        const analysis::Bounds& bounds = side.bounds;
        if (!bounds.has_exact_size()) {
            session_.say("  the smallest {} set has at least {}\n", what, bounds.smallest_at_least);
        }
        if (!bounds.has_exact_count()) {
            session_.say("  minimal {} sets: at least {}, at most {}\n", what,
                         bounds.at_least.to_text(), bounds.at_most.to_text());
            return;
        }
        constexpr std::size_t k_most_told = 8;
        const bool all = report_.power || sizes.size() <= k_most_told;
        sizes.resize(all ? sizes.size() : k_most_told);
        session_.say("  minimal {} sets: {}{}\n", what, side.count.to_text(),
                     sizes.size() > 1 ? fmt::format(" ({}{})",
                                                    all ? base::join_words(sizes)
                                                        : fmt::format("{}", fmt::join(sizes, ", ")),
                                                    all ? "" : ", and larger ones: --full")
                                      : "");
    }

    std::string first_of(const std::vector<SideAnswers::Set>& sets) const {
        std::vector<std::string> words;
        for (std::size_t i = 0; i < std::min<std::size_t>(sets.size(), 2); ++i) {
            words.push_back(names_of(policy_, sets[i]));
        }
        return fmt::format("{}{}", fmt::join(words, "; "), sets.size() > 2 ? "; …" : "");
    }

    void tell_times(const RuleReport& rule) {
        const auto& stretches = rule.stretches;
        const bool is_plain = stretches.size() == 1 && stretches[0].able.smallest;
        if (stretches.empty() || (is_plain && !report_.all_times)) {
            return;
        }
        session_.say("  When, from its proposal on:\n");
        bool could_any = false;
        for (const analysis::Stretch& one : stretches) {
            const std::string from =
                one.from.seconds == 0 ? "at once" : "from " + span_words(one.from) + " on";
            const std::string until =
                one.until ? fmt::format(", until {}", span_words(*one.until)) : "";
            if (!one.able.smallest) {
                session_.say("    {}{}: nobody\n",
                             one.from.seconds == 0 ? std::string("at first") : from, until);
            } else if (one.also.empty() || !could_any) {
                session_.say("    {}{}: {} suffice\n", from, until, *one.able.smallest);
            } else {
                session_.say("    {}{}: {} suffice; now also {}\n", from, until, *one.able.smallest,
                             first_of(one.also));
            }
            could_any = one.able.smallest.has_value();
        }
    }

    void tell_truths(const RuleReport& rule) {
        if (rule.truths.empty()) {
            return;
        }
        const auto best = rule.truths[0].able.smallest;
        std::vector<std::string> lines;
        for (const analysis::Truth& truth : rule.truths) {
            const bool worse = truth.able.smallest != best;
            if (!report_.all_truths && !worse) {
                continue;
            }
            lines.push_back(fmt::format(
                "    while {}: {}", truth.words,
                truth.able.smallest
                    ? fmt::format("{} suffice, such as {}", *truth.able.smallest,
                                  first_of({truth.able.sets.begin(), truth.able.sets.begin() + 1}))
                    : std::string("nobody")));
        }
        constexpr std::size_t k_most_told = 4;
        const std::size_t told =
            report_.all_truths ? lines.size() : std::min(lines.size(), k_most_told);
        if (told > 0) {
            session_.say(
                "  By what the facts say:\n{}\n",
                fmt::join(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(told), "\n"));
        }
        if (told < lines.size()) {
            session_.say("    {}\n", session_.faint("… and more: --facts each"));
        }
    }

    void tell_ration(const RuleAnswers& answers) {
        if (answers.rule.kind != analysis::RuleName::Kind::emergency) {
            return;
        }
        const policy::Emergency& emergency = policy_.emergencies[answers.rule.index];
        session_.say("  Whoever can fire it can use it up: {} {}, then nobody has it for {}.\n",
                     emergency.most, emergency.most == 1 ? "time" : "times",
                     span_words(emergency.per));
    }

    void tell_pages(const RuleReport& rule) {
        for (const analysis::PageReach& page : rule.pages) {
            const auto& able = page.with_page;
            if (able.smallest == 0U) {
                session_.say("  The page {} can do it alone.\n", page.origin);
            } else if (able.smallest && *able.smallest < *rule.answers.acting.smallest) {
                session_.say("  The page {} and {} more suffice: {}\n", page.origin, *able.smallest,
                             first_of(able.sets));
            }
            if (page.is_needed) {
                session_.say("  If the page {} serves nobody, nobody can.\n", page.origin);
            }
        }
    }

    void tell_weights(const RuleReport& rule) {
        if (!rule.weights) {
            return;
        }
        if (report_.power) {
            session_.say(
                "  Power (in how many orders of joining each decides; Banzhaf's share):\n");
            for (const analysis::Power& one : rule.weights->power) {
                session_.say("    {:<20} {:>8}  {:>8}\n", policy_.principals[one.principal].name,
                             share(one.shapley), share(one.banzhaf_share));
            }
        }
        if (const auto& likelihood = rule.weights->likelihood) {
            session_.say(
                "  Probability that those who are there suffice: {}; that a thief has "
                "enough: {}\n",
                likely(likelihood->quorum), likely(likelihood->breach));
        }
    }

    void tell_idle(const RuleReport& rule) {
        for (const analysis::IdlePart& part : rule.idle) {
            session_.say("  {} `{}` in line {} never matters: {}\n    take it out\n",
                         session_.warning("warning:"), part.source, part.at.line,
                         part.adds_nothing ? "whoever satisfies it can act without it"
                                           : "whatever else is asked includes it");
        }
    }

    void tell_amend_first() {
        if (!report_.amend_first) {
            return;
        }
        const analysis::AmendFirst& first = *report_.amend_first;
        if (!first.able.smallest) {
            session_.say("  Nobody can change it.\n");
            return;
        }
        session_.say("  By changing the rules first ({}) {} can have anything{}: {}\n",
                     to_text(policy_, first.rule), *first.able.smallest,
                     first.wait.seconds == 0 ? std::string(", at once")
                                             : ", after " + span_words(first.wait),
                     first_of(first.able.sets));
    }

    void tell_witnesses() {
        if (const auto& faults = report_.witnesses) {
            session_.say(
                "  Of its {} witnesses (quorum {}) {} may lie about the time, {} may sign two "
                "histories, {} may be silent.\n",
                faults->witnesses, faults->quorum, faults->time, faults->forks, faults->liveness);
        }
    }

    void tell_advice(const std::vector<analysis::Advice>& advice) {
        for (const auto& one : advice) {
            session_.say("  {} {}\n    {}\n", session_.warning("warning:"), one.warning,
                         one.change);
        }
    }

    Session& session_;
    const AnalyseReport& report_;
    const policy::Policy& policy_;
};

}  // namespace

void tell_report(Session& session, const AnalyseReport& report) {
    Telling(session, report).run();
}

}  // namespace cheget::cli
