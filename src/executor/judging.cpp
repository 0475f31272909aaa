// Deciding as an executor.
#include "executor/judging.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/text.h"
#include "executor/alarm.h"
#include "executor/marks.h"
#include "store/gathering.h"

namespace cheget::executor {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Kind;
using statement::Outcome;

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
Result<std::vector<std::string>> gather(State& state, const Digest& order,
                                        std::vector<std::string> given,
                                        std::vector<std::string> dropped) {
    store::Ledger& ledger = state.ledger();
    store::Collection all;
    TRY(append(all, ledger.revocations(false)));
    TRY(append(all, ledger.stops(order)));
    TRY(append(all, std::move(given)));
    TRY(append(all, std::move(dropped)));
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

/// Under a log amendments take force there alone; revocations that came another way are kept.
Result<void> remember_revocations(store::Ledger& ledger, const permit::DomainState& state) {
    for (const permit::RevokedKey& key : state.revoked) {
        for (const std::string& revocation : key.statements) {
            if (!key.from) {
                TRY(ledger.add_revocation(revocation, true));
            }
        }
    }
    for (const std::string& revocation : state.pending_revocations) {
        TRY(ledger.add_revocation(revocation, false));
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

permit::HoldsMark holder_of(const Marks& marks) {
    return [&marks](const signature::PublicKey& key, const statement::SignedText& vote) {
        return marks.hold(key, vote.text);
    };
}

Result<Verdict> judge_logged(State& state, Verdict verdict, const Marks& marks,
                             const std::optional<LoggedClaim>& claim) {
    const LogFollower& log = *state.log();
    const permit::LogMoment moment =
        TRY(claim ? log.at_claim(claim->index, claim->signed_at, claim->low_before)
                  : log.before_claim());
    const std::vector<std::string>& outside = verdict.material->statements;
    const Digest order = TRY(order_among(outside));
    const permit::OwnKnowledge own{TRY(state.ledger().revocations(true)), holder_of(marks)};
    verdict.judgement = TRY(permit::judge_under_log(log.knowledge().chronicle, log.copy(), order,
                                                    views(outside), moment, own));
    TRY(remember_revocations(state.ledger(), verdict.judgement.state));
    TRY(remember_stops(state.ledger(), verdict));
    return verdict;
}

/// The domain as this executor knows it, before what it is given now.
Result<permit::DomainState> known_domain(State& state) {
    if (state.log() != nullptr) {
        return state.log()->knowledge().chronicle.state();
    }
    store::Ledger& ledger = state.ledger();
    const store::Ledger::KnownPolicy policy = TRY(ledger.newest_policy());
    const std::vector<std::string> revocations = TRY(ledger.revocations(true));
    permit::DomainState known =
        TRY(permit::resume(policy.text, ledger.owner().domain.first_policy, revocations));
    if (known.domain != ledger.owner().domain ||
        known.policy->policy.header.version != policy.version) {
        return fail(ErrorKind::corrupt_state,
                    "the ledger's policy is not of its own domain and version; inspect it with "
                    "`cheget-exec state check`");
    }
    return known;
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

/// Whether as few executors claimed the order in the log as the rule lets act, or one of them is
/// this one. Before a claim it saves one that could not win; what a claim is worth is
/// permit::require_first_claim()'s question.
Result<void> require_place(const permit::Judgement& judgement, const std::string& target,
                           const std::optional<Digest>& own) {
    std::vector<std::string> before;
    for (const permit::Trace& trace : judgement.traces) {
        if (trace.is_claim && trace.counts && trace.target == target && trace.id != own &&
            std::find(before.begin(), before.end(), trace.executor) == before.end()) {
            before.push_back(trace.executor);
        }
    }
    if (!own && judgement.bound && before.size() >= judgement.bound->action().executors_needed) {
        return fail(ErrorKind::denied,
                    fmt::format("order {} was claimed for {} by {} already, as the log shows; an "
                                "order acts once, so propose a new one if it must be done again",
                                short_id(judgement.order_id), base::shown(target),
                                base::join_words(before)));
    }
    return {};
}

}  // namespace

std::vector<std::string_view> views(const std::vector<std::string>& statements) {
    return {statements.begin(), statements.end()};
}

std::string short_id(const Digest& digest) {
    return "sha256:" + base::to_hex(digest).substr(0, 12) + "…";
}

Result<Verdict> judge_now(const Config& config, State& state, const Subject& subject,
                          const std::optional<LoggedClaim>& claim, Reach reach) {
    store::Ledger& ledger = state.ledger();
    Verdict verdict;
    verdict.material = std::make_unique<Material>(TRY(subject.load()));
    std::vector<std::string>& statements = verdict.material->statements;
    const Digest order = TRY(order_among(statements));
    const permit::DomainState known = TRY(known_domain(state));
    Dropped dropped = TRY(read_drop_places(config, known.policy->policy, order, reach));
    verdict.warnings = std::move(dropped.warnings);
    statements = TRY(gather(state, order, std::move(statements), std::move(dropped.statements)));
    const Marks marks = TRY(Marks::load(config));
    raise_alarms(config, state, marks, views(statements));
    if (state.log() != nullptr) {
        return judge_logged(state, std::move(verdict), marks, claim);
    }
    const permit::Advance advance = TRY(permit::advance(known, views(statements)));
    TRY(remember(ledger, advance));
    verdict.judgement =
        TRY(permit::judge(advance.state, views(statements), clock_now(), holder_of(marks)));
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
    if (!judgement.log && (target == nullptr || action.executors_needed != 1)) {
        return fail(ErrorKind::denied,
                    "an order for many targets or several executors needs a "
                    "log, which this domain does not have");
    }
    if (target == nullptr) {
        return fail(ErrorKind::denied,
                    "this executor acts on orders for a single target, and this one is for many");
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
    const permit::Judgement& judgement = verdict.judgement;
    if (judgement.log) {
        TRY(require_place(judgement, target, own));
    }
    // Valid traces, from wherever they came: they outlive a ledger that was put back.
    std::optional<std::string> by;
    std::optional<Outcome> outcome;
    for (const permit::Trace& trace : verdict.judgement.traces) {
        // Of what is in the log its order decides: require_place(), and once it holds the claim
        // permit::require_first_claim().
        const bool is_left_to_the_log =
            judgement.log && (trace.executor != state.owner().executor || (own && trace.index));
        if (trace.target != target || (own && trace.claim == own) || is_left_to_the_log) {
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
