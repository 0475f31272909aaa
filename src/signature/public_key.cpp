// Public keys: read in their one form, checked, and decoded once for OpenSSL.
#include "signature/public_key.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "base/text.h"
#include "signature/wire.h"

namespace cheget::signature {
namespace {

constexpr std::string_view k_curve = "nistp256";
constexpr std::size_t k_fewest_rsa_bits = 2048;
constexpr std::size_t k_most_rsa_bits = 16384;
constexpr std::size_t k_most_exponent_bytes = 8;
constexpr std::size_t k_longest_application = 255;
constexpr std::size_t k_longest_blob = 4096;

struct TypeName {
    KeyType type;
    std::string_view name;
};
constexpr std::array<TypeName, 5> k_types{{
    {KeyType::ed25519, "ssh-ed25519"},
    {KeyType::ecdsa_p256, "ecdsa-sha2-nistp256"},
    {KeyType::rsa, "ssh-rsa"},
    {KeyType::sk_ed25519, "sk-ssh-ed25519@openssh.com"},
    {KeyType::sk_ecdsa_p256, "sk-ecdsa-sha2-nistp256@openssh.com"},
}};

using Evp = std::shared_ptr<evp_pkey_st>;
using Point = std::array<std::uint8_t, 32>;

// The y coordinates of the Ed25519 points of order 1, 2, 4 and 8 (sign bit zero): keys under which
// signatures can be made without a secret.
constexpr std::array<Point, 5> k_small_order{{
    {0x01},
    {0x00},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

// Whether the little-endian y (sign bit zero) is less than 2^255 - 19.
bool is_reduced(const Point& y) {
    bool top_bytes_full = y[31] == 0x7f && std::all_of(y.begin() + 1, y.end() - 1,
                                                       [](auto byte) { return byte == 0xff; });
    return !top_bytes_full || y[0] < 0xed;
}

base::Result<Point> read_ed25519_point(WireReader& reader) {
    base::BytesView bytes = TRY(reader.read_string());
    Point point{};
    if (bytes.size() != point.size()) {
        return base::bad_input(
            fmt::format("an Ed25519 key has 32 bytes, this one {}", bytes.size()));
    }
    std::copy(bytes.begin(), bytes.end(), point.begin());
    Point y = point;
    y[31] &= 0x7f;
    if (!is_reduced(y)) {
        return base::bad_input("the Ed25519 point is not in its one encoding");
    }
    if (std::find(k_small_order.begin(), k_small_order.end(), y) != k_small_order.end()) {
        return base::bad_input("the Ed25519 point has a small order: anyone could sign with it");
    }
    return point;
}

Evp owned(EVP_PKEY* key) {
    return {key, EVP_PKEY_free};
}

// Makes an OpenSSL key of the named algorithm from its parameters; null if it refuses them.
Evp make_evp(const char* algorithm, int selection, OSSL_PARAM* parameters) {
    EVP_PKEY* key = nullptr;
    std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr), EVP_PKEY_CTX_free);
    if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, selection, parameters) != 1) {
        return nullptr;
    }
    return owned(key);
}

// The curve P-256 as a key without a point, made once: copying it is three times cheaper than
// building a key from its name.
const EVP_PKEY* p256_parameters() {
    static const Evp fetched = [] {
        char group[] = "prime256v1";
        OSSL_PARAM list[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                             OSSL_PARAM_construct_end()};
        Evp made = make_evp("EC", EVP_PKEY_KEY_PARAMETERS, list);
        if (made == nullptr) {
            std::abort();  // an OpenSSL without P-256 can decide nothing
        }
        return made;
    }();
    return fetched.get();
}

base::Result<Evp> read_p256_point(WireReader& reader) {
    std::string_view curve = TRY(reader.read_text());
    if (curve != k_curve) {
        return base::bad_input("an ECDSA key must be on the curve nistp256");
    }
    base::BytesView point = TRY(reader.read_string());
    if (point.size() != 65 || point[0] != 0x04) {
        return base::bad_input("an ECDSA point must be uncompressed, 65 bytes");
    }
    Evp key = owned(EVP_PKEY_new());
    if (key == nullptr || EVP_PKEY_copy_parameters(key.get(), p256_parameters()) != 1 ||
        EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), point.size()) != 1) {
        return base::bad_input("the ECDSA point does not lie on its curve");
    }
    return key;
}

// OpenSSL takes numbers in the machine's byte order.
base::Bytes in_native_order(base::BytesView number) {
    base::Bytes native(number.begin(), number.end());
    if constexpr (std::endian::native == std::endian::little) {
        std::reverse(native.begin(), native.end());
    }
    return native;
}

std::size_t bit_length(base::BytesView number) {
    return (number.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(number[0]));
}

