// Checkpoints, the quorum that witnesses them, and witnessed time.
#include "log/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::log {
namespace {

base::Error malformed(std::string_view why) {
    return {base::ErrorKind::bad_input,
            fmt::format("the text is no checkpoint, which has three lines, the log's name, its "
                        "size and its root: {}",
                        why)};
}

// The k-th in ascending order of what `pick` takes of each, k from 1.
template <typename Pick>
base::Time kth_smallest(const std::vector<Cosigned>& cosigned, std::size_t k, Pick pick) {
    std::vector<base::Time> times;
    times.reserve(cosigned.size());
    for (const Cosigned& each : cosigned) {
        times.push_back(pick(each));
    }
    std::sort(times.begin(), times.end());
    return times[k - 1];
}

}  // namespace

void add_cosignature(std::vector<Cosigned>& cosigned, std::size_t cosigner, base::Time time) {
    for (Cosigned& known : cosigned) {
        if (known.cosigner == cosigner) {
            known.earliest = std::min(known.earliest, time);
            known.latest = std::max(known.latest, time);
            return;
        }
    }
    cosigned.push_back({cosigner, time, time});
}

std::string to_text(const Checkpoint& checkpoint) {
    return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                       base::to_base64(checkpoint.root.bytes));
}

base::Result<Checkpoint> parse_checkpoint(std::string_view text) {
    if (std::count(text.begin(), text.end(), '\n') != 3 || !text.ends_with('\n')) {
        return std::unexpected(malformed("there are more or fewer lines"));
    }
    Checkpoint checkpoint;
    checkpoint.origin = base::take_until(text, '\n');
    if (checkpoint.origin.empty()) {
        return std::unexpected(malformed("the name is empty"));
    }
    auto size = base::parse_number(base::take_until(text, '\n'), k_largest_size);
    if (!size) {
        return std::unexpected(malformed(size.error().message));
    }
    checkpoint.size = *size;
    auto root = base::from_base64(base::take_until(text, '\n'));
    if (!root || root->size() != checkpoint.root.bytes.size()) {
        return std::unexpected(malformed("the root is not the base64 of 32 bytes"));
    }
    std::copy(root->begin(), root->end(), checkpoint.root.bytes.begin());
    if (checkpoint.size == 0 && checkpoint.root != empty_root()) {
        return std::unexpected(malformed("the root is not that of a log without entries"));
    }
    return checkpoint;
}

base::Result<Trust> Trust::make(NoteKey log, std::vector<NoteKey> witnesses, std::size_t needed) {
    if (log.type != signature::k_note_ed25519) {
        return base::bad_input(
            fmt::format("the key of {} is of type {}, and logs sign with type {}", log.name,
                        log.type, signature::k_note_ed25519));
    }
    Trust trust;
    trust.has_witnesses_ = !witnesses.empty();
    if (needed > witnesses.size() || (trust.has_witnesses_ && needed * 2 <= witnesses.size())) {
        return base::bad_input(
            fmt::format("{} of {} witnesses is no quorum: more than half of them is, and no more "
                        "than there are",
                        needed, witnesses.size()));
    }
    if (!trust.has_witnesses_) {
        witnesses.push_back(
            TRY(signature::make_note_key(log.name, signature::k_note_cosignature, log.key)));
    }
    trust.quorum_ = std::max<std::size_t>(needed, 1);
    trust.keys_.push_back(std::move(log));
    for (NoteKey& witness : witnesses) {
        if (witness.type != signature::k_note_cosignature) {
            return base::bad_input(
                fmt::format("the key of {} is of type {}, and witnesses sign with type {}",
                            witness.name, witness.type, signature::k_note_cosignature));
        }
        for (const NoteKey& other : trust.keys_) {
            const bool own_key = &other == &trust.keys_.front() && !trust.has_witnesses_;
            if ((other.key == witness.key && !own_key) ||
                (other.name == witness.name && other.id == witness.id)) {
                return base::bad_input(
                    fmt::format("{} and {} have one key, or one name and key id: each witness "
                                "needs its own, and the log is none",
                                other.name, witness.name));
            }
        }
        trust.keys_.push_back(std::move(witness));
    }
    return trust;
}

base::Result<OpenedCheckpoint> open_checkpoint(std::string_view bytes, const Trust& trust) {
    OpenedCheckpoint opened;
    opened.note = TRY(parse_note(bytes));
    const auto verified = TRY(verify_note(opened.note, trust.keys()));
    bool by_log = false;
    for (const Verified& signature : verified) {
        if (signature.key == 0) {
            by_log = true;
        } else if (signature.time) {
            add_cosignature(opened.cosigned, signature.key - 1, *signature.time);
        }
    }
    if (!by_log) {
        return base::bad_input(
            fmt::format("the checkpoint is not signed by the log {}", trust.log().name));
    }
    opened.checkpoint = TRY(parse_checkpoint(opened.note.text));
    if (opened.checkpoint.origin != trust.log().name) {
        return base::bad_input(fmt::format("the checkpoint is of the log {}, not of {}",
                                           base::shown(opened.checkpoint.origin),
                                           trust.log().name));
    }
    return opened;
}

base::Result<OpenedCheckpoint> open_witnessed(std::string_view bytes, const Trust& trust) {
    OpenedCheckpoint opened = TRY(open_checkpoint(bytes, trust));
    if (!opened.is_witnessed(trust)) {
        return base::bad_input(
            fmt::format("the checkpoint of {} entries has {} of the {} cosignatures it needs",
                        opened.checkpoint.size, opened.cosigned.size(), trust.quorum()));
    }
    return opened;
}

std::optional<base::Time> now_low(const OpenedCheckpoint& checkpoint, const Trust& trust) {
    if (!checkpoint.is_witnessed(trust)) {
        return {};
    }
    return kth_smallest(checkpoint.cosigned, checkpoint.cosigned.size() - trust.quorum() + 1,
                        [](const Cosigned& each) { return each.latest; });
}

std::optional<base::Time> now_high(const OpenedCheckpoint& checkpoint, const Trust& trust,
                                   base::Span since) {
    if (!checkpoint.is_witnessed(trust)) {
        return {};
    }
    return kth_smallest(checkpoint.cosigned, trust.quorum(),
                        [](const Cosigned& each) { return each.earliest; }) +
           since;
}

std::optional<base::Time> entry_start(std::uint64_t index,
                                      std::span<const OpenedCheckpoint> checkpoints,
                                      const Trust& trust) {
    std::optional<base::Time> start;
    for (const OpenedCheckpoint& each : checkpoints) {
        if (index < each.checkpoint.size) {
            const auto time = now_high(each, trust, base::Span{0});
            if (time && (!start || *time < *start)) {
                start = time;
            }
        }
    }
    return start;
}

}  // namespace cheget::log
