// Reading loads into one log, and telling when they are of two.
#include "briefcase/carried_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/checkpoint.h"
#include "log/tree.h"

namespace cheget::briefcase {

namespace {

using base::Result;
using permit::Permit;

std::uint64_t end_of(const Permit::Extract& extract) {
    return extract.first + extract.entries.size();
}

/// Of how many entries a checkpoint claims to be; nothing if it can't be read.
std::optional<std::uint64_t> claimed_size(std::string_view checkpoint) {
    const auto note = log::parse_note(checkpoint);
    const auto parsed = note ? log::parse_checkpoint(note->text)
                             : Result<log::Checkpoint>(std::unexpected(note.error()));
    return parsed ? std::optional(parsed->size) : std::nullopt;
}

}  // namespace

Result<void> CarriedLog::begin() {
    roll_back();
    return {};
}

Result<void> CarriedLog::commit(permit::LogKnowledge knowledge) {
    knowledge_ = std::move(knowledge);
    if (checkpoints_.empty() || checkpoints_.back() != knowledge_.checkpoint) {
        checkpoints_.push_back(knowledge_.checkpoint);
    }
    return {};
}

void CarriedLog::roll_back() {
    while (entries_.size() > size()) {
        for (const std::string& subject : subjects_.back()) {
            about_[subject].pop_back();
        }
        subjects_.pop_back();
        entries_.pop_back();
    }
}

Result<void> CarriedLog::add(std::uint64_t index, std::string_view whole,
                             const std::vector<std::string>& subjects) {
    if (index != entries_.size()) {
        return base::fail(base::ErrorKind::corrupt_state,
                          "an entry of the log is out of its place");
    }
    entries_.emplace_back(whole);
    subjects_.push_back(subjects);
    for (const std::string& subject : subjects) {
        about_[subject].push_back(index);
    }
    return {};
}

Result<std::vector<permit::Entry>> CarriedLog::about(std::string_view subject) const {
    std::vector<permit::Entry> found;
    if (const auto at = about_.find(subject); at != about_.end()) {
        for (const std::uint64_t index : at->second) {
            found.push_back({index, entries_[index]});
        }
    }
    return found;
}

CarriedLog::Standing CarriedLog::standing_of(const Permit::Extract& extract) const {
    if (extract.first > size()) {
        return Standing::beyond;
    }
    const std::uint64_t both = std::min(size(), end_of(extract));
    for (std::uint64_t index = extract.first; index < both; ++index) {
        if (extract.entries[index - extract.first] != entries_[index]) {
            return Standing::differs;
        }
    }
    return end_of(extract) > size() ? Standing::goes_on : Standing::known;
}

Result<void> CarriedLog::read(const Permit::Extract& extract) {
    return permit::catch_up(*this, extract);
}

void CarriedLog::take_newer_checkpoint(const Permit::Extract& extract) {
    const log::Trust trust = knowledge_.chronicle.trust();
    for (const std::string& checkpoint : extract.checkpoints) {
        if (claimed_size(checkpoint) != size()) {
            continue;
        }
        const auto newer = log::open_witnessed(checkpoint, trust);
        const auto held = log::open_witnessed(knowledge_.checkpoint, trust);
        if (newer && (!held || log::now_low(*newer, trust) > log::now_low(*held, trust))) {
            // One that does not fit is of another tree: other_roots() tells.
            if (!read({size(), {}, {checkpoint}})) {
                return;
            }
        }
    }
}

std::vector<std::size_t> CarriedLog::other_roots(
    const std::vector<std::string_view>& checkpoints) const {
    struct Witnessed {
        std::size_t place;
        log::Checkpoint checkpoint;
    };
    std::vector<Witnessed> witnessed;
    for (std::size_t place = 0; place < checkpoints.size(); ++place) {
        const auto claimed = claimed_size(checkpoints[place]);
        if (!claimed || *claimed > size()) {
            continue;
        }
        if (auto opened = log::open_witnessed(checkpoints[place], knowledge_.chronicle.trust())) {
            witnessed.push_back({place, std::move(opened->checkpoint)});
        }
    }
    std::sort(witnessed.begin(), witnessed.end(), [](const Witnessed& a, const Witnessed& b) {
        return a.checkpoint.size < b.checkpoint.size;
    });
    std::vector<std::size_t> others;
    log::Frontier frontier;
    for (const Witnessed& one : witnessed) {
        while (frontier.size() < one.checkpoint.size) {
            const std::string& entry = entries_[frontier.size()];
            if (!frontier.append(log::hash_leaf(base::as_bytes(entry)))) {
                return others;
            }
        }
        if (one.checkpoint.root != frontier.root()) {
            others.push_back(one.place);
        }
    }
    return others;
}

std::string CarriedLog::fork_shown_by(const Permit::Extract& extract,
                                      std::string_view first_policy) const {
    if (standing_of(extract) != Standing::differs) {
        return {};
    }
    auto chronicle = permit::Chronicle::begin(first_policy);
    if (!chronicle) {
        return {};
    }
    Permit::Extract whole;
    whole.entries.assign(entries_.begin(),
                         entries_.begin() + static_cast<std::ptrdiff_t>(extract.first));
    whole.entries.insert(whole.entries.end(), extract.entries.begin(), extract.entries.end());
    for (const std::string& checkpoint : checkpoints_) {
        const auto claimed = claimed_size(checkpoint);
        if (claimed && *claimed <= extract.first) {
            whole.checkpoints.push_back(checkpoint);
        }
    }
    whole.checkpoints.insert(whole.checkpoints.end(), extract.checkpoints.begin(),
                             extract.checkpoints.end());
    CarriedLog other(std::move(*chronicle));
    if (!other.read(whole)) {
        return {};
    }
    return fmt::format("the {} entries that were read before and {} other ones are both witnessed",
                       size(), other.size());
}

}  // namespace cheget::briefcase
