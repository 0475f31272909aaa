// Plays a file: each scenario by itself, and what came compared with what was expected.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "base/time.h"
#include "scenario/order.h"
#include "scenario/stage.h"

namespace cheget::scenario {

using policy::Answer;

std::optional<base::Time> Timeline::time_of(const Moment& moment) {
    // Both are at most a few centuries' seconds beyond the years that times have.
    const base::Time time{moment.is_offset ? proposed_.seconds + moment.seconds : moment.seconds};
    if (time.seconds < 0 || time > base::k_latest_time) {
        diagnostics_.add(moment.at, "this time lies before the year 1970 or after 9999",
                         "write a smaller span");
        return std::nullopt;
    }
    return time;
}

std::optional<base::Time> Timeline::take(const std::optional<Moment>& moment) {
    if (!moment) {
        return now();
    }
    const auto time = time_of(*moment);
    if (time) {
        latest_ = std::max(latest_.value_or(*time), *time);
    }
    return time;
}

bool Timeline::go_on(const Moment& moment) {
    const auto time = time_of(moment);
    if (time && latest_ && *time < *latest_) {
        diagnostics_.add(
            moment.at,
            fmt::format("time runs backwards here: {} was named above", base::to_text(*latest_)),
            "write the lines in the order of time, or begin another scenario");
        return false;
    }
    latest_ = time ? time : latest_;
    return time.has_value();
}

std::optional<policy::PrincipalIndex> find_person(const policy::Policy& policy, const Word& name,
                                                  policy::Diagnostics& diagnostics) {
    const auto person = policy.find_principal(name.text);
    if (!person) {
        complain_of_stranger(policy, name, diagnostics);
    }
    return person;
}

std::optional<bool> speaks_through_web(const policy::Principal& person, const Votes& votes,
                                       policy::Diagnostics& diagnostics) {
    const auto is_web = [](const policy::Key& key) { return key.web_origin.has_value(); };
    if (votes.web && std::none_of(person.keys.begin(), person.keys.end(), is_web)) {
        diagnostics.add(*votes.web, fmt::format("{} has no key marked `web`", person.name),
                        "leave out `through web`");
        return std::nullopt;
    }
    return votes.web.has_value() || std::all_of(person.keys.begin(), person.keys.end(), is_web);
}

namespace {

std::string told(const policy::Decision& decision, const std::string& until) {
    const std::string_view answer = decision.answer == Answer::permit ? "permit"
                                    : decision.answer == Answer::wait ? "wait"
                                                                      : "deny";
    const std::string reason =
        decision.answer == Answer::permit ? "" : fmt::format(" {}", name_of(decision.reason));
    return fmt::format("{}{}{}{}", answer, reason, until.empty() ? "" : " until ", until);
}

/// When a permit ends or a wait could; zero in other answers, and where nothing tells.
base::Time end_of(const policy::Decision& decision) {
    return decision.answer == Answer::permit ? decision.until
           : decision.answer == Answer::wait ? decision.earliest
                                             : base::Time{};
}

/// The end as `then` expects it: as a span, if it was written as one.
std::string end_text(const policy::Decision& decision, const Expected& expected,
                     std::optional<base::Time> until) {
    const base::Time end = end_of(decision);
    if (end == base::Time{}) {
        return "";
    }
    if (!until || !expected.until->is_offset) {
        return base::to_text(end);
    }
    const std::int64_t proposed = until->seconds - expected.until->seconds;
    const std::int64_t offset = end.seconds - proposed;
    return fmt::format("{}{}", offset < 0 ? '-' : '+', base::to_text(base::Span{std::abs(offset)}));
}

/// Nobody can fill a memory with explanations: `so_far` counts the bytes of one file's.
void limit_explanations(Played& played, std::size_t& so_far) {
    for (Check& check : played.checks) {
        so_far += check.result.explanation.size();
        if (so_far > k_most_explained_bytes) {
            check.result.explanation = "left out: the file has too many explanations before this\n";
            check.result.missing.clear();
        }
    }
}

}  // namespace

std::string to_text(const policy::Decision& decision) {
    const base::Time end = end_of(decision);
    return told(decision, end == base::Time{} ? "" : base::to_text(end));
}

Check compare(const Step& step, const Expected& expected, std::optional<base::Time> until,
              Result result) {
    Check check;
    check.at = step.at;
    check.expected = expected.source;
    const policy::Decision& decision = result.decision;
    if (result.refused) {
        check.came = fmt::format("refused {}", result.refusal);
        check.holds = expected.answer == Expected::Answer::refused &&
                      result.refusal.find(expected.refusal) != std::string::npos;
    } else {
        check.came = told(decision, end_text(decision, expected, until));
        const bool same_answer =
            (expected.answer == Expected::Answer::permit && decision.answer == Answer::permit) ||
            (expected.answer == Expected::Answer::wait && decision.answer == Answer::wait) ||
            (expected.answer == Expected::Answer::deny && decision.answer == Answer::deny);
        check.holds = same_answer && (!expected.reason || *expected.reason == decision.reason) &&
                      (!until || *until == end_of(decision));
    }
    check.result = std::move(result);
    return check;
}

bool Played::holds() const {
    return std::all_of(checks.begin(), checks.end(),
                       [](const Check& check) { return check.holds; });
}

PlayOutcome play(const File& file, std::string_view text, const Policies& policies, Cite cite) {
    policy::Diagnostics diagnostics(text);
    std::map<std::string_view, Ruled> ruled;
    for (const Word& path : file.policies()) {
        if (const auto known = policies.find(path.text); known != policies.end()) {
            ruled.emplace(known->first, known->second);
        }
    }
    const auto ruled_by = [&](const Word& path) -> const Ruled* {
        const auto found = ruled.find(path.text);
        if (found == ruled.end()) {
            diagnostics.add(path.at,
                            fmt::format("the policy `{}` is not at hand", base::shown(path.text)),
                            "give its path from this file's folder");
            return nullptr;
        }
        return &found->second;
    };
    PlayOutcome outcome;
    std::size_t explained_bytes = 0;
    const Ruled* own = ruled_by(file.policy);
    for (const Scenario& scenario : file.scenarios) {
        if (own == nullptr || diagnostics.full()) {
            break;
        }
        const auto* change = std::get_if<ChangeGiven>(&scenario.subject);
        std::optional<Played> played;
        if (change == nullptr) {
            played = play_order(*own, scenario, cite, diagnostics);
        } else if (change->change == policy::Change::revoke) {
            played = play_change(*own, nullptr, scenario, diagnostics);
        } else if (const Ruled* next = ruled_by(change->subject)) {
            played = play_change(*own, next, scenario, diagnostics);
        }
        if (played) {
            limit_explanations(*played, explained_bytes);
            outcome.scenarios.push_back(std::move(*played));
        }
    }
    outcome.diagnostics = diagnostics.take();
    if (!outcome.diagnostics.empty()) {
        outcome.scenarios.clear();
    }
    return outcome;
}

}  // namespace cheget::scenario
