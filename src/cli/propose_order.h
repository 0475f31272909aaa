// Making an order from what a proposer says, the policy's patterns filled in.
#pragma once

#include <string>
#include <vector>

#include "cli/domain.h"

namespace cheget::cli {

struct ProposeOptions {
    std::string action;
    std::string target;
    bool emergency = false;
    std::vector<std::string> argv;
    std::vector<std::string> parameters;  ///< NAME=VALUE
    std::vector<std::string> call;        ///< server, tool, arguments as a JSON object
    std::vector<std::string> sql;         ///< database, statements and parameters as JSON arrays
    std::vector<std::string> ref;         ///< repository, ref, old and new value
    std::string sign;                     ///< the file to be signed
    std::string reason;
    std::string expires;
    std::vector<std::string> environment;
    std::string directory;
    std::string standard_input;
    std::vector<std::string> files;
    std::vector<std::string> file_references;
    bool drill = false;
    bool approve = false;
    bool unsigned_only = false;
    std::string output;
};

/// The order, with its named files taken into the folder. bind() still has to check it.
base::Result<statement::Order> make_order(OpenDomain& domain, const ProposeOptions& options,
                                          const std::string& proposer);

}  // namespace cheget::cli
