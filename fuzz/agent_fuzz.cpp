// An agent's answers: the bytes as an answer of either type.
#include <cstdlib>

#include "keys/signer.h"

namespace keys = cheget::keys;
namespace base = cheget::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    base::BytesView answer{data, size};
    auto identities = keys::parse_identities_answer(answer);
    auto made = keys::parse_sign_answer(answer);
    if (identities && made) {
        std::abort();  // one answer has one type
    }
    if (made && made->size() + 5 != size) {
        std::abort();
    }
    if (identities) {
        std::size_t least = 5;
        for (const auto& identity : *identities) {
            least += 8 + identity.key.blob().size() + identity.comment.size();
        }
        if (least > size) {
            std::abort();
        }
    }
    return 0;
}
