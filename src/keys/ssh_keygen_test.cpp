// Signing through the real ssh-keygen: plain, encrypted and FIDO keys, and keys in an agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys/signer.h"
#include "keys/test_folder.h"
#include "signature/sshsig.h"

namespace cheget::keys {
namespace {

using testing::HasSubstr;

constexpr std::string_view k_space = "cheget-vote@acme/prod";

class SshKeygen : public test::TestFolder {
  protected:
    // Signs, and has the stock verifier look at the result.
    void expect_signature(const std::string& name, std::string_view message) {
        auto armor = sign_with_ssh_keygen(path(name), k_space, message);
        ASSERT_TRUE(armor) << armor.error().message;
        auto key = public_key_of_file(path(name)).value();
        EXPECT_TRUE(ssh_keygen_agrees(key.to_text(), std::string(k_space), message, *armor));
    }
};

TEST_F(SshKeygen, SignsWithPlainKeys) {
    make_key("ed", "-t ed25519 -N ''");
    make_key("ec", "-t ecdsa -b 256 -N ''");
    make_key("rsa", "-t rsa -b 2048 -N ''");
    for (const char* name : {"ed", "ec", "rsa"}) {
        expect_signature(name, "cheget vote v1\n");
    }
}

TEST_F(SshKeygen, SignsTextsOfAnyLengthAndBytes) {
    make_key("ed", "-t ed25519 -N ''");
    expect_signature("ed", "");
    expect_signature("ed", std::string_view("\0\n\xff", 3));
    expect_signature("ed", std::string(std::size_t{4} * 1024 * 1024, 'x'));
}

TEST_F(SshKeygen, AsksForThePassphraseOfAnEncryptedKey) {
    make_key("ed", "-t ed25519 -N 'correct horse'");
    answer_questions_with("correct horse");
    expect_signature("ed", "cheget vote v1\n");
    answer_questions_with("wrong");
    auto refused = sign_with_ssh_keygen(path("ed"), k_space, "cheget vote v1\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::unreachable);
    EXPECT_THAT(refused.error().message, HasSubstr("exit code 255"));
}

TEST_F(SshKeygen, SignsWithTokensAndHoldsThemToTouch) {
    if (!test::have_token_provider()) {
        FAIL() << "the package openssh-tests is not installed: deps/install installs it";
    }
    answer_questions_with("1234");
    for (const std::string type : {"ed25519-sk", "ecdsa-sk"}) {
        make_key(type + "1", "-N '' -t " + type);
        make_key(type + "5", "-N '' -O verify-required -t " + type);
        make_key(type + "0", "-N '' -O no-touch-required -t " + type);
        expect_signature(type + "1", "cheget vote v1\n");
        expect_signature(type + "5", "cheget vote v1\n");
        auto untouched = sign_with_ssh_keygen(path(type + "0"), k_space, "cheget vote v1\n");
        ASSERT_FALSE(untouched);
        EXPECT_THAT(untouched.error().message, HasSubstr("not touched"));
    }
}

// The flags that the dummy token reports, seen by verify() as the policy would ask.
TEST_F(SshKeygen, FlagsOfTokensDecideTouchAndPin) {
    if (!test::have_token_provider()) {
        FAIL() << "the package openssh-tests is not installed: deps/install installs it";
    }
    answer_questions_with("1234");
    write("message", "cheget vote v1\n");
    struct Case {
        const char* option;
        bool touched;
        bool verified;
    };
    for (const std::string type : {"ed25519-sk", "ecdsa-sk"}) {
        for (const Case& made : {Case{"no-touch-required", false, false}, Case{"", true, false},
                                 Case{"verify-required", true, true}}) {
            const std::string option = made.option;
            const std::string name = type + option;
            make_key(name, (option.empty() ? "" : "-O " + option) + " -N '' -t " + type);
            ASSERT_EQ(run("ssh-keygen -Y sign -f " + name + " -n " + std::string(k_space) +
                          " < message > message.sig"),
                      0);
            auto key = public_key_of_file(path(name)).value();
            auto parsed = signature::parse_armored(read("message.sig")).value();
            auto judge = [&](bool pin) {
                return signature::verify(parsed, key, k_space, "cheget vote v1\n",
                                         {.user_verification = pin})
                    .has_value();
            };
            EXPECT_EQ(judge(false), made.touched) << name;
            EXPECT_EQ(judge(true), made.verified) << name;
        }
    }
}

TEST_F(SshKeygen, APublicKeyFileFindsItsSecretInTheAgent) {
    make_key("ed", "-t ed25519 -N ''");
    ASSERT_EQ(run("ssh-agent -a agent.sock > agent.env && SSH_AUTH_SOCK=agent.sock ssh-add -q ed "
                  "&& rm ed"),
              0);
    setenv("SSH_AUTH_SOCK", path("agent.sock").c_str(), 1);
    expect_signature("ed.pub", "cheget vote v1\n");
    EXPECT_EQ(run(". ./agent.env && kill $SSH_AGENT_PID"), 0);
}

TEST_F(SshKeygen, WhatIsMissingIsTold) {
    auto missing = sign_with_ssh_keygen(path("absent"), k_space, "x");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr("absent: No such file"));
    make_key("ed", "-t ed25519 -N ''");
    const std::string before = std::getenv("PATH");
    setenv("PATH", path("").c_str(), 1);
    auto no_program = sign_with_ssh_keygen(path("ed"), k_space, "x");
    setenv("PATH", before.c_str(), 1);
    ASSERT_FALSE(no_program);
    EXPECT_THAT(no_program.error().message, HasSubstr("install openssh-client"));
}

// Another program in ssh-keygen's place.
class SshKeygenAttack : public SshKeygen {
  protected:
    void SetUp() override {
        make_key("ed", "-t ed25519 -N ''");
        path_before_ = std::getenv("PATH");
        setenv("PATH", (path("") + ":" + path_before_).c_str(), 1);
    }
    void TearDown() override { setenv("PATH", path_before_.c_str(), 1); }

