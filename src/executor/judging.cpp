// Deciding as an executor.
#include "executor/judging.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/text.h"
#include "store/gathering.h"

namespace cheget::executor {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Kind;
using statement::Outcome;

std::vector<std::string_view> views(const std::vector<std::string>& statements) {
    return {statements.begin(), statements.end()};
}

Result<void> append(store::Collection& all, Result<std::vector<std::string>> more) {
    if (!more) {
        return std::unexpected(std::move(more).error());
    }
    for (std::string& one : *more) {
        TRY(all.add(std::move(one)));
    }
    return {};
}

/// The amendments that the statements vote on.
std::set<Digest> amendments_among(const std::vector<std::string>& statements) {
    std::set<Digest> ids;
    for (const std::string& signed_text : statements) {
        const auto split = statement::split_signed(signed_text);
        const auto vote = split ? statement::parse_vote_fields(split->text)
                                : Result<statement::VoteFields>(std::unexpected(split.error()));
        if (vote && std::holds_alternative<statement::PolicyReference>(vote->on)) {
            ids.insert(std::get<statement::PolicyReference>(vote->on).id);
        }
    }
    return ids;
}

/// All that speaks about the order or changes the domain: what was given, what was dropped, and
/// what the executor remembers, which comes first: of one person's words to one effect the first is
/// the one that is kept.
Result<std::vector<std::string>> gather(const Config& config, State& state,
                                        std::vector<std::string> given) {
    store::Ledger& ledger = state.ledger();
    const Digest order = TRY(order_among(given));
    store::Collection all;
    TRY(append(all, ledger.revocations(false)));
    TRY(append(all, ledger.stops(order)));
    TRY(append(all, std::move(given)));
    TRY(append(all, read_drop_folder(config.drop)));
    TRY(append(all, state.sent(order)));
    std::vector<std::string> statements = all.take();
    for (const Digest& amendment : amendments_among(statements)) {
        std::vector<std::string> stops = TRY(ledger.stops(amendment));
        std::move(stops.begin(), stops.end(), std::back_inserter(statements));
    }
    return statements;
}

/// Takes up what changed, before anything is decided by it: a crash must not forget it again.
Result<void> remember(store::Ledger& ledger, const permit::Advance& advance) {
    for (const permit::Advance::Step& step : advance.steps) {
        const statement::PolicyHeader header =
            TRY(statement::parse_policy_header(step.policy_text));
        TRY(ledger.add_policy(header.version, step.policy_text));
    }
    for (const permit::RevokedKey& key : advance.state.revoked) {
        for (const std::string& revocation : key.statements) {
            TRY(ledger.add_revocation(revocation, true));
        }
    }
    for (const std::string& revocation : advance.state.pending_revocations) {
        TRY(ledger.add_revocation(revocation, false));
    }
    for (const permit::Advance::Stop& stop : advance.stops) {
        TRY(ledger.add_stop(stop.amendment, stop.vote));
    }
    return {};
}

/// Keeps what stops the order: vetoes and withdrawals that count, and valid claims and receipts.
/// Taking the file away again does not undo them.
Result<void> remember_stops(store::Ledger& ledger, const Verdict& verdict) {
    std::vector<Digest> stops;
    for (const permit::CountedVote& vote : verdict.judgement.votes) {
        if (vote.voice.verdict == statement::Verdict::veto ||
            vote.voice.verdict == statement::Verdict::withdraw) {
            stops.push_back(vote.id);
        }
    }
    for (const permit::Trace& trace : verdict.judgement.traces) {
        stops.push_back(trace.id);
    }
    if (stops.empty()) {
        return {};
    }
    for (const std::string& signed_text : verdict.material->statements) {
        const auto split = statement::split_signed(signed_text);
        if (split &&
            std::find(stops.begin(), stops.end(), statement::id_of(split->text)) != stops.end()) {
            TRY(ledger.add_stop(verdict.judgement.order_id, signed_text));
        }
    }
    return {};
}

std::unexpected<base::Error> claimed(const Digest& order, const std::string& target,
                                     std::optional<Outcome> outcome, std::string_view by) {
    const bool unknown = !outcome || *outcome == Outcome::unknown || *outcome == Outcome::started;
    return fail(unknown ? ErrorKind::unknown_outcome : ErrorKind::denied,
                fmt::format("order {} was claimed for {} by {} already, {}; an order acts once, so "
                            "propose a new one if it must be done again",
                            short_id(order), base::shown(target), by,
                            unknown ? std::string("and how it ended is unknown: look at the target "
                                                  "itself")
                                    : fmt::format("and its outcome was `{}`",
                                                  statement::name_of(*outcome))));
}

/// A claim on the order in our own outbox counts whatever its signature: nobody else writes there.
bool tells_of_claim(const std::string& signed_text, const Digest& order, const std::string& target,
                    const std::optional<Digest>& own) {
    const auto split = statement::split_signed(signed_text);
    if (!split) {
        return true;  // damaged: it may have been the claim
    }
    const auto claim = statement::parse_claim(split->text);
    if (claim) {
        return claim->order == order && claim->target == target &&
               statement::id_of(split->text) != own;
    }
    const auto receipt = statement::parse_receipt(split->text);
    if (receipt) {
        return receipt->order == order && receipt->target == target &&
               (!own || receipt->claim != own);
    }
    return true;
}

}  // namespace

