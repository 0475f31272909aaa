// The challenge and the answer of a reset, each in its one spelling.
#include "briefcase/tpm_reset.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "signature/wire.h"

namespace cheget::briefcase {

namespace {

using base::Bytes;
using base::BytesView;
using base::Result;

constexpr std::string_view k_first_line = "cheget reset challenge v1";
constexpr std::string_view k_answer = "cheget-reset-answer-v1 ";
constexpr std::size_t k_longest_challenge = 1024;
constexpr std::size_t k_signature_size = 64;

std::unexpected<base::Error> malformed(std::string_view why) {
    return base::bad_input(fmt::format(
        "not the challenge of a reset: {}; copy it whole, from its first line to its last", why));
}

Result<std::string_view> take_field(std::string_view& rest, std::string_view name) {
    const std::string_view line = base::take_until(rest, '\n');
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with(": ")) {
        return malformed(fmt::format("`{}:` is expected where '{}' stands", name,
                                     base::shown(line.substr(0, 60))));
    }
    return line.substr(name.size() + 2);
}

/// `SHA256:` and 43 characters of base64.
Result<std::string> take_fingerprint(std::string_view& rest, std::string_view name) {
    const std::string_view text = TRY(take_field(rest, name));
    constexpr std::string_view k_before = "SHA256:";
    if (!text.starts_with(k_before) ||
        !base::from_base64(std::string(text.substr(k_before.size())) + '=') ||
        text.size() != k_before.size() + 43) {
        return malformed(fmt::format("`{}` is no fingerprint of a key", name));
    }
    return std::string(text);
}

}  // namespace

std::string render(const ResetChallenge& challenge) {
    return fmt::format("{}\nbriefcase: {}\nrecovery: {}\nlimit: {}\ntries: {}\nnonce: {}\n",
                       k_first_line, challenge.briefcase, challenge.recovery, challenge.limit,
                       base::to_hex(challenge.tries), base::to_hex(challenge.nonce));
}

Result<ResetChallenge> parse_reset_challenge(std::string_view text) {
    if (text.size() > k_longest_challenge) {
        return malformed("it is too long");
    }
    std::string_view rest = text;
    if (base::take_until(rest, '\n') != k_first_line) {
        return malformed(fmt::format("its first line is not `{}`", k_first_line));
    }
    ResetChallenge challenge;
    challenge.briefcase = TRY(take_fingerprint(rest, "briefcase"));
    const std::string_view recovery = TRY(take_field(rest, "recovery"));
    const auto key = signature::PublicKey::from_text(recovery);
    if (!key || key->type() != signature::KeyType::ecdsa_p256) {
        return malformed("its `recovery` is no key of the type ecdsa-sha2-nistp256");
    }
    challenge.recovery = recovery;
    const std::string_view limit = TRY(take_field(rest, "limit"));
    const auto number = base::parse_number(limit, k_most_tries);
    if (!number || *number < k_fewest_tries) {
        return malformed("its `limit` is out of bounds");
    }
    challenge.limit = static_cast<std::uint32_t>(*number);
    const std::string_view tries = TRY(take_field(rest, "tries"));
    const std::string_view nonce = TRY(take_field(rest, "nonce"));
    if (!base::decode_hex(tries, challenge.tries) || !base::decode_hex(nonce, challenge.nonce) ||
        render(challenge) != text) {
        return malformed("it is not spelt as such challenges are");
    }
    return challenge;
}

Bytes bytes_of_reset(const ResetChallenge& challenge) {
    signature::WireWriter writer;
    writer.write_raw(challenge.nonce);
    writer.write_u32(k_reset_seconds);
    writer.write_raw(hash_of_reset(challenge.tries, challenge.limit).bytes);
    writer.write_raw(base::as_bytes(k_reset_reference));
    return writer.take();
}

std::string render_reset_answer(BytesView signature) {
    return fmt::format("{}{}", k_answer, base::to_hex(signature));
}

Result<Bytes> parse_reset_answer(std::string_view line) {
    Bytes signature(k_signature_size);
    if (!line.starts_with(k_answer) || !base::decode_hex(line.substr(k_answer.size()), signature)) {
        return base::bad_input(
            fmt::format("not the answer of a recovery authority: it is one line, `{}` and 128 "
                        "hexadecimal digits",
                        k_answer.substr(0, k_answer.size() - 1)));
    }
    return signature;
}

}  // namespace cheget::briefcase
