// A domain in a plain folder that people share by git, mail or USB stick. Whatever lies in it is
// hostile until judged; this folder only finds it and writes it safely.
//
//   policy/000001.policy               the first policy with its signatures (later ones: text
//   alone,
//                                      a convenience copy; the votes are what counts)
//   amendments/<id>/policy             a proposed policy; votes/*.vote
//   revocations/*.revocation
//   orders/<id>/order                  the signed order; votes/*.vote; receipts/*.{claim,receipt}
//   files/<sha256 in hex>              the bytes that orders name
//   facts/*.fact
//   inbox/                             anything that arrived: signed statements of any kind
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "statement/statement.h"
#include "store/file.h"

namespace cheget::store {

class DomainFolder {
  public:
    /// An existing domain folder: one that has policy/000001.policy.
    static base::Result<DomainFolder> open(std::filesystem::path root);

    const std::filesystem::path& root() const { return root_; }

    /// The first policy with its signatures.
    base::Result<std::string> first_policy() const;

    /// All votes on amendments and all revocations, from their folders and the inbox.
    base::Result<std::vector<std::string>> change_statements() const;

    /// The ids of all orders, newest `proposed` first (by the texts' own word).
    base::Result<std::vector<base::Digest>> orders() const;

    /// The order whose id starts with `prefix` (4 digits at least), or the newest for `latest`.
    base::Result<base::Digest> find_order(std::string_view prefix) const;

    /// The order, its votes, claims and receipts, from its folder and the inbox: signed texts.
    base::Result<std::vector<std::string>> order_statements(const base::Digest& order) const;

    /// Where a named file's bytes would lie; there only if someone put them there.
    std::filesystem::path file_path(const base::Digest& digest) const;

    /// Files a signed statement in its place; the same statement twice is one file. A statement
    /// with new signatures on a known text (the first policy) replaces the old with the union.
    base::Result<std::filesystem::path> add(std::string_view signed_text);

    /// Everything that an executor lacks, as a permit file's bytes: change statements, the order
    /// and what belongs to it, named files up to the permit's bounds.
    base::Result<std::string> make_permit(const base::Digest& order) const;

  private:
    explicit DomainFolder(std::filesystem::path root) : root_(std::move(root)) {}
    std::filesystem::path root_;
};

}  // namespace cheget::store
