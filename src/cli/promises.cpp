// Looking whether a promise was broken.
#include "cli/promises.h"

#include "cli/log_source.h"
#include "executor/log_source.h"
#include "store/file.h"

namespace cheget::cli {

using base::Result;

namespace {

constexpr const char* k_ending = ".tlog-promise";

Result<std::optional<std::string>> look_at(const Way& way, const log::ProofFile& promise,
                                           std::string_view signed_text, const log::Trust& trust,
                                           const std::filesystem::path& path) {
    log::RemoteLog remote(TRY(executor::open_log_source(way.place)));
    const std::string checkpoint = TRY(remote.checkpoint());
    const auto witnessed = TRY(log::open_witnessed(checkpoint, trust));
    const auto standing =
        TRY(log::check_promise(promise, base::as_bytes(signed_text), remote, witnessed, trust));
    if (!standing.broken) {
        return std::optional<std::string>();
    }
    return std::optional(TRY(promise_alarm(standing, path.string() + k_ending)));
}

}  // namespace

std::optional<log::ProofFile> kept_promise(const std::filesystem::path& path) {
    const auto text = store::read_file(path.string() + k_ending, log::k_longest_proof_file);
    auto promise =
        text ? log::parse_proof_file(*text) : Result<log::ProofFile>(std::unexpected(text.error()));
    return promise ? std::optional(std::move(*promise)) : std::nullopt;
}

std::optional<std::string> broken_promise(const log::ProofFile& promise,
                                          std::string_view signed_text,
                                          const std::vector<Way>& ways, const log::Trust& trust,
                                          const std::filesystem::path& path) {
    for (const Way& way : ways) {
        if (!way.is_log()) {
            continue;
        }
        if (auto alarm = look_at(way, promise, signed_text, trust, path); alarm && *alarm) {
            return *alarm;
        }
    }
    return std::nullopt;
}

}  // namespace cheget::cli
