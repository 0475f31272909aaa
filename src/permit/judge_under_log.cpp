// Judging an order by what its log holds: the entries about it, rations, and whose claim is first.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "permit/chronicle.h"
#include "permit/pool.h"
#include "permit/signer.h"

namespace cheget::permit {

namespace {

using base::Digest;
using base::Result;
using statement::Kind;

/// What there is on an order.
struct Found {
    statement::Order order;
    std::vector<Entry> entries;
};

/// The order's text among the entries about it, or among what came another way.
Result<statement::Order> find_order(const Digest& id, const std::vector<Entry>& entries,
                                    const std::vector<std::string_view>& outside) {
    std::vector<std::string_view> all;
    for (const Entry& entry : entries) {
        all.push_back(entry.whole);
    }
    all.insert(all.end(), outside.begin(), outside.end());
    for (const std::string_view whole : all) {
        const auto parts = statement::split_signed(whole);
        if (parts && statement::id_of(parts->text) == id) {
            return statement::parse_order(parts->text);
        }
    }
    return base::bad_input(fmt::format(
        "order {} is neither in the log as far as it was read nor among the statements given",
        base::to_text(id)));
}

Result<void> add_facts(const policy::Policy& policy, const statement::Order& order,
                       const Digest& id, const Archive& archive, std::vector<Entry>& entries) {
    for (const policy::Fact& fact : policy.facts) {
        for (const statement::FactSubject& about : fact_subjects(order, id)) {
            auto said = TRY(archive.about(subject_of_fact(fact.name, about)));
            std::move(said.begin(), said.end(), std::back_inserter(entries));
        }
    }
    return {};
}

/// What tells of the briefcases of which the policy asks more than their keys.
Result<void> add_custody(const policy::Policy& policy, const Archive& archive,
                         std::vector<Entry>& entries) {
    for (const policy::Principal& principal : policy.principals) {
        for (const policy::Key& key : principal.keys) {
            if (key.custody || key.tpm) {
                auto said = TRY(archive.about(subject_of_custody(key.key.fingerprint())));
                std::move(said.begin(), said.end(), std::back_inserter(entries));
            }
        }
    }
    return {};
}

Result<Found> find(const Chronicle& chronicle, const Archive& archive, const Digest& order,
                   const std::vector<std::string_view>& outside) {
    auto entries = TRY(archive.about(subject_of_order(order)));
    Found found{TRY(find_order(order, entries, outside)), std::move(entries)};
    TRY(add_facts(chronicle.state().policy->policy, found.order, order, archive, found.entries));
    TRY(add_custody(chronicle.state().policy->policy, archive, found.entries));
    std::stable_sort(found.entries.begin(), found.entries.end(),
                     [](const Entry& a, const Entry& b) { return a.index < b.index; });
    return found;
}

/// The claims on one order that use up a ration, and when they were there.
class SpentClaims {
  public:
    SpentClaims(const Chronicle& chronicle, const statement::Order& order,
                std::span<const Entry> entries, const LogMoment& moment)
        : chronicle_(chronicle), order_(order), entries_(entries), moment_(moment) {}

    Result<void> add_to(std::vector<base::Time>& starts) {
        TRY(read());
        for (const Spent& one : spent_) {
            if (!one.is_given_back) {
                // One that no checkpoint contains yet is of now.
                starts.push_back(moment_.times->start_of(one.index).value_or(moment_.high));
            }
        }
        return {};
    }

  private:
    struct Spent {
        std::uint64_t index;
        Digest claim;
        std::string executor;
        std::string target;
        bool has_begun = false;
        bool is_given_back = false;
    };

    Result<void> read() {
        bool is_logged = false;
        for (const Entry& entry : entries_) {
            if (entry.index >= moment_.bound) {
                break;
            }
            const auto parts = statement::split_signed(entry.whole);
            const auto kind =
                parts ? statement::kind_of(parts->text) : std::unexpected(parts.error());
            if (!kind) {
                continue;
            }
            if (*kind == Kind::order) {
                is_logged = true;
            } else if (*kind == Kind::claim && is_logged) {
                TRY(read_claim(entry.index, *parts));
            } else if (*kind == Kind::receipt) {
                TRY(read_receipt(entry.index, *parts));
            }
        }
        return {};
    }

