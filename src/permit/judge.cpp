// judge(): the order, its votes, facts and traces, each signature verified, then decide().
#include "permit/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "permit/briefcase_votes.h"
#include "permit/pool.h"
#include "permit/signer.h"

namespace cheget::permit {

namespace {

using statement::Kind;
using statement::Verdict;

/// What decide() is asked about a judgement. Without a log the times are the caller's clock.
struct Asked {
    std::vector<policy::Voice> voices;
    std::vector<policy::FactStatement> facts;

    Asked(const Judgement& judgement, std::vector<policy::Voice> further)
        : voices(std::move(further)) {
        for (policy::Voice& voice : voices) {  // they would be logged now
            voice.start = judgement.log ? judgement.log->high : voice.start;
        }
        for (const CountedVote& vote : judgement.votes) {
            voices.push_back(vote.voice);
        }
        for (const CountedFact& fact : judgement.facts) {
            facts.push_back(fact.said);
        }
    }

    policy::Evidence evidence(const Judgement& judgement, base::Time now) const {
        policy::Evidence evidence;
        evidence.now_low = now;
        evidence.now_high = now;
        evidence.facts = facts;
        if (const auto& log = judgement.log) {
            evidence.has_log = true;
            evidence.now_low = log->low;
            evidence.now_high = log->high;
            evidence.order_start = log->order_start.value_or(log->high);
            evidence.claims = log->ration;
        }
        return evidence;
    }
};

class Judge {
  public:
    Judge(const DomainState& state, const Pool& pool, std::optional<LogContext> log,
          const HoldsMark& holds_mark)
        : pool_(pool), log_(std::move(log)), briefcases_(judgement_.state, pool, log_, holds_mark) {
        judgement_.state = state;
        judgement_.ignored = pool.ignored;
        judgement_.marks_checked = static_cast<bool>(holds_mark);
        if (log_) {
            judgement_.log = log_->moment;
        }
    }

    base::Result<Judgement> judge(base::Time now) {
        if (pool_.has_changes()) {
            TRY(move_on());
        }
        TRY(read_order());
        judgement_.refusal = refusal_of_reference();
        if (judgement_.refusal.empty() && log_) {
            judgement_.refusal = log_->refusal;
        }
        TRY(check_proposer());
        if (judgement_.refusal.empty()) {
            bind_order();
        }
        count_votes();
        chain_votes();
        retire_deputies();
        if (judgement_.bound) {
            count_facts();
        }
        read_traces();
        decide(now);
        return std::move(judgement_);
    }

  private:
    const policy::Policy& policy() const { return judgement_.state.policy->policy; }

    void ignore(std::string what, std::string why) {
        judgement_.ignored.push_back({std::move(what), std::move(why)});
    }

    base::Result<void> move_on() {
        Advance advance = TRY(advance_pool(judgement_.state, pool_));
        judgement_.state = std::move(advance.state);
        judgement_.steps = std::move(advance.steps);
        std::move(advance.ignored.begin(), advance.ignored.end(),
                  std::back_inserter(judgement_.ignored));
        return {};
    }

    base::Result<void> read_order() {
        if (pool_.orders.empty()) {
            return base::bad_input("there is no order among the statements: add the order's file");
        }
        judgement_.order_text = pool_.orders[0].signed_text.text;
        if (std::any_of(pool_.orders.begin(), pool_.orders.end(), [&](const Item& item) {
                return item.signed_text.text != judgement_.order_text;
            })) {
            return base::bad_input(
                "there are several orders among the statements: judge one at a time");
        }
        judgement_.order = TRY(statement::parse_order(judgement_.order_text));
        judgement_.order_id = statement::id_of(judgement_.order_text);
        return {};
    }

