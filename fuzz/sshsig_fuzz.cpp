// SSHSIG: any text as an armour, and what it holds against the key that it names.
#include <cstdlib>

#include "base/bytes.h"
#include "signature/sshsig.h"

namespace signature = cheget::signature;
namespace base = cheget::base;

// What must hold of every container that is read: it has one spelling, and the key that it names
// decides alike whichever way it was read.
static void examine(const signature::Sshsig& parsed, std::string_view armor) {
    if (signature::to_armor(parsed.blob) != armor) {
        std::abort();
    }
    auto again = signature::parse_blob(parsed.blob);
    if (!again || signature::make_blob(again->public_key, again->name_space, again->hash,
                                       again->signature) != parsed.blob) {
        std::abort();
    }
    auto key = signature::PublicKey::from_blob(parsed.public_key);
    if (!key) {
        return;
    }
    constexpr std::string_view origin = "https://cheget.acme.example";
    for (bool pin : {false, true}) {
        for (bool web : {false, true}) {
            signature::Requirements requirements{.user_verification = pin};
            if (web) {
                requirements.web_origin = origin;
            }
            auto good = signature::verify(parsed, *key, parsed.name_space, "fuzz\n", requirements);
            auto same = signature::verify(*again, *key, parsed.name_space, "fuzz\n", requirements);
            if (good.has_value() != same.has_value() ||
                (good && signature::verify(parsed, *key, parsed.name_space, "x", requirements))) {
                std::abort();
            }
        }
    }
    if (signature::verify(parsed, *key, "another namespace", "fuzz\n", {})) {
        std::abort();
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = base::as_text({data, size});
    if (auto parsed = signature::parse_armored(text)) {
        examine(*parsed, text);
    }
    // A fuzzer seldom finds base64, so the bytes are taken as a bare container too.
    if (auto parsed = signature::parse_blob({data, size})) {
        examine(*parsed, signature::to_armor({data, size}));
    }
    return 0;
}
