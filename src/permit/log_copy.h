// A reader's copy of a domain's log, and how it grows: nothing is kept before a witnessed
// checkpoint vouched for all of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/checkpoint.h"
#include "log/remote.h"
#include "log/witnessed_times.h"
#include "permit/chronicle.h"
#include "permit/permit.h"

namespace cheget::permit {

/// What a reader knows of the log beside its entries.
struct LogKnowledge {
    Chronicle chronicle;
    log::Frontier frontier;  ///< of chronicle.size() entries
    /// The last checkpoint verified, as it was signed; empty before the first.
    std::string checkpoint;
    log::WitnessedTimes times;  ///< by the witnesses trusted now
};

/// Entries and knowledge, stored together. Between begin() and commit() what is added can be read
/// and is not yet there for good.
class LogCopy : public Archive {
  public:
    virtual const LogKnowledge& knowledge() const = 0;
    virtual base::Result<void> begin() = 0;
    virtual base::Result<void> commit(LogKnowledge knowledge) = 0;
    virtual void roll_back() = 0;
};

/// One in memory.
class MemoryLogCopy : public LogCopy {
  public:
    explicit MemoryLogCopy(Chronicle chronicle) : knowledge_{std::move(chronicle), {}, {}, {}} {}

    const LogKnowledge& knowledge() const override { return knowledge_; }
    base::Result<void> begin() override;
    base::Result<void> commit(LogKnowledge knowledge) override;
    void roll_back() override { pending_ = archive_; }
    base::Result<void> add(std::uint64_t index, std::string_view whole,
                           const std::vector<std::string>& subjects) override;
    base::Result<std::vector<Entry>> about(std::string_view subject) const override;

  private:
    LogKnowledge knowledge_;
    MemoryArchive archive_;
    MemoryArchive pending_;
};

/// Goes from what a copy holds to a newer checkpoint: entries in order, and checkpoints where they
/// stand between them. Rolls back unless finish() succeeded.
class CatchingUp {
  public:
    /// Entries below `anchor`, a size, are vouched for by a checkpoint of that size that the caller
    /// compared with people: nobody else is asked on the way there.
    static base::Result<CatchingUp> begin(LogCopy& copy, std::uint64_t anchor = 0);
    CatchingUp(CatchingUp&& other) noexcept;
    CatchingUp& operator=(CatchingUp&&) = delete;
    CatchingUp(const CatchingUp&) = delete;
    CatchingUp& operator=(const CatchingUp&) = delete;
    ~CatchingUp();

    std::uint64_t size() const { return next_.chronicle.size(); }
    /// Whether pass() has to come before the next entry: the one before it changed whom to trust.
    bool needs_checkpoint() const { return before_change_.has_value(); }
    /// The entry at size(). Fails where needs_checkpoint(), and with the archive.
    base::Result<Chronicle::Reading> add(std::string_view entry);
    /// A checkpoint of exactly size() entries. Fails unless it is signed and witnessed as the
    /// policy in force after those entries asks, and the one before if that changed; and unless the
    /// entries make its root: then the log forked, or these are not its entries.
    base::Result<void> pass(std::string_view checkpoint);
    /// Keeps all of it. Fails unless a checkpoint passed at size().
    base::Result<void> finish();

  private:
    CatchingUp(LogCopy& copy, std::uint64_t anchor)
        : copy_(&copy), anchor_(anchor), next_(copy.knowledge()) {}

    LogCopy* copy_;
    std::uint64_t anchor_;
    LogKnowledge next_;
    std::optional<log::Trust> before_change_;
    bool passed_ = false;
};

/// How far something long has come.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// Reads a served log to its newest witnessed checkpoint. Fails with unreachable if it can't be
/// read, with denied if the log shrank, forked, or shows what nobody vouches for. What was read up
/// to a checkpoint on the way is kept.
base::Result<void> catch_up(LogCopy& copy, const log::Fetch& fetch, const Progress& progress = {});

/// The same for a new copy, to a checkpoint that was compared by words: it vouches for everything
/// before it, whoever signed that. It must be witnessed as the policy in force there asks.
base::Result<void> catch_up_to_anchor(LogCopy& copy, const log::Fetch& fetch,
                                      std::string_view checkpoint, const Progress& progress = {});

/// Looks for earlier checkpoints that contain these entries, so that their starts are known as
/// early as the witnesses saw them. An entry without one is left as it is. Fails with denied if one
/// that is served does not lie in the tree that was read.
base::Result<void> refine_times(LogCopy& copy, const log::Fetch& fetch,
                                const std::vector<std::uint64_t>& indexes);

/// The same as catch_up() out of what a permit carries. What the copy holds already is passed over.
base::Result<void> catch_up(LogCopy& copy, const Permit::Extract& extract);

/// What somebody who holds `size` entries needs to come to the newest checkpoint and to see when
/// the entries of `indexes` were there.
base::Result<Permit::Extract> make_extract(const log::Fetch& fetch, const LogKnowledge& knowledge,
                                           std::uint64_t size,
                                           const std::vector<std::uint64_t>& indexes);

/// The same in stages, each within a permit's bounds: if all of it might pass them, this ends at a
/// witnessed checkpoint on the way, and the next stage begins after its entries.
base::Result<Permit::Extract> make_extract_stage(const log::Fetch& fetch,
                                                 const LogKnowledge& knowledge, std::uint64_t size,
                                                 const std::vector<std::uint64_t>& indexes);

}  // namespace cheget::permit
