// How a domain moves on without a log: amendments under the old rule and the new one, revocations.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "analysis/assertions.h"
#include "analysis/policy_difference.h"
#include "base/text.h"
#include "permit/pool.h"
#include "permit/signer.h"

namespace cheget::permit {

namespace {

using policy::Answer;
using statement::Kind;
using statement::PolicyReference;
using statement::Verdict;

/// A revocation read once. Its views point into the statements or into the state given.
struct RevocationItem {
    Item item;
    statement::Revocation fields;
    bool taken = false;        ///< it counts, under the policy in force or an earlier one
    std::string why{};         ///< why it does not
    bool was_pending = false;  ///< it was valid when it came
};

/// A policy text voted on, and the votes on it.
struct Candidate {
    std::string_view text;
    std::vector<const VoteItem*> votes;
};

bool stops(Verdict verdict) {
    return verdict == Verdict::veto || verdict == Verdict::withdraw;
}

/// The rule that a change of policies goes by.
const policy::ChangeRule& rule_of(const policy::Policy& policy, policy::Change change) {
    return change == policy::Change::amend && policy.amend_lowering ? *policy.amend_lowering
                                                                    : policy.amend;
}

/// Whether approvals out of briefcases count for any amendment.
bool briefcase_counts(const policy::Policy& policy) {
    return rule_of(policy, policy::Change::amend).briefcase_counts ||
           rule_of(policy, policy::Change::everyday_amend).briefcase_counts;
}

/// What the votes on one policy text come to under one policy's keys.
struct Tally {
    std::vector<policy::Voice> voices;
    std::vector<policy::Voice> by_hand;  ///< those of them that were not made in a briefcase
    std::vector<const VoteItem*> counted;
    std::map<const VoteItem*, std::string> set_aside;
};

class Advancer {
  public:
    Advancer(const DomainState& state, const Pool& pool, const Enacted* enacted = nullptr)
        : pool_(pool), enacted_(enacted) {
        result_.state = state;
        pending_ = std::move(result_.state.pending_revocations);
        result_.state.pending_revocations.clear();
    }

    base::Result<Advance> advance() {
        read_revocations();
        read_votes();
        apply_revocations();
        while (TRY(take_amendment())) {
            apply_revocations();
        }
        report_revocations();
        report_votes();
        return std::move(result_);
    }

  private:
    const policy::Policy& policy() const { return result_.state.policy->policy; }
    const PolicyReference in_force() const { return policy().reference(); }

    // Revocations.

    void read_revocations() {
        for (const std::string& whole : pending_) {
            if (auto signed_text = statement::split_signed(whole)) {
                read_revocation({whole, std::move(*signed_text)}, true);
            }
        }
        for (const Item& item : pool_.revocations) {
            read_revocation(item);
        }
    }

    void read_revocation(const Item& item, bool was_pending = false) {
        auto fields = statement::parse_revocation(item.signed_text.text);
        if (!fields) {
            result_.ignored.push_back(
                {name_of(Kind::revocation, item), std::move(fields).error().message});
            return;
        }
        revocations_.push_back({item, std::move(*fields), false, {}, was_pending});
    }

    /// A key is void at once by its owner's word, given with any of their keys, the revoked one
    /// too: whoever stole it gains nothing by that. Otherwise by distinct people who satisfy
    /// `revoke`. Under a log a key that was revoked before revokes nothing but itself: it could
    /// take away whose veto is still to come. Without one nobody knows which of two came first, and
    /// both count.
    void apply_revocations() {
        std::map<std::string, std::vector<RevocationItem*>> by_key;
        for (RevocationItem& one : revocations_) {
            const auto by = check_revocation(one);
            if (!by) {
                one.why = one.taken ? std::string() : by.error().message;
                continue;
            }
            by_key[one.fields.key].push_back(&one);
        }
        for (auto& [key, items] : by_key) {
            apply_to_key(key, items);
        }
    }

