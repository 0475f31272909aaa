// Gathering the signed texts of a domain folder: each once, within bounds, nothing verified.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "statement/statement.h"
#include "store/beneath.h"

namespace cheget::store {

/// Collects signed texts once each, within the bounds of a permit file.
class Collection {
  public:
    base::Result<void> add(std::string signed_text);
    const std::vector<std::string>& texts() const { return texts_; }
    std::vector<std::string> take() { return std::move(texts_); }

  private:
    std::vector<std::string> texts_;
    std::set<base::Digest> seen_;
    std::size_t bytes_ = 0;
};

/// What a statement belongs to: an order, or what changes the domain, or neither.
struct Belonging {
    statement::Kind kind;
    std::optional<base::Digest> order;
    bool changes_domain = false;
    std::string briefcase{};  ///< of custody: `SHA256:…` of the briefcase's key
};

/// Reads just enough of a signed text to know where it belongs.
base::Result<Belonging> belonging_of(std::string_view signed_text);

/// Adds every file of a folder whose name ends in `ending`.
base::Result<void> collect_folder(const Beneath& folder, const std::string& path,
                                  std::string_view ending, Collection& collection);

/// Adds those statements of the inbox that `wanted` picks. A file there that is no statement is
/// passed over: anybody may have put it there, and it can neither allow nor forbid anything.
base::Result<void> collect_inbox(const Beneath& folder, Collection& collection,
                                 const std::function<bool(const Belonging&)>& wanted);

/// Adds the fact statements of facts/ and the inbox that say something the order could be asked
/// about: of the world, of its target, of a file that it names, of itself. Of each source's words
/// on one thing only the newest are taken: older ones never count, and a folder keeps them for
/// ever.
base::Result<void> collect_facts(const Beneath& folder, const base::Digest& order_id,
                                 const statement::Order& order, Collection& collection);

/// Where the custody of a briefcase lies: its fingerprint holds characters that names of files may
/// not have.
std::string custody_folder(std::string_view briefcase);

/// Adds the custody statements on a briefcase, from its folder and the inbox.
base::Result<void> collect_custody(const Beneath& folder, std::string_view briefcase,
                                   Collection& collection);

/// Adds the custody of every briefcase whose key any signature on the collected statements names:
/// whether a vote counts may depend on it.
base::Result<void> collect_custody_of_signers(const Beneath& folder, Collection& collection);

/// The newest `at` of what lies in facts/ and the inbox by the same source on the same thing, as
/// the texts themselves have it.
base::Result<std::optional<base::Time>> newest_saying(const Beneath& folder,
                                                      const statement::Fact& like);

}  // namespace cheget::store
