// Asks decide() whether a coalition can act: with all that its members would sign.
#include <algorithm>

#include "analysis/policy_context.h"

namespace cheget::analysis {

namespace {

using policy::k_nobody;
using policy::Place;
using policy::PrincipalIndex;
using policy::Voice;
using statement::Verdict;

/// Everything that is signed in one branch.
template <typename Context>
class Statements {
  public:
    Statements(const Context& context, const Branch& branch, PrincipalIndex proposer,
               const std::vector<bool>& own, const std::vector<bool>& members)
        : context_(context),
          rule_(*context.rule),
          branch_(branch),
          proposer_(proposer),
          own_(own),
          members_(members) {
        for (std::size_t i = 0; i < members.size(); ++i) {
            speak(static_cast<PrincipalIndex>(i));
        }
        for (const auto& one : rule_.deputies) {
            if (members_[one.deputy]) {
                add(one.deputy, Verdict::approve, one.stands_for);
            }
        }
        chain();
        attest();
    }

    const std::vector<Voice>& voices() const { return voices_; }
    const std::vector<policy::FactStatement>& facts() const { return facts_; }

  private:
    void add(PrincipalIndex by, Verdict verdict, PrincipalIndex stands_for = k_nobody,
             std::uint32_t after = policy::k_no_statement) {
        Voice voice;
        voice.by = by;
        voice.verdict = verdict;
        voice.web = !is_direct(by);
        voice.statement = static_cast<std::uint32_t>(voices_.size());
        voice.stands_for = stands_for;
        voice.after = after;
        voice.start = context_.proposed;
        voices_.push_back(voice);
    }

    /// A page speaks for others by their `web` keys alone.
    bool is_direct(PrincipalIndex person) const {
        return own_[person] && context_.has_direct_key(person);
    }

    bool keeps_silent(PrincipalIndex person) const {
        return std::count(branch_.silent.begin(), branch_.silent.end(), person) > 0;
    }

    void speak(PrincipalIndex person) {
        if (!members_[person]) {
            if (!own_[person] && context_.surroundings.others == Others::veto) {
                add(person, Verdict::veto);
            }
        } else if (!keeps_silent(person)) {
            add(person, Verdict::approve);
            if (rule_.consent) {
                add(person, Verdict::consent);
            }
            if (rule_.seen_by) {
                add(person, Verdict::seen);
            }
        }
    }

    void attest() {
        for (std::size_t i = 0; i < context_.policy.facts.size(); ++i) {
            const auto fact = static_cast<policy::FactIndex>(i);
            const bool by_all = !context_.surroundings.colluding_facts ||
                                context_.surroundings.fixed.contains(fact);
            for (const PrincipalIndex source : context_.policy.facts[i].sources) {
                if (by_all || members_[source]) {
                    policy::FactStatement said;
                    said.fact = fact;
                    said.source = source;
                    said.value = context_.value_of(fact);
                    said.at = context_.now;
                    said.start = context_.now;
                    said.statement = static_cast<std::uint32_t>(voices_.size() + facts_.size());
                    facts_.push_back(said);
                }
            }
        }
    }

    // Sequences: a person for each part, and then each names the one before.

    struct Candidate {
        PrincipalIndex by;
        PrincipalIndex stands_for;
    };

    std::vector<Candidate> candidates(std::size_t part) const {
        const policy::Word* places = rule_.approve.people(rule_.approve.sequence()[part]);
        std::vector<Candidate> found;
        for (std::size_t i = 0; i < rule_.place_of.size(); ++i) {
            const auto person = static_cast<PrincipalIndex>(i);
            const Place place = rule_.place_of[i];
            const bool is_barred = person == proposer_ && !rule_.proposer_counts;
            if (place != policy::k_no_place && policy::has_place(places, place) && members_[i] &&
                !keeps_silent(person) && !is_barred) {
                found.push_back({person, k_nobody});
            }
        }
        for (const auto& one : rule_.deputies) {
            const bool is_barred = one.deputy == proposer_ && !rule_.proposer_counts;
            const bool is_quiet =
                one.stands_for != proposer_ &&
                (members_[one.stands_for]
                     ? keeps_silent(one.stands_for)
                     : own_[one.stands_for] || context_.surroundings.others == Others::silent);
            const std::int64_t wait = rule_.wait ? rule_.wait->seconds : 0;
            const bool is_heard = context_.proposed.seconds + one.after.seconds + wait <=
                                  context_.now.seconds;  // a link must not wait for its hour
            if (policy::has_place(places, one.approval) && members_[one.deputy] && !is_barred &&
                is_quiet && is_heard) {
                found.push_back({one.deputy, one.stands_for});
            }
        }
        return found;
    }

    bool place(std::size_t part, std::vector<bool>& tried) {
        for (const Candidate& one : lists_[part]) {
            if (tried[one.by]) {
                continue;
            }
            tried[one.by] = true;
            auto& holder = holder_[one.by];
            if (!holder || (*holder != forced_ && place(*holder, tried))) {
                holder = part;
                chosen_[part] = one;
                return true;
            }
        }
        return false;
    }

