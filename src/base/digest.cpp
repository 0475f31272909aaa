// SHA-256 through OpenSSL's EVP with a fetched method: its one-shot call costs three times as much.
#include "base/digest.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace cheget::base {
namespace {

constexpr std::string_view k_prefix = "sha256:";

// Fetched once: the method is immutable and shared, so this is no state of ours.
const EVP_MD* method() {
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
}

// SHA-256 cannot fail but for lack of memory or of the provider itself; nothing could go on then.
void require(int ok) {
    if (ok != 1) {
        std::abort();
    }
}

}  // namespace

Hasher::Hasher() : context_(EVP_MD_CTX_new()) {
    require(EVP_DigestInit_ex2(context_, method(), nullptr));
}

Hasher::~Hasher() {
    EVP_MD_CTX_free(context_);
}

void Hasher::add(BytesView bytes) {
    require(EVP_DigestUpdate(context_, bytes.data(), bytes.size()));
}

Digest Hasher::finish() {
    Digest digest;
    require(EVP_DigestFinal_ex(context_, digest.bytes.data(), nullptr));
    require(EVP_DigestInit_ex2(context_, nullptr, nullptr));
    return digest;
}

Digest sha256(BytesView bytes) {
    thread_local Hasher hasher;  // a kept context is what makes small texts cheap
    hasher.add(bytes);
    return hasher.finish();
}

std::string to_text(const Digest& digest) {
    return std::string(k_prefix) + to_hex(digest.bytes);
}

std::string to_hex(const Digest& digest) {
    return to_hex(BytesView(digest.bytes));
}

Result<Digest> parse_digest(std::string_view text) {
    Digest digest;
    if (!text.starts_with(k_prefix) || !decode_hex(text.substr(k_prefix.size()), digest.bytes)) {
        return bad_input("expected sha256: and 64 lower-case hexadecimal digits");
    }
    return digest;
}

}  // namespace cheget::base
