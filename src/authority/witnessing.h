// Asking witnesses for their cosignatures, all at once, until every quorum that is needed has
// signed.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "authority/publisher.h"
#include "log/checkpoint.h"
#include "log/witness.h"
#include "net/http.h"

namespace cheget::authority {

/// Where a witness is asked: what the policy calls it, and its submission prefix without a slash at
/// the end. One name may stand at several places, such as before and after it got another key.
struct WitnessPlace {
    std::string name;
    std::string url;
};

/// Sends a body to a URL; what net::ask() does.
using Post =
    std::function<base::Result<net::Response>(const std::string& url, const std::string& body)>;

/// Gathers cosignatures. A witness that fails is left alone for a while, longer each time, unless
/// no quorum is left without it.
class WitnessClient {
  public:
    WitnessClient(std::vector<WitnessPlace> places, Post post,
                  std::function<std::chrono::steady_clock::time_point()> clock)
        : places_(std::move(places)), post_(std::move(post)), clock_(std::move(clock)) {}

    /// Fails with usage unless as many of the party's witnesses have a place as make its quorum.
    base::Result<void> can_ask(const Party& party) const;

    /// The checkpoint with the cosignatures of at least every party's quorum; witnesses of no party
    /// are not asked. Fails with unreachable when too few signed, and tells what each of the others
    /// said; with corrupt_state when one of these has seen a longer log than this one.
    base::Result<std::string> gather(const store::LogHead& head, const log::HashReader& nodes,
                                     std::span<const Party> parties);

  private:
    /// A witness's key asked at one place.
    struct State {
        std::string name;
        std::string url;
        log::NoteKey key;
        std::uint64_t size = 0;  ///< where it stood when it last answered
        int failures = 0;
        std::chrono::steady_clock::time_point not_before{};
    };
    /// What asking one witness gave.
    struct Asked {
        base::Result<log::NoteSignature> signature;
        bool ahead = false;  ///< it says that it has seen a longer log
    };

    Asked ask(State& witness, const store::LogHead& head, const log::HashReader& nodes);
    base::Result<log::NoteSignature> take_signature(const State& witness,
                                                    const store::LogHead& head,
                                                    std::string_view lines) const;
    std::vector<State*> states_of(std::span<const Party> parties);
    std::vector<State*> choose(std::span<const Party> parties);

    std::vector<WitnessPlace> places_;
    Post post_;
    std::function<std::chrono::steady_clock::time_point()> clock_;
    std::map<std::string, State> witnesses_;  // by key and URL
    std::mutex nodes_mutex_;                  // the reader of nodes is one thread's at a time
};

}  // namespace cheget::authority
