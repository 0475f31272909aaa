// Plays a scenario on an amendment, under the policy in force and under the new one, or on the
// revocation of a key.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/policy_difference_words.h"
#include "base/text.h"
#include "base/time.h"
#include "scenario/order.h"
#include "scenario/stage.h"

namespace cheget::scenario {
namespace {

using policy::Answer;
using policy::Change;
using policy::PrincipalIndex;
using policy::Reason;
using statement::Verdict;

/// One policy that must agree, with the voices of those whom it knows.
struct Side {
    const Ruled& ruled;
    std::vector<policy::Voice> voices;
    std::vector<std::string> approved;
    std::vector<std::string> vetoed;
    std::vector<std::string> withdrew;

    const policy::ChangeRule& rule(Change change) const {
        const policy::Policy& policy = ruled.policy;
        if (change == Change::revoke) {
            return policy.revoke;
        }
        return change == Change::amend && policy.amend_lowering ? *policy.amend_lowering
                                                                : policy.amend;
    }
};

/// Why the text can't follow the policy in force, or nothing.
std::string refusal_of(const policy::Policy& old_policy, const policy::Policy& next) {
    if (next.domain() != old_policy.domain()) {
        return "the new policy belongs to another domain";
    }
    if (next.header.version != old_policy.header.version + 1) {
        return fmt::format("the new policy's version is {}, and version {} must follow",
                           next.header.version, old_policy.header.version + 1);
    }
    if (next.header.previous != old_policy.id) {
        return fmt::format("the new policy's `previous` line does not name the policy in force, {}",
                           base::to_text(old_policy.id));
    }
    return {};
}

class ChangePlay {
  public:
    ChangePlay(const Ruled& ruled, const Ruled* next, const Scenario& scenario,
               policy::Diagnostics& diagnostics)
        : scenario_(scenario),
          given_(std::get<ChangeGiven>(scenario.subject)),
          change_(given_.change),
          diagnostics_(diagnostics),
          timeline_({given_.proposed ? given_.proposed->seconds : 0}, diagnostics) {
        sides_.push_back({ruled, {}, {}, {}, {}});
        if (next != nullptr) {
            sides_.push_back({*next, {}, {}, {}, {}});
            refusal_ = refusal_of(ruled.policy, next->policy);
        }
    }

    std::optional<Played> play() {
        const std::size_t complaints = diagnostics_.count();
        check_given();
        if (sides_.size() > 1) {
            judge(sides_[0].ruled.policy, sides_[1].ruled.policy);
        }
        Played played{scenario_.name, scenario_.at, {}};
        for (const Step& step : scenario_.steps) {
            line_ = step.at.line;
            if (const auto* votes = std::get_if<Votes>(&step.what)) {
                take_votes(*votes);
            } else if (const auto* said = std::get_if<Said>(&step.what)) {
                complain(said->fact.at, "no fact decides about a change of the policy",
                         "leave the line out");
            } else if (const auto* clock = std::get_if<Clock>(&step.what)) {
                timeline_.go_on(clock->now);
            } else {
                played.checks.push_back(check(step, std::get<Expected>(step.what)));
            }
        }
        return diagnostics_.count() == complaints ? std::optional(std::move(played)) : std::nullopt;
    }

  private:
    bool complain(Position at, std::string what, std::string advice) {
        diagnostics_.add(at, std::move(what), std::move(advice));
        return false;
    }

    /// Which rule decides about the amendment.
    void judge(const policy::Policy& before, const policy::Policy& after) {
        const bool decides = before.amend_lowering || after.amend_lowering;
        if (!refusal_.empty() || !(decides || given_.lowering)) {
            return;
        }
        const analysis::PolicyDifference difference = analysis::difference_of(before, after);
        if (given_.lowering && !difference.lowering) {
            complain(
                *given_.lowering,
                fmt::format("the amendment does not lower ({})", analysis::headline(difference)),
                "leave out `lowering`");
        }
        if (!decides) {
            return;
        }
        change_ = difference.lowering ? Change::amend : Change::everyday_amend;
        verdict_ = fmt::format("{}; so `{}` decides\n", analysis::headline(difference),
                               difference.lowering ? "amend lowering" : "amend");
    }

    const policy::Policy& in_force() const { return sides_[0].ruled.policy; }

    bool check_given() {
        const bool revokes = given_.change == Change::revoke;
        if (revokes && !find_person(in_force(), given_.subject, diagnostics_)) {
            return false;
        }
        const bool has_log = std::any_of(sides_.begin(), sides_.end(), [](const Side& side) {
            return side.ruled.policy.has_log;
        });
        return !has_log || given_.proposed ||
               complain(given_.at, "the policy has a log, which gives every statement a time",
                        "say when it was proposed, as in `at 2026-08-01T10:00:00Z`");
    }

    // Votes.

    bool take_votes(const Votes& votes) {
        const bool revokes = given_.change == Change::revoke;
        const bool stops = votes.verdict == Verdict::veto || votes.verdict == Verdict::withdraw;
        if (votes.verdict != Verdict::approve && (revokes || !stops)) {
            return complain(votes.by[0].at,
                            revokes ? "a revocation is approved, and nothing else is said of it"
                                    : "an amendment is approved, vetoed or withdrawn from",
                            "write `approves`, or leave the line out");
        }
        if (const auto& odd = votes.stands_for ? votes.stands_for : votes.after) {
            return complain(odd->at,
                            "a change of the policy knows no deputies and no order of voices",
                            "leave this out: such a vote would be set aside");
        }
        const auto start = timeline_.take(votes.at);
        for (const Word& name : votes.by) {
            if (!start || !take_vote(votes, name, *start)) {
                return false;
            }
        }
        return true;
    }

