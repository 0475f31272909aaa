// Whether a signature is good: the right key and namespace, a valid primitive, and for hardware
// keys touch, PIN and web origin. OpenSSH's own verifier ignores those three.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "signature/message_digest.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::signature {
namespace {

// FIDO's authenticator data flags (WebAuthn section 6.1).
constexpr std::uint8_t k_user_present = 0x01;
constexpr std::uint8_t k_user_verified = 0x04;
constexpr std::uint8_t k_attested_data = 0x40;
constexpr std::uint8_t k_extension_data = 0x80;

constexpr std::string_view k_rsa_sha256 = "rsa-sha2-256";
constexpr std::string_view k_rsa_sha512 = "rsa-sha2-512";
constexpr std::string_view k_webauthn = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

base::Result<void> judged(bool valid) {
    if (!valid) {
        return base::bad_input("it does not verify: the text was changed, or the key never signed");
    }
    return {};
}

base::Result<void> require_end(const WireReader& reader) {
    if (!reader.at_end()) {
        return base::bad_input(fmt::format("{} bytes are left over in it", reader.remaining()));
    }
    return {};
}

// The two numbers of an ECDSA signature, which fill a string of their own.
struct EcdsaNumbers {
    base::BytesView r;
    base::BytesView s;
};

base::Result<EcdsaNumbers> read_ecdsa(WireReader& reader) {
    base::BytesView both = TRY(reader.read_string());
    WireReader inner(both);
    EcdsaNumbers numbers;
    numbers.r = TRY(inner.read_positive_mpint());
    numbers.s = TRY(inner.read_positive_mpint());
    TRY(require_end(inner));
    return numbers;
}

// What a token adds to what it signs.
struct TokenData {
    std::uint8_t flags = 0;
    base::BytesView bytes;  // flags and counter as they are signed
};

base::Result<TokenData> read_token_data(WireReader& reader) {
    TokenData token;
    token.bytes = TRY(reader.read_raw(5));
    token.flags = token.bytes[0];
    return token;
}

base::Result<void> check_user(std::uint8_t flags, const Requirements& requirements) {
    if ((flags & k_user_present) == 0) {
        return base::bad_input("the token was not touched: sign again and touch it when it blinks");
    }
    if (requirements.user_verification && (flags & k_user_verified) == 0) {
        return base::bad_input(
            "the token did not check its user, and the policy marks the key 'pin': sign with a key "
            "made with ssh-keygen -O verify-required");
    }
    return {};
}

// What a token signs: SHA256(application), its data, and the digest of what it was given.
base::Bytes token_message(const PublicKey& key, base::BytesView token_data,
                          base::BytesView extensions, base::BytesView given) {
    MessageDigest application = digest_of(MessageHash::sha256, {base::as_bytes(key.application())});
    MessageDigest digest = digest_of(MessageHash::sha256, {given});
    WireWriter writer;
    writer.write_raw(application.view());
    writer.write_raw(token_data);
    writer.write_raw(extensions);
    writer.write_raw(digest.view());
    return writer.take();
}

// A browser's clientDataJSON, by the limited verification of WebAuthn section 5.8.1.2: it is
// compared with the text that a browser must write for this challenge and origin, never parsed.
base::Result<void> check_client_data(std::string_view data, std::string_view origin,
                                     base::BytesView to_be_signed) {
    std::string expected = fmt::format(R"({{"type":"webauthn.get","challenge":"{}","origin":"{}")",
                                       base::to_base64url(to_be_signed), origin);
    if (!data.starts_with(expected)) {
        return base::bad_input("the browser signed another challenge or origin than this text's");
    }
    std::string_view rest = data.substr(expected.size());
    if (!(rest == "}" || (rest.starts_with(',') && rest.ends_with('}')))) {
        return base::bad_input("the browser's data is not complete after the origin");
    }
    if (rest.starts_with(R"(,"crossOrigin":true)")) {
        return base::bad_input("the page was framed inside another site's page");
    }
    return {};
}

base::Result<void> check_origin(std::string_view origin, std::string_view wanted) {
    bool plain = std::all_of(origin.begin(), origin.end(), [](char character) {
        return character > 0x20 && character < 0x7F && character != '"' && character != '\\';
    });
    if (!plain || origin != wanted) {
        return base::bad_input(
            fmt::format("it was made on the web page of {}, and the policy allows {} alone",
                        base::shown(origin.substr(0, 128)), wanted));
    }
    return {};
}

// The flags say whether extension data follow; an assertion never carries attested data.
base::Result<void> check_extensions(std::uint8_t flags, base::BytesView extensions) {
    bool announced = (flags & k_extension_data) != 0;
    if ((flags & k_attested_data) != 0 || announced == extensions.empty()) {
        return base::bad_input("the token's flags contradict its data");
    }
    return {};
}

base::Result<void> verify_passkey(WireReader& reader, const PublicKey& key,
                                  base::BytesView to_be_signed, const Requirements& requirements) {
    EcdsaNumbers numbers = TRY(read_ecdsa(reader));
    TokenData token = TRY(read_token_data(reader));
    std::string_view origin = TRY(reader.read_text());
    std::string_view client_data = TRY(reader.read_text());
    base::BytesView extensions = TRY(reader.read_string());
    TRY(require_end(reader));
    if (!requirements.web_origin) {
        return base::bad_input(
            "it was made in a browser, and the policy does not mark the key 'web'");
    }
    TRY(check_origin(origin, *requirements.web_origin));
    TRY(check_user(token.flags, requirements));
    TRY(check_extensions(token.flags, extensions));
    TRY(check_client_data(client_data, origin, to_be_signed));
    base::Bytes message = token_message(key, token.bytes, extensions, base::as_bytes(client_data));
    return judged(verify_ecdsa_p256(key, message, numbers.r, numbers.s));
}

base::Result<void> verify_token(WireReader& reader, const PublicKey& key,
                                base::BytesView to_be_signed, const Requirements& requirements) {
    bool is_ecdsa = key.type() == KeyType::sk_ecdsa_p256;
    EcdsaNumbers numbers;
    base::BytesView bare;
    if (is_ecdsa) {
        numbers = TRY(read_ecdsa(reader));
    } else {
        bare = TRY(reader.read_string());
    }
    TokenData token = TRY(read_token_data(reader));
    TRY(require_end(reader));
    TRY(check_user(token.flags, requirements));
    base::Bytes message = token_message(key, token.bytes, {}, to_be_signed);
    return judged(is_ecdsa ? verify_ecdsa_p256(key, message, numbers.r, numbers.s)
                           : verify_ed25519(key.ed25519_point(), message, bare));
}

base::Result<void> verify_software(WireReader& reader, const PublicKey& key,
                                   std::string_view algorithm, base::BytesView to_be_signed) {
    if (key.type() == KeyType::ecdsa_p256) {
        EcdsaNumbers numbers = TRY(read_ecdsa(reader));
        TRY(require_end(reader));
        return judged(verify_ecdsa_p256(key, to_be_signed, numbers.r, numbers.s));
    }
    base::BytesView bare = TRY(reader.read_string());
    TRY(require_end(reader));
    if (key.type() == KeyType::ed25519) {
        return judged(verify_ed25519(key.ed25519_point(), to_be_signed, bare));
    }
    MessageHash hash = algorithm == k_rsa_sha512 ? MessageHash::sha512 : MessageHash::sha256;
    return judged(verify_rsa(key, hash, to_be_signed, bare));
}

// Whether signatures of the algorithm belong to keys of the type.
bool fits(std::string_view algorithm, KeyType type) {
    if (type == KeyType::rsa) {
        return algorithm == k_rsa_sha256 || algorithm == k_rsa_sha512;
    }
    return algorithm == type_name(type) ||
           (type == KeyType::sk_ecdsa_p256 && algorithm == k_webauthn);
}

base::Result<void> check(const Sshsig& signature, const PublicKey& key, std::string_view name_space,
                         std::string_view message, const Requirements& requirements) {
    if (!std::ranges::equal(signature.public_key, key.blob())) {
        return base::bad_input("it was made by another key");
    }
    if (signature.name_space != name_space) {
        return base::bad_input(fmt::format("it was made for '{}', not for '{}'",
                                           base::shown(signature.name_space.substr(0, 320)),
                                           base::shown(name_space)));
    }
    WireReader reader(signature.signature);
    std::string_view algorithm = TRY(reader.read_text());
    if (!fits(algorithm, key.type())) {
        return base::bad_input(fmt::format("its algorithm '{}' is not accepted for {} keys",
                                           base::shown(algorithm.substr(0, 64)),
                                           type_name(key.type())));
    }
    base::Bytes to_be_signed = signed_bytes(name_space, signature.hash, message);
    if (algorithm == k_webauthn) {
        return verify_passkey(reader, key, to_be_signed, requirements);
    }
    if (requirements.web_origin) {
        return base::bad_input(
            fmt::format("it was not made in a browser, and the policy allows the key on {} alone",
                        *requirements.web_origin));
    }
    if (key.is_hardware()) {
        return verify_token(reader, key, to_be_signed, requirements);
    }
    if (requirements.user_verification) {
        return base::bad_input(
            "the policy marks the key 'pin', and a key in software checks no one");
    }
    return verify_software(reader, key, algorithm, to_be_signed);
}

}  // namespace

base::Result<void> verify(const Sshsig& signature, const PublicKey& key,
                          std::string_view name_space, std::string_view message,
                          const Requirements& requirements) {
    auto good = check(signature, key, name_space, message, requirements);
    if (!good) {
        return std::unexpected(
            base::within("signature by " + key.fingerprint(), std::move(good).error()));
    }
    return {};
}

}  // namespace cheget::signature
