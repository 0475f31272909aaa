// Checkpoints (C2SP tlog-checkpoint): what a log signed of its tree, who cosigned it and when, and
// what follows of time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "log/note.h"
#include "log/tree.h"

namespace cheget::log {

/// What a checkpoint says: `origin`, the number of entries, the root.
struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    Digest root;
    bool operator==(const Checkpoint&) const = default;
};

/// The three lines that get signed.
std::string to_text(const Checkpoint& checkpoint);
/// Reads exactly those three lines; extension lines are refused.
base::Result<Checkpoint> parse_checkpoint(std::string_view text);

/// Whom a domain's policy trusts for its log. Made by make() alone.
class Trust {
  public:
    /// `needed` of the witnesses are the quorum: more than half of them. Without witnesses
    /// (`needed` 0) the log's own cosignature stands for them: key type 4 of the same key. Fails if
    /// a key is of the wrong type, or stands twice, or the quorum is none.
    static base::Result<Trust> make(NoteKey log, std::vector<NoteKey> witnesses,
                                    std::size_t needed);

    const NoteKey& log() const { return keys_.front(); }
    /// The witnesses, or the log's own cosigning key.
    std::span<const NoteKey> cosigners() const { return std::span(keys_).subspan(1); }
    std::size_t quorum() const { return quorum_; }
    bool has_witnesses() const { return has_witnesses_; }

    /// All of them, the log's key first: what verify_note() takes.
    std::span<const NoteKey> keys() const { return keys_; }

  private:
    Trust() = default;

    std::vector<NoteKey> keys_;
    std::size_t quorum_ = 1;
    bool has_witnesses_ = false;
};

/// One cosigner's word on a checkpoint. A cosigner may have signed it several times.
struct Cosigned {
    std::size_t cosigner = 0;  ///< its place among Trust::cosigners()
    base::Time earliest;
    base::Time latest;
};

/// Adds one cosignature to what was gathered, each cosigner once.
void add_cosignature(std::vector<Cosigned>& cosigned, std::size_t cosigner, base::Time time);

/// A checkpoint whose signatures were verified.
struct OpenedCheckpoint {
    Checkpoint checkpoint;
    Note note;
    std::vector<Cosigned> cosigned;  ///< one for each cosigner that signed

    bool is_witnessed(const Trust& trust) const { return cosigned.size() >= trust.quorum(); }
};

/// Reads a checkpoint that the trusted log signed. Cosignatures are verified and gathered, however
/// few; those of unknown keys are skipped; a bad one of a known key refuses all.
base::Result<OpenedCheckpoint> open_checkpoint(std::string_view bytes, const Trust& trust);

/// The same, and refuses one that less than the quorum cosigned.
base::Result<OpenedCheckpoint> open_witnessed(std::string_view bytes, const Trust& trust);

// Time, as far as a quorum of k proves it. Of any k cosigners one at least is honest as long as
// fewer than k lie, which is all that these rest on. Nothing where the checkpoint is not witnessed.

/// It is at least that late: the k-th largest time. For waits, deputies and `valid from`.
std::optional<base::Time> now_low(const OpenedCheckpoint& checkpoint, const Trust& trust);

/// It is at most that late: the k-th smallest time, plus what has passed since before the
/// checkpoint can have been made, such as since the claim in it was signed. For expiry, `until` and
/// freshness.
std::optional<base::Time> now_high(const OpenedCheckpoint& checkpoint, const Trust& trust,
                                   base::Span since);

/// The entry was in the log at that time at the latest, and no server could have it look older: the
/// k-th smallest time on any of the checkpoints that contains it, the least of these.
std::optional<base::Time> entry_start(std::uint64_t index,
                                      std::span<const OpenedCheckpoint> checkpoints,
                                      const Trust& trust);

}  // namespace cheget::log