    Result<void> read_claim(std::uint64_t index, const statement::SignedText& signed_text) {
        auto claim = statement::parse_claim(signed_text.text);
        if (!claim || claim->domain != chronicle_.state().domain) {
            return {};
        }
        const auto known = TRY(chronicle_.policy_at(index));
        const policy::Emergency* emergency = known->policy.find_emergency(order_.rule.action);
        if (emergency == nullptr || order_.policy != known->policy.reference()) {
            return {};  // it could not have acted
        }
        const policy::Action& rule = emergency->rule;
        const auto signer = find_signer(
            chronicle_.state(), known->policy, claim->executor,
            statement::signature_namespace(Kind::claim, claim->domain.name), signed_text);
        const bool counts =
            signer && signer->stops_at(index) &&
            std::binary_search(rule.executors.begin(), rule.executors.end(), signer->principal);
        const auto before = static_cast<std::size_t>(
            std::count_if(spent_.begin(), spent_.end(),
                          [&](const Spent& one) { return one.target == claim->target; }));
        const bool again = std::any_of(spent_.begin(), spent_.end(), [&](const Spent& one) {
            return one.target == claim->target && one.executor == claim->executor;
        });
        if (counts && !again && before < rule.executors_needed) {
            spent_.push_back({index, statement::id_of(signed_text.text), std::move(claim->executor),
                              std::move(claim->target), false, false});
        }
        return {};
    }

    /// `refused` by the claim's own executor gives the ration back, unless it had begun. For its
    /// order the claim stays spent.
    Result<void> read_receipt(std::uint64_t index, const statement::SignedText& signed_text) {
        const auto receipt = statement::parse_receipt(signed_text.text);
        if (!receipt || !receipt->claim || receipt->domain != chronicle_.state().domain) {
            return {};
        }
        const auto found = std::find_if(spent_.begin(), spent_.end(), [&](const Spent& one) {
            return one.claim == *receipt->claim && one.executor == receipt->executor;
        });
        if (found == spent_.end()) {
            return {};
        }
        const auto known = TRY(chronicle_.policy_at(index));
        const auto signer = find_signer(
            chronicle_.state(), known->policy, receipt->executor,
            statement::signature_namespace(Kind::receipt, receipt->domain.name), signed_text);
        if (!signer || !signer->stops_at(index)) {
            return {};
        }
        if (receipt->outcome == statement::Outcome::started) {
            found->has_begun = true;
        } else if (receipt->outcome == statement::Outcome::refused && !found->has_begun) {
            found->is_given_back = true;
        }
        return {};
    }

