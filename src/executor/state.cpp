// The state folder. One lock file orders all deciding and claiming; a claim's own mark, held for as
// long as its process lives, tells a running command from one that a crash cut short.
#include "executor/state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "executor/trusted_path.h"
#include "store/beneath.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Kind;
using statement::Outcome;
using store::Beneath;
using store::ClaimRecord;
using store::Descriptor;
using store::Outgoing;
using store::Progress;

constexpr std::size_t k_most_handed_in = 256;    // receipts in one go
constexpr std::size_t k_most_sent_files = 4096;  // of one order

Result<Descriptor> take_lock(const Config& config) {
    const std::string path = config.state + "/lock";
    Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock.is_open()) {
        const std::string reason = store::system_reason();
        return fail(ErrorKind::unreachable,
                    fmt::format("cannot open the state's lock {}: {}; a new executor begins with "
                                "`cheget-exec init`",
                                base::shown(path), reason));
    }
    constexpr long k_pause_nanoseconds = 20'000'000;
    const int tries =
        k_lock_timeout_seconds * static_cast<int>(1'000'000'000 / k_pause_nanoseconds);
    for (int i = 0; i < tries; ++i) {
        if (::flock(lock.number(), LOCK_EX | LOCK_NB) == 0) {
            return lock;
        }
        const timespec pause{0, k_pause_nanoseconds};
        ::nanosleep(&pause, nullptr);
    }
    return fail(ErrorKind::unreachable,
                fmt::format("another cheget-exec has held the state {} for {} seconds; try again "
                            "once it is done",
                            base::shown(config.state), k_lock_timeout_seconds));
}

/// The state is only as good as those who may write to it.
Result<void> require_private(const std::string& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) {
        const std::string reason = store::system_reason();
        return fail(ErrorKind::unreachable,
                    fmt::format("cannot look at the state folder {}: {}; a new executor begins "
                                "with `cheget-exec init`",
                                base::shown(folder), reason));
    }
    if (status.st_uid != ::geteuid() || (status.st_mode & 022U) != 0) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("the state folder {} must belong to the executor's user and be "
                                "writable by nobody else",
                                base::shown(folder)));
    }
    // Whoever can rename a folder on the way could put an older copy of the state in its place.
    TRY(open_trusted(folder, PathEnd::folder));
    return {};
}

std::string running_path(const Config& config, const base::Digest& claim) {
    return fmt::format("{}/running/{}", config.state, base::to_hex(claim));
}

}  // namespace

base::Time clock_now() {
    timespec now{};
    static_cast<void>(::clock_gettime(CLOCK_REALTIME, &now));  // can't fail for this clock
    return {std::int64_t{now.tv_sec}};
}

std::string ledger_path(const Config& config) {
    return config.state + "/ledger.db";
}

Result<void> make_state_folders(const Config& config) {
    TRY(store::make_folder_durably(config.state, 0700));
    TRY(require_private(config.state));
    TRY(store::make_folder_durably(config.state + "/running", 0700));
    TRY(store::make_folder_durably(config.state + "/output", 0700));
    TRY(store::make_folder_durably(config.outbox, 0755));
    return store::make_folder_durably(config.drop, 0755);
}

Result<void> begin_ledger(const Config& config, std::uint32_t version, std::string_view policy_text,
                          std::string_view log) {
    const Descriptor lock = TRY(take_lock(config));
    TRY(store::Ledger::create(ledger_path(config),
                              {config.domain, config.executor, std::string(log)}, version,
                              policy_text, clock_now()));
    return {};
}

RunningMark::~RunningMark() {
    if (descriptor_.is_open()) {
        ::unlink(path_.c_str());  // the ledger tells the end; the mark is only for the living
    }
}

Result<std::string> sign_statement(const keys::MachineKey& key, Kind kind, std::string_view domain,
                                   const std::string& text) {
    const std::string signature = TRY(key.sign(statement::signature_namespace(kind, domain), text));
    return text + signature;
}

Result<Outgoing> make_receipt(const keys::MachineKey& key, const store::LedgerOwner& owner,
                              const ClaimRecord& claim, statement::Receipt details) {
    details.domain = owner.domain;
    details.order = claim.order;
    details.target = claim.target;
    details.executor = owner.executor;
    details.claim = claim.id;
    const std::string text = TRY(statement::render(details));
    Outgoing outgoing;
    outgoing.id = statement::id_of(text);
    outgoing.order = claim.order;
    outgoing.kind = Kind::receipt;
    outgoing.claim = claim.id;
    outgoing.signed_text = TRY(sign_statement(key, Kind::receipt, owner.domain.name, text));
    return outgoing;
}

