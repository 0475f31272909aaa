// Logs over HTTP and in folders.
#include "cli/log_source.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <ctime>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "log/trust_file.h"
#include "store/file.h"

namespace cheget::cli {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<LogTrust> read_log_trust(Session& session, const std::string& file) {
    if (!file.empty()) {
        const std::string text = TRY(read_input(file, log::k_longest_trust_file));
        const log::TrustFile parsed = TRY(log::parse_trust_file(text));
        log::Trust keys = TRY(log::trust_of(parsed));
        LogTrust trust{std::move(keys), {}};
        for (const log::NoteKey& key : trust.trust.cosigners()) {
            trust.witnesses.push_back(key.name);
        }
        return trust;
    }
    const OpenDomain domain = TRY(open_domain(session));
    const policy::Policy& policy = domain.policy();
    if (!policy.log) {
        return fail(ErrorKind::usage,
                    fmt::format("the policy of {} names no log (`log: none`); name a trust file "
                                "with --trust FILE",
                                policy.header.domain));
    }
    return trust_of(policy);
}

Result<LogTrust> trust_of(const policy::Policy& policy) {
    std::vector<log::NoteKey> keys;
    log::Trust alone = TRY(log::Trust::make(*policy.log, {}, 0));
    LogTrust trust{std::move(alone), {}};
    for (const policy::Witness& witness : policy.witnesses) {
        keys.push_back(witness.key);
        trust.witnesses.push_back(witness.name);
    }
    if (keys.empty()) {
        trust.witnesses.push_back("the log itself");
        return trust;
    }
    trust.trust = TRY(log::Trust::make(*policy.log, std::move(keys), policy.witnesses_needed));
    return trust;
}

Result<std::string> first_policy_text(const OpenDomain& domain) {
    const std::string content = TRY(store::read_file(
        domain.folder.root() / "policy" / "000001.policy", statement::k_longest_signed));
    std::string text(TRY(statement::split_signed(content)).text);
    if (statement::id_of(text) != domain.state.domain.first_policy) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("the first policy in {} is not the domain's, {}",
                                base::shown(domain.folder.root().native()),
                                base::to_text(domain.state.domain.first_policy)));
    }
    return text;
}

Result<std::string> promise_alarm(const log::PromiseStanding& standing,
                                  const std::string& promise) {
    const std::string path = promise + ".evidence";
    TRY(store::write_file_durably(path, log::render(*standing.broken)));
    return fmt::format(
        "ALARM: the log broke its promise: it signed that it had the statement as entry {} of {}, "
        "and showed its witnesses another log; {} proves it to anyone (`cheget log verify "
        "--evidence`); hand the statement in another way, and tell the others",
        standing.index, standing.size, base::shown(path));
}

std::string describe_cosigned(const log::OpenedCheckpoint& checkpoint, const LogTrust& trust) {
    std::vector<std::string> names;
    for (const log::Cosigned& each : checkpoint.cosigned) {
        names.push_back(
            fmt::format("{} at {}", trust.witnesses[each.cosigner], base::to_text(each.latest)));
    }
    return names.empty() ? std::string("nobody") : base::join_words(names);
}

void ProgressLine::operator()(std::uint64_t done, std::uint64_t all) {
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    began_ = began_ == 0 ? now : began_;
    if (now - began_ < 2 || ::isatty(STDERR_FILENO) == 0) {
        return;
    }
    shown_ = true;
    fmt::print(stderr, "\r{}: {} of {} entries", what_, done, all);
}

ProgressLine::~ProgressLine() {
    if (shown_) {
        fmt::print(stderr, "\r\033[K");
    }
}

}  // namespace cheget::cli
