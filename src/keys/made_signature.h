// The last look at a signature that another program made. Internal to keys/.
#pragma once

#include <string>
#include <string_view>

#include "signature/sshsig.h"

namespace cheget::keys {

/// The armour itself, if it is in canonical form and a valid signature of `message` by `key`.
inline base::Result<std::string> checked_armor(std::string armor, const signature::PublicKey& key,
                                               std::string_view name_space,
                                               std::string_view message) {
    signature::Sshsig made = TRY(signature::parse_armored(armor));
    TRY(signature::verify(made, key, name_space, message, {}));
    return armor;
}

}  // namespace cheget::keys
