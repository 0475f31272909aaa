// The seal: which passphrases open it, and what an attacker who holds the folder can do.
#include "briefcase/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

namespace cheget::briefcase {
namespace {

using base::as_bytes;
using ::testing::HasSubstr;

constexpr std::string_view k_pass = "correct horse battery staple";
constexpr std::string_view k_duress = "incorrect horse, other battery";

keys::LockedBytes filled(std::uint8_t with) {
    EXPECT_TRUE(keys::start_sodium());
    auto bytes = keys::LockedBytes::make(k_secret_size).value();
    std::fill(bytes.span().begin(), bytes.span().end(), with);
    return bytes;
}

Seal unsealed() {
    Seal seal;
    seal.domain = {"acme/prod", base::sha256("first")};
    seal.policy = {3, base::sha256("third")};
    seal.principal = "dave";
    seal.key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    seal.made = {1'800'000'000};
    seal.cost = GuessCost::for_tests();
    return seal;
}

Seal sealed(bool with_duress = true, const Evaluate& evaluate = no_tpm()) {
    Seal seal = unsealed();
    const Secrets secrets{filled(7), filled(9)};
    const auto done =
        fill_slots(seal, secrets, as_bytes(k_pass),
                   with_duress ? std::optional(as_bytes(k_duress)) : std::nullopt, evaluate);
    EXPECT_TRUE(done) << done.error().message;
    return seal;
}

bool opens(const Seal& seal, std::string_view passphrase, const Evaluate& evaluate = no_tpm()) {
    return open_slots(seal, as_bytes(passphrase), evaluate).has_value();
}

TEST(Seal, real_passphrase_opens_key_and_mark) {
    const auto opened = open_slots(sealed(), as_bytes(k_pass), no_tpm());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_THAT(opened->seed.view(), ::testing::Each(7));
    EXPECT_THAT(opened->mark.view(), ::testing::Each(9));
}

TEST(Seal, duress_opens_the_same_key_with_another_mark) {
    const Seal seal = sealed();
    const auto opened = open_slots(seal, as_bytes(k_duress), no_tpm());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_THAT(opened->seed.view(), ::testing::Each(7));
    EXPECT_THAT(opened->mark.view(), ::testing::Not(::testing::Each(9)));
    EXPECT_NE(opened->mark.view().size(), 0U);
}

TEST(Seal, what_is_written_is_read) {
    Seal seal = sealed();
    EXPECT_EQ(parse_seal(render(seal)), seal);
    seal.tpm = "index 0x1800001";
    EXPECT_EQ(parse_seal(render(seal)), seal);
}

TEST(SealAttack, G1_other_passphrases_open_nothing) {
    const Seal seal = sealed();
    EXPECT_FALSE(opens(seal, "correct horse battery stapl"));
    EXPECT_FALSE(opens(seal, ""));
    EXPECT_FALSE(opens(sealed(false), k_duress));
    const auto refused = open_slots(seal, as_bytes("incorrect"), no_tpm());
    EXPECT_EQ(refused.error().kind, base::ErrorKind::denied);
}

TEST(SealAttack, G1_no_line_can_be_changed) {
    const Seal good = sealed();
    const std::vector<std::function<void(Seal&)>> changes{
        [](Seal& seal) { seal.domain.name = "acme/test"; },
        [](Seal& seal) { seal.domain.first_policy = base::sha256("other"); },
        [](Seal& seal) { seal.policy.version = 4; },
        [](Seal& seal) { seal.principal = "erin"; },
        [](Seal& seal) { seal.made = {1'800'000'001}; },
        [](Seal& seal) { seal.cost.passes += 1; },
        [](Seal& seal) { seal.salt[0] ^= 1U; },
        [](Seal& seal) { seal.tpm = "another"; },
        [](Seal& seal) { std::swap(seal.slots[0], seal.slots[1]); },
    };
    for (const auto& change : changes) {
        Seal seal = good;
        change(seal);
        EXPECT_FALSE(opens(seal, k_pass)) << render(seal).substr(0, 200);
        EXPECT_FALSE(opens(seal, k_duress)) << render(seal).substr(0, 200);
    }
    for (std::size_t i = 0; i < k_slot_size; i += 5) {
        Seal seal = good;
        seal.slots[0][i] ^= 0x10U;
        seal.slots[1][i] ^= 0x10U;
        EXPECT_FALSE(opens(seal, k_pass)) << i;
    }
}

TEST(SealAttack, G1_slots_look_alike) {
    // With and without duress a seal is as long, and each of its slots differs from every other.
    const std::string with = render(sealed(true));
    const std::string without = render(sealed(false));
    EXPECT_EQ(with.size(), without.size());
    int first = 0;
    for (int i = 0; i < 40; ++i) {
        Seal seal = sealed(true);
        seal.slots[1] = {};
        first += opens(seal, k_pass) ? 1 : 0;
    }
    EXPECT_GT(first, 4);  // by lot: 40 throws of a coin
    EXPECT_LT(first, 36);
}

TEST(SealAttack, G1_copied_seal_is_nothing_without_its_tpm) {
    int asked = 0;
    const auto machine = [&](std::uint8_t secret) {
        return [&asked, secret](base::BytesView guess) -> base::Result<keys::LockedBytes> {
            ++asked;
            auto answer = keys::LockedBytes::make(k_secret_size);
            if (answer) {
                std::copy(guess.begin(), guess.end(), answer->span().begin());
                answer->span()[0] ^= secret;
            }
            return answer;
        };
    };
    const Seal seal = sealed(true, machine(5));
    asked = 0;
    EXPECT_TRUE(opens(seal, k_pass, machine(5)));
    EXPECT_EQ(asked, 1);  // one use for a try, whichever slot it opens
    EXPECT_TRUE(opens(seal, k_duress, machine(5)));
    EXPECT_EQ(asked, 2);
    EXPECT_FALSE(opens(seal, "wrong, in every way", machine(5)));
    EXPECT_EQ(asked, 3);
    EXPECT_FALSE(opens(seal, k_pass, machine(6)));
    EXPECT_FALSE(opens(seal, k_pass, no_tpm()));
    const auto out_of_tries = open_slots(seal, as_bytes(k_pass), [](base::BytesView) {
        return base::Result<keys::LockedBytes>(
            base::fail(base::ErrorKind::denied, "no tries are left"));
    });
    EXPECT_THAT(out_of_tries.error().message, HasSubstr("no tries"));
}

TEST(SealAttack, G1_tries_used_do_not_tell_of_duress) {
    int asked = 0;
    const auto count = [&](base::BytesView) {
        ++asked;
        return keys::LockedBytes::make(0);
    };
    sealed(true, count);
    EXPECT_EQ(asked, 2);
    sealed(false, count);
    EXPECT_EQ(asked, 4);
}

TEST(SealAttack, G10_passphrases_that_protect_nothing) {
    const Secrets secrets{filled(7), filled(9)};
    Seal seal = unsealed();
    EXPECT_FALSE(fill_slots(seal, secrets, as_bytes("short"), std::nullopt, no_tpm()));
    EXPECT_FALSE(fill_slots(seal, secrets, as_bytes(k_pass), as_bytes("short"), no_tpm()));
    EXPECT_FALSE(fill_slots(seal, secrets, as_bytes(k_pass), as_bytes(k_pass), no_tpm()));
}

TEST(SealAttack, G10_malformed_seals) {
    const std::string good = render(sealed());
    const auto changed = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    for (const std::string& text :
         {std::string(), good.substr(1), good + "\n", good.substr(0, good.size() - 1),
          changed("cheget briefcase v1", "cheget briefcase v2"),
          changed("principal: ", "principal:"), changed("policy: 3", "policy: 03"),
          changed("argon2id: 1 ", "argon2id: 0 "), changed("argon2id: 1 ", "argon2id: 65 "),
          changed("argon2id: 1 8", "argon2id: 1 0"),
          changed("argon2id: 1 8", "argon2id: 1 99999999"), changed("ssh-ed25519", "ssh-ed25518"),
          changed("slot: ", "slot: 0"), changed("salt: ", "salt: X"), changed("made: 2", "made: X"),
          good + "slot: 00\n", good + std::string(k_longest_seal, 'x')}) {
        const auto read = parse_seal(text);
        ASSERT_FALSE(read) << text.substr(0, 300);
        EXPECT_EQ(read.error().kind, base::ErrorKind::bad_input) << read.error().message;
    }
}

}  // namespace
}  // namespace cheget::briefcase
