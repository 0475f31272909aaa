// A decision in words, for whoever is woken by it: the answer first, then who
// can change it.
#include "policy/describe.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "policy/describe_parts.h"

namespace cheget::policy {
namespace {

class AnswerTeller {
  public:
    explicit AnswerTeller(const Described& told) : told_(told) {}

    std::string text() {
        add_answer();
        return std::move(text_);
    }

  private:
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }

    std::string all_cited(const std::vector<std::uint32_t>& of) const {
        std::vector<std::string> words;
        for (std::size_t i = 0; i < of.size(); ++i) {
            if (of[i] != Tree::k_none) {
                words.push_back(told_.cited(static_cast<PrincipalIndex>(i), of[i]));
            }
        }
        return base::join_words(words);
    }
    void add_answer() {
        switch (told_.decision.reason) {
            case Reason::permitted:
                add("permit until {}: {} is satisfied\n", base::to_text(told_.decision.until),
                    told_.action().name);
                break;
            case Reason::approvals_missing:
                add("wait: approvals are missing\n");
                break;
            case Reason::no_direct_voice:
                add("wait: every approval that fills a place was given through a web "
                    "page; one "
                    "signed with another kind of key is needed\n");
                break;
            case Reason::not_begun:
                add("wait: all approvals are there, but the order begins at {}\n",
                    base::to_text(told_.order.proposed()));
                break;
            case Reason::expired:
                add("deny: the order expired at {}; propose it again\n",
                    base::to_text(told_.order.expires()));
                break;
            case Reason::vetoed:
                add("deny: vetoed by {}; a veto is final for this order\n",
                    all_cited(told_.tree.veto_of));
                break;
            case Reason::withdrawn:
                add("deny: withdrawn by its proposer {}; propose it again if it is still "
                    "wanted\n",
                    told_.cited(told_.order.proposer(),
                                statement_of(told_.tree.withdrawal_of, told_.order.proposer())));
                break;
            case Reason::proposer_not_entitled:
                add("deny: {} may not propose {}; it takes {}\n",
                    told_.name_of(told_.order.proposer()), told_.action().name,
                    told_.source_of(told_.action().propose.root()));
                break;
            case Reason::unreachable:
                add("deny: those who are left can't suffice any more, whatever they "
                    "sign\n");
                break;
            case Reason::does_not_fit:
                add("deny: the order does not fit the policy\n");
                break;
            default:
                add_answer_of_clauses();
                break;
        }
        if (told_.decision.answer == Answer::wait) {
            add("  earliest: {}; the order expires at {}\n", base::to_text(told_.decision.earliest),
                base::to_text(told_.order.expires()));
        }
    }

    /// The answers that only rules with conditions, consent, delays and the like
    /// give.
    void add_answer_of_clauses() {
        const Action& action = told_.action();
        switch (told_.decision.reason) {
            case Reason::conditions_missing:
                add("wait: the people suffice, but the facts do not\n");
                break;
            case Reason::consent_missing:
                add("wait: consent is missing\n");
                break;
            case Reason::seen_missing:
                add("wait: the delay begins only when those of `seen by` have signed "
                    "`seen`\n");
                break;
            case Reason::delay_running:
                add("wait: nobody is missing; the delay of {} is not over\n",
                    base::to_text(action.wait.value_or(base::Span{})));
                break;
            case Reason::rationed:
                add_ration();
                break;
            case Reason::not_valid_yet:
                add("wait: nobody is missing, but the rule is valid from {}\n",
                    base::to_text(action.valid_from.value_or(base::Time{})));
                break;
            case Reason::rule_ended:
                add("deny: the rule was valid until {}\n",
                    base::to_text(action.valid_until.value_or(base::Time{})));
                break;
            case Reason::too_late:
                add("deny: what is missing can't come before the order or its rule ends; "
                    "propose "
                    "it again\n");
                break;
            case Reason::needs_log:
                add("deny: the rule asks for times that only a log proves, and no log is "
                    "followed here\n");
                break;
            case Reason::postdated:
                add("deny: the order says it was proposed at {}, after it was logged\n",
                    base::to_text(told_.order.proposed()));
                break;
            default:
                break;  // add_answer() has said it
        }
    }
    void add_ration() {
        if (const auto number = told_.order.emergency_index()) {
            const Emergency& emergency = told_.order.policy().emergencies[*number];
            add("wait: the emergency has been used as often as it may be, {} within {}\n",
                emergency.most == 1 ? "once" : fmt::format("{} times", emergency.most),
                base::to_text(emergency.per));
        }
    }

    const Described& told_;
    std::string text_;
};

}  // namespace

std::string describe(const BoundOrder& order, const Decision& decision, const Tree& tree,
                     std::span<const std::string> cite) {
    const Described told{order, decision, tree, cite};
    return AnswerTeller(told).text() + describe_missing(order, decision, tree) + tree_text(told);
}

}  // namespace cheget::policy
