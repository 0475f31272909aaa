// The chronicle: what the entries of a domain's log, read in order, make of the domain: which
// policy is in force from which entry on, whose keys are void from which entry on, whom to trust
// for the log. Every reader of the same entries comes to the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/checkpoint.h"
#include "log/witnessed_times.h"
#include "permit/archive.h"
#include "permit/judge.h"

namespace cheget::permit {

/// Whom a policy with a log trusts for it. Fails for one without.
base::Result<log::Trust> trust_of(const policy::Policy& policy);

/// What there is to store of a chronicle, beside the archive.
struct ChronicleRecord {
    std::uint64_t size = 0;  ///< entries read
    struct InForce {
        std::uint64_t from = 0;      ///< index of the enactment; 0 of the domain's first policy
        bool changes_trust = false;  ///< see Chronicle::Reading
        std::string text;
        bool operator==(const InForce&) const = default;
    };
    std::vector<InForce> policies;  ///< all that ever were, the one in force last
    std::vector<RevokedKey> revoked;
    std::vector<std::string> pending_revocations;
    bool operator==(const ChronicleRecord&) const = default;
};

class Chronicle {
  public:
    /// Before the first entry. The text is of the domain's first policy, which establish() found
    /// signed by everybody in it, or which is known by its id.
    static base::Result<Chronicle> begin(std::string_view first_policy_text);
    /// As it was stored.
    static base::Result<Chronicle> resume(ChronicleRecord record);
    const ChronicleRecord& record() const { return record_; }

    std::uint64_t size() const { return record_.size; }
    /// As the entries read make it: DomainState::revoked tells from which entry on.
    const DomainState& state() const { return state_; }
    const log::Trust& trust() const { return *trust_; }
    /// The least size of which trust() has anything to say: whoever was trusted before has no word
    /// on time any more.
    std::uint64_t trusted_from() const;
    /// The policy in force as entry `index` found it. Parsed anew unless it still is in force.
    base::Result<std::shared_ptr<const KnownPolicy>> policy_at(std::uint64_t index) const;

    /// Takes the next entry, files it and goes by it: an enactment puts a policy into force if it
    /// shows what DESIGN section 5 asks for, a revocation voids a key when its time has come. What
    /// is neither valid nor known changes nothing; failures are the archive's alone.
    struct Reading {
        bool changes_policy = false;
        /// The log's key or its witnesses are others from here on: the checkpoint of exactly
        /// size() entries has to satisfy both.
        bool changes_trust = false;
        std::string ignored;  ///< why an enactment or a revocation has no force
    };
    base::Result<Reading> read(std::string_view entry, Archive& archive);
    /// Takes so many entries of which the caller knows that they are neither votes on policies nor
    /// enactments nor revocations.
    void pass_over(std::uint64_t entries) { record_.size += entries; }

  private:
    Chronicle() = default;
    base::Result<void> take_state(std::shared_ptr<const KnownPolicy> policy);
    Reading read_revocation(std::string_view entry);
    base::Result<Reading> read_enactment(std::string_view entry, const Archive& archive);
    void note_revoked(const DomainState& next, std::uint64_t index);

    ChronicleRecord record_;
    DomainState state_;
    std::shared_ptr<const log::Trust> trust_;
};

/// How an amendment stands that has votes in the log.
struct Weighed {
    Advance::Proposal proposal;  ///< `policy_text` points into `text`
    std::shared_ptr<const std::string> text;
    /// The entry of the vote with which the approvals satisfied both policies' rules, leaving
    /// delays aside; nothing as long as they don't, or a veto stops it.
    std::optional<std::uint64_t> completed;
    /// How long to wait from that entry's start.
    base::Span wait{};
    std::vector<Ignored> ignored;
};
/// Weighs the votes on a policy that are in the log. Fails with bad_input if there are none by
/// anybody of the policy in force.
base::Result<Weighed> weigh_amendment(const Chronicle& chronicle, const Archive& archive,
                                      const base::Digest& policy);

/// The moment at which a reader of the log decides, and what bears on it.
struct LogMoment {
    /// Entries of lower index bind the decision: the claim's index, or before a claim the size.
    std::uint64_t bound = 0;
    base::Time low;   ///< it is at least that late, see log::now_low()
    base::Time high;  ///< it is at most that late, see log::now_high()
    const log::WitnessedTimes* times = nullptr;
};

/// What an executor knows by itself, beside the log.
struct OwnKnowledge {
    /// Signed revocations that it found to count once: every key that they name is void, though who
    /// revoked it may have left the policy since.
    std::vector<std::string> revocations{};
    HoldsMark holds_mark{};
};

/// Judges an order by what the log holds on it, and by `outside`: statements that came another way,
/// of which vetoes, withdrawals and revocations count, and the order itself so that it can be shown
/// before it is logged. Vetoes, withdrawals, revocations and enactments above the bound stop it
/// too; nothing else above it counts. Failures as judge()'s, or the archive's.
base::Result<Judgement> judge_under_log(const Chronicle& chronicle, const Archive& archive,
                                        const base::Digest& order,
                                        const std::vector<std::string_view>& outside,
                                        const LogMoment& moment, const OwnKnowledge& own = {});

/// The indexes of the entries that judge_under_log() goes by: those on the order, facts about it,
/// and for an emergency what uses its ration up. Their starts matter.
base::Result<std::vector<std::uint64_t>> indexes_on(const Chronicle& chronicle,
                                                    const Archive& archive,
                                                    const base::Digest& order,
                                                    const std::vector<std::string_view>& outside);

/// Whether the logged claim may act: it counts, its executor has none on that target before it, and
/// fewer claims than the rule has executors act were before it. Fails with denied and says which.
base::Result<void> require_first_claim(const Judgement& judgement, const base::Digest& claim);

}  // namespace cheget::permit
