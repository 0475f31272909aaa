// Bare P-256 signatures: by an agent, by key files of each form, and by no other key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "keys/key_file.h"
#include "keys/signer.h"
#include "keys/test_folder.h"
#include "signature/sshsig.h"

namespace cheget::keys {
namespace {

using testing::HasSubstr;

const base::Bytes k_message(100, 0x2A);

class BareSignature : public test::TestFolder {
  protected:
    void SetUp() override {
        make_key("safe", "-t ecdsa -b 256 -N ''");
        make_key("other", "-t ecdsa -b 256 -N ''");
        key_ = std::make_unique<signature::PublicKey>(public_key_of_file(path("safe")).value());
    }
    void TearDown() override {
        if (agent_ > 0) {
            kill(agent_, SIGTERM);
        }
    }

    void start_agent_with(const std::string& name) {
        ASSERT_EQ(run("ssh-agent -a agent.sock > agent.env"), 0);
        setenv("SSH_AUTH_SOCK", path("agent.sock").c_str(), 1);
        const std::string text = read("agent.env");
        agent_ = std::atoi(text.c_str() + text.find("SSH_AGENT_PID=") + 14);
        ASSERT_EQ(run("ssh-add -q " + name), 0);
    }

    base::Result<base::Bytes> sign(const std::string& name) {
        return sign_bare_with(path(name), *key_, k_message);
    }
    void expect_good(const base::Result<base::Bytes>& made) const {
        ASSERT_TRUE(made) << made.error().message;
        ASSERT_EQ(made->size(), 64U);
        const auto number = [&](std::size_t from) {
            const auto half = base::BytesView(*made).subspan(from, 32);
            const auto first = std::ranges::find_if(half, [](auto byte) { return byte != 0; });
            return half.subspan(static_cast<std::size_t>(first - half.begin()));
        };
        EXPECT_TRUE(signature::verify_ecdsa_p256(*key_, k_message, number(0), number(32)));
    }

    std::unique_ptr<signature::PublicKey> key_;
    pid_t agent_ = 0;
};

TEST_F(BareSignature, by_an_openssh_file) {
    // Numbers of the key and of the signature may be shorter than 32 bytes.
    for (int i = 0; i < 100; ++i) {
        expect_good(sign("safe"));
    }
}

TEST_F(BareSignature, by_pem_files) {
    for (const std::string form : {"PEM", "PKCS8"}) {
        ASSERT_EQ(run("cp safe safe." + form + " && chmod 600 safe." + form +
                      " && ssh-keygen -q -p -N '' -m " + form + " -f safe." + form),
                  0);
        ASSERT_THAT(read("safe." + form), HasSubstr("PRIVATE KEY"));
        ASSERT_THAT(read("safe." + form), ::testing::Not(HasSubstr("OPENSSH")));
        expect_good(sign("safe." + form));
    }
}

TEST_F(BareSignature, by_an_agent) {
    start_agent_with("safe");
    ASSERT_EQ(run("rm safe"), 0);
    expect_good(sign("safe.pub"));
    auto agent = Agent::connect({}).value();
    EXPECT_FALSE(agent.sign_bare(public_key_of_file(path("other")).value(), k_message));
}

TEST_F(BareSignature, G1_by_another_key) {
    const auto refused = sign("other");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::usage);
    EXPECT_THAT(refused.error().message, HasSubstr("is to sign"));
    make_key("larger", "-t ecdsa -b 384 -N ''");
    make_key("edwards", "-t ed25519 -N ''");
    for (const std::string name : {"larger", "edwards"}) {
        EXPECT_FALSE(sign(name));
        ASSERT_EQ(run("ssh-keygen -q -p -N '' -m PKCS8 -f " + name), 0);
        EXPECT_FALSE(sign(name));
    }
}

TEST_F(BareSignature, what_can_not_sign_is_told) {
    EXPECT_THAT(sign("safe.pub").error().message, HasSubstr("ssh-add that"));
    EXPECT_FALSE(sign("nowhere"));
    make_key("locked", "-t ecdsa -b 256 -N 'a passphrase'");
    EXPECT_THAT(sign("locked").error().message, HasSubstr("ssh-add"));
    ASSERT_EQ(run("ssh-keygen -q -p -P 'a passphrase' -N 'a passphrase' -m PEM -f locked"), 0);
    EXPECT_THAT(sign("locked").error().message, HasSubstr("ssh-add"));
    write("cut", "-----BEGIN PRIVATE KEY-----\n");
    EXPECT_FALSE(sign("cut"));
}

TEST_F(BareSignature, G10_changed_openssh_file) {
    // The public half in the file is another key's: nothing is signed.
    const std::string pem = read("safe");
    EXPECT_TRUE(parse_p256_private_key(pem));
    for (std::size_t i = 40; i + 40 < pem.size(); i += 3) {
        std::string changed = pem;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        write("changed", changed);
        if (const auto made = sign("changed")) {
            expect_good(made);  // the comment, or the check numbers alike
        }
    }
}

}  // namespace
}  // namespace cheget::keys
