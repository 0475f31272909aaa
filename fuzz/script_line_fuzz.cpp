// The `#!` line of whatever file an order names.
#include <cstdlib>

#include "executor/script_line.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto script = cheget::executor::parse_script_line({data, size});
    if (script && *script) {
        const auto& line = **script;
        if (!line.interpreter.starts_with('/') ||
            line.interpreter.find_first_of(" \t\n") != std::string::npos ||
            (line.argument && line.argument->find('\n') != std::string::npos) ||
            line.interpreter.size() >= cheget::executor::k_script_head_bytes) {
            std::abort();
        }
    }
    return 0;
}
