// Asking decide() what would be.
#include "briefcase/terminal_outlook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/policy_answers.h"
#include "base/text.h"
#include "policy/describe.h"

namespace cheget::briefcase {

namespace {

using permit::Intent;
using policy::Answer;
using policy::Decision;
using policy::PrincipalIndex;
using policy::Reason;
using statement::Verdict;

/// Whether nobody's voice is missing any more, whatever else is.
bool voices_suffice(const Decision& decision) {
    return decision.answer == Answer::permit ||
           (decision.answer == Answer::wait && decision.reason != Reason::approvals_missing &&
            decision.reason != Reason::consent_missing &&
            decision.reason != Reason::no_direct_voice && decision.reason != Reason::seen_missing &&
            decision.reason != Reason::needs_log);
}

/// What each person could still say that would count.
struct Further {
    PrincipalIndex person;
    policy::Voice voice;
};

std::vector<Further> further_voices(const permit::Judgement& judgement) {
    std::vector<Further> further;
    const policy::Policy& policy = judgement.bound->policy();
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        for (const Verdict verdict : {Verdict::approve, Verdict::consent, Verdict::seen}) {
            Intent intent;
            intent.verdict = verdict;
            intent.name = policy.principals[i].name;
            intent.person = static_cast<PrincipalIndex>(i);
            if (!permit::check_standing(*judgement.bound, intent) ||
                !permit::check_moment(judgement, intent)) {
                continue;
            }
            policy::Voice voice = intent.voice(judgement);
            voice.statement += static_cast<std::uint32_t>(further.size());
            further.push_back({intent.person, voice});
        }
    }
    return further;
}

std::vector<policy::Voice> voices_of(const std::vector<Further>& further,
                                     const std::vector<PrincipalIndex>& people) {
    std::vector<policy::Voice> voices;
    for (const Further& one : further) {
        if (std::find(people.begin(), people.end(), one.person) != people.end()) {
            voices.push_back(one.voice);
        }
    }
    return voices;
}

std::string joined(const policy::Policy& policy, const std::vector<PrincipalIndex>& people,
                   std::string_view conjunction) {
    std::vector<std::string> names;
    for (const PrincipalIndex person : people) {
        names.push_back(policy.principals[person].name);
    }
    return base::join_words(names, conjunction);
}

std::string indispensable_words(const permit::Judgement& judgement) {
    const policy::BoundOrder& order = *judgement.bound;
    analysis::RuleName rule;
    rule.index = order.action_index();
    if (const auto emergency = order.emergency_index()) {
        rule = {analysis::RuleName::Kind::emergency, *emergency};
    }
    const auto people = analysis::indispensable_for(order.policy(), rule);
    if (!people || people->empty()) {
        return {};
    }
    std::vector<std::string> names;
    for (const std::uint32_t person : *people) {
        names.push_back(order.policy().principals[person].name);
    }
    return fmt::format("By the rule nobody acts without {}.\n", base::join_words(names));
}

/// When a deputy's word begins to count, where it does not yet.
std::string deputy_words(const permit::Judgement& judgement, const Intent& intent) {
    const policy::BoundOrder& order = *judgement.bound;
    for (const policy::Deputy& deputy : order.action().deputies) {
        if (deputy.deputy != intent.person || deputy.stands_for != intent.stands_for ||
            !judgement.log || !judgement.log->order_start ||
            *judgement.log->order_start + deputy.after <= judgement.log->low) {
            continue;
        }
        return fmt::format(
            "your word counts in the place of {0} once the order has been in the log for {1} and "
            "{0} has said nothing.\n",
            order.policy().principals[deputy.stands_for].name, base::to_words(deputy.after));
    }
    return {};
}

}  // namespace

