// Public keys, as wire bytes and as text.
#include <cstdlib>

#include "base/bytes.h"
#include "signature/public_key.h"

namespace signature = cheget::signature;
namespace base = cheget::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    base::BytesView bytes{data, size};
    if (auto key = signature::PublicKey::from_blob(bytes)) {
        auto again = signature::PublicKey::from_text(key->to_text());
        if (base::as_text(key->blob()) != base::as_text(bytes) || !again || !(*again == *key) ||
            again->fingerprint() != key->fingerprint() ||
            !signature::is_fingerprint(key->fingerprint())) {
            std::abort();
        }
        if (!key->check_subgroup() && key->evp() != nullptr) {
            std::abort();  // only Edwards points can fail it
        }
    }
    if (auto key = signature::PublicKey::from_text(base::as_text(bytes))) {
        if (key->to_text() != base::as_text(bytes)) {
            std::abort();
        }
    }
    if (signature::is_fingerprint(base::as_text(bytes)) &&
        !base::as_text(bytes).starts_with("SHA256:")) {
        std::abort();
    }
    return 0;
}
