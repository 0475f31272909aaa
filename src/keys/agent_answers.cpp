// What agents answer (RFC 9987), read as hostile input.
#include <fmt/format.h>

#include "keys/signer.h"
#include "signature/wire.h"

namespace cheget::keys {
namespace {

constexpr std::uint8_t k_failure = 5;
constexpr std::uint8_t k_identities_answer = 12;
constexpr std::uint8_t k_sign_answer = 14;
constexpr std::size_t k_smallest_identity = 8;  // two empty strings

std::unexpected<base::Error> refuse(std::string_view what) {
    return base::bad_input(fmt::format("the agent's answer is malformed: {}", what));
}

base::Result<void> read_type(signature::WireReader& reader, std::uint8_t wanted) {
    std::uint8_t type = TRY(reader.read_byte());
    if (type == k_failure) {
        return base::fail(base::ErrorKind::unreachable,
                          "the agent refused: it may be locked, not hold the key (ssh-add -l), or "
                          "its owner declined");
    }
    if (type != wanted) {
        return refuse(fmt::format("it is of type {}, not {}", type, wanted));
    }
    return {};
}

}  // namespace

base::Result<std::vector<AgentIdentity>> parse_identities_answer(base::BytesView answer) {
    signature::WireReader reader(answer);
    TRY(read_type(reader, k_identities_answer));
    std::uint32_t count = TRY(reader.read_u32());
    if (count > reader.remaining() / k_smallest_identity) {
        return refuse("it counts more keys than it holds");
    }
    std::vector<AgentIdentity> identities;
    for (std::uint32_t i = 0; i < count; ++i) {
        base::BytesView blob = TRY(reader.read_string());
        std::string_view comment = TRY(reader.read_text());
        if (auto key = signature::PublicKey::from_blob(blob)) {
            identities.push_back({std::move(*key), std::string(comment)});
        }
    }
    if (!reader.at_end()) {
        return refuse("bytes are left over");
    }
    return identities;
}

base::Result<base::Bytes> parse_sign_answer(base::BytesView answer) {
    signature::WireReader reader(answer);
    TRY(read_type(reader, k_sign_answer));
    base::BytesView signature = TRY(reader.read_string());
    if (!reader.at_end()) {
        return refuse("bytes are left over");
    }
    return base::Bytes(signature.begin(), signature.end());
}

}  // namespace cheget::keys