std::string effect_of(const permit::Judgement& judgement, const Intent& intent, base::Time now) {
    const Decision before = judgement.decision;
    policy::Tree tree;
    const Decision after = judgement.decide_again(now, {intent.voice(judgement)}, tree);
    const std::string_view seen_here =
        judgement.log ? " As far as is known here; what counts is the log." : "";
    if (judgement.log && !judgement.log->order_start) {
        return "the order is in no entry of the log that is known here: what your word would come "
               "to can't be told";
    }
    if (before.answer == Answer::permit && after.answer == Answer::permit) {
        return fmt::format("it is permitted already; this adds your name.{}", seen_here);
    }
    if (after.answer == Answer::permit) {
        return fmt::format("THIS COMPLETES IT: with your signature it may run, until {}.{}",
                           base::to_text(after.until), seen_here);
    }
    if (after.answer == Answer::deny) {
        return before.answer == Answer::deny
                   ? fmt::format("it can't run any more as it is; this changes nothing.{}",
                                 seen_here)
                   : std::string("THIS STOPS IT: with your signature it can never run.");
    }
    if (voices_suffice(after)) {
        std::string words =
            "THIS COMPLETES THE VOICES: with it nobody is missing any more; the order waits for ";
        switch (after.reason) {
            case Reason::conditions_missing:
                words += "facts.";
                break;
            case Reason::delay_running:
                words += fmt::format("its delay, until {} at the earliest.",
                                     base::to_text(after.earliest));
                break;
            case Reason::rationed:
                words += "the emergency's ration.";
                break;
            default:
                words += "its time.";
        }
        return words + std::string(seen_here);
    }
    if (std::string words = deputy_words(judgement, intent); !words.empty()) {
        return words + std::string(seen_here);
    }
    return fmt::format("with it the order still waits for others.\n{}{}",
                       policy::describe_missing(*judgement.bound, after, tree), seen_here);
}

std::string outlook_of(const permit::Judgement& judgement, PrincipalIndex person, base::Time now) {
    const bool is_unknown = judgement.log && !judgement.log->order_start;
    if (judgement.decision.answer != Answer::wait || is_unknown) {
        return {};
    }
    const policy::Policy& policy = judgement.bound->policy();
    const std::vector<Further> further = further_voices(judgement);
    std::vector<PrincipalIndex> people;
    for (const Further& one : further) {
        if (people.empty() || people.back() != one.person) {
            people.push_back(one.person);
        }
    }
    const auto suffices = [&](const std::vector<PrincipalIndex>& speak) {
        return voices_suffice(judgement.decide_again(now, voices_of(further, speak)));
    };
    std::string text;
    if (suffices({})) {
        return text + "Nobody's voice is missing.\n" + indispensable_words(judgement);
    }
    std::vector<PrincipalIndex> alone;
    std::vector<PrincipalIndex> after_mine;
    std::vector<PrincipalIndex> needed;
    for (const PrincipalIndex one : people) {
        std::vector<PrincipalIndex> others = people;
        std::erase(others, one);
        if (suffices({one})) {
            alone.push_back(one);
        }
        if (one != person && suffices({one, person})) {
            after_mine.push_back(one);
        }
        if (!suffices(others)) {
            needed.push_back(one);
        }
    }
    text += alone.empty() ? "No one voice completes it now.\n"
                          : fmt::format("One more voice completes it: that of {}.\n",
                                        joined(policy, alone, "or"));
    const bool can_speak = std::find(people.begin(), people.end(), person) != people.end();
    const bool completes = std::find(alone.begin(), alone.end(), person) != alone.end();
    if (can_speak && !completes) {
        text += after_mine.empty() ? "After yours it still needs two more at least.\n"
                                   : fmt::format("After yours, that of {} completes it.\n",
                                                 joined(policy, after_mine, "or"));
    }
    if (!needed.empty()) {
        text += fmt::format("As it stands it can't be completed without {}.\n",
                            joined(policy, needed, "and"));
    }
    return text + indispensable_words(judgement);
}

}  // namespace cheget::briefcase