    /// Why an order of another domain or policy can't be carried out, whoever signed it.
    std::string refusal_of_reference() const {
        const statement::Order& order = judgement_.order;
        if (order.domain != judgement_.state.domain) {
            return fmt::format("the order belongs to the domain {} {}, not to {} {}",
                               order.domain.name, base::to_text(order.domain.first_policy),
                               judgement_.state.domain.name,
                               base::to_text(judgement_.state.domain.first_policy));
        }
        const auto in_force = policy().reference();
        if (order.policy != in_force) {
            return fmt::format(
                "the order names policy {} {}, but policy {} {} is in force{}",
                order.policy.version, base::to_text(order.policy.id), in_force.version,
                base::to_text(in_force.id),
                order.policy.version > in_force.version
                    ? ": add the votes that amended the policy"
                    : ": propose it again under that one, for it is dead under any other");
        }
        return {};
    }

    /// The proposer's signature is what makes an order an order. The same text may lie there more
    /// than once, with other signatures.
    base::Result<void> check_proposer() {
        const std::string name_space =
            statement::signature_namespace(Kind::order, judgement_.state.domain.name);
        std::string why;
        bool revoked = false;
        for (const Item& item : pool_.orders) {
            const auto signer = find_signer(judgement_.state, policy(), judgement_.order.proposer,
                                            name_space, item.signed_text);
            if (signer && !signer->revoked && !signer->key->briefcase) {
                note_order_entry(item);
                return {};
            }
            if (signer && signer->key->briefcase) {
                judgement_.refusal = judgement_.refusal.empty()
                                         ? "it was proposed with a briefcase's key, which speaks "
                                           "in votes alone: propose it with another"
                                         : judgement_.refusal;
                continue;
            }
            revoked = revoked || signer.has_value();
            why = signer ? why : signer.error().message;
        }
        if (!judgement_.refusal.empty()) {
            return {};  // refused already; the signer may only have been known to the older policy
        }
        if (revoked) {
            judgement_.refusal = fmt::format(
                "the key with which {} signed the order is revoked: propose it again with another",
                judgement_.order.proposer);
            return {};
        }
        return base::bad_input(fmt::format("order {} by {}: {}", base::to_text(judgement_.order_id),
                                           judgement_.order.proposer, why));
    }

    /// Entries come in the order of the log, so that the first valid one is the order's.
    void note_order_entry(const Item& item) {
        if (log_ && is_bound(item)) {
            judgement_.log->order_index = item.index;
            judgement_.log->order_start = log_->times->start_of(*item.index);
        }
    }

    /// Under a log what binds stands below the claim.
    bool is_bound(const Item& item) const { return item.index && *item.index < log_->moment.bound; }

    /// When the statement was in the log. Without a log nothing asks.
    base::Result<base::Time> start_of(const Item& item) const {
        if (!log_) {
            return base::Time{};
        }
        if (!item.index) {
            return base::bad_input("it is not in the log: hand it in");
        }
        if (!is_bound(item)) {
            return base::bad_input("it came into the log after the claim");
        }
        const auto start = log_->times->start_of(*item.index);
        if (!start) {
            return base::bad_input("no witnessed checkpoint contains it yet");
        }
        return *start;
    }

    void bind_order() {
        auto bound = policy::bind(policy(), judgement_.order);
        if (bound) {
            judgement_.bound = *bound;
        } else {
            judgement_.refusal = std::move(bound).error().message;
        }
    }

    // Votes.

    void count_votes() {
        name_space_ = statement::signature_namespace(Kind::vote, judgement_.state.domain.name);
        judgement_.votes.reserve(pool_.order_votes.size());
        for (const VoteItem& vote : pool_.order_votes) {
            if (auto counted = count_vote(vote); !counted) {
                ignore(name_of(vote), std::move(counted).error().message);
            }
        }
    }

