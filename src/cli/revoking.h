// Making a key void, for the commands that do it.
#pragma once

#include <string>

#include "cli/session.h"

namespace cheget::cli {

struct RevokeOptions {
    std::string name;  ///< whose key
    std::string key;   ///< its fingerprint or file; empty for the only one
    std::string why;   ///< lost, stolen, left or replaced
    std::string note;
};

/// Shows, signs, files and records the revocation, and tells whether the key is void with it:
/// ErrorKind::waiting's code where others must revoke it too.
Outcome revoke_key(Session& session, const RevokeOptions& options);

}  // namespace cheget::cli
