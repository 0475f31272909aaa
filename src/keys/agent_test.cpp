// Signing through a real ssh-agent, and through agents that lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <thread>
#include <utility>

#include "keys/signer.h"
#include "keys/test_folder.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::keys {
namespace {

using signature::KeyType;
using signature::WireWriter;
using testing::HasSubstr;

constexpr std::string_view k_space = "cheget-vote@acme/prod";
constexpr std::string_view k_text = "cheget vote v1\n";

// Runs ssh-agent on a socket of the folder.
class RealAgent : public test::TestFolder {
  protected:
    void SetUp() override { start_agent(); }
    void TearDown() override { stop_agent(); }

    void start_agent() {
        ASSERT_EQ(run("rm -f agent.sock && ssh-agent -a agent.sock -P '/usr/lib/*' > agent.env"),
                  0);
        setenv("SSH_AUTH_SOCK", path("agent.sock").c_str(), 1);
        std::string text = read("agent.env");
        std::size_t at = text.find("SSH_AGENT_PID=");
        ASSERT_NE(at, std::string::npos);
        process_ = std::atoi(text.c_str() + at + 14);
    }
    void stop_agent() {
        if (process_ > 0) {
            kill(std::exchange(process_, 0), SIGTERM);
        }
    }
    // An agent takes its environment when it starts.
    void restart_agent() {
        stop_agent();
        start_agent();
    }

    void add_key(const std::string& name, const std::string& options) {
        make_key(name, options);
        ASSERT_EQ(run("ssh-add -q " + name), 0);
    }

    pid_t process_ = 0;
};

TEST_F(RealAgent, SignsWithEveryKindOfKey) {
    add_key("ed", "-t ed25519 -N ''");
    add_key("ec", "-t ecdsa -b 256 -N ''");
    add_key("rsa", "-t rsa -b 2048 -N ''");
    std::vector<KeyType> kinds{KeyType::ed25519, KeyType::ecdsa_p256, KeyType::rsa};
    if (test::have_token_provider()) {
        add_key("sk-ed", "-t ed25519-sk -N ''");
        add_key("sk-ec", "-t ecdsa-sk -N ''");
        kinds.insert(kinds.end(), {KeyType::sk_ed25519, KeyType::sk_ecdsa_p256});
    }
    Agent agent = Agent::connect("").value();
    auto identities = agent.identities().value();
    ASSERT_EQ(identities.size(), kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        EXPECT_EQ(identities[i].key.type(), kinds[i]);
        EXPECT_EQ(identities[i].comment, "test key");
        auto armor = agent.sign(identities[i].key, k_space, k_text);
        ASSERT_TRUE(armor) << armor.error().message;
        EXPECT_TRUE(
            ssh_keygen_agrees(identities[i].key.to_text(), std::string(k_space), k_text, *armor));
        EXPECT_FALSE(
            ssh_keygen_agrees(identities[i].key.to_text(), std::string(k_space), "other", *armor));
    }
}

// A key in an HSM: softhsm2 stands for the hardware.
TEST_F(RealAgent, SignsWithPkcs11Keys) {
    const std::string module = "/usr/lib/softhsm/libsofthsm2.so";
    if (!std::filesystem::exists(module)) {
        FAIL() << "the package softhsm2 is not installed: deps/install installs it";
    }
    write("softhsm2.conf", "directories.tokendir = " + path("tokens") + "\n");
    setenv("SOFTHSM2_CONF", path("softhsm2.conf").c_str(), 1);
    ASSERT_EQ(run("mkdir tokens && softhsm2-util --init-token --free --label t --pin 1234 "
                  "--so-pin 1234"),
              0);
    ASSERT_EQ(run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem && "
                  "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem"),
              0);
    for (const std::string key : {"ec", "rsa"}) {
        ASSERT_EQ(run("softhsm2-util --import " + key + ".pem --token t --label " + key + " --id " +
                      (key == "ec" ? "01" : "02") + " --pin 1234"),
                  0);
    }
    answer_questions_with("1234");
    restart_agent();
    ASSERT_EQ(run("ssh-add -s " + module), 0);
    Agent agent = Agent::connect("").value();
    auto identities = agent.identities().value();
    ASSERT_EQ(identities.size(), 2U);
    for (const AgentIdentity& identity : identities) {
        auto armor = agent.sign(identity.key, k_space, k_text);
        ASSERT_TRUE(armor) << armor.error().message;
        EXPECT_TRUE(
            ssh_keygen_agrees(identity.key.to_text(), std::string(k_space), k_text, *armor));
    }
}

