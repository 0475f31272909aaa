// The one writer of a log.
#include "authority/appender.h"

#include <fmt/format.h>

#include "authority/recompute.h"
#include "base/text.h"

namespace cheget::authority {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::int64_t k_seconds_a_day = 86'400;

Result<void> check_quota(store::LogStore& store, std::string_view payer,
                         const store::NewEntry& entry, std::int64_t day, const Quota& quota) {
    const store::Spent spent = TRY(store.spent(payer, entry.stops, day));
    const std::uint64_t most = entry.stops ? quota.stops : quota.entries;
    if (spent.entries >= most ||
        (!entry.stops && spent.bytes + entry.statement.size() > quota.bytes)) {
        return base::fail(
            ErrorKind::denied,
            fmt::format("{} has logged {} statements of {} bytes today, and may log no more before "
                        "midnight UTC: the log's operator sets the quota",
                        base::shown(payer), spent.entries, spent.bytes));
    }
    return {};
}

// Who pays for the entry: its principal, or who brought up the policy that alone names them.
Result<std::string> payer_of(store::LogStore& store, const store::NewEntry& entry) {
    if (!entry.rests_on) {
        return entry.principal;
    }
    auto introducer = TRY(store.introducer(*entry.rests_on));
    if (!introducer) {
        return base::fail(ErrorKind::denied,
                          fmt::format("{} is no principal of the domain, and none of these has "
                                      "voted on the policy that names {} yet",
                                      base::shown(entry.principal), base::shown(entry.principal)));
    }
    return std::move(*introducer);
}

}  // namespace

// What one transaction makes; taken over when it is durable.
struct Appender::Batch {
    std::shared_ptr<log::GrowingTree> tree;
    std::map<base::Digest, std::uint64_t> appended;
    std::int64_t day = 0;
    Committed committed;
};

Result<Appender> Appender::start(store::LogStore store, LogSigner signer, AppenderOptions options) {
    Appender appender(std::move(store), std::move(signer), std::move(options));
    TRY(appender.recompute());
    return appender;
}

Result<void> Appender::recompute() {
    auto refuse = [&](std::string_view why) {
        return base::fail(
            ErrorKind::corrupt_state,
            fmt::format("the log {} is not served: {}; `cheget log check` tells all that is amiss",
                        base::shown(store_.path().native()), why));
    };
    if (store_.owner().origin != signer_.key.name) {
        return refuse(fmt::format("it is that of {}, and the key is that of {}",
                                  base::shown(store_.owner().origin), signer_.key.name));
    }
    head_ = TRY(store_.head());
    if (TRY(store_.count_entries()) != head_.size) {
        return refuse("the entries are more or fewer than the log signed");
    }
    auto recomputed = recompute_tree(store_, head_.size, options_.progress);
    if (!recomputed) {
        return refuse(recomputed.error().message);
    }
    auto amiss = check_head(head_, *recomputed->tree, signer_.key);
    amiss.insert(amiss.end(), recomputed->amiss.begin(), recomputed->amiss.end());
    if (!amiss.empty()) {
        return refuse(amiss.front());
    }
    tree_ = std::move(recomputed->tree);
    return {};
}

Result<std::string> Appender::sign_head(const store::LogHead& head, base::Time now) const {
    const std::string text = log::to_text({signer_.key.name, head.size, head.root});
    log::Note note{text, {log::make_signature(signer_.key, TRY(signer_.sign(text)))}};
    if (options_.cosigns) {
        const log::NoteKey own = TRY(signature::make_note_key(
            signer_.key.name, signature::k_note_cosignature, signer_.key.key));
        const base::Bytes signed_message = TRY(signer_.sign(log::cosigned_message(now, text)));
        note.signatures.push_back(log::make_cosignature(own, now, signed_message));
    }
    return log::render(note);
}

Result<Accepted> Appender::append_one(const store::NewEntry& entry, Batch& batch) {
    if (const auto again = batch.appended.find(entry.id); again != batch.appended.end()) {
        return Accepted{again->second, true};
    }
    if (const auto there = TRY(store_.find(entry.id))) {
        return Accepted{*there, true};
    }
    const std::string payer = TRY(payer_of(store_, entry));
    TRY(check_quota(store_, payer, entry, batch.day, options_.quota));
    const std::uint64_t index = batch.tree->size();
    std::vector<log::FilledTile> filled;
    TRY(store_.append(index, entry));
    TRY(store_.spend(payer, entry, batch.day));
    if (entry.introduces) {
        TRY(store_.introduce(*entry.introduces, entry.principal));
    }
    TRY(batch.tree->append(log::hash_leaf(base::as_bytes(entry.statement)), filled));
    for (const log::FilledTile& tile : filled) {
        TRY(store_.add_tile(tile));
    }
    batch.appended.emplace(entry.id, index);
    return Accepted{index, false};
}

Result<void> Appender::commit_batch(std::span<const store::NewEntry> entries, Batch& batch) {
    const base::Time now = options_.clock();
    batch.day = now.seconds / k_seconds_a_day;
    for (const store::NewEntry& entry : entries) {
        auto accepted = append_one(entry, batch);
        // Over the quota nothing was written; any other failure undoes the whole transaction.
        if (!accepted && accepted.error().kind != ErrorKind::denied) {
            return std::unexpected(accepted.error());
        }
        batch.committed.entries.push_back(std::move(accepted));
    }
    if (batch.appended.empty() && !head_.checkpoint.empty()) {
        batch.committed.head = head_;
        return {};
    }
    store::LogHead& head = batch.committed.head;
    head.size = batch.tree->size();
    head.root = batch.tree->root();
    head.checkpoint = TRY(sign_head(head, now));
    TRY(store_.set_head(head));
    if (options_.cosigns) {
        TRY(store_.add_witnessed(head.size, head.root, head.checkpoint));
    }
    return {};
}

Result<Committed> Appender::commit(std::span<const store::NewEntry> entries) {
    if (broken_) {
        return base::fail(ErrorKind::unreachable,
                          "the log takes no more: a write failed before; start the server again, "
                          "which finds out what the disk holds");
    }
    Batch batch{std::make_shared<log::GrowingTree>(*tree_), {}, 0, {}};
    const auto done = store_.commit([&] { return commit_batch(entries, batch); });
    if (!done) {
        broken_ = true;
        return std::unexpected(done.error());
    }
    head_ = batch.committed.head;
    tree_ = std::move(batch.tree);
    batch.committed.tree = tree_;
    return std::move(batch.committed);
}

}  // namespace cheget::authority
