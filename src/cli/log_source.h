// Where commands read a log from, and whom they trust for it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/session.h"
#include "log/promise.h"
#include "log/remote.h"
#include "policy/policy.h"

namespace CLI {
class App;
}

namespace cheget::cli {

struct OpenDomain;

/// Whom to trust, by --trust FILE or else by the domain's policy.
struct LogTrust {
    log::Trust trust;
    std::vector<std::string> witnesses;  ///< names, in the order of trust.cosigners()
};
base::Result<LogTrust> read_log_trust(Session& session, const std::string& file);

/// Whom a policy trusts for its log; it has one.
base::Result<LogTrust> trust_of(const policy::Policy& policy);

/// The domain's first policy as it lies in its folder, which everybody in it has signed. Those
/// after it are the log's to say.
base::Result<std::string> first_policy_text(const OpenDomain& domain);

/// Writes the evidence of a broken promise to `promise`.evidence, durably, and gives the alarm.
base::Result<std::string> promise_alarm(const log::PromiseStanding& standing,
                                        const std::string& promise);

/// `2 of 3 witnesses, at 2026-…`: who cosigned a checkpoint, for people.
std::string describe_cosigned(const log::OpenedCheckpoint& checkpoint, const LogTrust& trust);

/// Tells on stderr how far something long has come, where a terminal shows it.
class ProgressLine {
  public:
    explicit ProgressLine(std::string what) : what_(std::move(what)) {}
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    void operator()(std::uint64_t done, std::uint64_t all);

  private:
    std::string what_;
    std::int64_t began_ = 0;
    bool shown_ = false;
};

void add_log_reading(CLI::App& log, Session& session);  ///< verify, prove, show
void add_log_submit(CLI::App& log, Session& session);
void add_log_watch(CLI::App& log, Session& session);
void add_log_words(CLI::App& log, Session& session);
void add_log_keeping(CLI::App& log, Session& session);  ///< key, check, rebuild, trust

}  // namespace cheget::cli