    base::Result<void> count_vote(const VoteItem& vote) {
        const auto& fields = vote.fields;
        if (fields.domain != judgement_.state.domain) {
            return base::bad_input("it belongs to another domain");
        }
        if (std::get<statement::OnOrder>(fields.on).id != judgement_.order_id) {
            return base::bad_input("it speaks about another order");
        }
        if (fields.subject_text != judgement_.order_text) {
            return base::bad_input("the order in it is not the one that its 'on' line names");
        }
        note_word(vote);
        TRY(check_verdict(fields));
        const base::Digest id = statement::id_of(vote.signed_text.text);
        const auto same = std::find_if(judgement_.votes.begin(), judgement_.votes.end(),
                                       [&](const CountedVote& one) { return one.id == id; });
        if (same != judgement_.votes.end() && !same->voice.web && !demands_sequence()) {
            return base::bad_input("the same vote is there already");
        }
        const Signer signer =
            TRY(find_signer(judgement_.state, policy(), fields.by, name_space_, vote.signed_text));
        if (stops(fields.verdict) ? !signer.stops_at(vote.index) : signer.revoked) {
            return base::bad_input("the key that signed it is revoked");
        }
        if (!stops(fields.verdict) && signer.key->briefcase) {
            TRY(briefcases_.require(*signer.key, vote));
        }
        const base::Time start = stops(fields.verdict) ? base::Time{} : TRY(start_of(vote));
        const bool web = signer.key->web_origin.has_value();
        const auto number = same != judgement_.votes.end()
                                ? same->voice.statement
                                : static_cast<std::uint32_t>(judgement_.votes.size());
        if (demands_sequence() && !signer.revoked) {
            number_of_filed_.emplace(base::sha256(vote.whole), number);
        }
        if (same != judgement_.votes.end()) {
            // The same text with another signature counts once, as the best, from when that came.
            if (same->voice.web && !web) {
                same->voice.web = false;
                same->voice.start = std::max(same->voice.start, start);
            }
            return base::bad_input("the same vote is there already, with another signature");
        }
        policy::Voice voice;
        voice.by = signer.principal;
        voice.verdict = fields.verdict;
        voice.web = web;
        voice.statement = number;
        voice.start = start;
        if (fields.stands_for) {
            // check_verdict() found the name among the principals.
            voice.stands_for = *policy().find_principal(*fields.stands_for);
        }
        judgement_.votes.push_back(
            {voice, id, fields.note.value_or(std::string()), fields.voted, signer.key->briefcase});
        after_.push_back(fields.after);
        return {};
    }

    /// What `after` names: the signed bytes of a vote, as one of the files here holds them, with a
    /// valid signature in them. The bare text of a vote could be known before it was given.
    void chain_votes() {
        for (std::size_t i = 0; i < judgement_.votes.size(); ++i) {
            if (!after_[i]) {
                continue;
            }
            const auto named = number_of_filed_.find(*after_[i]);
            if (named != number_of_filed_.end()) {
                judgement_.votes[i].voice.after = named->second;
            }
        }
    }

    /// Any word of somebody on the order, by whatever way, ends the right of those who stand for
    /// them.
    void note_word(const VoteItem& vote) {
        if (!log_ || !judgement_.bound || judgement_.bound->action().deputies.empty()) {
            return;
        }
        const auto signer =
            find_signer(judgement_.state, policy(), vote.fields.by, name_space_, vote.signed_text);
        if (signer) {
            spoke_.insert(signer->principal);
        }
    }

    void retire_deputies() {
        for (CountedVote& vote : judgement_.votes) {
            if (vote.voice.stands_for != policy::k_nobody &&
                spoke_.contains(vote.voice.stands_for)) {
                vote.voice.stands_for = vote.voice.by;  // nobody is their own deputy
            }
        }
    }

    bool demands_sequence() const {
        if (!judgement_.bound) {
            return false;
        }
        const auto& nodes = judgement_.bound->action().approve.nodes;
        return std::any_of(nodes.begin(), nodes.end(),
                           [](const auto& node) { return node.in_sequence; });
    }

    static bool stops(Verdict verdict) {
        return verdict == Verdict::veto || verdict == Verdict::withdraw;
    }