    bool take_vote(const Votes& votes, const Word& name, base::Time start) {
        bool known = false;
        for (Side& side : sides_) {
            const auto person = side.ruled.policy.find_principal(name.text);
            if (!person) {
                continue;
            }
            known = true;
            const auto web =
                speaks_through_web(side.ruled.policy.principals[*person], votes, diagnostics_);
            if (!web) {
                return false;
            }
            policy::Voice voice;
            voice.by = *person;
            voice.verdict = votes.verdict;
            voice.web = *web;
            voice.start = start;
            side.voices.push_back(voice);
            auto& names = votes.verdict == Verdict::approve ? side.approved
                          : votes.verdict == Verdict::veto  ? side.vetoed
                                                            : side.withdrew;
            names.push_back(fmt::format("{} (line {})", name.text, line_));
        }
        if (!known) {
            complain_of_stranger(in_force(), name, diagnostics_);
        }
        by_owner_ =
            by_owner_ || (given_.change == Change::revoke && name.text == given_.subject.text);
        return known;
    }

    // What must come.

    Check check(const Step& step, const Expected& expected) {
        auto until = expected.until ? timeline_.time_of(*expected.until) : std::nullopt;
        if (until && expected.answer == Expected::Answer::permit) {
            complain(expected.until->at, "a change has no end", "leave out `until`");
        }
        return compare(step, expected, until, decide());
    }

    policy::Decision decide_side(const Side& side) const {
        if (by_owner_) {
            return {Answer::permit, Reason::permitted, {}, {}};
        }
        if (!side.ruled.policy.has_log) {
            return policy::decide_change(side.ruled.rules, change_, side.voices);
        }
        policy::Evidence evidence;
        evidence.now_low = timeline_.now();
        evidence.now_high = timeline_.now();
        evidence.has_log = true;
        evidence.order_start = {given_.proposed ? given_.proposed->seconds : 0};
        return policy::decide_change(side.ruled.rules, change_, side.voices, evidence);
    }

    Result decide() const {
        Result result;
        if (!refusal_.empty()) {
            result.refused = true;
            result.refusal = refusal_;
            result.explanation = fmt::format("refused: {}\n", refusal_);
            return result;
        }
        result.explanation = verdict_;
        for (const Side& side : sides_) {
            policy::Decision decision = decide_side(side);
            decision.until = {};
            result.explanation += describe(side, decision);
            result.decision = &side == sides_.data() ? decision : joined(result.decision, decision);
        }
        return result;
    }

    /// Both must agree: a denial outweighs a wait, and of two waits the first one's reason is told.
    static policy::Decision joined(policy::Decision first, const policy::Decision& second) {
        const auto weight = [](const policy::Decision& decision) {
            return decision.answer == Answer::deny ? 2 : decision.answer == Answer::wait ? 1 : 0;
        };
        const base::Time earliest = std::max(first.earliest, second.earliest);
        policy::Decision all = weight(second) > weight(first) ? second : first;
        all.earliest = all.answer == Answer::wait ? earliest : base::Time{};
        return all;
    }

    std::string describe(const Side& side, const policy::Decision& decision) const {
        const policy::ChangeRule& rule = side.rule(change_);
        std::string text = fmt::format("{}, under {}:\n", to_text(decision),
                                       given_.change == Change::revoke ? "`revoke`"
                                       : &side == sides_.data()        ? "the policy in force"
                                                                       : "the new policy itself");
        if (by_owner_) {
            return text + fmt::format("  {} revokes their own key\n", given_.subject.text);
        }
        text += fmt::format("  approve {}: {}\n", rule.approve.root().source,
                            side.approved.empty() ? "nobody" : base::join_words(side.approved));
        if (rule.veto) {
            text += fmt::format("  veto {}: {}\n", rule.veto->root().source,
                                side.vetoed.empty() ? "nobody" : base::join_words(side.vetoed));
        }
        for (const auto& [names, did] :
             {std::pair(&side.vetoed, "vetoed"), std::pair(&side.withdrew, "withdrew")}) {
            for (const std::string& name : *names) {
                text += fmt::format("  {} {}, so that no approval by them counts\n", name, did);
            }
        }
        if (rule.wait) {
            text += fmt::format("  wait {}\n", base::to_text(*rule.wait));
        }
        return text;
    }

    const Scenario& scenario_;
    const ChangeGiven& given_;
    Change change_;        // for an amendment, the rule that its verdict asks for
    std::string verdict_;  // in words, where the verdict decides which rule
    policy::Diagnostics& diagnostics_;
    Timeline timeline_;
    std::vector<Side> sides_;  // the policy in force, then the new one
    std::string refusal_;
    bool by_owner_ = false;
    std::uint32_t line_ = 0;
};

}  // namespace

std::optional<Played> play_change(const Ruled& ruled, const Ruled* next, const Scenario& scenario,
                                  policy::Diagnostics& diagnostics) {
    return ChangePlay(ruled, next, scenario, diagnostics).play();
}

}  // namespace cheget::scenario