    base::Result<void> check_revocation(const RevocationItem& one) const {
        const auto& fields = one.fields;
        if (fields.domain != result_.state.domain) {
            return base::bad_input("it belongs to another domain");
        }
        const auto owner = policy().find_principal(fields.of);
        if (!owner) {
            return base::bad_input(
                fmt::format("{} is no principal of policy {}", fields.of, policy().header.version));
        }
        const auto& keys = policy().principals[*owner].keys;
        if (std::none_of(keys.begin(), keys.end(), [&](const policy::Key& key) {
                return key.key.fingerprint() == fields.key;
            })) {
            return base::bad_input(fmt::format("{} has no key {} in policy {}", fields.of,
                                               base::shown(fields.key), policy().header.version));
        }
        const Signer signer = TRY(find_signer(result_.state, policy(), fields.by,
                                              name_space(Kind::revocation), one.item.signed_text));
        const bool of_itself = signer.key->key.fingerprint() == fields.key;
        if (signer.key->briefcase && !of_itself) {
            return base::bad_input(
                "it was made in a briefcase, whose key revokes itself alone: the veto of whoever "
                "else would lose their key could be forced out of the way");
        }
        if (policy().has_log && signer.revoked && !of_itself && !one.was_pending) {
            return base::bad_input("the key that signed it was revoked before");
        }
        return {};
    }

    void apply_to_key(const std::string& key, const std::vector<RevocationItem*>& items) {
        std::vector<policy::Voice> voices;
        bool by_owner = false;
        for (const RevocationItem* one : items) {
            by_owner = by_owner || one->fields.by == one->fields.of;
            voices.push_back({*policy().find_principal(one->fields.by), Verdict::approve, false,
                              static_cast<std::uint32_t>(voices.size())});
        }
        const bool satisfied =
            policy::decide_change(result_.state.policy->rules, policy::Change::revoke, voices)
                .answer == Answer::permit;
        for (RevocationItem* one : items) {
            if (by_owner || satisfied) {
                one->taken = true;
                revoke(key, one->fields.of, one->item.whole);
            }
            one->why = one->taken ? "" : "the policy's 'revoke' rule asks for more people";
        }
    }

    void revoke(const std::string& key, const std::string& of, std::string_view whole) {
        auto& revoked = result_.state.revoked;
        auto known = std::find_if(revoked.begin(), revoked.end(),
                                  [&](const RevokedKey& one) { return one.fingerprint == key; });
        if (known == revoked.end()) {
            known = revoked.insert(revoked.end(), {key, of, {}});
        }
        if (std::find(known->statements.begin(), known->statements.end(), whole) ==
            known->statements.end()) {
            known->statements.emplace_back(whole);
        }
    }

    /// What does not suffice yet is kept; what can't be checked is reported. Of one person's
    /// revocations of one key the first is enough: nobody may fill a verifier's memory for ever.
    void report_revocations() {
        std::set<std::pair<std::string_view, std::string_view>> kept_of;
        for (const RevocationItem& one : revocations_) {
            if (one.taken) {
                continue;
            }
            auto& kept = result_.state.pending_revocations;
            if (check_revocation(one) && kept_of.insert({one.fields.key, one.fields.by}).second) {
                kept.emplace_back(one.item.whole);
            }
            result_.ignored.push_back({fmt::format("revocation of {}'s key {} by {}", one.fields.of,
                                                   base::shown(one.fields.key), one.fields.by),
                                       one.why});
        }
    }

    // Amendments.

    void read_votes() {
        for (const VoteItem& vote : pool_.policy_votes) {
            const auto& on = std::get<PolicyReference>(vote.fields.on);
            if (vote.fields.domain != result_.state.domain) {
                why_not_[&vote] = "it belongs to another domain";
            } else if (statement::id_of(vote.fields.subject_text) != on.id) {
                why_not_[&vote] = "the policy in it is not the one that its 'on' line names";
            } else if (on.version <= in_force().version) {
                why_not_[&vote] =
                    on == in_force()
                        ? fmt::format("policy {} is in force already", on.version)
                        : fmt::format("policy {} is in force, and there is no way back",
                                      in_force().version);
            } else {
                auto& candidate = candidates_[{on.version, on.id}];
                candidate.text = vote.fields.subject_text;
                candidate.votes.push_back(&vote);
            }
        }
    }

    std::string name_space(Kind kind) const {
        return statement::signature_namespace(kind, result_.state.domain.name);
    }

