// key replace, remove and add: amendments that change who is in the policy, made by the tool.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

namespace CLI {
class App;
}

namespace cheget::cli {

/// Adds the commands below `cheget key`.
void add_key_changes(CLI::App& key, Session& session);

}  // namespace cheget::cli
