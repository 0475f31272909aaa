// Any bytes as a briefcase's seal: what is read is written again byte for byte, and no guess opens
// what was not sealed with it.
#include <cstdlib>

#include "briefcase/seal.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = base::as_text({data, size});
    const auto seal = briefcase::parse_seal(text);
    if (!seal) {
        if (seal.error().message.empty()) {
            std::abort();
        }
        return 0;
    }
    if (briefcase::render(*seal) != text) {
        std::abort();
    }
    constexpr std::uint64_t k_cheap_kibibytes = 64;
    if (seal->cost.passes == 1 && seal->cost.kibibytes <= k_cheap_kibibytes &&
        briefcase::open_slots(*seal, base::as_bytes("a guess"), briefcase::no_tpm())) {
        std::abort();
    }
    return 0;
}
