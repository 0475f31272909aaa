// Following the log as a command.
#include "executor/following.h"

#include <fmt/format.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/json.h"
#include "executor/alarm.h"
#include "executor/say.h"
#include "executor/state.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::Json;
using base::Result;

sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&signals, number);
    }
    return signals;
}

/// Shows on a terminal how far something long has come.
class ProgressLine {
  public:
    ~ProgressLine() {
        if (shown_) {
            say(STDERR_FILENO, "\r\033[K");
        }
    }
    void operator()(std::uint64_t done, std::uint64_t all) {
        timespec now{};
        static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &now));
        began_ = began_ == 0 ? now.tv_sec : began_;
        if (now.tv_sec - began_ >= 2 && ::isatty(STDERR_FILENO) != 0) {
            shown_ = true;
            say(STDERR_FILENO, "\rreading: {} of {} entries", done, all);
        }
    }

  private:
    time_t began_ = 0;
    bool shown_ = false;
};

Result<std::uint64_t> follow_once(const Config& config, const keys::MachineKey& key,
                                  const FollowRequest& request) {
    State state = TRY(State::open(config, key));
    if (state.log() == nullptr) {
        return base::fail(ErrorKind::usage,
                          "this domain keeps no log (`log: none`): there is nothing to follow");
    }
    const std::uint64_t before = state.log()->knowledge().chronicle.size();
    {
        ProgressLine progress;
        TRY(state.follow({}, std::ref(progress)));
    }
    raise_alarms(config, state, TRY(Marks::load(config)), {});
    const std::optional<std::string> trouble = state.hand_in_receipts();
    const permit::LogKnowledge& knowledge = state.log()->knowledge();
    const std::uint64_t size = knowledge.chronicle.size();
    const policy::Policy& policy = knowledge.chronicle.state().policy->policy;
    if (request.json) {
        Json::Object object;
        object["log"] = Json{state.ledger().owner().log};
        object["size"] = Json{Json::Number{fmt::format("{}", size)}};
        object["new"] = Json{Json::Number{fmt::format("{}", size - before)}};
        object["policy"] = Json{base::to_text(policy.id)};
        say(STDOUT_FILENO, "{}\n", base::to_canonical(Json{std::move(object)}));
    } else if (size != before || !request.every) {
        say(STDOUT_FILENO, "{} {}: {} entries, {} new; policy {} is in force\n",
            base::to_text(clock_now()), state.ledger().owner().log, size, size - before,
            policy.header.version);
    }
    if (trouble) {
        say(STDERR_FILENO, "cheget-exec: warning: {}\n", *trouble);
    }
    return size;
}

}  // namespace

Result<int> follow(const Config& config, const keys::MachineKey& key,
                   const FollowRequest& request) {
    if (!request.every) {
        TRY(follow_once(config, key, request));
        return 0;
    }
    const sigset_t signals = ending_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    for (;;) {
        const Result<std::uint64_t> followed = follow_once(config, key, request);
        if (!followed && followed.error().kind != ErrorKind::unreachable) {
            return std::unexpected(followed.error());
        }
        if (!followed) {
            say(STDERR_FILENO, "cheget-exec: {} not reached: {}\n", base::to_text(clock_now()),
                followed.error().message);
        }
        const timespec pause{std::max<std::int64_t>(request.every->seconds, 1), 0};
        if (::sigtimedwait(&signals, nullptr, &pause) > 0) {
            return 0;
        }
    }
}

}  // namespace cheget::executor
