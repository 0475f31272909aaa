// A machine's key file, and the public keys of key files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keys/signer.h"
#include "keys/test_folder.h"
#include "signature/sshsig.h"

namespace cheget::keys {
namespace {

using testing::HasSubstr;

constexpr std::string_view k_space = "cheget-receipt@acme/prod";

using MachineKeyFile = test::TestFolder;
using MachineKeyAttack = test::TestFolder;

TEST_F(MachineKeyFile, SignsAsSshKeygenDoes) {
    make_key("ed", "-t ed25519 -N ''");
    MachineKey key = MachineKey::load(path("ed")).value();
    EXPECT_EQ(key.public_key(), public_key_of_file(path("ed.pub")).value());
    std::string armor = key.sign(k_space, "cheget receipt v1\n").value();
    EXPECT_EQ(armor, sign_with_ssh_keygen(path("ed"), k_space, "cheget receipt v1\n").value());
    MachineKey moved = std::move(key);
    EXPECT_EQ(moved.sign(k_space, "cheget receipt v1\n").value(), armor);
}

TEST_F(MachineKeyAttack, G1_secret_in_a_child_process) {
    make_key("ed", "-t ed25519 -N ''");
    const MachineKey key = MachineKey::load(path("ed")).value();
    const std::string ours = key.sign(k_space, "text").value();
    const pid_t child = fork();
    if (child == 0) {
        const auto theirs = key.sign(k_space, "text");
        _exit(theirs && *theirs == ours ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << "the child could sign";
}

TEST_F(MachineKeyAttack, G1_key_that_others_may_read) {
    make_key("ed", "-t ed25519 -N ''");
    for (mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0644U}) {
        ASSERT_EQ(chmod(path("ed").c_str(), mode), 0);
        auto refused = MachineKey::load(path("ed"));
        ASSERT_FALSE(refused) << mode;
        EXPECT_THAT(refused.error().message, HasSubstr("chmod 600"));
    }
    ASSERT_EQ(chmod(path("ed").c_str(), 0400), 0);
    EXPECT_TRUE(MachineKey::load(path("ed")));
    if (geteuid() == 0) {
        ASSERT_EQ(chown(path("ed").c_str(), 65534, 65534), 0);
        EXPECT_THAT(MachineKey::load(path("ed")).error().message,
                    HasSubstr("belongs to user 65534"));
    }
}

TEST_F(MachineKeyFile, OtherKindsAreRefused) {
    make_key("encrypted", "-t ed25519 -N 'secret'");
    EXPECT_THAT(MachineKey::load(path("encrypted")).error().message, HasSubstr("it is encrypted"));
    make_key("ec", "-t ecdsa -b 256 -N ''");
    EXPECT_THAT(MachineKey::load(path("ec")).error().message, HasSubstr("of the type ssh-ed25519"));
    make_key("pem", "-t rsa -b 2048 -m PEM -N ''");
    EXPECT_THAT(MachineKey::load(path("pem")).error().message,
                HasSubstr("not an OpenSSH private key"));
}

TEST_F(MachineKeyAttack, G10_pipe_or_device_in_place_of_a_file) {
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_THAT(MachineKey::load(path("pipe")).error().message, HasSubstr("not a regular file"));
    EXPECT_THAT(MachineKey::load(path("")).error().message, HasSubstr("not a regular file"));
    EXPECT_THAT(MachineKey::load("/dev/zero").error().message, HasSubstr("not a regular file"));
    EXPECT_EQ(MachineKey::load(path("absent")).error().kind, base::ErrorKind::unreachable);
    write("long", std::string(65537, 'x'));
    ASSERT_EQ(chmod(path("long").c_str(), 0600), 0);
    EXPECT_THAT(MachineKey::load(path("long")).error().message, HasSubstr("longer than"));
}

TEST_F(MachineKeyFile, EveryChangedByteIsRefused) {
    make_key("ed", "-t ed25519 -N ''");
    std::string good = read("ed");
    std::array<std::uint8_t, 64> secret{};
    ASSERT_TRUE(parse_private_key(good, secret));
    int accepted = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        if (auto key = parse_private_key(changed, secret)) {
            // Only the comment, which names no key, may differ.
            EXPECT_EQ(*key, public_key_of_file(path("ed.pub")).value());
            ++accepted;
        }
    }
    EXPECT_LE(accepted, 12);  // the comment's eight bytes in base64
}

// A file whose public half is another's makes a signer give its secret away.
TEST_F(MachineKeyAttack, G1_public_half_of_another_secret) {
    make_key("ed", "-t ed25519 -N ''");
    std::string pem = read("ed");
    constexpr std::size_t begin = sizeof("-----BEGIN OPENSSH PRIVATE KEY-----\n") - 1;
    std::string body;
    for (char character : pem.substr(begin, pem.find("-----END") - begin)) {
        if (character != '\n') {
            body += character;
        }
    }
    const base::Bytes container = base::from_base64(body).value();
    const auto key = public_key_of_file(path("ed.pub")).value();
    const base::BytesView point = key.ed25519_point();
    int places = 0;
    for (auto at = container.begin();; ++at) {
        at = std::search(at, container.end(), point.begin(), point.end());
        if (at == container.end()) {
            break;
        }
        ++places;
        base::Bytes changed = container;
        changed[static_cast<std::size_t>(at - container.begin()) + 5] ^= 1;
        std::string text = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base::to_base64(changed) +
                           "\n-----END OPENSSH PRIVATE KEY-----\n";
        std::array<std::uint8_t, 64> secret{};
        auto refused = parse_private_key(text, secret);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("that of its secret"));
        EXPECT_TRUE(sodium_is_zero(secret.data(), secret.size()));
    }
    EXPECT_EQ(places, 3);
}

TEST_F(MachineKeyFile, PublicKeysOfAllKindsOfFiles) {
    make_key("plain", "-t ed25519 -N ''");
    make_key("encrypted", "-t ecdsa -b 256 -N 'secret'");
    for (const std::string name : {"plain", "encrypted"}) {
        auto beside = public_key_of_file(path(name)).value();
        EXPECT_EQ(public_key_of_file(path(name + ".pub")).value(), beside);
        ASSERT_EQ(unlink(path(name + ".pub").c_str()), 0);
        EXPECT_EQ(public_key_of_file(path(name)).value(), beside);
    }
    make_key("pem", "-t rsa -b 2048 -m PEM -N ''");
    EXPECT_TRUE(public_key_of_file(path("pem")));
    ASSERT_EQ(unlink(path("pem.pub").c_str()), 0);
    EXPECT_FALSE(public_key_of_file(path("pem")));
    for (const char* text :
         {"", "\n", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 AAAA comment\n"}) {
        write("bad.pub", text);
        EXPECT_FALSE(public_key_of_file(path("bad.pub"))) << text;
    }
}

}  // namespace
}  // namespace cheget::keys
