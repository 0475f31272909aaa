// What the two halves of `cheget courier` share: the one on the outside of a briefcase.
#pragma once

#include "cli/session.h"

namespace CLI {
class App;
}

namespace cheget::cli {

void add_courier_load(CLI::App& courier, Session& session);
void add_courier_collect(CLI::App& courier, Session& session);

}  // namespace cheget::cli
