// The terminal in a briefcase, from the passphrase to the wiped screen.
#pragma once

#include <functional>
#include <string>

#include "briefcase/terminal_case_desk.h"

namespace cheget::briefcase {

struct Opening {
    const Case& folder;
    const Knowledge& knowledge;
    Evaluate evaluate;  ///< see seal.h
    /// How many tries are left, or that they are not limited; asked again after each.
    std::function<std::string()> tries;
    Journal journal;
    base::Span idle;  ///< without a key for so long it closes itself
};

/// How it was closed.
struct Closed {
    std::string why;  ///< empty when the person closed it
    int code = 0;     ///< 128 and the signal's number, else 0
};

/// Asks for the passphrase, shows the screens, and ends with nothing left on the terminal. Does not
/// return while the key is open, save to close it.
base::Result<Closed> run_terminal(const Opening& opening);

}  // namespace cheget::briefcase