    /// A chain in which the forced part is by the candidate given, if there is one.
    bool chain_with(std::size_t forced, const Candidate& first) {
        holder_.assign(members_.size(), std::nullopt);
        chosen_.assign(lists_.size(), first);
        forced_ = forced;
        holder_[first.by] = forced;
        for (std::size_t part = 0; part < lists_.size(); ++part) {
            std::vector<bool> tried(members_.size());
            tried[first.by] = true;
            if (part != forced && !place(part, tried)) {
                return false;
            }
        }
        std::uint32_t after = policy::k_no_statement;
        for (const Candidate& one : chosen_) {
            add(one.by, Verdict::approve, one.stands_for, after);
            after = voices_.back().statement;
        }
        return true;
    }

    void chain() {
        const std::size_t parts = rule_.approve.sequence().size();
        for (std::size_t part = 0; part < parts; ++part) {
            lists_.push_back(candidates(part));
        }
        bool is_chained = false;
        for (std::size_t part = 0; part < parts; ++part) {
            for (const Candidate& one : lists_[part]) {
                const bool by_key = is_direct(one.by);
                if ((by_key || !is_chained) && chain_with(part, one)) {
                    is_chained = true;
                    if (by_key) {
                        return;
                    }
                }
            }
        }
    }

    const Context& context_;
    const policy::CompiledRule& rule_;
    const Branch& branch_;
    PrincipalIndex proposer_;
    const std::vector<bool>& own_;      ///< who does as the coalition wants
    const std::vector<bool>& members_;  ///< as whom it can sign
    std::vector<Voice> voices_;
    std::vector<policy::FactStatement> facts_;
    std::vector<std::vector<Candidate>> lists_;
    std::vector<std::optional<std::size_t>> holder_;
    std::vector<Candidate> chosen_;
    std::size_t forced_ = 0;
};

template <typename Context>
bool is_permitted(const Context& context, const Branch& branch, PrincipalIndex proposer,
                  const Statements<Context>& statements) {
    policy::Evidence evidence;
    evidence.now_low = context.now;
    evidence.now_high = context.now;
    evidence.facts = statements.facts();
    evidence.has_log = context.policy.has_log;
    evidence.order_start = context.proposed;
    if (context.is_change()) {
        const auto change = context.name.kind == RuleName::Kind::revoke ? policy::Change::revoke
                            : context.name.kind == RuleName::Kind::amend
                                ? policy::Change::everyday_amend
                                : policy::Change::amend;
        return policy::decide_change(context.rules, change, statements.voices(), evidence).answer ==
               policy::Answer::permit;
    }
    policy::Question question;
    question.action = context.name.index;
    question.proposer = proposer;
    question.proposed = context.proposed;
    question.expires = context.expires;
    if (context.name.kind == RuleName::Kind::emergency) {
        question.emergency = context.name.index;
    }
    question.parameters = branch.parameters;
    question.files = 1;
    return policy::decide_question(context.rules.impl(), question, statements.voices(), evidence,
                                   nullptr)
               .answer == policy::Answer::permit;
}

}  // namespace

std::uint64_t PolicyFormula::steps_of_asking() const {
    constexpr std::uint64_t k_principals_per_step = 64;
    constexpr std::uint64_t k_inputs_per_step = 1024;  // decide() takes many places at a time
    const std::uint64_t statements = context_->policy.principals.size() / k_principals_per_step + 1;
    const std::uint64_t decision = context_->inputs_of_branch() / k_inputs_per_step + statements;
    std::uint64_t steps = statements;
    for (const Branch& branch : branches_) {
        steps += statements + (branch.proposers.size() + 1) * decision;
    }
    return steps;
}

bool PolicyFormula::permits(const std::vector<std::uint32_t>& coalition) const {
    const Context& context = *context_;
    const std::size_t principals = context.policy.principals.size();
    std::vector<bool> own(principals);
    for (const std::uint32_t person : coalition) {
        own[person] = true;
    }
    std::vector<bool> can_propose(principals);
    std::vector<bool> members(principals);
    const bool all_help = context.surroundings.others == Others::help;
    const std::vector<bool> willing = all_help ? std::vector<bool>(principals, true) : own;
    for (std::size_t i = 0; i < principals; ++i) {
        const auto person = static_cast<PrincipalIndex>(i);
        const bool can_sign = !context.is_mute(person);
        const bool is_spoken_for = context.is_spoken_for(person);
        can_propose[i] = can_sign && (own[i] || is_spoken_for);
        members[i] = can_sign && (willing[i] || is_spoken_for);
    }
    return std::any_of(branches_.begin(), branches_.end(), [&](const Branch& branch) {
        // Only the links of a sequence depend on who proposes.
        const bool has_sequence = !context.rule->approve.sequence().empty();
        const Statements<Context> common(context, branch, k_nobody, willing, members);
        if (context.is_change()) {
            return is_permitted(context, branch, k_nobody, common);
        }
        return std::any_of(
            branch.proposers.begin(), branch.proposers.end(), [&](PrincipalIndex one) {
                return can_propose[one] &&
                       (has_sequence ? is_permitted(context, branch, one,
                                                    Statements<Context>(context, branch, one,
                                                                        willing, members))
                                     : is_permitted(context, branch, one, common));
            });
    });
}

}  // namespace cheget::analysis
