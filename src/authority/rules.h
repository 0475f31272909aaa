// What the log's own entries make of its keeping: the policy in force, by which statements are
// admitted, and whose signatures its checkpoints need.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/admission.h"
#include "log/checkpoint.h"
#include "permit/chronicle.h"
#include "store/log_store.h"

namespace cheget::authority {

/// A policy's say in a checkpoint: the log's key and the witnesses that have to sign it.
struct Party {
    log::Trust trust;
    /// What the policy calls them, in the order of trust.cosigners(); empty without witnesses.
    std::vector<std::string> witnesses;
};
base::Result<Party> party_of(const policy::Policy& policy);

/// Copied where it has to be undone: it grows with the votes on policies alone.
class Rules {
  public:
    /// Before the first entry. Fails if the domain's first policy names no log.
    static base::Result<Rules> begin(std::string_view first_policy);

    /// Whether an entry can change anything here; of the others read() need not be told.
    static bool concerns(std::string_view entry);
    /// Takes the entry that is to lie at `index`; those before it lie in the store.
    base::Result<permit::Chronicle::Reading> read(std::uint64_t index, std::string_view entry,
                                                  store::LogStore& store);

    const policy::Policy& in_force() const { return chronicle_.state().policy->policy; }
    const std::shared_ptr<const Admission>& admission() const { return admission_; }

    /// The text of a policy on which there are votes among the entries; nothing if there are none.
    base::Result<std::optional<std::string>> find_proposed(const base::Digest& policy,
                                                           store::LogStore& store) const;

    /// Whom the checkpoint of exactly so many entries has to satisfy: the policy in force, and
    /// where its enactment, the last entry, changed the log's key or its witnesses, the one before
    /// it as well.
    base::Result<std::vector<Party>> parties_at(std::uint64_t size) const;
    /// The keys that the log has signed with, under one name.
    base::Result<std::vector<log::NoteKey>> log_keys() const;

  private:
    explicit Rules(permit::Chronicle chronicle) : chronicle_(std::move(chronicle)) {}
    base::Result<void> take_policies();
    base::Result<Party> party_at(std::uint64_t index) const;

    permit::Chronicle chronicle_;
    std::map<std::string, std::vector<std::uint64_t>, std::less<>> filed_;  // indexes by subject
    std::shared_ptr<const Admission> admission_;
    std::shared_ptr<const Party> party_;  // of the policy in force
};

/// What the entries of a log make of the keys that it has signed with. Fails if one can't be read.
base::Result<std::vector<log::NoteKey>> read_log_keys(store::LogStore& store,
                                                      std::string_view first_policy);

}  // namespace cheget::authority