std::string short_id(const Digest& digest) {
    return "sha256:" + base::to_hex(digest).substr(0, 12) + "…";
}

Result<Verdict> judge_now(const Config& config, State& state, const Subject& subject) {
    store::Ledger& ledger = state.ledger();
    Verdict verdict;
    verdict.material = std::make_unique<Material>(TRY(subject.load()));
    std::vector<std::string>& statements = verdict.material->statements;
    statements = TRY(gather(config, state, std::move(statements)));
    const store::Ledger::KnownPolicy policy = TRY(ledger.newest_policy());
    const std::vector<std::string> revocations = TRY(ledger.revocations(true));
    const permit::DomainState known =
        TRY(permit::resume(policy.text, ledger.owner().domain.first_policy, revocations));
    if (known.domain != ledger.owner().domain ||
        known.policy->policy.header.version != policy.version) {
        return fail(ErrorKind::corrupt_state,
                    "the ledger's policy is not of its own domain and version; inspect it with "
                    "`cheget-exec state check`");
    }
    const permit::Advance advance = TRY(permit::advance(known, views(statements)));
    TRY(remember(ledger, advance));
    verdict.judgement = TRY(permit::judge(advance.state, views(statements), clock_now()));
    if (verdict.judgement.state.policy->policy.id != advance.state.policy->policy.id) {
        return fail(ErrorKind::corrupt_state, "the policy changed while the order was judged");
    }
    TRY(remember_stops(ledger, verdict));
    return verdict;
}

Result<std::string> require_permit(const permit::Judgement& judgement, const Config& config,
                                   const keys::MachineKey& key) {
    if (!judgement.bound || judgement.decision.answer == policy::Answer::deny) {
        return fail(ErrorKind::denied, permit::describe(judgement));
    }
    if (judgement.decision.answer != policy::Answer::permit) {
        return fail(ErrorKind::waiting, permit::describe(judgement));
    }
    return require_executor(judgement, config, key);
}

Result<std::string> require_executor(const permit::Judgement& judgement, const Config& config,
                                     const keys::MachineKey& key) {
    if (!judgement.bound) {
        return fail(ErrorKind::denied, permit::describe(judgement));
    }
    const policy::Policy& policy = judgement.state.policy->policy;
    const policy::Action& action = judgement.bound->action();
    const auto place = policy.find_key(key.public_key().blob());
    if (!place || policy.principals[place->principal].name != config.executor) {
        return fail(ErrorKind::denied,
                    fmt::format("the key {} is not {}'s in policy {}", base::shown(config.key),
                                config.executor, policy.header.version));
    }
    if (judgement.state.is_revoked(key.public_key())) {
        return fail(ErrorKind::denied, fmt::format("the key {} of {} is revoked",
                                                   base::shown(config.key), config.executor));
    }
    if (std::find(action.executors.begin(), action.executors.end(), place->principal) ==
        action.executors.end()) {
        return fail(ErrorKind::denied,
                    fmt::format("{} is none of the executors of {}: another machine acts on this "
                                "order",
                                config.executor, action.name));
    }
    const auto* target = std::get_if<std::string>(&judgement.order.target);
    if (target == nullptr || action.executors_needed != 1) {
        return fail(ErrorKind::denied,
                    "an order for many targets or several executors needs a "
                    "log, which this domain does not have");
    }
    return *target;
}

Result<void> require_unclaimed(State& state, const Verdict& verdict, const std::string& target,
                               const std::optional<Digest>& own) {
    const Digest& order = verdict.judgement.order_id;
    const std::optional<store::ClaimRecord> record = TRY(state.ledger().find_claim(order, target));
    if (record && record->id != own) {
        if (record->progress != store::Progress::ended) {  // open() finished all that are dead
            return fail(ErrorKind::denied,
                        fmt::format("order {} is being acted on for {} right now", short_id(order),
                                    base::shown(target)));
        }
        return claimed(order, target, record->outcome, "this executor");
    }
    // Valid traces, from wherever they came: they outlive a ledger that was put back.
    std::optional<std::string> by;
    std::optional<Outcome> outcome;
    for (const permit::Trace& trace : verdict.judgement.traces) {
        if (trace.target != target || (own && trace.claim == own)) {
            continue;
        }
        by = trace.executor;
        if (trace.outcome && *trace.outcome != Outcome::started) {
            outcome = trace.outcome;
        }
    }
    if (by) {
        return claimed(order, target, outcome, *by);
    }
    for (const std::string& signed_text : TRY(state.sent(order))) {
        if (tells_of_claim(signed_text, order, target, own)) {
            return claimed(order, target, std::nullopt, "this executor (its outbox says so)");
        }
    }
    return {};
}

}  // namespace cheget::executor