    /// Vetoes and withdrawals count whatever else they carry; of the others only what the rule asks
    /// for. Where the order does not fit the policy there is no rule to ask.
    base::Result<void> check_verdict(const statement::VoteFields& fields) const {
        if (stops(fields.verdict)) {
            return {};
        }
        const policy::Action* rule = judgement_.bound ? &judgement_.bound->action() : nullptr;
        const bool asked = fields.verdict == Verdict::approve ||
                           (fields.verdict == Verdict::consent && rule && rule->consent) ||
                           (fields.verdict == Verdict::seen && rule && rule->seen_by);
        if (!asked) {
            return base::bad_input(fmt::format("no clause of the policy asks for '{}'",
                                               statement::name_of(fields.verdict)));
        }
        if (fields.stands_for) {
            TRY(check_deputy(fields));
        }
        if (fields.after && !demands_sequence()) {
            return base::bad_input("the rule asks for no order of voices: vote without 'after'");
        }
        return {};
    }

    base::Result<void> check_deputy(const statement::VoteFields& fields) const {
        if (!log_) {
            return base::bad_input(
                "a deputy counts from an hour that only a log proves, and none is followed here: "
                "vote for yourself");
        }
        if (!policy().find_principal(*fields.stands_for)) {
            return base::bad_input(fmt::format("it stands for {}, who is no principal of policy {}",
                                               base::shown(*fields.stands_for),
                                               policy().header.version));
        }
        return {};
    }

    // Facts.

    void count_facts() {
        const std::string name_space =
            statement::signature_namespace(Kind::fact, judgement_.state.domain.name);
        for (const Item& item : pool_.facts) {
            if (auto counted = count_fact(item, name_space); !counted) {
                ignore(name_of(Kind::fact, item), std::move(counted).error().message);
            }
        }
    }

    base::Result<void> count_fact(const Item& item, std::string_view name_space) {
        const auto fact = TRY(statement::parse_fact(item.signed_text.text));
        if (fact.domain != judgement_.state.domain) {
            return base::bad_input("it belongs to another domain");
        }
        policy::FactStatement said =
            TRY(policy::match_fact(*judgement_.bound, judgement_.order_id, fact));
        const base::Digest id = statement::id_of(item.signed_text.text);
        if (std::any_of(judgement_.facts.begin(), judgement_.facts.end(),
                        [&](const CountedFact& one) { return one.id == id; })) {
            return base::bad_input("the same fact statement is there already");
        }
        const Signer signer =
            TRY(find_signer(judgement_.state, policy(), fact.by, name_space, item.signed_text));
        if (signer.revoked) {
            return base::bad_input("the key that signed it is revoked");
        }
        if (signer.key->briefcase) {
            return base::bad_input("a briefcase's key speaks in votes alone: no mark vouches here");
        }
        said.start = TRY(start_of(item));
        said.statement =
            static_cast<std::uint32_t>(judgement_.votes.size() + judgement_.facts.size());
        judgement_.facts.push_back({said, id, fact.note.value_or(std::string())});
        return {};
    }

    // Traces.

    void read_traces() {
        for (const Item& item : pool_.claims) {
            if (auto read = read_claim(item); !read) {
                ignore(name_of(Kind::claim, item), std::move(read).error().message);
            }
        }
        for (const Item& item : pool_.receipts) {
            if (auto read = read_receipt(item); !read) {
                ignore(name_of(Kind::receipt, item), std::move(read).error().message);
            }
        }
    }

    base::Result<void> read_claim(const Item& item) {
        auto claim = TRY(statement::parse_claim(item.signed_text.text));
        const Signer signer =
            TRY(check_trace(Kind::claim, item, claim.domain, claim.order, claim.executor));
        const base::Digest id = statement::id_of(item.signed_text.text);
        Trace trace{true, std::move(claim.executor), std::move(claim.target), std::nullopt, id, id};
        trace.index = item.index;
        trace.counts = judgement_.log && judgement_.log->order_index && item.index &&
                       *judgement_.log->order_index < *item.index && signer.stops_at(item.index);
        return add_trace(std::move(trace));
    }

