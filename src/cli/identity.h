// Whose voice it is: the person found by the keys at hand, and the signing of a statement.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/session.h"
#include "permit/judge.h"
#include "signature/public_key.h"
#include "statement/statement.h"

namespace cheget::cli {

/// A person of a policy with a key that can sign here and now.
class Signer {
  public:
    const std::string& name() const { return name_; }
    const signature::PublicKey& key() const { return key_; }
    /// Where the key is: `agent`, or the key file.
    std::string place() const { return file_.empty() ? "agent" : file_; }

    /// The text with its signature, checked as every verifier will check it.
    base::Result<std::string> sign(const policy::Policy& policy, statement::Kind kind,
                                   std::string_view text) const;

  private:
    friend base::Result<Signer> find_signer(const Session&, const policy::Policy&,
                                            const permit::DomainState*);
    friend std::optional<Signer> find_signer_of(const policy::Policy&, const std::string&,
                                                const permit::DomainState&, const std::string&);
    Signer(std::string name, signature::PublicKey key, std::string file)
        : name_(std::move(name)), key_(std::move(key)), file_(std::move(file)) {}

    std::string name_;
    signature::PublicKey key_;
    std::string file_;  ///< empty: the agent holds it
};

/// The person by --as or by the keys, and a key of theirs: --key, else the agent's, else a pair of
/// files in ~/.ssh. Revoked keys of `state`, if given, are passed over.
base::Result<Signer> find_signer(const Session& session, const policy::Policy& policy,
                                 const permit::DomainState* state);

/// A key of this principal in this policy that can sign here and now, if there is one: in the
/// agent, in ~/.ssh, or in the file, which may be the public half of the pair.
std::optional<Signer> find_signer_of(const policy::Policy& policy, const std::string& name,
                                     const permit::DomainState& state, const std::string& file);

/// The person alone, for commands that sign nothing; nothing if no key at hand is in the policy.
base::Result<std::optional<std::string>> find_person(const Session& session,
                                                     const policy::Policy& policy);

/// A key at hand that could sign.
struct KeyAtHand {
    signature::PublicKey key;
    std::string comment;
    std::string file;  ///< empty: the agent holds it
};
/// The agent's keys, then the pairs in ~/.ssh that the agent does not hold.
std::vector<KeyAtHand> keys_at_hand();

/// Reads a public key: the path of a .pub or private key file, or a line `TYPE BASE64 [comment]`.
base::Result<signature::PublicKey> read_public_key(const std::string& file_or_line);

}  // namespace cheget::cli
