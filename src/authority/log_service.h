// A log over HTTP: what is published, as C2SP tlog-tiles lays it out, proofs, and the submission of
// statements.
#pragma once

#include <filesystem>
#include <functional>

#include "authority/admission.h"
#include "authority/sequencer.h"
#include "net/http_server.h"

namespace cheget::authority {

/// What the service serves; all of it outlives the server.
struct LogService {
    const Admission* admission = nullptr;  ///< null where the log's rules admit
    Sequencer* sequencer = nullptr;
    std::filesystem::path folder;    ///< published, see publisher.h
    std::filesystem::path database;  ///< opened to read for each proof
    /// Called before the newest checkpoint is answered: Publisher::freshen().
    std::function<void()> freshen{};
};

/// GET /checkpoint, /tile/…, /witnessed/SIZE, /witnessed?from=SIZE, /proof/INDEX, /readyz;
/// POST /statement with a signed statement, answered by a proof file under the signed checkpoint.
net::Handler log_handler(const LogService& service);

}  // namespace cheget::authority