    /// The votes as voices of `policy`'s principals, by its keys.
    Tally tally(const policy::Policy& policy, const Candidate& candidate) const {
        Tally tally;
        for (const VoteItem* vote : candidate.votes) {
            if (auto voice = voice_of(policy, *vote)) {
                voice->voice.statement = static_cast<std::uint32_t>(tally.voices.size());
                tally.voices.push_back(voice->voice);
                if (!voice->in_briefcase) {
                    tally.by_hand.push_back(voice->voice);
                }
                tally.counted.push_back(vote);
            } else {
                tally.set_aside[vote] = std::move(voice).error().message;
            }
        }
        return tally;
    }

    struct Counted {
        policy::Voice voice;
        bool in_briefcase = false;  ///< an approval that not every rule takes
    };

    base::Result<Counted> voice_of(const policy::Policy& policy, const VoteItem& vote) const {
        const auto& fields = vote.fields;
        const Signer signer = TRY(find_signer(result_.state, policy, fields.by,
                                              name_space(Kind::vote), vote.signed_text));
        const bool is_stop = stops(fields.verdict);
        if (is_stop ? !signer.stops_at(vote.index) : signer.revoked) {
            return base::bad_input("the key that signed it is revoked");
        }
        if (!is_stop && fields.verdict != Verdict::approve) {
            return base::bad_input("an amendment takes approvals and vetoes only");
        }
        if (!is_stop && (fields.stands_for || fields.after)) {
            return base::bad_input("an amendment knows no deputies and no order of voices");
        }
        if (!is_stop && (signer.key->custody || signer.key->tpm)) {
            return base::bad_input(
                "it was made in a briefcase of which the policy asks more than its key, which "
                "nobody can show for an amendment");
        }
        if (!is_stop && signer.key->briefcase && !briefcase_counts(policy)) {
            return base::bad_input(
                "it was made in a briefcase, and the rule does not say `briefcase counts`");
        }
        if (!is_stop && enacted_ != nullptr && !(vote.index <= enacted_->completed)) {
            return base::bad_input("it came after the vote that the enactment says completed it");
        }
        policy::Voice voice;
        voice.by = signer.principal;
        voice.verdict = fields.verdict;
        voice.web = signer.key->web_origin.has_value();
        voice.start = enacted_ != nullptr ? enacted_->start : base::Time{};
        return Counted{voice, !is_stop && signer.key->briefcase};
    }

    /// The text as the successor of the policy in force.
    base::Result<std::shared_ptr<const KnownPolicy>> successor(std::string_view text) const {
        auto next =
            TRY(unheld_policy(text, enacted_ != nullptr ? UnderLog::prepare : UnderLog::refuse));
        const auto& header = next->policy.header;
        if (next->policy.domain() != result_.state.domain) {
            return base::bad_input("it belongs to another domain");
        }
        if (header.version != in_force().version + 1) {
            return base::bad_input(fmt::format("its version is {}, and version {} must follow",
                                               header.version, in_force().version + 1));
        }
        if (header.previous != in_force().id) {
            return base::bad_input(
                "its 'previous' line does not name the policy in force: propose it anew");
        }
        if (policy().has_log && enacted_ == nullptr) {
            return base::bad_input(
                "the policy in force has a log: an amendment takes force by an enactment there");
        }
        if (enacted_ != nullptr) {
            TRY(require_same_origin(next->policy));
        }
        return next;
    }

    /// Keys may change; the log is the same for ever, or entries could be left behind.
    base::Result<void> require_same_origin(const policy::Policy& next) const {
        if (!next.log || next.log->name != policy().log->name) {
            return base::bad_input(fmt::format(
                "its log must be the same one, {}, whose key may be another", policy().log->name));
        }
        return {};
    }

    struct Satisfied {
        std::shared_ptr<const KnownPolicy> next;
        PolicyReference reference;
        Advance::Step step;
    };

    policy::Decision ask(const KnownPolicy& known, policy::Change change,
                         const Tally& tally) const {
        const auto& voices =
            rule_of(known.policy, change).briefcase_counts ? tally.voices : tally.by_hand;
        if (enacted_ == nullptr) {
            return policy::decide_change(known.rules, change, voices);
        }
        policy::Evidence evidence;
        evidence.has_log = true;
        evidence.now_low = enacted_->now_low;
        return policy::decide_change(known.rules, change, voices, evidence);
    }

