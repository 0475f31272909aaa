// The sequencer's thread, its queue, and who waits for it.
#include "authority/sequencer.h"

#include <algorithm>

namespace cheget::authority {

using base::ErrorKind;
using base::Result;

Result<std::unique_ptr<Sequencer>> Sequencer::start(Appender appender, SequencerOptions options) {
    if (appender.head().checkpoint.empty()) {
        TRY(appender.commit({}));
    }
    std::unique_ptr<Sequencer> sequencer(new Sequencer(std::move(appender), options));
    sequencer->view_ = {sequencer->appender_.head(), sequencer->appender_.tree(),
                        sequencer->appender_.rules()};
    sequencer->thread_ = std::thread([raw = sequencer.get()] { raw->run(); });
    return sequencer;
}

Sequencer::~Sequencer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    handed_in_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

// Nobody commits, nobody waits, and nobody is expected.
bool Sequencer::is_free_for_one() const {
    return !is_taken_ && queue_.empty() && works_.empty() && last_batch_ <= 1;
}

Result<Sequenced> Sequencer::submit(store::NewEntry entry) {
    Waiting waiting{std::move(entry), {}};
    std::unique_lock lock(mutex_);
    if (stopping_ || queue_.size() >= options_.longest_queue) {
        return base::fail(ErrorKind::unreachable,
                          "the log takes no statement at the moment: too many wait; try again");
    }
    if (is_free_for_one()) {
        is_taken_ = true;
        last_batch_ = 1;
        lock.unlock();
        commit({&waiting});
        lock.lock();
        is_taken_ = false;
        if (!queue_.empty() || !works_.empty() || stopping_) {
            handed_in_.notify_one();
        }
        return std::move(*waiting.outcome);
    }
    queue_.push_back(&waiting);
    handed_in_.notify_one();
    done_.wait(lock, [&] { return waiting.outcome.has_value(); });
    return std::move(*waiting.outcome);
}

Result<void> Sequencer::add_witnessed(std::uint64_t size, const base::Digest& root,
                                      std::string checkpoint) {
    Work work{[&](store::LogStore& store) {
                  return store.commit([&] { return store.add_witnessed(size, root, checkpoint); });
              },
              {}};
    std::unique_lock lock(mutex_);
    if (stopping_) {
        return base::fail(ErrorKind::unreachable, "the log is being closed");
    }
    works_.push_back(&work);
    handed_in_.notify_one();
    done_.wait(lock, [&] { return work.outcome.has_value(); });
    return std::move(*work.outcome);
}

LogView Sequencer::view() const {
    const std::lock_guard lock(mutex_);
    return view_;
}

std::shared_ptr<const Rules> Sequencer::rules() const {
    const std::lock_guard lock(mutex_);
    return view_.rules;
}

LogView Sequencer::wait_beyond(std::uint64_t size, std::chrono::milliseconds longest) const {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, longest, [&] { return view_.head.size > size || stopping_; });
    return view_;
}

std::vector<Sequencer::Waiting*> Sequencer::gather(std::unique_lock<std::mutex>& lock) {
    // Who was in the last group hands in the next statement about now; a lone writer waits for
    // nobody.
    const std::size_t expected = std::min(last_batch_, options_.largest_batch);
    if (expected > 1 && queue_.size() < expected && !stopping_) {
        handed_in_.wait_for(lock, options_.longest_wait,
                            [&] { return stopping_ || queue_.size() >= expected; });
    }
    std::vector<Waiting*> batch;
    while (!queue_.empty() && batch.size() < options_.largest_batch) {
        batch.push_back(queue_.front());
        queue_.pop_front();
    }
    last_batch_ = batch.size();
    return batch;
}

void Sequencer::commit(const std::vector<Waiting*>& batch) {
    std::vector<store::NewEntry> entries;
    entries.reserve(batch.size());
    for (Waiting* waiting : batch) {
        entries.push_back(std::move(waiting->entry));
    }
    for (std::size_t done = 0; done < batch.size();) {
        done += commit_some(std::span(batch).subspan(done), std::span(entries).subspan(done));
    }
}

// One transaction: tells those whose statements it took, and gives how many these are.
std::size_t Sequencer::commit_some(std::span<Waiting* const> batch,
                                   std::span<const store::NewEntry> entries) {
    auto committed = appender_.commit(entries);
    const std::size_t taken = committed ? committed->entries.size() : batch.size();
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < taken; ++i) {
        if (!committed) {
            batch[i]->outcome.emplace(std::unexpected(committed.error()));
        } else if (!committed->entries[i]) {
            batch[i]->outcome.emplace(std::unexpected(committed->entries[i].error()));
        } else {
            batch[i]->outcome.emplace(
                Sequenced{*committed->entries[i], committed->head, committed->tree});
        }
    }
    if (committed) {
        view_ = {committed->head, committed->tree, committed->rules};
        grown_.notify_all();
    }
    done_.notify_all();
    return taken;
}

void Sequencer::run_works(std::unique_lock<std::mutex>& lock) {
    while (!works_.empty()) {
        Work* work = works_.front();
        works_.pop_front();
        lock.unlock();
        auto outcome = work->run(appender_.store());
        lock.lock();
        work->outcome.emplace(std::move(outcome));
        done_.notify_all();
    }
}

void Sequencer::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        handed_in_.wait(
            lock, [&] { return !is_taken_ && (stopping_ || !queue_.empty() || !works_.empty()); });
        is_taken_ = true;
        run_works(lock);
        const std::vector<Waiting*> batch = gather(lock);
        if (!batch.empty()) {
            lock.unlock();
            commit(batch);
            lock.lock();
        } else if (stopping_ && works_.empty()) {
            return;
        }
        is_taken_ = false;
    }
}

}  // namespace cheget::authority
