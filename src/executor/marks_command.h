// `cheget-exec marks`: which briefcases' marks this executor can check, and alarms that wait.
#pragma once

#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace cheget::executor {

struct MarksRequest {
    enum class What { list, add, remove, tell };
    What what = What::list;
    std::string subject;  ///< a mark file, or a key's fingerprint
    bool apart = false;   ///< tell alarms in a process of its own
    bool json = false;
};

/// Declares the command; `request` must outlive the parsing.
CLI::App* describe_marks(CLI::App& app, MarksRequest& request);

/// Does it; `config` is the configuration's path. The exit code.
base::Result<int> keep_marks(const std::string& config, const MarksRequest& request);

}  // namespace cheget::executor
