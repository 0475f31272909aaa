// What `run` is given: a permit file, or an order's folder in a domain folder. All of it is
// hostile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "executor/config.h"
#include "permit/permit.h"
#include "statement/statement.h"
#include "store/domain_folder.h"
#include "store/ledger.h"

namespace cheget::executor {

/// Signed texts and named bytes, as they were found.
struct Material {
    std::vector<std::string> statements;
    permit::Permit::Extract extract;                          ///< of the log; unverified
    std::vector<std::pair<base::Digest, std::string>> files;  ///< not compared with their digests

    std::optional<base::BytesView> file(const base::Digest& digest) const;
};

class Subject {
  public:
    /// `path` is a permit file or `DOMAIN_FOLDER/orders/<id>`.
    static base::Result<Subject> open(const std::string& path);

    /// Everything in it, read anew at each call.
    base::Result<Material> load() const;

    /// Files claims and receipts beside the order, where there is such a place. Best effort: gives
    /// what went wrong.
    std::vector<std::string> file_beside(const std::vector<store::Outgoing>& statements);

  private:
    std::string permit_path_;
    std::optional<store::DomainFolder> folder_;
    base::Digest order_;
};

/// The id of the one order among the statements, by its text alone; bad_input without one.
base::Result<base::Digest> order_among(const std::vector<std::string>& statements);

/// Every statement in the drop folder but orders. Fails closed: a file that can't be read as a
/// statement may be the veto that somebody is just now writing.
base::Result<std::vector<std::string>> read_drop_folder(const std::string& path);

}  // namespace cheget::executor
