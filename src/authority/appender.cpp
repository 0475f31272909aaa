// The one writer of a log.
#include "authority/appender.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string missing_key(const log::NoteKey& key) {
    return fmt::format(
        "the log's key is {}, and the server does not have it: name its file with "
        "--next-log-key (or --log-key) and start it again",
        signature::to_text(key));
}

}  // namespace

// What one transaction makes; taken over when it is durable.
struct Appender::Batch {
    std::shared_ptr<log::GrowingTree> tree;
    std::shared_ptr<const Rules> rules;
    bool changes_trust = false;  // its last entry did
    std::map<base::Digest, std::uint64_t> appended{};
    std::int64_t day = 0;
    Committed committed{};
};

Result<Appender> Appender::start(store::LogStore store, std::vector<LogSigner> signers,
                                 AppenderOptions options) {
    Appender appender(std::move(store), std::move(signers), std::move(options));
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
    for (const LogSigner& signer : signers_) {
        if (store_.owner().origin != signer.key.name) {
            return refuse(fmt::format("it is that of {}, and the key is that of {}",
                                      base::shown(store_.owner().origin), signer.key.name));
        }
    }
    head_ = TRY(store_.head());
    if (TRY(store_.count_entries()) != head_.size) {
        return refuse("the entries are more or fewer than the log signed");
    }
    std::shared_ptr<Rules> rules;
    if (!options_.first_policy.empty()) {
        rules = std::make_shared<Rules>(TRY(Rules::begin(options_.first_policy)));
    }
    const auto take = [&](std::uint64_t index, std::string_view entry) -> Result<void> {
        if (rules && Rules::concerns(entry)) {
            TRY(rules->read(index, entry, store_));
        }
        return {};
    };
    auto recomputed = recompute_tree(store_, head_.size, options_.progress, take);
    if (!recomputed) {
        return refuse(recomputed.error().message);
    }
    rules_ = std::move(rules);
    std::vector<log::NoteKey> keys;
    for (const Party& party : TRY(parties_at(rules_.get(), head_.size))) {
        keys.push_back(party.trust.log());
    }
    auto amiss = check_head(head_, *recomputed->tree, keys);
    amiss.insert(amiss.end(), recomputed->amiss.begin(), recomputed->amiss.end());
    if (!amiss.empty()) {
        return refuse(amiss.front());
    }
    tree_ = std::move(recomputed->tree);
    // To go on it takes the key of the policy in force alone.
    const log::NoteKey key =
        rules_ ? TRY(rules_->parties_at(head_.size)).back().trust.log() : signers_.front().key;
    if (find_signer(key) == nullptr) {
        return base::fail(ErrorKind::usage,
                          fmt::format("serving the log {}: under the policy in force {}",
                                      base::shown(store_.path().native()), missing_key(key)));
    }
    return {};
}

Result<std::vector<Party>> Appender::parties_at(const Rules* rules, std::uint64_t size) const {
    if (rules != nullptr) {
        return rules->parties_at(size);
    }
    return std::vector{Party{TRY(log::Trust::make(signers_.front().key, {}, 0)), {}}};
}

const LogSigner* Appender::find_signer(const log::NoteKey& key) const {
    const auto found = std::ranges::find(signers_, key, &LogSigner::key);
    return found == signers_.end() ? nullptr : &*found;
}

// By the key of every party; a party without witnesses takes the log's cosignature for theirs.
Result<std::string> Appender::sign_head(const store::LogHead& head, std::span<const Party> parties,
                                        base::Time now) const {
    const std::string text = log::to_text({store_.owner().origin, head.size, head.root});
    log::Note note{text, {}};
    const auto add = [&](log::NoteSignature signature) {
        const auto same = [&](const log::NoteSignature& other) { return other.id == signature.id; };
        if (std::ranges::none_of(note.signatures, same)) {
            note.signatures.push_back(std::move(signature));
        }
    };
    for (const Party& party : parties) {
        const LogSigner* const signer = find_signer(party.trust.log());
        if (signer == nullptr) {
            return base::fail(ErrorKind::usage, "signing: " + missing_key(party.trust.log()));
        }
        add(log::make_signature(signer->key, TRY(signer->sign(text))));
        if (cosigns_for(party)) {
            const base::Bytes signature = TRY(signer->sign(log::cosigned_message(now, text)));
            add(log::make_cosignature(party.trust.cosigners().front(), now, signature));
        }
    }
    return log::render(note);
}