Result<State> State::open(const Config& config, const keys::MachineKey& key, bool check_clock) {
    TRY(require_private(config.state));
    Descriptor lock = TRY(take_lock(config));
    State state(config, std::move(lock));
    state.ledger_ = TRY(store::Ledger::open(ledger_path(config)));
    const store::LedgerOwner& owner = state.ledger_->owner();
    if (owner.domain != config.domain || owner.executor != config.executor) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("the ledger {} is {}'s in {}, the configuration is {}'s in {}; "
                                "nothing was done",
                                base::shown(ledger_path(config)), owner.executor, owner.domain.name,
                                config.executor, config.domain.name));
    }
    if (!owner.log.empty()) {
        state.log_.emplace(TRY(LogFollower::open(config, owner)));
    } else if (check_clock) {
        TRY(state.require_clock());
    }
    TRY(state.finish_abandoned(key));
    TRY(state.send());
    return state;
}

/// Without a log the clock alone tells whether an order has expired.
Result<void> State::require_clock() {
    const base::Time now = clock_now();
    const base::Time latest = TRY(ledger_->latest_time());
    if (now + k_clock_slip < latest) {
        return fail(ErrorKind::denied,
                    fmt::format("the clock says {}, but this executor has seen {}: a clock that "
                                "went back could bring an expired order back; set the clock right, "
                                "or run `cheget-exec state accept-clock` if it was wrong before",
                                base::to_text(now), base::to_text(latest)));
    }
    return latest < now ? ledger_->note_time(now) : Result<void>();
}

Result<void> State::follow(const permit::Permit::Extract& carried,
                           const permit::Progress& progress) {
    TRY(log_->catch_up(carried, progress));
    TRY(require_no_less());
    TRY(take_up_policies());
    return {};
}

/// A copy that was put back is healed by reading on. If the log itself shows no more than that, it
/// was put back too.
Result<void> State::require_no_less() {
    std::uint64_t most = 0;
    for (const ClaimRecord& claim : TRY(ledger_->claims())) {
        const statement::SignedText split = TRY(statement::split_signed(claim.signed_claim));
        most = std::max(most, TRY(statement::parse_claim(split.text)).size);
    }
    const std::uint64_t size = log_->knowledge().chronicle.size();
    const std::uint32_t version = log_->knowledge().chronicle.state().policy->policy.header.version;
    const std::uint32_t known = TRY(ledger_->newest_policy()).version;
    if (size < most || version < known) {
        return fail(ErrorKind::denied,
                    fmt::format("the log shows {} entries and policy {}, and this executor has "
                                "seen {} entries and policy {}: it never goes back; read the log "
                                "from another place",
                                size, version, most, known));
    }
    return {};
}

Result<void> State::take_up_policies() {
    const std::uint32_t known = TRY(ledger_->newest_policy()).version;
    for (const auto& policy : log_->knowledge().chronicle.record().policies) {
        const statement::PolicyHeader header = TRY(statement::parse_policy_header(policy.text));
        if (header.version > known) {
            TRY(ledger_->add_policy(header.version, policy.text));
        }
    }
    return {};
}

std::optional<std::string> State::hand_in_receipts() {
    const auto work = [&]() -> Result<void> {
        std::map<base::Digest, std::string> claims;
        for (const ClaimRecord& claim : TRY(ledger_->claims())) {
            claims.emplace(claim.id, claim.signed_claim);
        }
        for (const Outgoing& receipt : TRY(ledger_->unlogged_receipts(k_most_handed_in))) {
            const auto claim = receipt.claim ? claims.find(*receipt.claim) : claims.end();
            // The log has nothing to do with what it never knew of: a claim that came too late may
            // still be another executor's to make.
            if (claim == claims.end() || !TRY(log_->index_of(receipt.order, claim->second))) {
                continue;
            }
            if (TRY(log_->index_of(receipt.order, receipt.signed_text))) {
                TRY(ledger_->mark_logged(receipt.id));
                continue;
            }
            TRY(log_->hand_in(receipt.signed_text));
        }
        return {};
    };
    const Result<void> done = log_ && !log_->is_offline() ? work() : Result<void>();
    return done ? std::nullopt
                : std::optional(
                      "receipts are not in the log yet, and will be handed in at the "
                      "next run: " +
                      done.error().message);
}

