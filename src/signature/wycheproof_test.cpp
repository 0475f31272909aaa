// The Wycheproof vectors, on the primitives that SSHSIG calls: every invalid signature is refused,
// every valid one accepted, and RSA's `acceptable` ones refused.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::signature {
namespace {

using nlohmann::json;

base::Bytes unhex(const std::string& text) {
    return base::from_hex(text, text.size() / 2).value();
}

std::filesystem::path vectors_folder() {
    if (const char* named = std::getenv("CHEGET_VECTORS")) {
        return named;
    }
    const char* source = std::getenv("CHEGET_SOURCE");
    return std::filesystem::path(source != nullptr ? source : ".") / "../shared/vectors";
}

struct Tally {
    int accepted = 0;
    int refused = 0;
    int encoding_only = 0;
    std::map<std::string, int> encoding_flags;  // what the DER cases are about
};

class Wycheproof : public testing::Test {
  protected:
    // Runs check(group, test) on every test of the file; nullopt is a case about DER alone, which
    // has no form in SSHSIG.
    template <typename Check>
    Tally run(const std::string& name, Check check) {
        std::ifstream stream(vectors_folder() / "wycheproof" / name);
        if (!stream) {
            std::printf("skipped: no outside vectors\n");
            return {};
        }
        present_ = true;
        const json file = json::parse(stream);
        Tally tally;
        for (const json& group : file["testGroups"]) {
            for (const json& test : group["tests"]) {
                count(tally, test, check(group, test));
            }
        }
        EXPECT_EQ(tally.accepted + tally.refused + tally.encoding_only,
                  file["numberOfTests"].get<int>());
        std::printf("%s: %d accepted, %d refused, %d about DER alone\n", name.c_str(),
                    tally.accepted, tally.refused, tally.encoding_only);
        for (const auto& [flags, count] : tally.encoding_flags) {
            std::printf("  %3d %s\n", count, flags.c_str());
        }
        return tally;
    }

    static void count(Tally& tally, const json& test, std::optional<bool> verdict) {
        const bool valid = test["result"] == "valid";
        const std::string what = test["tcId"].dump() + ": " + test["comment"].dump();
        if (!verdict) {
            ++tally.encoding_only;
            ++tally.encoding_flags[test["flags"].dump()];
            EXPECT_FALSE(valid) << what;
            return;
        }
        EXPECT_EQ(*verdict, valid) << what;
        ++(*verdict ? tally.accepted : tally.refused);
    }

    bool present_ = false;
};

#define SKIP_WITHOUT_VECTORS()                         \
    if (!present_) {                                   \
        GTEST_SKIP() << "skipped: no outside vectors"; \
    }

TEST_F(Wycheproof, Ed25519) {
    Tally tally = run("ed25519_test.json", [](const json& group, const json& test) {
        return std::optional(verify_ed25519(unhex(group["publicKey"]["pk"]), unhex(test["msg"]),
                                            unhex(test["sig"])));
    });
    SKIP_WITHOUT_VECTORS();
    EXPECT_EQ(tally.accepted, 88);
    EXPECT_EQ(tally.refused, 63);
}

// Takes a DER element of the tag off the front of `rest`: its content, or nothing if it is not DER.
std::optional<base::BytesView> take_der(base::BytesView& rest, std::uint8_t tag) {
    if (rest.size() < 2 || rest[0] != tag) {
        return {};
    }
    std::size_t size = rest[1];
    std::size_t header = 2;
    if (size == 0x81 && rest.size() > 2 && rest[2] >= 0x80) {
        size = rest[2];
        header = 3;
    } else if (size >= 0x80) {
        return {};
    }
    if (rest.size() - header < size) {
        return {};
    }
    base::BytesView content = rest.subspan(header, size);
    rest = rest.subspan(header + size);
    return content;
}

// The two INTEGERs as SSH's mpints: their contents are the same two's complement numbers.
std::optional<base::Bytes> der_to_mpints(base::BytesView der) {
    auto sequence = take_der(der, 0x30);
    if (!sequence || !der.empty()) {
        return {};
    }
    auto r = take_der(*sequence, 0x02);
    auto s = r ? take_der(*sequence, 0x02) : r;
    if (!s || !sequence->empty()) {
        return {};
    }
    WireWriter writer;
    writer.write_string(*r);
    writer.write_string(*s);
    return writer.take();
}

bool verify_mpints(const PublicKey& key, base::BytesView message, base::BytesView numbers) {
    WireReader reader(numbers);
    auto r = reader.read_positive_mpint();
    auto s = r ? reader.read_positive_mpint() : r;
    return s && reader.at_end() && verify_ecdsa_p256(key, message, *r, *s);
}

TEST_F(Wycheproof, EcdsaP256) {
    auto check = [](const json& group, const json& test) -> std::optional<bool> {
        WireWriter blob;
        blob.write_string(std::string_view("ecdsa-sha2-nistp256"));
        blob.write_string(std::string_view("nistp256"));
        blob.write_string(base::BytesView(unhex(group["publicKey"]["uncompressed"])));
        PublicKey key = PublicKey::from_blob(blob.take()).value();
        auto numbers = der_to_mpints(unhex(test["sig"]));
        if (!numbers) {
            return {};
        }
        return verify_mpints(key, unhex(test["msg"]), *numbers);
    };
    Tally tally = run("ecdsa_secp256r1_sha256_test.json", check);
    SKIP_WITHOUT_VECTORS();
    EXPECT_GE(tally.accepted, 170);
    EXPECT_GE(tally.refused, 100);
}

class WycheproofRsa : public Wycheproof, public testing::WithParamInterface<const char*> {};

TEST_P(WycheproofRsa, Pkcs1) {
    auto check = [](const json& group, const json& test) {
        EXPECT_EQ(group["sha"], "SHA-512");
        WireWriter blob;
        blob.write_string(std::string_view("ssh-rsa"));
        blob.write_mpint(unhex(group["publicKey"]["publicExponent"]));
        blob.write_mpint(unhex(group["publicKey"]["modulus"]));
        PublicKey key = PublicKey::from_blob(blob.take()).value();
        return std::optional(
            verify_rsa(key, MessageHash::sha512, unhex(test["msg"]), unhex(test["sig"])));
    };
    Tally tally = run(GetParam(), check);
    SKIP_WITHOUT_VECTORS();
    EXPECT_GE(tally.accepted, 7);
    EXPECT_GE(tally.refused, 250);
}

INSTANTIATE_TEST_SUITE_P(Sizes, WycheproofRsa,
                         testing::Values("rsa_signature_3072_sha512_test.json",
                                         "rsa_signature_4096_sha512_test.json"));

}  // namespace
}  // namespace cheget::signature