    /// Whether the amendment is satisfied, under both policies: by `amend lowering` if it lowers,
    /// by `amend` if not. The analyser is asked only where these two differ.
    base::Result<bool> is_satisfied(const KnownPolicy& next, Advance::Proposal& proposal) {
        const auto both = [](const policy::Decision& one, const policy::Decision& other) {
            return one.answer == Answer::permit && other.answer == Answer::permit;
        };
        const bool if_lowering = both(proposal.under_old, *proposal.under_new);
        const bool if_not = both(proposal.everyday_old, *proposal.everyday_new);
        if (!if_lowering && !if_not) {
            return false;
        }
        if (++weighed_ > Advance::k_most_verdicts) {
            return base::fail(
                base::ErrorKind::denied,
                fmt::format("more than {} amendments of policy {} have votes that satisfy a rule: "
                            "none is taken up; let people who approved them sign 'withdraw' on "
                            "all but one",
                            Advance::k_most_verdicts, in_force().version));
        }
        if (if_lowering == if_not) {
            return true;
        }
        proposal.lowers = enacted_ != nullptr && enacted_->lowers
                              ? *enacted_->lowers
                              : analysis::difference_of(policy(), next.policy).lowering;
        return *proposal.lowers ? if_lowering : if_not;
    }

    /// Asks the rules in force, then the text's own. Fills `proposal` on the way.
    base::Result<std::optional<Satisfied>> consider(const PolicyReference& reference,
                                                    const Candidate& candidate,
                                                    Advance::Proposal& proposal) {
        const Tally old_tally = tally(policy(), candidate);
        set_aside(candidate, old_tally, nullptr, "");
        if (old_tally.counted.empty()) {
            return std::nullopt;  // a stranger's text is not worth reading
        }
        fill_names(old_tally, proposal);
        collect_stops(reference, old_tally);
        const KnownPolicy& known = *result_.state.policy;
        proposal.under_old = ask(known, policy::Change::amend, old_tally);
        proposal.everyday_old = ask(known, policy::Change::everyday_amend, old_tally);
        auto next = successor(candidate.text);
        if (!next) {
            proposal.refusal = std::move(next).error().message;
            set_aside(candidate, old_tally, nullptr, proposal.refusal);
            return std::nullopt;
        }
        const Tally new_tally = tally((*next)->policy, candidate);
        collect_stops(reference, new_tally);
        proposal.under_new = ask(**next, policy::Change::amend, new_tally);
        proposal.everyday_new = ask(**next, policy::Change::everyday_amend, new_tally);
        set_aside(candidate, old_tally, &new_tally, "");
        if (!TRY(is_satisfied(**next, proposal))) {
            return std::nullopt;
        }
        if (auto held = analysis::require_assertions((*next)->policy, candidate.text); !held) {
            proposal.refusal = std::move(held).error().message;
            set_aside(candidate, old_tally, &new_tally, proposal.refusal);
            return std::nullopt;
        }
        Satisfied satisfied{*next, reference, {std::string(candidate.text), {}, proposal}};
        std::set<std::string_view> votes;
        for (const Tally* one : {&old_tally, &new_tally}) {
            for (const VoteItem* vote : one->counted) {
                votes.insert(vote->whole);
            }
        }
        satisfied.step.votes.assign(votes.begin(), votes.end());
        return satisfied;
    }

    void fill_names(const Tally& tally, Advance::Proposal& proposal) const {
        std::set<std::string> approved;
        std::set<std::string> vetoed;
        for (const policy::Voice& voice : tally.voices) {
            if (voice.verdict != Verdict::withdraw) {
                (voice.verdict == Verdict::approve ? approved : vetoed)
                    .insert(policy().principals[voice.by].name);
            }
        }
        proposal.approved_by.assign(approved.begin(), approved.end());
        proposal.vetoed_by.assign(vetoed.begin(), vetoed.end());
    }

    void collect_stops(const PolicyReference& reference, const Tally& tally) {
        for (const VoteItem* vote : tally.counted) {
            const auto& fields = vote->fields;
            if (stops(fields.verdict) &&
                stopped_.insert({reference.id, fields.by, fields.verdict}).second) {
                result_.stops.push_back({reference.id, vote->whole});
            }
        }
    }

