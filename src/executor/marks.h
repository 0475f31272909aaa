// What this executor was given of briefcases: the secrets behind their marks. A vote whose mark
// fails was made under duress; it counts as little as one that nobody vouches for, and an alarm
// goes out that nobody at the executor sees.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "executor/config.h"
#include "keys/mark.h"
#include "signature/public_key.h"
#include "statement/statement.h"

namespace cheget::executor {

/// The secrets in the state folder, in locked memory.
class Marks {
  public:
    /// Fails with corrupt_state if a file there can't be read, or is not this user's alone: a
    /// missing secret would void a principal's approvals, another's would let duress pass.
    static base::Result<Marks> load(const Config& config);

    bool empty() const { return secrets_.empty(); }
    /// The fingerprints of the keys, sorted.
    std::vector<std::string> keys() const;

    /// Whether the vote's mark is the real slot's. False without a secret for the key.
    bool hold(const signature::PublicKey& key, std::string_view vote_text) const;
    /// What the mark of a vote says that carries a valid signature by one of the keys; nothing of
    /// any other vote.
    struct Said {
        std::string key;     ///< its fingerprint
        bool holds = false;  ///< whether the mark is the real slot's
    };
    std::optional<Said> look_at(const statement::SignedText& vote) const;

  private:
    const keys::MarkSecret* find(std::string_view fingerprint) const;

    std::vector<keys::MarkSecret> secrets_;
};

/// Takes in a mark file, as `cheget briefcase create --marks` writes it; gives the key.
base::Result<std::string> add_mark(const Config& config, const std::string& path);
/// Forgets the secret of a key.
base::Result<void> remove_mark(const Config& config, const std::string& key);

}  // namespace cheget::executor
