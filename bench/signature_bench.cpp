// verify() beside the bare primitive that it cannot do without, on an order's size of text. Each
// benchmark prints their ratio, taken in turns in one run.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "signature/test_keys.h"

namespace cheget::signature {
namespace {

using test_keys::SoftKey;

constexpr std::string_view k_space = "cheget-order@acme/prod";
const std::string k_text(600, 'x');

double nanoseconds_of(auto&& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    return taken.count();
}

double median(std::vector<double>& values) {
    auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Measures from the armour's text to the verdict, and the bare primitive, one after the other.
void compare(benchmark::State& state, const SoftKey& soft, auto&& bare) {
    const PublicKey key = soft.public_key();
    const std::string armor = soft.sign(k_space, k_text);
    std::vector<double> whole;
    std::vector<double> primitive;
    for (auto _ : state) {
        double ours = nanoseconds_of([&] {
            auto parsed = parse_armored(armor);
            test_keys::require(verify(*parsed, key, k_space, k_text, {}).has_value());
        });
        double theirs = nanoseconds_of([&] { test_keys::require(bare()); });
        whole.push_back(ours);
        primitive.push_back(theirs);
        state.SetIterationTime(ours / 1e9);
    }
    double ours = median(whole);
    double theirs = median(primitive);
    state.counters["whole_us"] = ours / 1000;
    state.counters["bare_us"] = theirs / 1000;
    state.counters["ratio"] = ours / theirs;
}

void ed25519(benchmark::State& state) {
    const SoftKey soft = SoftKey::ed25519();
    const PublicKey key = soft.public_key();
    const base::Bytes message = signed_bytes(k_space, MessageHash::sha512, k_text);
    const base::Bytes made = soft.bare(message);
    compare(state, soft, [&] {
        return crypto_sign_verify_detached(made.data(), message.data(), message.size(),
                                           key.ed25519_point().data()) == 0;
    });
}
BENCHMARK(ed25519)->UseManualTime();

// OpenSSL's bare check: a digest already made, a signature already in DER, a context of its own.
bool bare_openssl(EVP_PKEY* key, const base::Bytes& digest, const base::Bytes& made,
                  const EVP_MD* rsa_hash) {
    std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(EVP_PKEY_CTX_new(key, nullptr),
                                                                   EVP_PKEY_CTX_free);
    test_keys::require(EVP_PKEY_verify_init(context.get()) == 1);
    if (rsa_hash != nullptr) {
        test_keys::require(EVP_PKEY_CTX_set_signature_md(context.get(), rsa_hash) == 1);
    }
    return EVP_PKEY_verify(context.get(), made.data(), made.size(), digest.data(), digest.size()) ==
           1;
}

void p256(benchmark::State& state) {
    const SoftKey soft = SoftKey::p256();
    const base::Bytes message = signed_bytes(k_space, MessageHash::sha512, k_text);
    const base::Digest hash = base::sha256(message);
    const base::Bytes digest(hash.bytes.begin(), hash.bytes.end());
    const base::Bytes made = soft.bare_der(message);
    compare(state, soft, [&] { return bare_openssl(soft.evp(), digest, made, nullptr); });
}
BENCHMARK(p256)->UseManualTime();

void rsa_3072(benchmark::State& state) {
    const SoftKey soft = SoftKey::rsa(3072);
    const base::Bytes message = signed_bytes(k_space, MessageHash::sha512, k_text);
    base::Bytes digest(64);
    crypto_hash_sha512(digest.data(), message.data(), message.size());
    const base::Bytes made = soft.bare(message, "SHA512");
    compare(state, soft, [&] { return bare_openssl(soft.evp(), digest, made, EVP_sha512()); });
}
BENCHMARK(rsa_3072)->UseManualTime();

// Reading keys, as a policy does for every principal.
void read_key(benchmark::State& state, const SoftKey& soft) {
    const std::string text = soft.public_key().to_text();
    for (auto _ : state) {
        benchmark::DoNotOptimize(PublicKey::from_text(text));
    }
}
BENCHMARK_CAPTURE(read_key, ed25519, SoftKey::ed25519());
BENCHMARK_CAPTURE(read_key, p256, SoftKey::p256());
BENCHMARK_CAPTURE(read_key, rsa_3072, SoftKey::rsa(3072));

// What verify() adds before the primitive: reading the armour, and hashing the text.
void read_armor(benchmark::State& state) {
    const std::string armor = SoftKey::ed25519().sign(k_space, k_text);
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse_armored(armor));
    }
}
BENCHMARK(read_armor);

void make_signed_bytes(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(signed_bytes(k_space, MessageHash::sha512, k_text));
    }
}
BENCHMARK(make_signed_bytes);

}  // namespace
}  // namespace cheget::signature