Result<std::optional<ClaimRecord>> State::open_claim(const base::Digest& order,
                                                     std::string_view target) {
    std::optional<ClaimRecord> record = TRY(ledger_->find_claim(order, target));
    // open() finished those of earlier boots.
    if (!log_ || !record || !record->signed_at || record->progress != Progress::claimed ||
        TRY(is_alive(record->id))) {
        record.reset();
    }
    return record;
}

Result<bool> State::is_alive(const base::Digest& claim) const {
    const std::string path = running_path(*config_, claim);
    const Descriptor mark(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!mark.is_open()) {
        if (errno == ENOENT) {
            return false;
        }
        const std::string reason = store::system_reason();
        return fail(ErrorKind::corrupt_state,
                    fmt::format("cannot tell whether a claim's process lives: {}: {}",
                                base::shown(path), reason));
    }
    if (::flock(mark.number(), LOCK_EX | LOCK_NB) != 0) {
        return true;
    }
    ::unlink(path.c_str());
    return false;
}

Result<void> State::finish_abandoned(const keys::MachineKey& key) {
    const std::vector<ClaimRecord> unfinished = TRY(ledger_->unfinished_claims());
    for (const ClaimRecord& claim : unfinished) {
        if (TRY(is_alive(claim.id))) {
            continue;
        }
        // It may have come to its own end between the two looks.
        const std::optional<ClaimRecord> again =
            TRY(ledger_->find_claim(claim.order, claim.target));
        if (again && again->progress == Progress::ended) {
            continue;
        }
        TRY(finish_one(key, claim));
    }
    return {};
}

Result<void> State::finish_one(const keys::MachineKey& key, const ClaimRecord& claim) {
    Outcome outcome = Outcome::unknown;
    if (claim.signed_at && claim.progress == Progress::claimed) {
        if (passed_since(*claim.signed_at)) {
            return {};  // the log may still take it in
        }
        outcome = Outcome::refused;  // nothing begins before the log has the claim
    }
    statement::Receipt details;
    details.outcome = outcome;
    details.began = claim.claimed_at;
    const Outgoing receipt = TRY(make_receipt(key, ledger_->owner(), claim, details));
    return ledger_->record_end(claim.id, outcome, std::nullopt, receipt);
}

Result<RunningMark> State::mark_running(const base::Digest& claim) const {
    const std::string path = running_path(*config_, claim);
    Descriptor mark(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!mark.is_open() || ::flock(mark.number(), LOCK_EX | LOCK_NB) != 0) {
        const std::string reason = store::system_reason();
        return fail(ErrorKind::unreachable, fmt::format("cannot mark the claim as running in {}: "
                                                        "{}",
                                                        base::shown(path), reason));
    }
    return RunningMark(std::move(mark), path);
}

Result<std::vector<Outgoing>> State::send() {
    std::vector<Outgoing> waiting = TRY(ledger_->outgoing());
    if (waiting.empty()) {
        return waiting;
    }
    const Beneath outbox = TRY(Beneath::open(config_->outbox));
    for (const Outgoing& one : waiting) {
        TRY(outbox.write(fmt::format("{}/{}.{}", base::to_hex(one.order), base::to_hex(one.id),
                                     statement::name_of(one.kind)),
                         one.signed_text));
        TRY(ledger_->mark_sent(one.id));
    }
    return waiting;
}

Result<std::vector<std::string>> State::sent(const base::Digest& order) const {
    const auto corrupt = [&](const base::Error& error) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("the outbox {} can't be read, and it may tell that the order was "
                                "claimed: {}",
                                base::shown(config_->outbox), error.message));
    };
    const Result<Beneath> outbox = Beneath::open(config_->outbox);
    if (!outbox) {
        return corrupt(outbox.error());
    }
    const std::string folder = base::to_hex(order);
    const Result<std::vector<std::string>> names = outbox->list(folder, k_most_sent_files);
    if (!names) {
        return corrupt(names.error());
    }
    std::vector<std::string> all;
    for (const std::string& name : *names) {
        Result<std::optional<std::string>> content =
            outbox->read(fmt::format("{}/{}", folder, name), statement::k_longest_signed);
        if (!content) {
            return corrupt(content.error());
        }
        if (*content) {
            all.push_back(**std::move(content));
        }
    }
    return all;
}

Result<std::string> State::store_output(const base::Digest& claim, std::string_view output) {
    std::string path = fmt::format("{}/output/{}", config_->state, base::to_hex(claim));
    TRY(store::write_file_durably(path, output, 0600));
    return path;
}

}  // namespace cheget::executor
