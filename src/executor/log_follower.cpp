// Following the log.
#include "executor/log_follower.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "executor/log_source.h"
#include "log/fork.h"
#include "store/descriptor.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_boot_id = 64;

std::string evidence_path(const Config& config) {
    return config.state + "/fork.evidence";
}

timespec since_boot() {
    timespec now{};
    static_cast<void>(::clock_gettime(CLOCK_BOOTTIME, &now));  // can't fail for this clock
    return now;
}

Result<std::string> boot_id() {
    // It is no regular file, so it has no size: read_file() refuses it.
    const store::Descriptor file(
        ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    char bytes[k_longest_boot_id];
    const ssize_t count = file.is_open() ? ::read(file.number(), bytes, sizeof bytes) : -1;
    if (count <= 1) {
        const std::string reason = store::system_reason();
        return fail(
            ErrorKind::unreachable,
            "cannot tell one boot from another: /proc/sys/kernel/random/boot_id: " + reason);
    }
    return std::string(bytes, static_cast<std::size_t>(count - 1));  // without its line feed
}

}  // namespace

std::string log_copy_path(const Config& config) {
    return fmt::format("{}/{}", config.state, store::k_log_copy_database);
}

Result<store::BootMoment> boot_now() {
    std::string boot = TRY(boot_id());
    return store::BootMoment{std::move(boot), std::int64_t{since_boot().tv_sec}};
}

Result<base::Span> passed_since(const store::BootMoment& moment) {
    const timespec now = since_boot();
    if (TRY(boot_id()) != moment.boot || now.tv_sec < moment.seconds) {
        return fail(ErrorKind::denied,
                    "the machine has been started again since the claim was signed, so nobody can "
                    "tell how long ago that was; the claim is spent");
    }
    return base::Span{now.tv_sec - moment.seconds + 1};
}

Result<LogFollower> LogFollower::open(const Config& config, const store::LedgerOwner& owner) {
    std::error_code error;
    const std::string evidence = evidence_path(config);
    if (std::filesystem::exists(evidence, error)) {
        return fail(ErrorKind::denied,
                    fmt::format("the log {} forked: {} proves it (`cheget log verify --evidence`); "
                                "nothing is done here until its people have looked into that and "
                                "taken the file away",
                                base::shown(owner.log), base::shown(evidence)));
    }
    store::StoredLogCopy copy = TRY(store::StoredLogCopy::open(log_copy_path(config)));
    const permit::Chronicle& chronicle = copy.knowledge().chronicle;
    if (chronicle.state().domain != owner.domain || chronicle.trust().log().name != owner.log) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("the copy of the log {} is of another domain or log; nothing was "
                                "done",
                                base::shown(log_copy_path(config))));
    }
    return LogFollower(config, std::move(copy));
}

Result<void> LogFollower::catch_up(const permit::Permit::Extract& carried,
                                   const permit::Progress& progress) {
    Result<void> known = fail(ErrorKind::unreachable,
                              "no source of the log is configured (`log` in the configuration), "
                              "and the permit carries no extract of it");
    if (!carried.empty()) {
        known = permit::catch_up(copy_, carried);
        if (!known) {
            for (const std::string& checkpoint : carried.checkpoints) {
                known = std::unexpected(alarm(std::move(known).error(), checkpoint, {}));
            }
        }
    }
    if (alarmed_) {
        return known;
    }
    if (offline_) {
        return carried.empty() ? Result<void>() : known;
    }
    // The one that answered last first: what was handed in there is there.
    std::vector<std::string> sources = config_->log;
    std::stable_partition(sources.begin(), sources.end(),
                          [&](const std::string& each) { return each == source_; });
    for (const std::string& source : sources) {
        Result<void> read = read_source(source, progress);
        if (read) {
            source_ = source;
            if (!known && known.error().kind != ErrorKind::unreachable) {
                warnings_.push_back(known.error().message);
            }
            return {};
        }
        if (alarmed_ || read.error().kind == ErrorKind::corrupt_state) {
            return read;
        }
        // The next one may show more, such as where this one is a mirror that stands still.
        if (known) {
            warnings_.push_back(std::move(read).error().message);
        } else if (known.error().kind == ErrorKind::unreachable) {
            known = std::move(read);
        }
    }
    return known;
}

Result<void> LogFollower::read_source(const std::string& source, const permit::Progress& progress) {
    const log::Fetch fetch = TRY(open_log_source(source));
    Result<void> read = permit::catch_up(copy_, fetch, progress);
    if (read || read.error().kind == ErrorKind::unreachable ||
        read.error().kind == ErrorKind::corrupt_state) {
        return read;
    }
    log::RemoteLog remote(fetch);
    const Result<std::string> theirs = remote.checkpoint();
    if (!theirs) {
        return read;
    }
    const auto opened = log::open_checkpoint(*theirs, knowledge().chronicle.trust());
    return std::unexpected(
        alarm(std::move(read).error(), *theirs,
              opened ? remote.hashes(opened->checkpoint.size) : log::HashReader()));
}

