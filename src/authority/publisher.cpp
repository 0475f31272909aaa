// Publishing: tiles first, made durable, then the checkpoint that needs them.
#include "authority/publisher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "authority/recompute.h"
#include "base/text.h"
#include "store/descriptor.h"
#include "store/file.h"

namespace cheget::authority {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::size_t k_few_files = 12;  // as many are synced one by one, more all at once
constexpr std::chrono::milliseconds k_poll{200};
constexpr std::chrono::milliseconds k_longest_pause{30'000};
constexpr std::chrono::seconds k_fresh{3};  // as old may a checkpoint be that somebody asks for

Result<std::string> content_of(const log::Tile& tile, const log::GrowingTree& tree,
                               store::LogStore& store) {
    if (!tile.entries) {
        const auto hashes =
            TRY(tree.read_tile(tile, [&](const log::Tile& full) { return store.tile(full); }));
        return log::render_tile(hashes);
    }
    std::vector<std::string> entries;
    const std::uint64_t begin = tile.index * log::k_tile_width;
    TRY(store.read_entries(begin, begin + tile.width, [&](std::uint64_t, std::string_view entry) {
        entries.emplace_back(entry);
        return Result<void>();
    }));
    return log::render_bundle(entries);
}

// Whole or not at all for who reads now; durable only once sync_all() was called.
Result<void> write_undurably(const std::filesystem::path& path, std::string_view content) {
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    const std::filesystem::path temporary = path.native() + ".new";
    const store::Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    while (file.is_open() && !content.empty()) {
        const ssize_t written = ::write(file.number(), content.data(), content.size());
        if (written <= 0) {
            break;
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!file.is_open() || !content.empty() || ::rename(temporary.c_str(), path.c_str()) != 0) {
        const std::string reason = store::system_reason();
        return base::fail(ErrorKind::unreachable,
                          fmt::format("cannot write {}: {}", base::shown(path.native()), reason));
    }
    return {};
}

Result<void> sync_all(const std::filesystem::path& folder) {
    const store::Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.is_open() || ::syncfs(opened.number()) != 0) {
        const std::string reason = store::system_reason();
        return base::fail(ErrorKind::unreachable,
                          fmt::format("cannot sync {}: {}", base::shown(folder.native()), reason));
    }
    return {};
}

// Partial tiles give way to the full one, which begins with them.
void remove_partial(const std::filesystem::path& full) {
    std::error_code ignored;
    std::filesystem::remove_all(full.native() + ".p", ignored);
}

}  // namespace

Result<PublicFolder> PublicFolder::open(std::filesystem::path root,
                                        std::span<const log::NoteKey> keys, const LogView& view,
                                        store::LogStore& store) {
    PublicFolder folder(std::move(root));
    const std::filesystem::path path = folder.root_ / "checkpoint";
    std::error_code failed;
    if (!std::filesystem::exists(path, failed)) {
        return folder;
    }
    auto refuse = [&](std::string_view why) {
        return base::fail(ErrorKind::corrupt_state,
                          fmt::format("what was published in {} is not of this log: {}",
                                      base::shown(folder.root_.native()), why));
    };
    const std::string text = TRY(store::read_file(path, log::k_longest_note));
    const auto note = log::parse_note(text);
    if (!note || !log::verify_note(*note, keys)) {
        return refuse(
            "its checkpoint is not signed by the log's key; once you know why, write it "
            "anew with `cheget log rebuild`");
    }
    const auto checkpoint = TRY(log::parse_checkpoint(note->text));
    if (checkpoint.size > view.head.size) {
        return refuse(fmt::format(
            "{} entries were published and the database has {}: it is an older copy. Serving it "
            "would fork the log; find the newer database",
            checkpoint.size, view.head.size));
    }
    const log::TileReader read_full = [&](const log::Tile& tile) { return store.tile(tile); };
    if (TRY(log::root_at(checkpoint.size, view.tree->reader(read_full))) != checkpoint.root) {
        return refuse(
            fmt::format("it signed another tree of {} entries. Serving this one would "
                        "fork the log",
                        checkpoint.size));
    }
    folder.size_ = checkpoint.size;
    folder.has_checkpoint_ = true;
    return folder;
}

Result<void> PublicFolder::write_tiles(std::uint64_t size, const log::GrowingTree& tree,
                                       store::LogStore& store) {
    const std::vector<log::Tile> tiles = log::new_tiles(size_, size);
    const bool few = tiles.size() <= k_few_files;
    for (const log::Tile& tile : tiles) {
        const std::filesystem::path path = root_ / log::path_of(tile);
        const std::string content = TRY(content_of(tile, tree, store));
        if (few) {
            TRY(store::make_folder_durably(path.parent_path()));
            TRY(store::write_file_durably(path, content));
        } else {
            TRY(write_undurably(path, content));
        }
        if (tile.is_full()) {
            remove_partial(path);
        }
    }
    if (!few) {
        TRY(sync_all(root_));
    }
    return {};
}

Result<void> PublicFolder::write_checkpoint(std::uint64_t size, std::string_view checkpoint) {
    TRY(store::make_folder_durably(root_ / "witnessed"));
    TRY(store::write_file_durably(root_ / "witnessed" / std::to_string(size), checkpoint));
    TRY(store::write_file_durably(root_ / "checkpoint", checkpoint));
    size_ = size;
    has_checkpoint_ = true;
    return {};
}

Result<void> PublicFolder::write_newer(std::string_view checkpoint) {
    return store::write_file_durably(root_ / "checkpoint", checkpoint);
}

Result<std::unique_ptr<Publisher>> Publisher::start(Sequencer& sequencer, store::LogStore store,
                                                    PublicFolder folder, Witnessing witnessing,
                                                    std::function<void(const base::Error&)> trouble,
                                                    std::chrono::milliseconds oldest_published) {
    std::unique_ptr<Publisher> publisher(new Publisher(sequencer, std::move(store),
                                                       std::move(folder), std::move(witnessing),
                                                       std::move(trouble), oldest_published));
    publisher->published_ = publisher->folder_.size();
    publisher->thread_ = std::thread([raw = publisher.get()] { raw->run(); });
    return publisher;
}

Publisher::~Publisher() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

Result<void> Publisher::publish(const LogView& view) {
    const auto passage = TRY(store_.passage_beyond(folder_.size()));
    return publish(passage && passage->size <= view.head.size ? *passage : view.head, view);
}

Result<void> Publisher::publish(const store::LogHead& head, const LogView& view) {
    TRY(folder_.write_tiles(head.size, *view.tree, store_));
    std::vector<Party> parties;
    if (view.rules) {
        parties = TRY(view.rules->parties_at(head.size));
    }
    const std::string checkpoint = TRY(witness(head, view, parties));
    if (witnessing_) {
        TRY(sequencer_.add_witnessed(head.size, head.root, checkpoint));
    }
    TRY(folder_.write_checkpoint(head.size, checkpoint));
    published_ = head.size;
    return {};
}

Result<std::string> Publisher::witness(const store::LogHead& head, const LogView& view,
                                       std::span<const Party> parties) {
    if (!witnessing_) {
        return head.checkpoint;
    }
    const log::TileReader read_full = [&](const log::Tile& tile) { return store_.tile(tile); };
    return witnessing_(head, view.tree->reader(read_full), parties);
}

Result<void> Publisher::witness_again(const LogView& view) {
    // Of the parties before a change the checkpoint by its size tells.
    std::vector<Party> parties;
    store::LogHead head = view.head;
    if (view.rules) {
        parties.push_back(TRY(party_of(view.rules->in_force())));
        head.checkpoint = TRY(sequencer_.cosign_again(head, parties));
    }
    return folder_.write_newer(TRY(witness(head, view, parties)));
}

std::chrono::steady_clock::duration Publisher::age() const {
    return std::chrono::steady_clock::now() - tried_at_.load();
}

bool Publisher::is_to_be_freshened() const {
    return age() >= oldest_published_ || (is_wanted_ && !failed_ && age() >= k_fresh);
}

void Publisher::note_attempt(bool succeeded) {
    const std::lock_guard lock(mutex_);
    ++attempts_;
    failed_ = !succeeded;
    is_wanted_ = false;
    tried_at_ = std::chrono::steady_clock::now();
    attempted_.notify_all();
}

void Publisher::freshen(std::chrono::milliseconds longest) {
    if (age() < k_fresh || failed_) {
        return;
    }
    std::unique_lock lock(mutex_);
    is_wanted_ = true;
    attempted_.wait_for(lock, longest, [this, before = attempts_] { return attempts_ != before; });
}

void Publisher::run() {
    std::chrono::milliseconds pause = k_poll;
    while (!stopping_) {
        const LogView view =
            folder_.is_empty() ? sequencer_.view() : sequencer_.wait_beyond(folder_.size(), k_poll);
        const bool is_again = view.head.size == folder_.size() && !folder_.is_empty();
        if (is_again && !is_to_be_freshened()) {
            continue;
        }
        const auto done = is_again ? witness_again(view) : publish(view);
        note_attempt(done.has_value());
        if (done) {
            pause = k_poll;
            continue;
        }
        if (trouble_) {
            trouble_(done.error());
        }
        for (auto waited = std::chrono::milliseconds(0); waited < pause && !stopping_;
             waited += k_poll) {
            std::this_thread::sleep_for(k_poll);
        }
        pause = std::min(pause * 2, k_longest_pause);
    }
}

Result<std::uint64_t> rebuild_folder(const std::filesystem::path& root, store::LogStore& store,
                                     std::span<const log::NoteKey> keys, const Progress& progress) {
    const auto amiss = TRY(check_log(store, keys, progress));
    if (!amiss.empty()) {
        return base::fail(ErrorKind::corrupt_state,
                          fmt::format("the database itself is amiss, and nothing was written: {}",
                                      amiss.front()));
    }
    const auto newest = TRY(store.newest_witnessed());
    if (!newest) {
        return base::fail(ErrorKind::waiting,
                          "no checkpoint was witnessed yet: there is nothing to publish");
    }
    const log::Note note = TRY(log::parse_note(*newest));
    const std::uint64_t size = TRY(log::parse_checkpoint(note.text)).size;
    const Recomputed recomputed = TRY(recompute_tree(store, size, {}));
    PublicFolder folder = PublicFolder::anew(root);
    TRY(store::make_folder_durably(root));
    TRY(folder.write_tiles(size, *recomputed.tree, store));
    TRY(store::make_folder_durably(root / "witnessed"));
    TRY(store.read_witnessed([&](std::uint64_t each, std::string_view checkpoint) {
        return write_undurably(root / "witnessed" / std::to_string(each), checkpoint);
    }));
    TRY(sync_all(root));
    TRY(folder.write_checkpoint(size, *newest));
    return size;
}

}  // namespace cheget::authority