TEST_F(RealAgent, OtherKindsOfKeysArePassedOver) {
    add_key("p384", "-t ecdsa -b 384 -N ''");
    add_key("ed", "-t ed25519 -N ''");
    auto identities = Agent::connect(path("agent.sock")).value().identities().value();
    ASSERT_EQ(identities.size(), 1U);
    EXPECT_EQ(identities[0].key.type(), KeyType::ed25519);
}

TEST_F(RealAgent, RefusalIsTold) {
    make_key("absent", "-t ed25519 -N ''");
    auto key = public_key_of_file(path("absent")).value();
    Agent agent = Agent::connect("").value();
    EXPECT_EQ(agent.identities().value().size(), 0U);
    auto armor = agent.sign(key, k_space, k_text);
    ASSERT_FALSE(armor);
    EXPECT_EQ(armor.error().kind, base::ErrorKind::unreachable);
    EXPECT_THAT(armor.error().message, HasSubstr("the agent refused"));
}

TEST_F(RealAgent, SignatureWithoutTouchIsNotReturned) {
    if (!test::have_token_provider()) {
        FAIL() << "the package openssh-tests is not installed: deps/install installs it";
    }
    add_key("untouched", "-t ed25519-sk -O no-touch-required -N ''");
    auto armor = Agent::connect("").value().sign(public_key_of_file(path("untouched")).value(),
                                                 k_space, k_text);
    ASSERT_FALSE(armor);
    EXPECT_THAT(armor.error().message, HasSubstr("not touched"));
}

// An agent that answers each request with the next of its prepared bytes, then hangs up.
class AgentAttack : public test::TestFolder {
  protected:
    void answer_with(std::vector<base::Bytes> answers) {
        listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path("liar.sock").copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(listen(listener_, 1), 0);
        thread_ = std::thread([this, given = std::move(answers)] { serve(given); });
    }
    void TearDown() override {
        thread_.join();
        close(listener_);
    }

    static base::Bytes framed(base::BytesView content) {
        WireWriter writer;
        writer.write_string(content);
        return writer.take();
    }

  private:
    void serve(const std::vector<base::Bytes>& answers) const {
        int client = accept(listener_, nullptr, nullptr);
        std::array<char, 4096> request{};
        for (const base::Bytes& answer : answers) {
            if (recv(client, request.data(), request.size(), 0) <= 0) {
                break;
            }
            // One byte at a time: an answer may come in any pieces.
            for (std::size_t i = 0; i < answer.size(); ++i) {
                if (send(client, &answer[i], 1, MSG_NOSIGNAL) != 1) {
                    break;
                }
            }
        }
        close(client);
    }

    int listener_ = -1;
    std::thread thread_;
};

TEST_F(AgentAttack, G10_huge_answer) {
    answer_with({{0xff, 0xff, 0xff, 0xff, 12}});
    auto identities = Agent::connect(path("liar.sock")).value().identities();
    ASSERT_FALSE(identities);
    EXPECT_THAT(identities.error().message, HasSubstr("4294967295 bytes is out of bounds"));
}

