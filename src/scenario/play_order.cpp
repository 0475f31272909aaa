// Plays a scenario on an order: makes the order, the votes and the fact statements one after the
// other, and asks bind() and decide() at every `then`.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "policy/describe.h"
#include "scenario/facts.h"
#include "scenario/order.h"
#include "scenario/stage.h"

namespace cheget::scenario {
namespace {

using statement::Verdict;

class OrderPlay {
  public:
    OrderPlay(const Ruled& ruled, const Scenario& scenario, Cite cite,
              policy::Diagnostics& diagnostics)
        : policy_(ruled.policy),
          rules_(ruled.rules),
          scenario_(scenario),
          given_(std::get<OrderGiven>(scenario.subject)),
          cite_by_(cite),
          diagnostics_(diagnostics),
          timeline_({given_.proposed.seconds}, diagnostics) {}

    std::optional<Played> play() {
        const std::size_t complaints = diagnostics_.count();
        if (!begin()) {
            return std::nullopt;
        }
        Played played{scenario_.name, scenario_.at, {}};
        for (const Step& step : scenario_.steps) {
            line_ = step.at.line;
            if (const auto* votes = std::get_if<Votes>(&step.what)) {
                take_votes(*votes);
            } else if (const auto* said = std::get_if<Said>(&step.what)) {
                take_said(*said);
            } else if (const auto* clock = std::get_if<Clock>(&step.what)) {
                timeline_.go_on(clock->now);
            } else if (diagnostics_.count() == complaints) {
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

    // What is given.

    bool begin() {
        OrderTimes times{{given_.proposed.seconds}, std::nullopt};
        if (given_.expires) {
            times.expires = timeline_.time_of(*given_.expires);
            if (!times.expires) {
                return false;
            }
        }
        auto order = make_order(policy_, scenario_, times, diagnostics_);
        if (!order) {
            return false;
        }
        auto bound = policy::bind(policy_, *order);
        auto text = statement::render(*order);
        if (!bound) {
            refusal_ = std::move(bound).error().message;
        } else if (!text) {
            refusal_ = fmt::format("the order can't be written: {}", text.error().message);
        } else {
            bound_ = std::move(*bound);
            order_id_ = statement::id_of(*text);
        }
        order_ = std::move(*order);
        return take_log_times(times.proposed);
    }

    bool take_log_times(base::Time proposed) {
        order_start_ = proposed;
        if (given_.logged) {
            if (!policy_.has_log) {
                return complain(given_.logged->at, "the policy has no log", "leave out `logged`");
            }
            const auto start = timeline_.time_of(*given_.logged);
            if (!start) {
                return false;
            }
            order_start_ = *start;
        }
        if (!scenario_.claims.empty() && !given_.emergency) {
            return complain(scenario_.claims[0].at,
                            "claims count against the ration of an emergency alone",
                            "leave the line out, or write `given emergency order`");
        }
        for (const Moment& claim : scenario_.claims) {
            const auto start = timeline_.time_of(claim);
            if (!start) {
                return false;
            }
            claims_.push_back(*start);
        }
        return true;
    }

    // What happens.

    std::uint32_t cite(base::Time start) {
        cite_.push_back(cite_by_ == Cite::line ? fmt::format("line {}", line_)
                                               : fmt::format("at {}", base::to_text(start)));
        return static_cast<std::uint32_t>(cite_.size() - 1);
    }

    /// The line, before what is said of it.
    std::string place() const {
        return cite_by_ == Cite::line ? fmt::format("line {}: ", line_) : std::string();
    }

    bool take_votes(const Votes& votes) {
        policy::Voice voice;
        voice.verdict = votes.verdict;
        if (votes.stands_for && !take_stands_for(votes, voice)) {
            return false;
        }
        if (votes.after && !take_after(*votes.after, voice)) {
            return false;
        }
        const auto start = timeline_.take(votes.at);
        for (const Word& name : votes.by) {
            const auto person = find_person(policy_, name, diagnostics_);
            if (!person || !start) {
                return false;
            }
            if (*person == voice.stands_for) {
                return complain(name.at, fmt::format("{} can't stand for themselves", name.text),
                                "leave out `for`");
            }
            const auto web = speaks_through_web(policy_.principals[*person], votes, diagnostics_);
            if (!web) {
                return false;
            }
            voice.by = *person;
            voice.web = *web;
            voice.start = *start;
            voice.statement = cite(*start);
            voices_.push_back(voice);
        }
        note_unasked(votes);
        return true;
    }

    bool take_stands_for(const Votes& votes, policy::Voice& voice) {
        const auto absent = find_person(policy_, *votes.stands_for, diagnostics_);
        if (absent) {
            voice.stands_for = *absent;
        }
        return absent.has_value();
    }

    /// The vote whose signed bytes `after` names: the latest approval of that person above.
    bool take_after(const Word& before, policy::Voice& voice) {
        const auto person = find_person(policy_, before, diagnostics_);
        if (!person || !bound_) {
            return person.has_value();
        }
        const auto& nodes = bound_->action().approve.nodes;
        if (std::none_of(nodes.begin(), nodes.end(),
                         [](const auto& node) { return node.in_sequence; })) {
            return complain(before.at,
                            fmt::format("`{}` asks for no order of voices", bound_->action().name),
                            "leave out `after`: such a vote would be set aside");
        }
        const auto named = std::find_if(voices_.rbegin(), voices_.rend(), [&](const auto& other) {
            return other.by == *person && other.verdict == Verdict::approve;
        });
        if (named == voices_.rend()) {
            return complain(before.at,
                            fmt::format("{} has not approved above this line", before.text),
                            "write that line first: nobody can name a vote before it is signed");
        }
        voice.after = named->statement;
        return true;
    }

    /// Verdicts that no clause asks for are set aside by whoever reads them.
    void note_unasked(const Votes& votes) {
        if (!bound_) {
            return;
        }
        const policy::Action& rule = bound_->action();
        const bool unasked = (votes.verdict == Verdict::consent && !rule.consent) ||
                             (votes.verdict == Verdict::seen && !rule.seen_by);
        if (unasked) {
            set_aside_.push_back(fmt::format("{}no clause of `{}` asks for `{}`", place(),
                                             rule.name, statement::name_of(votes.verdict)));
        }
    }

    bool take_said(const Said& said) {
        const auto start = timeline_.take(said.at);
        const auto dated = said.dated ? timeline_.time_of(*said.dated) : start;
        if (!start || !dated) {
            return false;
        }
        const FactScene scene{policy_, order_, bound_ ? &*bound_ : nullptr, order_id_};
        const auto facts = make_facts(scene, said, *dated, diagnostics_);
        for (const statement::Fact& stated : facts.value_or(std::vector<statement::Fact>())) {
            add_fact(stated, *start);
        }
        return facts.has_value();
    }

    void add_fact(const statement::Fact& stated, base::Time start) {
        if (!bound_) {
            return;
        }
        auto said = policy::match_fact(*bound_, order_id_, stated);
        if (!said) {
            set_aside_.push_back(fmt::format("{}{}", place(), said.error().message));
            return;
        }
        said->start = start;
        said->statement = cite(start);
        facts_.push_back(*said);
    }

    // What must come.

    Check check(const Step& step, const Expected& expected) {
        const auto until = expected.until ? timeline_.time_of(*expected.until) : std::nullopt;
        return compare(step, expected, until, decide());
    }

    Result decide() const {
        Result result;
        if (!bound_) {
            result.refused = true;
            result.refusal = refusal_;
            result.explanation = fmt::format("refused: {}\n", refusal_);
            return result;
        }
        policy::Evidence evidence;
        evidence.now_low = timeline_.now();
        evidence.now_high = timeline_.now();
        evidence.facts = facts_;
        evidence.has_log = policy_.has_log;
        evidence.order_start = order_start_;
        evidence.claims = claims_;
        policy::Tree tree;
        result.decision = policy::decide(rules_, *bound_, voices_, evidence, tree);
        result.missing = policy::describe_missing(*bound_, result.decision, tree);
        result.explanation = policy::describe(*bound_, result.decision, tree, cite_);
        for (const std::string& aside : set_aside_) {
            result.explanation += fmt::format("set aside: {}\n", aside);
        }
        return result;
    }

    const policy::Policy& policy_;
    const policy::Rules& rules_;
    const Scenario& scenario_;
    const OrderGiven& given_;
    Cite cite_by_;
    policy::Diagnostics& diagnostics_;
    Timeline timeline_;
    std::uint32_t line_ = 0;  // of the step at hand

    statement::Order order_;
    base::Digest order_id_;
    std::optional<policy::BoundOrder> bound_;
    std::string refusal_;  // why it is not bound
    base::Time order_start_;
    std::vector<base::Time> claims_;
    std::vector<policy::Voice> voices_;
    std::vector<policy::FactStatement> facts_;
    std::vector<std::string> cite_;  // by the numbers of voices and facts
    std::vector<std::string> set_aside_;
};

}  // namespace

std::optional<Played> play_order(const Ruled& ruled, const Scenario& scenario, Cite cite,
                                 policy::Diagnostics& diagnostics) {
    return OrderPlay(ruled, scenario, cite, diagnostics).play();
}

}  // namespace cheget::scenario
