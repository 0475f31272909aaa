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
//   custody/<sha256 of a briefcase's fingerprint>/*.custody
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

    /// Makes the folder and files the first policy in it; refuses if there is one already.
    static base::Result<DomainFolder> create(std::filesystem::path root,
                                             std::string_view signed_first_policy);

    const std::filesystem::path& root() const { return root_; }

    /// The first policy with its signatures.
    base::Result<std::string> first_policy() const;

    /// All votes on amendments and all revocations, and the custody of the briefcases that signed
    /// any of these, from their folders and the inbox.
    base::Result<std::vector<std::string>> change_statements() const;

    /// The ids of all orders, newest `proposed` first (by the texts' own word); last those that
    /// can't be read, of which order_statements() or judging them tells why.
    base::Result<std::vector<base::Digest>> orders() const;

    /// The ids of all amendments that someone voted on, and the text of one.
    base::Result<std::vector<base::Digest>> amendments() const;
    base::Result<std::string> amendment(const base::Digest& id) const;

    /// The order whose id starts with `prefix` (4 digits at least), or for `latest` the
    /// newest, unless two share its second.
    base::Result<base::Digest> find_order(std::string_view prefix) const;

    /// The order, its votes, claims and receipts, the newest facts that could matter to it, and the
    /// custody of the briefcases that signed any of it, from their folders and the inbox: signed
    /// texts.
    base::Result<std::vector<std::string>> order_statements(const base::Digest& order) const;

    /// When the same source last spoke on the same thing, by the texts that lie here.
    base::Result<std::optional<base::Time>> newest_saying(const statement::Fact& like) const;

    /// The custody statements on the briefcase whose key has that fingerprint.
    base::Result<std::vector<std::string>> custody(std::string_view briefcase) const;

    /// Where a named file's bytes would lie; there only if someone put them there.
    std::filesystem::path file_path(const base::Digest& digest) const;

    /// The bytes of a named file, if someone put them in files/; fails if they are not the ones
    /// that the digest names.
    base::Result<std::optional<std::string>> read_named_file(const base::Digest& digest,
                                                             std::size_t most) const;

    /// Files bytes that an order names.
    base::Result<void> add_named_file(std::string_view content);

    /// Writes the convenience copy of a policy that came into force.
    base::Result<void> write_policy_copy(std::uint32_t version, std::string_view text);

    /// Files a signed statement in its place; the same bytes twice are one file. New signatures on
    /// the first policy join those that are there; on any other text they get a file of their own,
    /// so that a bad signature can't spoil a good one. Verifies nothing.
    base::Result<std::filesystem::path> add(std::string_view signed_text);

    /// Everything that an executor lacks, as a permit file's bytes: change statements, the order
    /// and what belongs to it, named files up to the permit's bounds.
    base::Result<std::string> make_permit(const base::Digest& order) const;

  private:
    base::Result<base::Digest> find_latest_order() const;

    explicit DomainFolder(std::filesystem::path root) : root_(std::move(root)) {}
    std::filesystem::path root_;
};

}  // namespace cheget::store
