// Digests through kept OpenSSL contexts: its one-shot calls cost three times as much.
#include "signature/message_digest.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace cheget::signature {
namespace {

// A digest fails only when memory or the library itself is gone; nothing could go on then.
void require(bool ok) {
    if (!ok) {
        std::abort();
    }
}

// One kept context for each hash and thread: it holds no state between two digests.
class KeptContext {
  public:
    explicit KeptContext(const EVP_MD* method) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        require(context_ != nullptr && method != nullptr);
        require(EVP_DigestInit_ex2(context_.get(), method, nullptr) == 1);
    }

    MessageDigest digest(std::initializer_list<base::BytesView> parts) {
        MessageDigest result;
        unsigned int size = 0;
        for (base::BytesView part : parts) {
            require(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
        }
        require(EVP_DigestFinal_ex(context_.get(), result.buffer.data(), &size) == 1);
        require(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
        result.size = size;
        return result;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

// Fetched once: a method is immutable and shared, so these are no state of ours.
const EVP_MD* sha256_method() {
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
}

const EVP_MD* sha512_method() {
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA512", nullptr);
    return fetched;
}

}  // namespace

MessageDigest digest_of(MessageHash hash, std::initializer_list<base::BytesView> parts) {
    thread_local KeptContext hasher256(sha256_method());
    thread_local KeptContext hasher512(sha512_method());
    return (hash == MessageHash::sha256 ? hasher256 : hasher512).digest(parts);
}

std::string_view hash_name(MessageHash hash) {
    return hash == MessageHash::sha256 ? "sha256" : "sha512";
}

}  // namespace cheget::signature
