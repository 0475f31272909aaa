// A log read whole.
#include "cli/whole_log.h"

#include "cli/domain.h"
#include "cli/log_source.h"
#include "executor/log_source.h"

namespace cheget::cli {

using base::Result;

namespace {

/// The domain's first policy, signed by everybody in it.
Result<std::string> first_policy_text(Session& session, const std::string& file) {
    if (file.empty()) {
        const store::DomainFolder folder = TRY(find_folder(session));
        return TRY(read_first_policy(folder)).text;
    }
    const std::string whole = TRY(read_input(file, statement::k_longest_signed));
    return TRY(permit::establish(whole, std::nullopt, permit::UnderLog::prepare)).policy->text;
}

}  // namespace

Result<permit::MemoryLogCopy> read_whole_log(Session& session, const WholeLog& wanted,
                                             const log::Fetch& fetch) {
    const std::string text = TRY(first_policy_text(session, wanted.policy));
    permit::MemoryLogCopy copy(TRY(permit::Chronicle::begin(text)));
    ProgressLine progress("reading");
    if (!wanted.checkpoint.empty()) {
        const std::string checkpoint = TRY(read_input(wanted.checkpoint, log::k_longest_note));
        TRY(permit::catch_up_to_anchor(copy, fetch, checkpoint, std::ref(progress)));
        return copy;
    }
    if (wanted.size) {
        // The log as it was: that checkpoint is the newest one.
        const log::Fetch then = [&](const std::string& path, std::size_t most) {
            return fetch(path == "checkpoint" ? fmt::format("witnessed/{}", *wanted.size) : path,
                         most);
        };
        TRY(permit::catch_up(copy, then, std::ref(progress)));
        return copy;
    }
    TRY(permit::catch_up(copy, fetch, std::ref(progress)));
    return copy;
}

Result<permit::Permit::Extract> extract_for(Session& session, const WholeLog& wanted,
                                            std::uint64_t size, const base::Digest& order,
                                            const std::vector<std::string_view>& statements) {
    const log::Fetch fetch = TRY(executor::open_log_source(wanted.source));
    const permit::MemoryLogCopy copy = TRY(read_whole_log(session, wanted, fetch));
    const std::vector<std::uint64_t> indexes =
        TRY(permit::indexes_on(copy.knowledge().chronicle, copy, order, statements));
    return permit::make_extract(fetch, copy.knowledge(), size, indexes);
}

}  // namespace cheget::cli
