// A briefcase on disk: a folder or volume, everything in which its bearers could have altered.
//
//   seal                       the sealed key (seal.h)
//   first.policy               the domain's first policy, signed by everybody in it
//   inbox/000001.permit        what couriers loaded, in order: permit files (docs/permit.md), each
//                              with what the log held beyond the one before
//   outbox/*.vote, *.custody   signed, to be taken out
//   journal/000001.custody     custody statements, each naming the one before it
//   offers/000001.custody      with a TPM: handovers that their giver signed (offers.h)
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "briefcase/seal.h"
#include "permit/judge.h"
#include "store/beneath.h"

namespace cheget::briefcase {

constexpr std::size_t k_most_loads = 1'000;
constexpr std::size_t k_most_load_bytes = std::size_t{384} << 20U;  ///< of all of them together
constexpr std::size_t k_most_links = 4'096;                         ///< of the journal
constexpr std::size_t k_most_outgoing = 4'096;
constexpr std::size_t k_most_offers = 1'024;

/// The folder is held open: what is read later is of the same one.
class Case {
  public:
    /// Makes the folder, which must be empty or absent, with a filled seal.
    static base::Result<Case> create(const std::filesystem::path& root, const Seal& seal,
                                     std::string_view signed_first_policy);
    /// Opens it and reads its seal; fails with corrupt_state if a file is missing or can't be read
    /// as what it should be, and names it.
    static base::Result<Case> open(const std::filesystem::path& root);

    const std::filesystem::path& root() const { return root_; }
    const Seal& seal() const { return seal_; }
    /// Of the seal's bytes: what custody statements name.
    const base::Digest& seal_digest() const { return seal_digest_; }
    const std::string& first_policy() const { return first_policy_; }
    /// `SHA256:…` of the sealed key: what statements call the briefcase.
    const std::string& fingerprint() const { return fingerprint_; }

    /// The files of one of its folders, in order.
    struct File {
        std::string name;
        std::string content;
    };
    struct Files {
        std::vector<File> files;
        std::vector<permit::Ignored> odd;  ///< what can't be read or does not belong there
    };

    /// What was loaded, in order: permit files, unverified. Symlinks, pipes, what is too long and
    /// what passes the bounds together is told as odd.
    base::Result<Files> loads() const;
    /// Adds one that parses as a permit. Durable once it returns; gives its name.
    base::Result<std::string> add_load(std::string_view permit) const;

    /// The custody statements, signed, in order.
    base::Result<Files> journal_files() const;
    /// The same without what is odd.
    base::Result<std::vector<std::string>> journal() const;
    base::Result<void> append_to_journal(std::string_view signed_custody) const;

    /// Handovers that their giver signed, accepted or not: kept for good, as the TPM counted for
    /// each.
    base::Result<Files> offers() const;
    base::Result<void> keep_offer(std::string_view signed_custody) const;

    /// What waits to be taken out: signed statements, sorted by name.
    struct Outgoing {
        std::string name;
        std::string signed_text;
    };
    /// `unread` gets what lies there and could not be read, and why.
    base::Result<std::vector<Outgoing>> outbox(
        std::vector<permit::Ignored>* unread = nullptr) const;
    /// Files a signed statement by its kind and id; the same one twice is one file.
    base::Result<void> put_out(std::string_view signed_text) const;

    /// Whatever in the folder is no part of a briefcase, or can't be read as its part.
    base::Result<std::vector<permit::Ignored>> oddities() const;

  private:
    Case(std::filesystem::path root, store::Beneath folder, Seal seal, base::Digest seal_digest,
         std::string fingerprint, std::string first_policy)
        : root_(std::move(root)),
          folder_(std::make_shared<const store::Beneath>(std::move(folder))),
          seal_(std::move(seal)),
          seal_digest_(seal_digest),
          fingerprint_(std::move(fingerprint)),
          first_policy_(std::move(first_policy)) {}

    base::Result<Files> read_files(std::string_view folder, std::string_view ending,
                                   std::size_t most_files, std::size_t longest,
                                   std::size_t most_bytes) const;
    base::Result<std::string> append(std::string_view folder, std::string_view ending,
                                     std::size_t most_files, std::string_view content) const;

    std::filesystem::path root_;
    std::shared_ptr<const store::Beneath> folder_;
    Seal seal_;
    base::Digest seal_digest_;
    std::string fingerprint_;
    std::string first_policy_;
};

}  // namespace cheget::briefcase
