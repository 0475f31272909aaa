// OpenSSH's own SSHSIG test data (Debian package openssh-tests): all kinds but DSA must verify.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "signature/sshsig.h"

namespace cheget::signature {
namespace {

const std::filesystem::path k_folder = "/usr/lib/openssh/regress/unittests/sshsig/testdata";

std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    EXPECT_TRUE(stream) << path;
    return {std::istreambuf_iterator<char>(stream), {}};
}

PublicKey read_key(const std::string& name) {
    std::string line = read_file(k_folder / (name + ".pub"));
    std::size_t comment = line.find_first_of(" \n", line.find(' ') + 1);
    return PublicKey::from_text(line.substr(0, comment)).value();
}

class OpensshData : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(k_folder)) {
            FAIL() << "the package openssh-tests is not installed: deps/install installs it";
        }
        message_ = read_file(k_folder / "signed-data");
        name_space_ = read_file(k_folder / "namespace");
    }

    std::string message_;
    std::string name_space_;
};

struct Sample {
    std::string name;
    std::optional<std::string_view> origin;
};
const std::array<Sample, 6> k_samples{{{"ed25519", {}},
                                       {"ecdsa", {}},
                                       {"rsa", {}},
                                       {"ed25519_sk", {}},
                                       {"ecdsa_sk", {}},
                                       {"ecdsa_sk_webauthn", "https://www.mindrot.org"}}};

TEST_F(OpensshData, EveryKindVerifies) {
    for (const Sample& sample : k_samples) {
        std::string armor = read_file(k_folder / (sample.name + ".sig"));
        auto signature = parse_armored(armor);
        ASSERT_TRUE(signature) << sample.name << ": " << signature.error().message;
        auto good = verify(*signature, read_key(sample.name), name_space_, message_,
                           {.web_origin = sample.origin});
        EXPECT_TRUE(good) << sample.name << ": " << good.error().message;
        EXPECT_EQ(to_armor(signature->blob), armor) << sample.name;
    }
}

TEST_F(OpensshData, NoChangedTextNamespaceOrKeyVerifies) {
    for (const Sample& sample : k_samples) {
        auto signature = parse_armored(read_file(k_folder / (sample.name + ".sig")));
        PublicKey key = read_key(sample.name);
        Requirements requirements{.web_origin = sample.origin};
        EXPECT_FALSE(verify(*signature, key, name_space_, message_ + " ", requirements));
        EXPECT_FALSE(verify(*signature, key, name_space_ + "x", message_, requirements));
        for (const Sample& other : k_samples) {
            if (other.name != sample.name) {
                EXPECT_FALSE(
                    verify(*signature, read_key(other.name), name_space_, message_, requirements));
            }
        }
    }
}

TEST_F(OpensshData, NoChangedBitVerifies) {
    for (const Sample& sample : k_samples) {
        auto original = parse_armored(read_file(k_folder / (sample.name + ".sig")));
        PublicKey key = read_key(sample.name);
        for (std::size_t i = 0; i < original->blob.size(); ++i) {
            base::Bytes changed = original->blob;
            changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
            auto signature = parse_blob(changed);
            EXPECT_FALSE(signature && verify(*signature, key, name_space_, message_,
                                             {.web_origin = sample.origin}))
                << sample.name << " byte " << i;
        }
    }
}

TEST_F(OpensshData, DsaIsRefused) {
    auto signature = parse_armored(read_file(k_folder / "dsa.sig"));
    ASSERT_TRUE(signature);
    auto key = PublicKey::from_blob(signature->public_key);
    ASSERT_FALSE(key);
    EXPECT_THAT(key.error().message, testing::HasSubstr("'ssh-dss' is not accepted"));
}

}  // namespace
}  // namespace cheget::signature
