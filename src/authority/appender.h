// The one writer of a log: appends statements, signs what they made of the tree, and makes both
// durable in one transaction before anything of it leaves.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "authority/rules.h"
#include "base/time.h"
#include "log/checkpoint.h"
#include "log/growing_tree.h"
#include "store/log_store.h"

namespace cheget::authority {

/// The log's key, held by whoever made this: the secret never comes here.
struct LogSigner {
    log::NoteKey key;
    std::function<base::Result<base::Bytes>(std::string_view message)> sign;  ///< 64 bytes
};

/// What a principal may add to the log in a day, by the server's clock (UTC). Vetoes, withdrawals
/// and revocations have a quota of their own, so that nobody talks themselves out of a no.
struct Quota {
    std::uint64_t entries = 2'000;
    std::uint64_t bytes = 64ULL * 1024 * 1024;
    std::uint64_t stops = 2'000;
    bool operator==(const Quota&) const = default;
};

struct AppenderOptions {
    Quota quota;
    std::function<base::Time()> clock;
    /// The domain's first policy, where the log is kept by its own entries' rules: they say which
    /// of the keys signs, and whether the log cosigns. Empty for a log that has one key for ever.
    std::string first_policy;
    /// Without witnesses the log cosigns by itself, and each of its checkpoints is a witnessed one.
    /// With a first policy the one in force decides.
    bool cosigns = false;
    /// Says why the log could not be kept under a policy with other witnesses; an enactment of it
    /// is then held back.
    std::function<base::Result<void>(const Party&)> may_pass_to;
    /// Told now and then while the tree is recomputed.
    std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

/// Where an entry lies.
struct Accepted {
    std::uint64_t index = 0;
    bool was_there = false;  ///< the same bytes were logged before
};

/// The outcome of one transaction: for each statement where it lies or why it was refused, and the
/// signed head that contains all those that lie there. An enactment that changes whom to trust ends
/// it, since the checkpoint of exactly that size has to satisfy both: then there are fewer outcomes
/// than statements, and the others are to be handed in again.
struct Committed {
    std::vector<base::Result<Accepted>> entries;
    store::LogHead head;
    std::shared_ptr<const log::GrowingTree> tree;  ///< of exactly the head
    std::shared_ptr<const Rules> rules;            ///< likewise; null without a first policy
};

class Appender {
  public:
    /// Recomputes the whole tree out of the entries and compares it with what the log signed last.
    /// Fails with corrupt_state if anything is amiss, with usage if the key of the policy in force
    /// is none of the signers'.
    static base::Result<Appender> start(store::LogStore store, std::vector<LogSigner> signers,
                                        AppenderOptions options);
    static base::Result<Appender> start(store::LogStore store, LogSigner signer,
                                        AppenderOptions options) {
        return start(std::move(store), std::vector{std::move(signer)}, std::move(options));
    }

    /// Appends the statements, in their order, and signs. All is durable when this returns; nothing
    /// happened when it fails, and nothing may be appended any more: what the disk then holds shows
    /// at the next start alone.
    base::Result<Committed> commit(std::span<const store::NewEntry> entries);

    /// A signed head's checkpoint with the log's own cosignature made now, for the parties without
    /// witnesses. From any thread.
    base::Result<std::string> cosign_again(const store::LogHead& head,
                                           std::span<const Party> parties) const;

    const store::LogHead& head() const { return head_; }
    std::shared_ptr<const log::GrowingTree> tree() const { return tree_; }
    /// After all entries; null without a first policy.
    std::shared_ptr<const Rules> rules() const { return rules_; }
    /// For what else its one thread keeps in the database.
    store::LogStore& store() { return store_; }

  private:
    Appender(store::LogStore store, std::vector<LogSigner> signers, AppenderOptions options)
        : store_(std::move(store)), signers_(std::move(signers)), options_(std::move(options)) {}

    struct Batch;
    base::Result<void> recompute();
    base::Result<void> commit_batch(std::span<const store::NewEntry> entries, Batch& batch);
    base::Result<Accepted> append_one(const store::NewEntry& entry, Batch& batch);
    base::Result<void> go_by(const store::NewEntry& entry, std::uint64_t index, Batch& batch);
    base::Result<void> require_means(const Rules& next) const;
    const LogSigner* find_signer(const log::NoteKey& key) const;
    base::Result<std::vector<Party>> parties_at(const Rules* rules, std::uint64_t size) const;
    bool cosigns_for(const Party& party) const;
    base::Result<std::string> sign_head(const store::LogHead& head, std::span<const Party> parties,
                                        base::Time now) const;

    store::LogStore store_;
    std::vector<LogSigner> signers_;
    AppenderOptions options_;
    store::LogHead head_;
    std::shared_ptr<const Rules> rules_;
    std::shared_ptr<const log::GrowingTree> tree_;
    bool broken_ = false;
};

/// One line for each thing that is amiss in a log's database: what start() would refuse, and more.
/// The keys are those that the log has signed with.
base::Result<std::vector<std::string>> check_log(
    store::LogStore& store, std::span<const log::NoteKey> keys,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& progress);

}  // namespace cheget::authority
