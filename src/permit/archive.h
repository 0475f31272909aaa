// Entries of a log by what they are about: what a reader keeps of those it has read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "statement/statement.h"

namespace cheget::permit {

/// An entry and its index in the log.
struct Entry {
    std::uint64_t index = 0;
    std::string whole;  ///< the signed statement, as it was logged

    bool operator==(const Entry&) const = default;
};

// Subjects: what statements are about, as texts to file them under.
std::string subject_of_order(const base::Digest& order);    ///< its votes, claims, receipts, itself
std::string subject_of_policy(const base::Digest& policy);  ///< votes on it and enactments of it
std::string subject_of_emergency(std::string_view action);  ///< orders under it
std::string subject_of_fact(std::string_view fact, const statement::FactSubject& about);
std::string subject_of_custody(std::string_view briefcase);
/// What facts about an order may be about: the world, it, its target, the files that it names or
/// signs.
std::vector<statement::FactSubject> fact_subjects(const statement::Order& order,
                                                  const base::Digest& id);
constexpr std::string_view k_subject_of_revocations = "revocations";

/// Under which subjects a signed statement is filed; none for what can't be read.
std::vector<std::string> subjects_of(std::string_view signed_statement);

/// Where a reader of a log files what it has read. Failures are the store's.
class Archive {
  public:
    virtual ~Archive() = default;
    Archive() = default;
    Archive(const Archive&) = default;
    Archive& operator=(const Archive&) = default;
    Archive(Archive&&) = default;
    Archive& operator=(Archive&&) = default;

    virtual base::Result<void> add(std::uint64_t index, std::string_view whole,
                                   const std::vector<std::string>& subjects) = 0;
    /// The entries about a subject, by index.
    virtual base::Result<std::vector<Entry>> about(std::string_view subject) const = 0;
};

/// One in memory, for tests and for tools that read a log and forget it.
class MemoryArchive : public Archive {
  public:
    base::Result<void> add(std::uint64_t index, std::string_view whole,
                           const std::vector<std::string>& subjects) override;
    base::Result<std::vector<Entry>> about(std::string_view subject) const override;

  private:
    std::map<std::string, std::vector<Entry>, std::less<>> entries_;
};

}  // namespace cheget::permit
