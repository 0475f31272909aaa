// The SSHSIG container: armour and blob, read in their one spelling, and written.
#include "signature/sshsig.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "signature/message_digest.h"
#include "signature/wire.h"

namespace cheget::signature {
namespace {

constexpr std::string_view k_begin = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view k_end = "-----END SSH SIGNATURE-----\n";
constexpr std::string_view k_magic = "SSHSIG";
constexpr std::uint32_t k_version = 1;
constexpr std::size_t k_line_length = 70;

// Joins the lines of an armour's body: all of 70 characters but the last, which may be shorter.
base::Result<std::string> unwrap(std::string_view body) {
    std::string joined;
    joined.reserve(body.size());
    while (!body.empty()) {
        std::size_t length = body.find('\n');
        bool last = length == body.size() - 1;
        if (length == std::string_view::npos || length == 0 || length > k_line_length ||
            (!last && length != k_line_length)) {
            return base::bad_input("armour: lines must hold 70 characters, the last one at most");
        }
        joined += body.substr(0, length);
        body.remove_prefix(length + 1);
    }
    return joined;
}

base::Result<MessageHash> read_hash(std::string_view name) {
    if (name == "sha512") {
        return MessageHash::sha512;
    }
    if (name == "sha256") {
        return MessageHash::sha256;
    }
    return base::bad_input(
        fmt::format("the hash '{}' is neither sha256 nor sha512", base::shown(name.substr(0, 32))));
}

// Fills the views of `signature` from its blob.
base::Result<void> read_fields(Sshsig& signature) {
    WireReader reader(signature.blob);
    base::BytesView magic = TRY(reader.read_raw(k_magic.size()));
    if (base::as_text(magic) != k_magic) {
        return base::bad_input("it does not begin with SSHSIG");
    }
    std::uint32_t version = TRY(reader.read_u32());
    if (version != k_version) {
        return base::bad_input(fmt::format("version {} is unknown, only 1 is", version));
    }
    signature.public_key = TRY(reader.read_string());
    signature.name_space = TRY(reader.read_text());
    base::BytesView reserved = TRY(reader.read_string());
    if (!reserved.empty()) {
        return base::bad_input("the reserved field is not empty");
    }
    std::string_view hash = TRY(reader.read_text());
    signature.hash = TRY(read_hash(hash));
    signature.signature = TRY(reader.read_string());
    if (!reader.at_end()) {
        return base::bad_input(fmt::format("{} bytes are left over", reader.remaining()));
    }
    return {};
}

base::Result<Sshsig> take_apart(base::Bytes blob) {
    Sshsig signature;
    signature.blob = std::move(blob);
    if (auto read = read_fields(signature); !read) {
        return std::unexpected(base::within("SSH signature", std::move(read).error()));
    }
    return signature;
}

}  // namespace

base::Result<Sshsig> parse_armored(std::string_view armor) {
    if (armor.size() > k_longest_armor) {
        return base::bad_input(fmt::format("SSH signature: {} bytes are more than the {} allowed",
                                           armor.size(), k_longest_armor));
    }
    if (!armor.starts_with(k_begin) || !armor.ends_with(k_end) ||
        armor.size() < k_begin.size() + k_end.size()) {
        return base::bad_input(
            "SSH signature: it must stand between the lines BEGIN SSH SIGNATURE and END SSH "
            "SIGNATURE, with nothing before or after");
    }
    armor.remove_prefix(k_begin.size());
    armor.remove_suffix(k_end.size());
    auto joined = unwrap(armor);
    if (!joined) {
        return std::unexpected(base::within("SSH signature", std::move(joined).error()));
    }
    auto blob = base::from_base64(*joined);
    if (!blob) {
        return std::unexpected(base::within("SSH signature", std::move(blob).error()));
    }
    return take_apart(std::move(*blob));
}

base::Result<Sshsig> parse_blob(base::BytesView blob) {
    if (blob.size() > k_longest_armor) {
        return base::bad_input("SSH signature: it is too long");
    }
    return take_apart(base::Bytes(blob.begin(), blob.end()));
}

std::string to_armor(base::BytesView blob) {
    std::string encoded = base::to_base64(blob);
    std::string armor(k_begin);
    for (std::size_t i = 0; i < encoded.size(); i += k_line_length) {
        armor += std::string_view(encoded).substr(i, k_line_length);
        armor += '\n';
    }
    return armor += k_end;
}

base::Bytes signed_bytes(std::string_view name_space, MessageHash hash, std::string_view message) {
    WireWriter writer;
    writer.write_raw(base::as_bytes(k_magic));
    writer.write_string(name_space);
    writer.write_string(std::string_view());
    writer.write_string(hash_name(hash));
    writer.write_string(digest_of(hash, {base::as_bytes(message)}).view());
    return writer.take();
}

base::Bytes make_blob(base::BytesView public_key, std::string_view name_space, MessageHash hash,
                      base::BytesView signature) {
    WireWriter writer;
    writer.write_raw(base::as_bytes(k_magic));
    writer.write_u32(k_version);
    writer.write_string(public_key);
    writer.write_string(name_space);
    writer.write_string(std::string_view());
    writer.write_string(hash_name(hash));
    writer.write_string(signature);
    return writer.take();
}

}  // namespace cheget::signature
