// What a briefcase knows, all of it verified anew from signed bytes each time it is opened: bearers
// could have altered, left out or put back anything. It begins with the domain that its seal binds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "briefcase/case.h"
#include "permit/judge.h"
#include "permit/log_copy.h"

namespace cheget::briefcase {

/// A named file that a load carried, its bytes compared with its digest.
struct CarriedFile {
    base::Digest digest;
    std::string_view content;  ///< lives as long as the knowledge
};

class Knowledge {
  public:
    /// Reads the first policy and every load. A load that can't be verified is left out and told
    /// in set_aside(); what it could have hidden shows in how old the knowledge is. Fails with
    /// denied if the first policy is not the one that the seal names.
    static base::Result<std::unique_ptr<Knowledge>> read(const Case& folder,
                                                         const permit::Progress& progress = {});

    /// Where the domain stands as far as is known here.
    const permit::DomainState& domain() const;

    /// The newest checkpoint that was verified; nothing in a domain without a log, or before any.
    struct AsOf {
        std::uint64_t size = 0;
        base::Time witnessed;  ///< by the k-th largest of its witnesses' times
        std::string checkpoint;
    };
    const std::optional<AsOf>& as_of() const;

    /// Orders that the loads hold, newest first; those that don't even parse are set aside.
    const std::vector<base::Digest>& orders() const;
    /// How one stands now; under a log as a forecast from the newest checkpoint and this machine's
    /// clock, by which nothing is carried out.
    base::Result<permit::Judgement> judge(const base::Digest& order, base::Time clock) const;
    const CarriedFile* find_file(const base::Digest& digest) const;

    const std::vector<permit::Ignored>& set_aside() const;

    virtual ~Knowledge() = default;
    Knowledge(const Knowledge&) = delete;
    Knowledge& operator=(const Knowledge&) = delete;
    Knowledge(Knowledge&&) = delete;
    Knowledge& operator=(Knowledge&&) = delete;

  protected:
    Knowledge() = default;
};

}  // namespace cheget::briefcase
