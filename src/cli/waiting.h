// Waiting until a statement that is being handed in is recorded: what people are told meanwhile,
// and when it is over.
#pragma once

#include <chrono>
#include <optional>

#include "cli/handing_in.h"
#include "cli/session.h"

namespace cheget::cli {

/// How long to go on with one statement.
struct Patience {
    std::optional<std::chrono::seconds> longest;  ///< nothing: as long as it takes
    bool says_no = false;  ///< then a refusal ends nothing: the server may be whom it is to stop
    bool until_promised = false;  ///< the log's own signed word suffices
};

/// Goes on until it is recorded, hopeless, or the time is over; tells each change. Ctrl-C and
/// SIGTERM end the waiting and not the program.
Handed wait_for_record(Session& session, HandingIn& handing_in, std::size_t ways,
                       const Patience& patience);

/// Whether a signal ended the last waiting.
bool was_interrupted();

}  // namespace cheget::cli
