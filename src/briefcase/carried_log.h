// The log as a briefcase's loads make it: in memory, with everything that tells an older load or a
// forked log from the one that was read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "permit/log_copy.h"

namespace cheget::briefcase {

/// Takes back what was added since begin() without copying what was there before.
class CarriedLog : public permit::LogCopy {
  public:
    explicit CarriedLog(permit::Chronicle chronicle)
        : knowledge_{std::move(chronicle), {}, {}, {}} {}

    const permit::LogKnowledge& knowledge() const override { return knowledge_; }
    base::Result<void> begin() override;
    base::Result<void> commit(permit::LogKnowledge knowledge) override;
    void roll_back() override;
    base::Result<void> add(std::uint64_t index, std::string_view whole,
                           const std::vector<std::string>& subjects) override;
    base::Result<std::vector<permit::Entry>> about(std::string_view subject) const override;

    std::uint64_t size() const { return knowledge_.chronicle.size(); }
    const std::vector<std::string>& entries() const { return entries_; }

    /// What an extract is to this copy.
    enum class Standing : std::uint8_t {
        goes_on,  ///< holds more of the same log
        known,    ///< nothing but what is here already
        beyond,   ///< begins after the end of what is here
        differs,  ///< has another entry where this copy has one
    };
    Standing standing_of(const permit::Permit::Extract& extract) const;

    /// Reads on. Failures as permit::catch_up()'s; then nothing is changed.
    base::Result<void> read(const permit::Permit::Extract& extract);
    /// Takes checkpoints of an extract that is known: one of this very size that was witnessed
    /// later makes the knowledge younger.
    void take_newer_checkpoint(const permit::Permit::Extract& extract);

    /// Whether an extract that differs proves, by checkpoints that are signed and witnessed, a
    /// tree that this copy is no part of; in words, or empty. `first_policy` begins the other
    /// tree. It costs as much as reading all that comes before the extract.
    std::string fork_shown_by(const permit::Permit::Extract& extract,
                              std::string_view first_policy) const;
    /// The same by checkpoints alone, all in one pass: the place of each that is witnessed, of at
    /// most size() entries, and has another root than these.
    std::vector<std::size_t> other_roots(const std::vector<std::string_view>& checkpoints) const;

  private:
    permit::LogKnowledge knowledge_;
    std::vector<std::string> entries_;                // and those not committed yet
    std::vector<std::vector<std::string>> subjects_;  // of each entry
    std::map<std::string, std::vector<std::uint64_t>, std::less<>> about_;
    std::vector<std::string> checkpoints_;  // that passed, in order
};

}  // namespace cheget::briefcase