base::Result<Evp> read_rsa_numbers(WireReader& reader) {
    base::BytesView exponent = TRY(reader.read_positive_mpint());
    base::BytesView modulus = TRY(reader.read_positive_mpint());
    std::size_t bits = bit_length(modulus);
    if (bits < k_fewest_rsa_bits || bits > k_most_rsa_bits) {
        return base::bad_input(fmt::format("an RSA key must have {} to {} bits, this one has {}",
                                           k_fewest_rsa_bits, k_most_rsa_bits, bits));
    }
    bool one = exponent.size() == 1 && exponent[0] == 1;
    if (one || (exponent.back() & 1) == 0 || exponent.size() > k_most_exponent_bytes) {
        return base::bad_input("the RSA exponent must be odd, at least 3 and at most 64 bits");
    }
    if ((modulus.back() & 1) == 0) {
        return base::bad_input("the RSA modulus is even");
    }
    base::Bytes native_modulus = in_native_order(modulus);
    base::Bytes native_exponent = in_native_order(exponent);
    OSSL_PARAM list[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native_modulus.data(),
                                                 native_modulus.size()),
                         OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, native_exponent.data(),
                                                 native_exponent.size()),
                         OSSL_PARAM_construct_end()};
    Evp key = make_evp("RSA", EVP_PKEY_PUBLIC_KEY, list);
    if (key == nullptr) {
        return base::bad_input("OpenSSL refuses the RSA key");
    }
    return key;
}

base::Result<std::string> read_application(WireReader& reader) {
    std::string_view text = TRY(reader.read_text());
    bool plain = std::all_of(text.begin(), text.end(),
                             [](char character) { return character > 0x20 && character < 0x7F; });
    if (text.empty() || text.size() > k_longest_application || !plain) {
        return base::bad_input("a FIDO application must be 1 to 255 visible ASCII characters");
    }
    return std::string(text);
}

base::Result<KeyType> read_type(std::string_view name) {
    for (const TypeName& known : k_types) {
        if (known.name == name) {
            return known.type;
        }
    }
    return base::bad_input(
        fmt::format("the key type '{}' is not accepted; use ssh-ed25519, ecdsa-sha2-nistp256, "
                    "ssh-rsa or their FIDO forms",
                    base::shown(name.substr(0, 64))));
}

}  // namespace

std::string_view type_name(KeyType type) {
    for (const TypeName& known : k_types) {
        if (known.type == type) {
            return known.name;
        }
    }
    std::abort();  // every enumerator is in the table
}

base::Result<PublicKey> PublicKey::from_blob(base::BytesView blob) {
    if (blob.size() > k_longest_blob) {
        return base::bad_input("the public key is too long");
    }
    PublicKey key;
    key.blob_.assign(blob.begin(), blob.end());
    WireReader reader(key.blob_);
    std::string_view name = TRY(reader.read_text());
    key.type_ = TRY(read_type(name));
    switch (key.type_) {
        case KeyType::ed25519:
        case KeyType::sk_ed25519:
            key.point_ = TRY(read_ed25519_point(reader));
            break;
        case KeyType::ecdsa_p256:
        case KeyType::sk_ecdsa_p256:
            key.evp_ = TRY(read_p256_point(reader));
            break;
        case KeyType::rsa:
            key.evp_ = TRY(read_rsa_numbers(reader));
            break;
    }
    if (key.is_hardware()) {
        key.application_ = TRY(read_application(reader));
    }
    if (!reader.at_end()) {
        return base::bad_input(
            fmt::format("{} bytes are left over after the public key", reader.remaining()));
    }
    return key;
}

base::Result<PublicKey> PublicKey::from_text(std::string_view text) {
    std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        return base::bad_input("a public key is written as its type, a space, and base64");
    }
    std::string_view name = text.substr(0, space);
    KeyType type = TRY(read_type(name));
    base::Bytes blob = TRY(base::from_base64(text.substr(space + 1)));
    PublicKey key = TRY(from_blob(blob));
    if (key.type() != type) {
        return base::bad_input(
            fmt::format("the public key says {} but is {}", name, type_name(key.type())));
    }
    return key;
}

base::BytesView PublicKey::ed25519_point() const {
    return point_;
}

base::Result<void> PublicKey::check_subgroup() const {
    bool is_edwards = type_ == KeyType::ed25519 || type_ == KeyType::sk_ed25519;
    if (is_edwards && crypto_core_ed25519_is_valid_point(point_.data()) != 1) {
        return base::bad_input(
            "no Ed25519 secret has this public key: a letter of it may be mistyped");
    }
    return {};
}

std::string PublicKey::to_text() const {
    return fmt::format("{} {}", type_name(type_), base::to_base64(blob_));
}

std::string PublicKey::fingerprint() const {
    std::string encoded = base::to_base64(base::sha256(blob_).bytes);
    encoded.resize(encoded.find_last_not_of('=') + 1);
    return "SHA256:" + encoded;
}

bool is_fingerprint(std::string_view text) {
    constexpr std::string_view prefix = "SHA256:";
    return text.size() == prefix.size() + 43 && text.starts_with(prefix) &&
           base::from_base64(std::string(text.substr(prefix.size())) + '=').has_value();
}

}  // namespace cheget::signature
