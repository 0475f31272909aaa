// Ways to sign with keys that people already have: an agent, a key file, a FIDO token.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "signature/public_key.h"

namespace cheget::keys {

/// A key in an agent.
struct AgentIdentity {
    signature::PublicKey key;
    std::string comment;
};

/// A connection to an ssh-agent (RFC 9987). Answers are hostile input: bounds are checked, an
/// answer is at most 256 KiB, a wait at most `k_agent_timeout_seconds` (a person may have to
/// touch).
class Agent {
  public:
    /// Connects to the socket, by default the one $SSH_AUTH_SOCK names.
    static base::Result<Agent> connect(std::string socket_path);
    Agent(Agent&&) noexcept;
    Agent& operator=(Agent&&) noexcept;
    ~Agent();

    /// The keys of kinds that we know; others are passed over.
    base::Result<std::vector<AgentIdentity>> identities();
    /// The armoured SSHSIG of `message`, verified against `key` before it is returned.
    base::Result<std::string> sign(const signature::PublicKey& key, std::string_view name_space,
                                   std::string_view message);
    /// The bare signature of a P-256 key over exactly these bytes (their SHA-256): r and s, 32
    /// bytes each, verified before they are returned. Whoever calls it answers for what else the
    /// bytes could mean to those who know the key.
    base::Result<base::Bytes> sign_bare(const signature::PublicKey& key, base::BytesView message);

  private:
    explicit Agent(int descriptor) : descriptor_(descriptor) {}
    base::Result<base::Bytes> ask(base::BytesView request);
    int descriptor_ = -1;
};
constexpr int k_agent_timeout_seconds = 120;

/// The parts of agent answers, apart from the socket, for tests and fuzzers.
base::Result<std::vector<AgentIdentity>> parse_identities_answer(base::BytesView answer);
base::Result<base::Bytes> parse_sign_answer(base::BytesView answer);

/// Signs with `ssh-keygen -Y sign -f path`, which asks for a passphrase, a touch or a PIN itself
/// (on the terminal, or by SSH_ASKPASS). `path` is a private key file, or a public one whose
/// private half is in the agent. The answer is verified against the public key before it is
/// returned.
base::Result<std::string> sign_with_ssh_keygen(const std::string& path, std::string_view name_space,
                                               std::string_view message);

/// The public key beside a private key file: PATH.pub, or what the private file itself tells.
base::Result<signature::PublicKey> public_key_of_file(const std::string& path);

/// As Agent::sign_bare, with the P-256 key of a file: by the agent where it holds it, else by the
/// file itself, if it is an unencrypted OpenSSH or PEM file. Fails with usage if it is not `key`.
base::Result<base::Bytes> sign_bare_with(const std::string& path, const signature::PublicKey& key,
                                         base::BytesView message);

/// An unencrypted Ed25519 key file (openssh-key-v1) held in locked memory: a machine's key.
class MachineKey {
  public:
    /// Reads it; refuses one that others may read, or another owner's.
    static base::Result<MachineKey> load(const std::string& path);
    MachineKey(MachineKey&&) noexcept;
    MachineKey& operator=(MachineKey&&) noexcept;
    ~MachineKey();

    const signature::PublicKey& public_key() const { return *public_key_; }
    /// The armoured SSHSIG of `message`.
    base::Result<std::string> sign(std::string_view name_space, std::string_view message) const;

  private:
    MachineKey() = default;
    std::unique_ptr<signature::PublicKey> public_key_;
    unsigned char* secret_ = nullptr;  ///< 64 bytes from sodium_malloc
};

/// Reads the openssh-key-v1 form of an unencrypted Ed25519 key: the 64 secret bytes to `secret`.
base::Result<signature::PublicKey> parse_private_key(std::string_view pem,
                                                     std::span<std::uint8_t, 64> secret);

}  // namespace cheget::keys
