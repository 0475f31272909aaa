// Asking witnesses for their cosignatures, all at once, until a quorum has signed.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "authority/publisher.h"
#include "log/checkpoint.h"
#include "log/witness.h"
#include "net/http.h"

namespace cheget::authority {

/// A witness as the log asks it.
struct AskedWitness {
    std::string name;          ///< in the policy
    std::string url;           ///< its submission prefix, without a slash at the end
    std::size_t cosigner = 0;  ///< its place among Trust::cosigners()
};

/// Sends a body to a URL; what net::ask() does.
using Post =
    std::function<base::Result<net::Response>(const std::string& url, const std::string& body)>;

/// Gathers cosignatures. A witness that fails is left alone for a while, longer each time, unless
/// no quorum is left without it.
class WitnessClient {
  public:
    WitnessClient(log::Trust trust, std::vector<AskedWitness> witnesses, Post post,
                  std::function<std::chrono::steady_clock::time_point()> clock);

    /// The checkpoint with at least the quorum's cosignatures. Fails with unreachable when too few
    /// signed, and tells what each of the others said; with corrupt_state when a witness has seen a
    /// longer log than this one.
    base::Result<std::string> gather(const store::LogHead& head, const log::HashReader& nodes);

  private:
    struct State {
        AskedWitness asked;
        std::uint64_t size = 0;  ///< where it stood when it last answered
        int failures = 0;
        std::chrono::steady_clock::time_point not_before{};
    };
    /// What asking one witness gave.
    struct Asked {
        base::Result<log::NoteSignature> signature;
        bool ahead = false;  ///< it has seen a longer log
    };

    Asked ask(State& witness, const store::LogHead& head, const log::HashReader& nodes);
    base::Result<log::NoteSignature> take_signature(const State& witness,
                                                    const store::LogHead& head,
                                                    std::string_view lines) const;
    std::vector<State*> choose();

    log::Trust trust_;
    Post post_;
    std::function<std::chrono::steady_clock::time_point()> clock_;
    std::vector<State> witnesses_;
    std::mutex nodes_mutex_;  // the reader of nodes is one thread's at a time
};

}  // namespace cheget::authority
