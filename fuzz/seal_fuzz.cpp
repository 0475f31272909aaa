// Any bytes as a briefcase's seal: what is read is written again byte for byte, and no guess opens
// what was not sealed with it.
#include <cstdlib>

#include "briefcase/seal.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;

namespace {

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// Sealed anew it opens with its own two passphrases, and with no other.
void seal_again(briefcase::Seal seal) {
    demand(cheget::keys::start_sodium().has_value());
    const auto filled = [] {
        return cheget::keys::LockedBytes::make(briefcase::k_secret_size).value();
    };
    const briefcase::Secrets secrets{filled(), filled()};
    const auto passphrase = base::as_bytes("correct horse battery");
    const auto duress = base::as_bytes("incorrect, another one");
    const auto none = briefcase::no_tpm();
    demand(!briefcase::fill_slots(seal, secrets, base::as_bytes("short"), duress, none));
    demand(!briefcase::fill_slots(seal, secrets, passphrase, passphrase, none));
    demand(briefcase::fill_slots(seal, secrets, passphrase, duress, none).has_value());
    demand(briefcase::parse_seal(briefcase::render(seal)) == seal);
    demand(briefcase::open_slots(seal, passphrase, none).has_value());
    demand(briefcase::open_slots(seal, duress, none).has_value());
    demand(!briefcase::open_slots(seal, base::as_bytes("a guess"), none));
    // Without a duress passphrase the other slot opens to nothing.
    briefcase::Seal alone = seal;
    demand(briefcase::fill_slots(alone, secrets, passphrase, std::nullopt, none).has_value());
    demand(briefcase::open_slots(alone, passphrase, none).has_value());
    demand(!briefcase::open_slots(alone, duress, none));
    demand(briefcase::GuessCost::moderate().kibibytes <
           briefcase::GuessCost::sensitive().kibibytes);
    seal.cost = briefcase::GuessCost::for_tests();
    demand(!briefcase::open_slots(seal, passphrase, [](base::BytesView) {
        return cheget::base::Result<cheget::keys::LockedBytes>(
            cheget::base::fail(cheget::base::ErrorKind::denied, "no tries are left"));
    }));
}

}  // namespace

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
    if (seal->cost.passes == 1 && seal->cost.kibibytes <= k_cheap_kibibytes) {
        if (briefcase::open_slots(*seal, base::as_bytes("a guess"), briefcase::no_tpm())) {
            std::abort();
        }
        seal_again(*seal);
    }
    return 0;
}