    const Chronicle& chronicle_;
    const statement::Order& order_;
    std::span<const Entry> entries_;
    const LogMoment& moment_;
    std::vector<Spent> spent_;
};

/// The other orders of an order's emergency that are no drills, across policy versions, with what
/// there is on each.
Result<std::vector<Found>> others_of_emergency(const Archive& archive,
                                               const statement::Order& order, const Digest& own) {
    std::vector<Found> others;
    if (!order.rule.emergency) {
        return others;
    }
    std::set<Digest> seen{own};
    for (const Entry& entry : TRY(archive.about(subject_of_emergency(order.rule.action)))) {
        const auto parts = statement::split_signed(entry.whole);
        auto other = parts ? statement::parse_order(parts->text) : std::unexpected(parts.error());
        if (!other || other->drill || !seen.insert(statement::id_of(parts->text)).second) {
            continue;
        }
        auto about = TRY(archive.about(subject_of_order(statement::id_of(parts->text))));
        others.push_back({std::move(*other), std::move(about)});
    }
    return others;
}

Result<std::vector<base::Time>> ration_of(const Chronicle& chronicle, const Archive& archive,
                                          const statement::Order& order, const Digest& own,
                                          const LogMoment& moment) {
    std::vector<base::Time> starts;
    for (const Found& other : TRY(others_of_emergency(archive, order, own))) {
        TRY(SpentClaims(chronicle, other.order, other.entries, moment).add_to(starts));
    }
    std::sort(starts.begin(), starts.end());
    return starts;
}

/// Votes on policies have force in the log alone.
void drop_policy_votes(Pool& pool) {
    for (const VoteItem& vote : pool.policy_votes) {
        pool.ignored.push_back(
            {name_of(vote), "an amendment takes force by an enactment in the log: hand it in"});
    }
    pool.policy_votes.clear();
}

}  // namespace

Result<Judgement> judge_under_log(const Chronicle& chronicle, const Archive& archive,
                                  const Digest& order, const std::vector<std::string_view>& outside,
                                  const LogMoment& moment, const OwnKnowledge& own) {
    Found found = TRY(find(chronicle, archive, order, outside));
    const auto entries = std::make_shared<const std::vector<Entry>>(std::move(found.entries));
    const auto& policies = chronicle.record().policies;
    LogContext context;
    context.moment = {moment.bound, moment.low, moment.high, {}, {}, {}};
    context.moment.ration = TRY(ration_of(chronicle, archive, found.order, order, moment));
    context.times = moment.times;
    context.policy_at = [&chronicle](std::uint64_t index) { return chronicle.policy_at(index); };
    if (policies.back().from >= moment.bound && policies.size() > 1) {
        context.refusal =
            fmt::format("policy {} took force at entry {}, after the claim",
                        chronicle.state().policy->policy.header.version, policies.back().from);
    }
    Pool pool = sort_entries(*entries, outside);
    drop_policy_votes(pool);
    DomainState state = chronicle.state();
    TRY(trust_revocations(state, own.revocations));
    Judgement judgement =
        TRY(judge_pool(state, pool, moment.high, std::move(context), own.holds_mark));
    judgement.entries = entries;
    return judgement;
}

Result<std::vector<std::uint64_t>> indexes_on(const Chronicle& chronicle, const Archive& archive,
                                              const Digest& order,
                                              const std::vector<std::string_view>& outside) {
    const Found found = TRY(find(chronicle, archive, order, outside));
    std::vector<Found> all = TRY(others_of_emergency(archive, found.order, order));
    all.push_back(found);
    std::set<std::uint64_t> indexes;
    for (const Found& one : all) {
        for (const Entry& entry : one.entries) {
            indexes.insert(entry.index);
        }
    }
    return std::vector(indexes.begin(), indexes.end());
}

Result<void> require_first_claim(const Judgement& judgement, const Digest& claim) {
    const auto refuse = [&](std::string_view why) {
        return base::fail(
            base::ErrorKind::denied,
            fmt::format("the claim {} on order {} may not act: {}", base::to_text(claim),
                        base::to_text(judgement.order_id), why));
    };
    const auto& traces = judgement.traces;
    const auto own = std::find_if(traces.begin(), traces.end(), [&](const Trace& one) {
        return one.is_claim && one.id == claim;
    });
    if (own == traces.end() || !own->counts || !judgement.bound) {
        return refuse("it does not count in the log as far as it was read");
    }
    std::set<std::string> before;
    for (const Trace& one : traces) {
        if (!one.is_claim || !one.counts || one.target != own->target ||
            *one.index >= *own->index) {
            continue;
        }
        if (one.executor == own->executor) {
            return refuse(fmt::format("{} claimed it for {} before, at entry {}", one.executor,
                                      base::shown(one.target), *one.index));
        }
        before.insert(one.executor);
    }
    if (before.size() >= judgement.bound->action().executors_needed) {
        return refuse(fmt::format("{} claimed it for {} first",
                                  base::join_words(std::vector(before.begin(), before.end())),
                                  base::shown(own->target)));
    }
    return {};
}

}  // namespace cheget::permit
