// A briefcase on disk: a folder or volume, everything in which its bearers could have altered.
//
//   seal                       the sealed key (seal.h)
//   first.policy               the domain's first policy, signed by everybody in it
//   inbox/000001.permit        what couriers loaded, in order: permit files (docs/permit.md), each
//                              with what the log held beyond the one before
//   outbox/*.vote, *.custody   signed, to be taken out
//   journal/000001.custody     custody statements, each naming the one before it
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "briefcase/seal.h"

namespace cheget::briefcase {

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

    /// What was loaded, in order: the bytes of permit files.
    base::Result<std::vector<std::string>> loads() const;
    /// Adds one that parses as a permit. Durable once it returns.
    base::Result<void> add_load(std::string_view permit);

    /// The custody statements, signed, in order.
    base::Result<std::vector<std::string>> journal() const;
    base::Result<void> append_to_journal(std::string_view signed_custody);

    /// What waits to be taken out: signed statements, sorted by name.
    struct Outgoing {
        std::string name;
        std::string signed_text;
    };
    base::Result<std::vector<Outgoing>> outbox() const;
    /// Files a signed statement by its kind and id; the same one twice is one file.
    base::Result<void> put_out(std::string_view signed_text);

  private:
    Case(std::filesystem::path root, Seal seal, base::Digest seal_digest, std::string first_policy)
        : root_(std::move(root)),
          seal_(std::move(seal)),
          seal_digest_(seal_digest),
          first_policy_(std::move(first_policy)) {}

    std::filesystem::path root_;
    Seal seal_;
    base::Digest seal_digest_;
    std::string first_policy_;
};

}  // namespace cheget::briefcase
