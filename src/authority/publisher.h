// Publishing a log: its tiles, entry bundles and checkpoints as files in a folder, written behind
// the database, which stays the truth. Anyone can serve or copy the folder.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "authority/sequencer.h"

namespace cheget::authority {

/// Has a checkpoint witnessed: gives it back with the cosignatures of every party's quorum, or says
/// why not. Gets the signed checkpoint, a reader of the tree's nodes, and the parties; none for a
/// log without a first policy. May take seconds.
using Witnessing = std::function<base::Result<std::string>(
    const store::LogHead& head, const log::HashReader& nodes, std::span<const Party> parties)>;

/// The folder's layout: checkpoint, tile/…, witnessed/SIZE.
class PublicFolder {
  public:
    /// Compares what was published with the log's tree. Fails with corrupt_state if it is not of
    /// this log, or is ahead of it: then the database was restored from an older copy. The keys are
    /// those that the log has signed with.
    static base::Result<PublicFolder> open(std::filesystem::path root,
                                           std::span<const log::NoteKey> keys, const LogView& view,
                                           store::LogStore& store);

    /// Whatever lies there, it is all written again.
    static PublicFolder anew(std::filesystem::path root) { return PublicFolder(std::move(root)); }

    std::uint64_t size() const { return size_; }
    bool is_empty() const { return !has_checkpoint_; }

    /// Writes the tiles that the tree of the first `size` entries has and this folder lacks, out of
    /// one of at least as many; durable when this returns.
    base::Result<void> write_tiles(std::uint64_t size, const log::GrowingTree& tree,
                                   store::LogStore& store);
    /// Writes the checkpoint of exactly that tree, as the newest and by its size.
    base::Result<void> write_checkpoint(std::uint64_t size, std::string_view checkpoint);
    /// Writes one of the tree that was published last, as the newest alone: of its size the first
    /// one is kept.
    base::Result<void> write_newer(std::string_view checkpoint);

    const std::filesystem::path& root() const { return root_; }

  private:
    explicit PublicFolder(std::filesystem::path root) : root_(std::move(root)) {}

    std::filesystem::path root_;
    std::uint64_t size_ = 0;
    bool has_checkpoint_ = false;
};

/// How old a published checkpoint may be before the witnesses are asked for the same tree again:
/// on a quiet log time would stand still, and no wait would ever end.
constexpr std::chrono::milliseconds k_oldest_published{20'000};

/// Follows the sequencer and publishes what it signed, in a thread of its own, until destroyed. A
/// checkpoint at which whom to trust changed is published by itself, before any later one.
class Publisher {
  public:
    /// Without `witnessing` every signed checkpoint is published as it is. `trouble` is told what
    /// fails; it goes on trying, less and less often.
    static base::Result<std::unique_ptr<Publisher>> start(
        Sequencer& sequencer, store::LogStore store, PublicFolder folder, Witnessing witnessing,
        std::function<void(const base::Error&)> trouble,
        std::chrono::milliseconds oldest_published = k_oldest_published);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Has the newest checkpoint witnessed anew if that was some seconds ago, so that whoever reads
    /// a log at rest learns what time it is. Waits for that as long as `longest`; whether it came
    /// about shows in what is published. From any thread.
    void freshen(std::chrono::milliseconds longest);

    /// The size of the newest published checkpoint.
    std::uint64_t published() const { return published_; }

  private:
    Publisher(Sequencer& sequencer, store::LogStore store, PublicFolder folder,
              Witnessing witnessing, std::function<void(const base::Error&)> trouble,
              std::chrono::milliseconds oldest_published)
        : sequencer_(sequencer),
          store_(std::move(store)),
          folder_(std::move(folder)),
          witnessing_(std::move(witnessing)),
          trouble_(std::move(trouble)),
          oldest_published_(oldest_published) {}

    void run();
    base::Result<void> publish(const LogView& view);
    base::Result<void> publish(const store::LogHead& head, const LogView& view);
    /// What the witnesses say of a tree, if there are any.
    base::Result<std::string> witness(const store::LogHead& head, const LogView& view,
                                      std::span<const Party> parties);
    base::Result<void> witness_again(const LogView& view);
    std::chrono::steady_clock::duration age() const;
    bool is_to_be_freshened() const;
    void note_attempt(bool succeeded);

    Sequencer& sequencer_;
    store::LogStore store_;
    PublicFolder folder_;
    Witnessing witnessing_;
    std::function<void(const base::Error&)> trouble_;
    std::chrono::milliseconds oldest_published_;
    std::mutex mutex_;
    std::condition_variable attempted_;
    std::uint64_t attempts_ = 0;  // to have a checkpoint witnessed
    std::atomic<bool> is_wanted_ = false;
    std::atomic<bool> failed_ = false;                               // the last of them
    std::atomic<std::chrono::steady_clock::time_point> tried_at_{};  // begins as long ago
    std::atomic<std::uint64_t> published_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

/// Writes the whole folder again out of the database: `cheget log rebuild`.
base::Result<std::uint64_t> rebuild_folder(
    const std::filesystem::path& root, store::LogStore& store, std::span<const log::NoteKey> keys,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& progress);

}  // namespace cheget::authority