    base::Result<void> read_receipt(const Item& item) {
        auto receipt = TRY(statement::parse_receipt(item.signed_text.text));
        TRY(check_trace(Kind::receipt, item, receipt.domain, receipt.order, receipt.executor));
        Trace trace{false,
                    std::move(receipt.executor),
                    std::move(receipt.target),
                    receipt.outcome,
                    statement::id_of(item.signed_text.text),
                    receipt.claim};
        trace.index = item.index;
        return add_trace(std::move(trace));
    }

    base::Result<void> add_trace(Trace trace) {
        if (std::any_of(judgement_.traces.begin(), judgement_.traces.end(),
                        [&](const Trace& one) { return one.id == trace.id; })) {
            return base::bad_input("the same is there already");
        }
        judgement_.traces.push_back(std::move(trace));
        return {};
    }

    /// A trace counts if an executor of the rule signed it, with a revoked key too. Where the order
    /// does not fit the policy any more, any machine's trace is told: it only ever stops.
    base::Result<Signer> check_trace(Kind kind, const Item& item, const statement::Domain& domain,
                                     const base::Digest& order, std::string_view executor) {
        if (domain != judgement_.state.domain) {
            return base::bad_input("it belongs to another domain");
        }
        if (order != judgement_.order_id) {
            return base::bad_input("it speaks about another order");
        }
        const Signer signer = TRY(find_signer(
            judgement_.state, policy(), executor,
            statement::signature_namespace(kind, judgement_.state.domain.name), item.signed_text));
        const auto& principal = policy().principals[signer.principal];
        if (judgement_.bound) {
            const auto& executors = judgement_.bound->action().executors;
            if (!std::binary_search(executors.begin(), executors.end(), signer.principal)) {
                return base::bad_input(fmt::format("{} is no executor of {}", principal.name,
                                                   judgement_.bound->action().name));
            }
        } else if (principal.kind != policy::PrincipalKind::machine) {
            return base::bad_input(fmt::format("{} is no machine", principal.name));
        }
        return signer;
    }

    void decide(base::Time now) {
        if (!judgement_.bound) {
            judgement_.decision = {policy::Answer::deny, policy::Reason::does_not_fit, {}, {}};
            return;
        }
        judgement_.decision = judgement_.decide_again(now, {}, judgement_.tree);
    }

    const Pool& pool_;
    std::optional<LogContext> log_;
    Judgement judgement_;
    BriefcaseVotes briefcases_;
    std::string name_space_;
    std::vector<std::optional<base::Digest>> after_;  ///< beside the votes
    /// By the digest of a vote's signed bytes, as filed: its number. For sequences alone.
    std::map<base::Digest, std::uint32_t> number_of_filed_;
    std::set<policy::PrincipalIndex> spoke_;  ///< on the order, where a deputy might stand for them
};

}  // namespace

policy::Decision Judgement::decide_again(base::Time now, std::vector<policy::Voice> further) const {
    policy::Tree tree_then;
    return decide_again(now, std::move(further), tree_then);
}

policy::Decision Judgement::decide_again(base::Time now, std::vector<policy::Voice> further,
                                         policy::Tree& tree_then) const {
    const Asked asked(*this, std::move(further));
    const policy::Decision then = policy::decide(state.policy->rules, *bound, asked.voices,
                                                 asked.evidence(*this, now), tree_then);
    if (state.policy->policy.has_log && !log) {  // which nobody followed, so that it may hold a no
        return {policy::Answer::deny, policy::Reason::needs_log, {}, {}};
    }
    if (log && !log->order_start && then.answer != policy::Answer::deny) {
        return {policy::Answer::wait, policy::Reason::needs_log, {}, {}};
    }
    return then;
}

base::Result<Judgement> judge_pool(const DomainState& state, const Pool& pool, base::Time now,
                                   std::optional<LogContext> log, const HoldsMark& holds_mark) {
    return Judge(state, pool, std::move(log), holds_mark).judge(now);
}

base::Result<Judgement> judge(const DomainState& state,
                              const std::vector<std::string_view>& statements, base::Time now,
                              const HoldsMark& holds_mark) {
    return judge_pool(state, sort_statements(statements), now, std::nullopt, holds_mark);
}

}  // namespace cheget::permit
