// Keeping and extending one's own copy of a log.
#include "cli/own_log.h"

#include <algorithm>

#include "base/text.h"
#include "cli/domain.h"
#include "cli/log_source.h"
#include "executor/log_source.h"
#include "log/fork.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<std::filesystem::path> folder_of(const statement::Domain& domain) {
    std::filesystem::path state = environment("XDG_STATE_HOME");
    if (state.empty() || state.is_relative()) {
        const std::string home = environment("HOME");
        if (home.empty()) {
            return fail(ErrorKind::unreachable,
                        "looking for ~/.local/state: HOME is not set; set it, or XDG_STATE_HOME");
        }
        state = std::filesystem::path(home) / ".local/state";
    }
    // Two domains of one name are two: neither may read the other's log.
    std::string name = domain.name + "=" + base::to_hex(domain.first_policy).substr(0, 16);
    std::replace(name.begin(), name.end(), '/', '+');
    if (name.size() > 200) {
        name = base::to_hex(base::sha256(domain.name + base::to_hex(domain.first_policy)));
    }
    return state / "cheget/logs" / name;
}

base::Error in_copy(const base::Error& error, const std::filesystem::path& folder) {
    base::Error told = base::within("opening this tool's own copy of the log", error);
    if (told.kind == ErrorKind::corrupt_state) {
        told.message +=
            fmt::format("; take {} away, and the log is read anew", base::shown(folder.string()));
    }
    return told;
}

}  // namespace

Result<OwnLog> OwnLog::open(const statement::Domain& domain, std::string_view first_policy) {
    const std::filesystem::path folder = TRY(folder_of(domain));
    const std::filesystem::path path = folder / store::k_log_copy_database;
    std::error_code error;
    const bool is_there = std::filesystem::exists(path, error);
    if (!is_there) {
        TRY(store::make_folder_durably(folder, 0700));
    }
    auto copy =
        is_there ? store::StoredLogCopy::open(path)
                 : store::StoredLogCopy::create(path, TRY(permit::Chronicle::begin(first_policy)));
    if (!copy) {
        return std::unexpected(in_copy(copy.error(), folder));
    }
    if (copy->knowledge().chronicle.state().domain != domain) {
        return std::unexpected(
            in_copy({ErrorKind::corrupt_state, "it is of another domain"}, folder));
    }
    return OwnLog(std::move(*copy), folder);
}

Result<void> OwnLog::catch_up(const std::vector<Way>& places) {
    Result<void> read_one = fail(ErrorKind::unreachable, "nothing says where the log is reached");
    for (const Way& place : places) {
        if (!place.is_log()) {
            continue;
        }
        read_one = read(place);
        if (read_one || read_one.error().kind != ErrorKind::unreachable) {
            return read_one;
        }
    }
    return read_one;
}

Result<void> OwnLog::read(const Way& place) {
    const log::Fetch fetch = TRY(executor::open_log_source(place.place));
    ProgressLine progress("reading the log");
    const auto done = permit::catch_up(copy_, fetch, std::ref(progress));
    if (done) {
        fetch_ = fetch;
        return {};
    }
    return std::unexpected(alarm(base::within(to_text(place), done.error()), fetch));
}

// What the log signed for us against what it shows now: a file that anyone can check.
base::Error OwnLog::alarm(base::Error error, const log::Fetch& fetch) const {
    if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::corrupt_state ||
        knowledge().checkpoint.empty()) {
        return error;
    }
    log::RemoteLog remote(fetch);
    const auto theirs = remote.checkpoint();
    const auto opened = theirs ? log::open_checkpoint(*theirs, chronicle().trust())
                               : Result<log::OpenedCheckpoint>(std::unexpected(theirs.error()));
    if (!opened) {
        return error;
    }
    const std::uint64_t size = opened->checkpoint.size;
    const log::NoteKey& key = chronicle().trust().log();
    const auto evidence =
        size < chronicle().size()
            ? log::make_fork_evidence(*theirs, knowledge().checkpoint, key, copy_.hashes())
            : log::make_fork_evidence(knowledge().checkpoint, *theirs, key, remote.hashes(size));
    if (!evidence || !log::verify(*evidence, key)) {
        return error;
    }
    const std::filesystem::path path = folder_ / "fork.evidence";
    const auto written = store::write_file_durably(path, log::render(*evidence));
    error.message =
        fmt::format("ALARM: the log forked: {}; {}", error.message,
                    written ? fmt::format("`cheget log verify --evidence {}` shows it to anyone",
                                          base::shown(path.string()))
                            : "the evidence could not be written: " + written.error().message);
    return error;
}

Result<permit::Permit::Extract> OwnLog::extract_from(
    std::uint64_t size, const std::vector<std::uint64_t>& indexes) const {
    if (!fetch_) {
        return fail(ErrorKind::unreachable,
                    "the log was not read, so nothing can be taken out of it; name where it is "
                    "with --log URL");
    }
    return permit::make_extract_stage(fetch_, knowledge(), size, indexes);
}

Result<void> OwnLog::refine_times(const std::vector<std::uint64_t>& indexes) {
    return fetch_ ? permit::refine_times(copy_, fetch_, indexes) : Result<void>();
}

Result<std::optional<log::OpenedCheckpoint>> OwnLog::newest() const {
    if (knowledge().checkpoint.empty()) {
        return std::nullopt;
    }
    return TRY(log::open_witnessed(knowledge().checkpoint, chronicle().trust()));
}

Result<permit::LogMoment> OwnLog::forecast() const {
    const auto opened = TRY(newest());
    base::Time low = now();
    base::Time high = low;
    if (opened) {
        low = std::max(low, log::now_low(*opened, chronicle().trust()).value_or(low));
        high =
            std::max(low, log::now_high(*opened, chronicle().trust(), base::Span{0}).value_or(low));
    }
    return permit::LogMoment{chronicle().size(), low, high, &knowledge().times};
}

Result<std::string> OwnLog::witnessed_from(std::uint64_t size) const {
    if (!fetch_) {
        return fail(ErrorKind::unreachable, "the log was not reached");
    }
    std::string checkpoint =
        TRY(fetch_(fmt::format("witnessed?from={}", size), log::k_longest_note));
    const auto opened = TRY(log::open_witnessed(checkpoint, chronicle().trust()));
    if (opened.checkpoint.size < size) {
        return fail(ErrorKind::unreachable,
                    fmt::format("the log shows a checkpoint of {} entries where one of {} or more "
                                "was asked for",
                                opened.checkpoint.size, size));
    }
    return checkpoint;
}

}  // namespace cheget::cli
