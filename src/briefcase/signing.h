// A briefcase's key while it is open: it signs votes with their marks, and custody statements.
#pragma once

#include <string>
#include <string_view>

#include "briefcase/seal.h"
#include "statement/statement.h"

namespace cheget::briefcase {

/// A fresh key and a fresh mark secret. `public_key` becomes `ssh-ed25519 AAAA…`.
base::Result<Secrets> make_secrets(std::string& public_key);

/// Owns the secrets; they are wiped when it goes.
class OpenKey {
  public:
    /// Fails with corrupt_state if the seed does not make the key that the seal names.
    static base::Result<OpenKey> make(const Seal& seal, Secrets secrets);

    /// Signs a vote by the seal's principal in the seal's domain, its mark (keys/mark.h) filled in
    /// by this.
    base::Result<std::string> sign_vote(statement::Vote vote) const;
    /// Signs a custody statement on this very key by the seal's principal, or that it was made by
    /// whomever.
    base::Result<std::string> sign_custody(const statement::Custody& custody) const;

  private:
    OpenKey(Seal seal, Secrets secrets) : seal_(std::move(seal)), secrets_(std::move(secrets)) {}
    base::Result<std::string> sign(statement::Kind kind, std::string_view text) const;

    Seal seal_;
    Secrets secrets_;
};

}  // namespace cheget::briefcase
