// The sequencer: many hand in statements at once, one at a time appends them in groups. Whoever
// hands in alone commits by themselves, at once, without waking another thread; under load a thread
// takes what gathers while the group before is being made durable.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "authority/appender.h"

namespace cheget::authority {

struct SequencerOptions {
    std::size_t largest_batch = 256;
    std::chrono::milliseconds longest_wait{5};  ///< for a group that is still gathering
    std::size_t longest_queue = 8192;           ///< beyond it statements are refused, not kept
};

/// What who handed a statement in learns, once it is durable.
struct Sequenced {
    Accepted accepted;
    store::LogHead head;  ///< signed; contains the entry
    std::shared_ptr<const log::GrowingTree> tree;
};

/// The log's newest signed state.
struct LogView {
    store::LogHead head;
    std::shared_ptr<const log::GrowingTree> tree;
    std::shared_ptr<const Rules> rules;  ///< null for a log without a first policy
};

class Sequencer {
  public:
    /// Takes the log over and signs its first checkpoint if it has none. Its thread runs until the
    /// destructor, which finishes what was handed in.
    static base::Result<std::unique_ptr<Sequencer>> start(Appender appender,
                                                          SequencerOptions options = {});
    ~Sequencer();
    Sequencer(const Sequencer&) = delete;
    Sequencer& operator=(const Sequencer&) = delete;

    /// Waits until the statement is durable, included and signed for; from any thread. Fails with
    /// denied over the quota, unreachable when the queue is full or a write failed. Then it is in
    /// no log that anyone will be shown, unless it was handed in before.
    base::Result<Sequenced> submit(store::NewEntry entry);

    /// See Appender::cosign_again().
    base::Result<std::string> cosign_again(const store::LogHead& head,
                                           std::span<const Party> parties) const {
        return appender_.cosign_again(head, parties);
    }

    LogView view() const;
    std::shared_ptr<const Rules> rules() const;
    /// Waits until the log has more entries than `size`, or for so long; gives the newest state.
    LogView wait_beyond(std::uint64_t size, std::chrono::milliseconds longest) const;

    /// Keeps a witnessed checkpoint, in the writing thread; waits until it is durable.
    base::Result<void> add_witnessed(std::uint64_t size, const base::Digest& root,
                                     std::string checkpoint);

  private:
    struct Waiting {
        store::NewEntry entry;
        std::optional<base::Result<Sequenced>> outcome;
    };
    struct Work {
        std::function<base::Result<void>(store::LogStore&)> run;
        std::optional<base::Result<void>> outcome;
    };

    Sequencer(Appender appender, SequencerOptions options)
        : appender_(std::move(appender)), options_(options) {}

    void run();
    bool is_free_for_one() const;
    std::vector<Waiting*> gather(std::unique_lock<std::mutex>& lock);
    void commit(const std::vector<Waiting*>& batch);
    std::size_t commit_some(std::span<Waiting* const> batch,
                            std::span<const store::NewEntry> entries);
    void run_works(std::unique_lock<std::mutex>& lock);

    Appender appender_;  // whose turn it is uses it, without the mutex
    const SequencerOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable handed_in_;
    std::condition_variable done_;
    mutable std::condition_variable grown_;
    std::deque<Waiting*> queue_;
    std::deque<Work*> works_;
    LogView view_;
    std::size_t last_batch_ = 0;
    bool is_taken_ = false;  // somebody uses the appender
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cheget::authority