/// What the log signed for us, against what it signed for others: a file that anyone can check, if
/// the two contradict each other.
Result<std::string> LogFollower::evidence_of(std::string_view theirs,
                                             const log::HashReader& read_theirs) const {
    const std::string& ours = knowledge().checkpoint;
    const log::NoteKey& key = knowledge().chronicle.trust().log();
    const auto opened = TRY(log::open_checkpoint(theirs, knowledge().chronicle.trust()));
    const bool is_larger = opened.checkpoint.size > knowledge().chronicle.size();
    if (ours.empty() || (is_larger && !read_theirs)) {
        return base::bad_input("there is nothing to compare");
    }
    const log::ForkEvidence evidence =
        TRY(is_larger ? log::make_fork_evidence(ours, theirs, key, read_theirs)
                      : log::make_fork_evidence(theirs, ours, key, copy_.hashes()));
    TRY(log::verify(evidence, key));
    return log::render(evidence);
}

base::Error LogFollower::alarm(base::Error error, std::string_view checkpoint,
                               const log::HashReader& read_theirs) {
    const Result<std::string> evidence = evidence_of(checkpoint, read_theirs);
    if (!evidence) {
        return error;
    }
    alarmed_ = true;
    const std::string path = evidence_path(*config_);
    const Result<void> written = store::write_file_durably(path, *evidence);
    return {ErrorKind::denied,
            fmt::format("ALARM: the log forked: {}; {}, and nothing is done here any more until "
                        "its people have looked into it",
                        error.message,
                        written ? fmt::format("the evidence is in {}, which `cheget log verify "
                                              "--evidence` shows to anyone",
                                              base::shown(path))
                                : "the evidence could not be written: " + written.error().message)};
}

Result<void> LogFollower::refine_times(const base::Digest& order,
                                       const std::vector<std::string_view>& outside) {
    if (offline_ || source_.empty()) {
        return {};
    }
    const std::vector<std::uint64_t> indexes =
        TRY(permit::indexes_on(knowledge().chronicle, copy_, order, outside));
    Result<void> refined = permit::refine_times(copy_, TRY(open_log_source(source_)), indexes);
    if (!refined && refined.error().kind == ErrorKind::unreachable) {
        // Later starts only make it wait longer, or find an order expired.
        warnings_.push_back("not all earlier checkpoints could be read: " +
                            refined.error().message);
        return {};
    }
    return refined;
}

Result<void> LogFollower::hand_in(const std::string& statement) {
    Result<void> done =
        fail(ErrorKind::unreachable, "no URL of the log is configured to hand statements in at");
    if (offline_) {
        return done;
    }
    std::vector<std::string> sources = config_->log;
    std::stable_partition(sources.begin(), sources.end(),
                          [&](const std::string& each) { return each == source_; });
    for (const std::string& source : sources) {
        if (!is_url(source)) {
            continue;
        }
        done = executor::hand_in(source, statement);
        if (done) {
            return done;
        }
    }
    return done;
}

Result<std::optional<std::uint64_t>> LogFollower::index_of(const base::Digest& order,
                                                           std::string_view statement) const {
    for (const permit::Entry& entry : TRY(copy_.about(permit::subject_of_order(order)))) {
        if (entry.whole == statement) {
            return std::optional(entry.index);
        }
    }
    return std::optional<std::uint64_t>();
}

namespace {

Result<permit::LogMoment> moment_of(const permit::LogKnowledge& knowledge, std::uint64_t bound,
                                    base::Span since) {
    const log::Trust& trust = knowledge.chronicle.trust();
    if (knowledge.checkpoint.empty()) {
        return fail(ErrorKind::waiting, "no witnessed checkpoint of the log has been seen yet");
    }
    const log::OpenedCheckpoint opened = TRY(log::open_witnessed(knowledge.checkpoint, trust));
    const auto low = log::now_low(opened, trust);
    const auto high = log::now_high(opened, trust, since);
    if (!low || !high) {
        return fail(ErrorKind::corrupt_state, "the log's checkpoint tells no time");
    }
    return permit::LogMoment{bound, *low, *high, &knowledge.times};
}

}  // namespace

Result<permit::LogMoment> LogFollower::before_claim() const {
    return moment_of(knowledge(), knowledge().chronicle.size(), {});
}

Result<permit::LogMoment> LogFollower::at_claim(std::uint64_t index,
                                                const store::BootMoment& signed_at,
                                                std::optional<base::Time> low_before) const {
    const base::Span since = TRY(passed_since(signed_at));
    permit::LogMoment moment = TRY(moment_of(knowledge(), index, since));
    if (low_before) {
        moment.low = std::max(moment.low, *low_before);
    }
    return moment;
}

}  // namespace cheget::executor