Result<std::string> Appender::cosign_again(const store::LogHead& head,
                                           std::span<const Party> parties) const {
    log::Note note = TRY(log::parse_note(head.checkpoint));
    const base::Time now = options_.clock();
    for (const Party& party : parties) {
        const LogSigner* const signer = find_signer(party.trust.log());
        if (party.trust.has_witnesses() || signer == nullptr) {
            continue;
        }
        const base::Bytes signature = TRY(signer->sign(log::cosigned_message(now, note.text)));
        log::NoteSignature fresh =
            log::make_cosignature(party.trust.cosigners().front(), now, signature);
        std::erase_if(note.signatures, [&](const auto& one) { return one.id == fresh.id; });
        note.signatures.push_back(std::move(fresh));
    }
    return log::render(note);
}

bool Appender::cosigns_for(const Party& party) const {
    return rules_ == nullptr ? options_.cosigns : !party.trust.has_witnesses();
}

// Whether the log can be kept under the policy in force by these rules.
Result<void> Appender::require_means(const Rules& next) const {
    const Party party = TRY(party_of(next.in_force()));
    const log::NoteKey& key = party.trust.log();
    const auto held_back = [&](std::string_view why) {
        return base::fail(
            ErrorKind::waiting,
            fmt::format("the enactment is held back, and logged nowhere: under policy {} {}",
                        next.in_force().header.version, why));
    };
    if (find_signer(key) == nullptr) {
        return held_back(missing_key(key));
    }
    if (options_.may_pass_to) {
        if (const auto may = options_.may_pass_to(party); !may) {
            return held_back(may.error().message);
        }
    }
    return {};
}

// Takes what an entry changes of the rules. Fails with waiting if it has to be held back.
Result<void> Appender::go_by(const store::NewEntry& entry, std::uint64_t index, Batch& batch) {
    if (!batch.rules || !Rules::concerns(entry.statement)) {
        return {};
    }
    auto next = std::make_shared<Rules>(*batch.rules);
    const auto reading = TRY(next->read(index, entry.statement, store_));
    if (reading.changes_trust) {
        TRY(require_means(*next));
    }
    batch.rules = std::move(next);
    batch.changes_trust = reading.changes_trust;
    return {};
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
    TRY(go_by(entry, index, batch));
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
        // Over the quota, or held back, it wrote nothing; any other failure undoes the whole
        // transaction.
        if (!accepted && accepted.error().kind != ErrorKind::denied &&
            accepted.error().kind != ErrorKind::waiting) {
            return std::unexpected(accepted.error());
        }
        batch.committed.entries.push_back(std::move(accepted));
        if (batch.changes_trust) {
            break;
        }
    }
    if (batch.appended.empty() && !head_.checkpoint.empty()) {
        batch.committed.head = head_;
        return {};
    }
    store::LogHead& head = batch.committed.head;
    head.size = batch.tree->size();
    head.root = batch.tree->root();
    const std::vector<Party> parties = TRY(parties_at(batch.rules.get(), head.size));
    head.checkpoint = TRY(sign_head(head, parties, now));
    TRY(store_.set_head(head));
    if (batch.changes_trust) {
        TRY(store_.keep_passage(head));
    }
    const auto cosigned = [&](const Party& party) { return cosigns_for(party); };
    if (std::ranges::all_of(parties, cosigned)) {
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
    Batch batch{std::make_shared<log::GrowingTree>(*tree_), rules_};
    const auto done = store_.commit([&] { return commit_batch(entries, batch); });
    if (!done) {
        broken_ = true;
        return std::unexpected(done.error());
    }
    head_ = batch.committed.head;
    tree_ = std::move(batch.tree);
    rules_ = std::move(batch.rules);
    batch.committed.tree = tree_;
    batch.committed.rules = rules_;
    return std::move(batch.committed);
}

}  // namespace cheget::authority
