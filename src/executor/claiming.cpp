// Claiming.
#include "executor/claiming.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <time.h>

#include <algorithm>

#include "base/text.h"
#include "executor/launch.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Kind;
using store::ClaimRecord;

constexpr long k_first_pause_milliseconds = 50;
constexpr long k_longest_pause_milliseconds = 2'000;

void pause(long milliseconds) {
    constexpr long k_nanoseconds = 1'000'000;
    const timespec time{milliseconds / 1000, milliseconds % 1000 * k_nanoseconds};
    ::nanosleep(&time, nullptr);  // a signal that ends it early only makes it look sooner
}

std::unexpected<base::Error> not_yet(const Config& config, const ClaimRecord& claim,
                                     std::string_view why) {
    return fail(ErrorKind::waiting,
                fmt::format("claimed, not yet in the log: {}; the claim stays open and nothing was "
                            "run: run the same order again, before this machine is started anew\n"
                            "  claim  {}/{}/{}.claim",
                            why, config.outbox, base::to_hex(claim.order), base::to_hex(claim.id)));
}

}  // namespace

Result<ClaimRecord> make_claim(const Config& config, const keys::MachineKey& key, State& state,
                               const permit::Judgement& judgement, const std::string& target) {
    statement::Claim claim;
    claim.domain = state.ledger().owner().domain;
    claim.order = judgement.order_id;
    claim.target = target;
    claim.executor = config.executor;
    claim.policy = judgement.state.policy->policy.reference();
    ClaimRecord record;
    if (state.log() != nullptr) {
        claim.size = state.log()->knowledge().chronicle.size();
        record.signed_at = TRY(boot_now());  // before it is signed: no later
    }
    if (::getrandom(claim.nonce.data(), claim.nonce.size(), 0) !=
        static_cast<ssize_t>(claim.nonce.size())) {
        return fail(ErrorKind::unreachable, "cannot get random bytes for the claim");
    }
    const std::string text = TRY(statement::render(claim));
    record.id = statement::id_of(text);
    record.order = claim.order;
    record.target = target;
    record.signed_claim = TRY(sign_statement(key, Kind::claim, claim.domain.name, text));
    record.drill = judgement.order.drill;
    record.claimed_at = clock_now();
    return record;
}

Result<LoggedClaim> await_claim(const Config& config, State& state, const ClaimRecord& claim,
                                base::Time low_before) {
    LogFollower& log = *state.log();
    const auto found = [&](std::uint64_t index) {
        return LoggedClaim{index, *claim.signed_at, low_before};
    };
    if (const auto index = TRY(log.index_of(claim.order, claim.signed_claim))) {
        return found(*index);  // a permit's extract had it
    }
    if (log.is_offline()) {
        return not_yet(config, claim,
                       fmt::format("this executor is offline. Its claim is its challenge: hand it "
                                   "in to the log, and come back with a permit that carries the "
                                   "log's entries from {} on",
                                   log.knowledge().chronicle.size()));
    }
    const store::BootMoment began = TRY(boot_now());
    std::string trouble;
    bool is_handed_in = false;
    for (long wait = k_first_pause_milliseconds;;
         wait = std::min(wait * 2, k_longest_pause_milliseconds)) {
        if (!is_handed_in) {
            const Result<void> handed = log.hand_in(claim.signed_claim);
            is_handed_in = handed.has_value();
            trouble = handed ? "it was handed in, and no witnessed checkpoint contains it"
                             : handed.error().message;
        }
        const Result<void> followed = state.follow();
        if (!followed && followed.error().kind != ErrorKind::unreachable) {
            return std::unexpected(followed.error());
        }
        if (!followed) {
            trouble = followed.error().message;
        }
        if (const auto index = TRY(log.index_of(claim.order, claim.signed_claim))) {
            return found(*index);
        }
        if (Launch::was_asked_to_stop()) {
            return not_yet(config, claim, "asked to stop");
        }
        if (TRY(passed_since(began)) > config.claim_wait) {
            return not_yet(config, claim, trouble);
        }
        pause(wait);
    }
}

}  // namespace cheget::executor