    std::string message_after(const std::string& body, std::size_t text_size = 1 << 20) {
        write("ssh-keygen", "#!/bin/sh\n" + body + "\n");
        EXPECT_EQ(chmod(path("ssh-keygen").c_str(), 0700), 0);
        auto armor = sign_with_ssh_keygen(path("ed"), k_space, std::string(text_size, 'x'));
        return armor ? "signed" : armor.error().message;
    }

    std::string path_before_;
};

TEST_F(SshKeygenAttack, G10_floods_silence_and_death) {
    EXPECT_THAT(message_after("exec cat /dev/zero"), HasSubstr("more than a signature"));
    EXPECT_THAT(message_after("exit 3"), HasSubstr("exit code 3"));
    EXPECT_THAT(message_after("exit 0"), HasSubstr("must stand between"));
    EXPECT_THAT(message_after("kill -9 $$"), HasSubstr("exit code -1"));
}

TEST_F(SshKeygenAttack, G8_signature_by_another_key_or_of_another_text) {
    ASSERT_EQ(run("PATH='" + path_before_ + "' ssh-keygen -q -t ed25519 -N '' -f other"), 0);
    const std::string real = "PATH='" + path_before_ + "'; ";
    EXPECT_EQ(message_after(real + "exec ssh-keygen \"$@\"", 10), "signed");
    EXPECT_THAT(
        message_after(real + "exec ssh-keygen -q -Y sign -n \"$5\" -f " + path("other"), 10),
        HasSubstr("another key"));
    EXPECT_THAT(message_after(real + "(cat; echo more) | ssh-keygen \"$@\"", 10),
                HasSubstr("does not verify"));
    EXPECT_THAT(message_after(real + "exec ssh-keygen -q -Y sign -n file -f \"$7\"", 10),
                HasSubstr("it was made for"));
}

}  // namespace
}  // namespace cheget::keys
