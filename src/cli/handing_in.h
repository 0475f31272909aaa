// Handing a signed statement in to its domain's log, and going on until a witnessed proof of it is
// here: every way has a thread of its own, so that one that hangs holds up none of the others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/ways.h"

namespace cheget::cli {

/// How far one way has come.
struct WayReport {
    Way way;
    std::optional<std::uint64_t> promised;  ///< a log's: the index that its signed word gives
    bool left = false;                      ///< a drop place's
    bool tried = false;                     ///< to the end of a first try
    bool refused = false;                   ///< a log's: the statement, for good
    std::string trouble;                    ///< the last failure; empty after a success
};

struct Handed {
    std::vector<WayReport> ways;
    std::optional<Recorded> recorded;
    std::size_t recorded_by = 0;     ///< which way gave the proof
    std::optional<Promise> promise;  ///< the first one
};

class HandingIn {
  public:
    /// Begins at once. `trust` is absent where the domain has no log: then `ways` are drop places.
    HandingIn(std::string signed_text, std::optional<log::Trust> trust, std::vector<Way> ways);
    /// Gives up whatever is under way; returns within about a second.
    ~HandingIn();
    HandingIn(const HandingIn&) = delete;
    HandingIn& operator=(const HandingIn&) = delete;

    /// How it stands, once something has changed since the last call or the time is over.
    Handed wait_for_news(std::chrono::milliseconds longest);

  private:
    void run(std::size_t number);
    /// One try; whether the next one may come soon, as something is only waited for.
    bool try_log(std::size_t number, Search& search);
    bool try_drop(std::size_t number);
    std::optional<std::uint64_t> known_index(std::size_t number);
    void tell(std::size_t number, const std::function<void(WayReport&)>& change);
    bool goes_on() const { return !over_.load(); }
    bool is_done(std::size_t number);

    const std::string signed_text_;
    const std::optional<log::Trust> trust_;
    std::atomic<bool> over_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool news_ = true;
    Handed handed_;
    std::vector<std::thread> threads_;  // last: they use all the others
};

}  // namespace cheget::cli
