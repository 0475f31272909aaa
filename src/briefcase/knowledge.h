// What a briefcase knows, all of it verified anew from signed bytes each time it is opened: bearers
// could have altered, left out or put back anything. It begins with the domain that its seal binds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "briefcase/case.h"
#include "briefcase/known_policies.h"
#include "permit/judge.h"
#include "permit/log_copy.h"

namespace cheget::briefcase {

/// A named file that a load carried, its bytes compared with its digest.
struct CarriedFile {
    base::Digest digest;
    std::string_view content;  ///< lives as long as the knowledge
};

/// Statements outside the log that are read of all loads together; the rest is set aside.
constexpr std::size_t k_most_outside = 16'384;
/// Orders that are listed: the newest.
constexpr std::size_t k_most_listed_orders = 1'000;

constexpr std::string_view k_new_load = "new load ";

class Knowledge {
  public:
    /// Reads the first policy and every load. A load that can't be verified is left out and told
    /// in set_aside(); what it could have hidden shows in how old the knowledge is. Fails with
    /// denied if the first policy is not the one that the seal names.
    static base::Result<std::unique_ptr<Knowledge>> read(const Case& folder,
                                                         const permit::Progress& progress = {});
    /// The same as if these permits had been loaded too; what is wrong with one of them is set
    /// aside under k_new_load and its number.
    static base::Result<std::unique_ptr<Knowledge>> read_with(
        const Case& folder, const std::vector<std::string>& permits,
        const permit::Progress& progress = {});

    /// Where the domain stands as far as is known here.
    const permit::DomainState& domain() const;

    /// The policies that were in force, for what was signed under an earlier one.
    const KnownPolicies& policies() const;

    /// The newest checkpoint that was verified; nothing in a domain without a log, or before any.
    struct AsOf {
        std::uint64_t size = 0;
        base::Time witnessed;  ///< by the k-th largest of its witnesses' times
        std::string checkpoint;
    };
    const std::optional<AsOf>& as_of() const;

    /// Orders that couriers put before the principal, and those in the log that have not expired
    /// by the newest checkpoint; newest first. Those that don't even parse are set aside.
    const std::vector<base::Digest>& orders() const;
    /// How one stands now; under a log as a forecast from the newest checkpoint and this machine's
    /// clock, by which nothing is carried out. What waits in the outbox counts where statements
    /// outside the log do. Its views live as long as the knowledge.
    base::Result<permit::Judgement> judge(const base::Digest& order, base::Time clock) const;
    const CarriedFile* find_file(const base::Digest& digest) const;

    /// The copy of the log that the loads make; none in a domain without a log.
    const permit::LogCopy* log() const;
    /// Statements outside the log on a subject (permit/archive.h): views, as long as the knowledge.
    std::vector<std::string_view> outside(std::string_view subject) const;

    /// What does not count, and why.
    const std::vector<permit::Ignored>& set_aside() const;
    /// Two loads, each verified, of which one's log did not grow out of the other's: the log's
    /// server and its witnesses showed two trees. In words; everything stops until people know why.
    const std::vector<std::string>& forks() const;

    /// Whether what is known comes as far as the policy under which the case was sealed. If not, it
    /// was never loaded, or was put back to before that: nothing may be approved from it.
    bool reaches_seal() const;
    /// Everything to be shown as an alarm, in words: forks, and a seal that is not reached.
    const std::vector<std::string>& alarms() const;

    ~Knowledge();
    Knowledge(const Knowledge&) = delete;
    Knowledge& operator=(const Knowledge&) = delete;
    Knowledge(Knowledge&&) = delete;
    Knowledge& operator=(Knowledge&&) = delete;

  private:
    struct Impl;
    explicit Knowledge(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cheget::briefcase