TEST_F(AgentAttack, G10_empty_answer) {
    answer_with({{0, 0, 0, 0}});
    auto identities = Agent::connect(path("liar.sock")).value().identities();
    ASSERT_FALSE(identities);
    EXPECT_THAT(identities.error().message, HasSubstr("out of bounds"));
}

TEST_F(AgentAttack, G10_answer_cut_short_and_the_next_request) {
    answer_with({{0, 0, 0, 9, 12, 0}});
    Agent agent = Agent::connect(path("liar.sock")).value();
    auto identities = agent.identities();
    ASSERT_FALSE(identities);
    EXPECT_THAT(identities.error().message, HasSubstr("closed the connection"));
    identities = agent.identities();
    ASSERT_FALSE(identities);
    EXPECT_THAT(identities.error().message, HasSubstr("closed after a failure"));
}

TEST_F(AgentAttack, G8_signature_of_another_text) {
    make_key("ed", "-t ed25519 -N ''");
    MachineKey key = [&] { return MachineKey::load(path("ed")).value(); }();
    auto elsewhere = signature::parse_armored(key.sign(k_space, "another text").value()).value();
    WireWriter answer;
    answer.write_byte(14);
    answer.write_string(elsewhere.signature);
    answer_with({framed(answer.take())});
    auto armor = Agent::connect(path("liar.sock")).value().sign(key.public_key(), k_space, k_text);
    ASSERT_FALSE(armor);
    EXPECT_THAT(armor.error().message, HasSubstr("does not verify"));
}

TEST_F(AgentAttack, G10_answer_of_another_type) {
    answer_with({framed(base::Bytes{14, 0, 0, 0, 0})});
    auto identities = Agent::connect(path("liar.sock")).value().identities();
    ASSERT_FALSE(identities);
    EXPECT_THAT(identities.error().message, HasSubstr("of type 14, not 12"));
}

TEST(Agent, AMissingAgentIsTold) {
    unsetenv("SSH_AUTH_SOCK");
    auto none = Agent::connect("");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, base::ErrorKind::unreachable);
    EXPECT_THAT(none.error().message, HasSubstr("SSH_AUTH_SOCK"));
    EXPECT_THAT(Agent::connect("/nonexistent/socket").error().message,
                HasSubstr("cannot connect to /nonexistent/socket: No such file"));
    EXPECT_THAT(Agent::connect(std::string(200, 'a')).error().message, HasSubstr("too long"));
}

TEST(AgentAnswer, CountsAreBoundedByWhatIsThere) {
    WireWriter writer;
    writer.write_byte(12);
    writer.write_u32(0xffffffff);
    auto refused = parse_identities_answer(writer.take());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("counts more keys than it holds"));
}

TEST(AgentAnswer, BytesLeftOverAreRefused) {
    EXPECT_FALSE(parse_identities_answer(base::Bytes{12, 0, 0, 0, 0, 0}));
    EXPECT_FALSE(parse_sign_answer(base::Bytes{14, 0, 0, 0, 1, 9, 9}));
    EXPECT_EQ(parse_sign_answer(base::Bytes{14, 0, 0, 0, 1, 9}).value(), base::Bytes{9});
    EXPECT_FALSE(parse_sign_answer(base::Bytes{}));
    EXPECT_FALSE(parse_sign_answer(base::Bytes{5}));
}

TEST(AgentAnswer, AnyBytesAreSurvived) {
    EXPECT_TRUE(rc::check("any answer", [](const std::vector<std::uint8_t>& bytes, bool typed) {
        base::Bytes answer = bytes;
        if (typed && !answer.empty()) {
            answer[0] = answer.size() % 2 == 0 ? 12 : 14;
        }
        auto identities = parse_identities_answer(answer);
        auto made = parse_sign_answer(answer);
        RC_ASSERT((!made || made->size() + 5 == answer.size()));
        RC_ASSERT((!identities || identities->size() * 8 <= answer.size()));
    }));
}

}  // namespace
}  // namespace cheget::keys