    /// A vote is set aside if neither policy counts it, or if the text can't come into force.
    void set_aside(const Candidate& candidate, const Tally& old_tally, const Tally* new_tally,
                   const std::string& refusal) {
        for (const VoteItem* vote : candidate.votes) {
            const auto old_why = old_tally.set_aside.find(vote);
            const bool counts = old_why == old_tally.set_aside.end() ||
                                (new_tally != nullptr && !new_tally->set_aside.contains(vote));
            if (!refusal.empty()) {
                why_not_[vote] = refusal;
            } else if (counts) {
                why_not_.erase(vote);
            } else {
                why_not_[vote] = old_why->second;
            }
        }
    }

    /// Takes up the one amendment that is satisfied, if there is one.
    base::Result<bool> take_amendment() {
        std::vector<Satisfied> satisfied;
        result_.proposals.clear();
        result_.stops.clear();
        stopped_.clear();
        weighed_ = 0;
        for (auto& [reference, candidate] : candidates_) {
            if (reference.first <= in_force().version) {
                continue;  // taken up, or a dead sibling of one that was
            }
            if (enacted_ != nullptr && reference.second != enacted_->policy.id) {
                continue;
            }
            if (reference.first != in_force().version + 1) {
                for (const VoteItem* vote : candidate.votes) {
                    why_not_.try_emplace(vote, fmt::format("policy {} can't follow policy {}",
                                                           reference.first, in_force().version));
                }
                continue;
            }
            Advance::Proposal proposal;
            proposal.policy = {reference.first, reference.second};
            proposal.policy_text = candidate.text;
            if (auto one = TRY(consider(proposal.policy, candidate, proposal))) {
                satisfied.push_back(std::move(*one));
            }
            if (proposal.under_new || !proposal.refusal.empty()) {
                result_.proposals.push_back(std::move(proposal));
            }
        }
        if (satisfied.size() > 1) {
            return base::fail(
                base::ErrorKind::denied,
                fmt::format("two amendments of policy {} suffice, {} and {}, and without a log "
                            "nothing tells which was first: neither is taken up; let someone who "
                            "approved one of them sign 'withdraw' on it",
                            in_force().version, base::to_text(satisfied[0].reference.id),
                            base::to_text(satisfied[1].reference.id)));
        }
        if (satisfied.empty()) {
            return false;
        }
        take_up(std::move(satisfied[0]));
        return true;
    }

    /// Siblings of the one taken up are dead.
    void take_up(Satisfied satisfied) {
        for (const auto& [reference, candidate] : candidates_) {
            if (reference.first == satisfied.reference.version &&
                reference.second != satisfied.reference.id) {
                for (const VoteItem* vote : candidate.votes) {
                    why_not_[vote] =
                        fmt::format("another policy {} is in force", satisfied.reference.version);
                }
            }
        }
        result_.state.policy = std::move(satisfied.next);
        result_.steps.push_back(std::move(satisfied.step));
    }

    void report_votes() {
        for (const VoteItem& vote : pool_.policy_votes) {
            if (const auto why = why_not_.find(&vote); why != why_not_.end()) {
                result_.ignored.push_back({name_of(vote), why->second});
            }
        }
    }

    const Pool& pool_;
    const Enacted* enacted_;
    Advance result_;
    std::vector<std::string> pending_;  ///< the state's, which items point into
    std::vector<RevocationItem> revocations_;
    std::map<std::pair<std::uint32_t, base::Digest>, Candidate> candidates_;
    std::map<const VoteItem*, std::string> why_not_;
    std::size_t weighed_ = 0;  ///< amendments of the policy in force with votes enough
    std::set<std::tuple<base::Digest, std::string_view, Verdict>> stopped_;  ///< in result_.stops
};

}  // namespace

base::Result<Advance> advance_pool(const DomainState& state, const Pool& pool) {
    return Advancer(state, pool).advance();
}

base::Result<Advance> advance_enacted(const DomainState& state, const Pool& pool,
                                      const Enacted& enacted) {
    return Advancer(state, pool, &enacted).advance();
}

base::Result<Advance> advance(const DomainState& state,
                              const std::vector<std::string_view>& statements) {
    const Pool pool = sort_statements(statements);
    Advance advance = TRY(advance_pool(state, pool));
    advance.ignored.insert(advance.ignored.begin(), pool.ignored.begin(), pool.ignored.end());
    return advance;
}

}  // namespace cheget::permit
