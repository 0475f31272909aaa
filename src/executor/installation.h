// Beginning a new executor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "executor/config.h"

namespace cheget::executor {

struct InstallRequest {
    std::string policy;  ///< file: the first policy with its signatures, or a later one's text
    std::string name;    ///< the executor's, as the policy has it
    std::string key;
    std::string state = k_default_state;
    std::string config = k_default_config;
    std::optional<std::string> id;  ///< the policy's, as known from elsewhere
    // Under a policy with a log:
    std::vector<std::string> log;  ///< URLs or folders; it is read from the first one
    std::string checkpoint;        ///< file of a witnessed checkpoint, compared by `words`
    std::string words;
};

/// Writes the state and the configuration; gives what to tell the administrator, with the words to
/// compare. A first policy proves itself by its persons' signatures; a later one must come with
/// its id, which has to be compared with people who hold it. Under a log the first policy comes
/// with all of its log, and where another is in force since, with a recent checkpoint, whose words
/// have to be compared: the keys of those who vouched for earlier ones may be anybody's by now.
base::Result<std::string> install(const InstallRequest& request);

}  // namespace cheget::executor
