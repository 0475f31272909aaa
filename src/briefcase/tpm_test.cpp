// A briefcase's TPM, on one in software: what counts, and what stays counted. Only hardware keeps
// its state from being put back: that a copy of a TPM in software brings tries back is shown too.
#include <sodium.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "briefcase/case.h"
#include "briefcase/signing.h"
#include "support/tpm_fixture.h"

namespace cheget::briefcase {
namespace {

using ::testing::HasSubstr;

const base::Bytes k_challenge(32, 0xC5);

TEST_F(TpmTest, answers_alike_to_the_same_guess_alone) {
    const auto first = answer();
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->size(), 32U);
    EXPECT_EQ(*answer(), *first);
    EXPECT_NE(*answer(base::Bytes(32, 0x62)), *first);
    EXPECT_EQ(tries().used, 3U);
    EXPECT_EQ(tries().left(), 2U);
}

TEST_F(TpmTest, quotes_what_it_counted) {
    EXPECT_TRUE(answer());
    const auto counted = tpm_->count_up(line_);
    ASSERT_TRUE(counted) << counted.error().message;
    const auto quote = tpm_->quote(line_, k_challenge);
    ASSERT_TRUE(quote) << quote.error().message;
    const auto told = signature::verify_tpm_quote(base::as_bytes(*quote), k_challenge);
    ASSERT_TRUE(told) << told.error().message;
    EXPECT_EQ(told->tries_used, 1U);
    EXPECT_EQ(told->tries_limit, k_limit);
    EXPECT_EQ(told->counter, *counted);
    EXPECT_EQ(told->key, attestation_key_of(line_).value());
    EXPECT_EQ(tries().counter, *counted);
    EXPECT_EQ(tries().used, 1U);  // reading and certifying cost none
    const TpmLine parsed = parse_tpm_line(line_).value();
    EXPECT_THAT(told->tries_name, ::testing::ElementsAreArray(tries_name(parsed)));
    EXPECT_THAT(told->counter_name, ::testing::ElementsAreArray(counter_name(parsed)));
}

TEST_F(TpmTest, recovery_authority_gives_all_tries_back) {
    const auto first = answer();
    for (int i = 0; i < 5; ++i) {
        static_cast<void>(answer());
    }
    EXPECT_EQ(tries().left(), 0U);
    const auto reset = tpm_->reset(line_, by(recovery_));
    ASSERT_TRUE(reset) << reset.error().message;
    EXPECT_EQ(tries().used, 0U);
    EXPECT_EQ(tries().limit, k_limit);
    EXPECT_EQ(*answer(), *first);
}

TEST_F(TpmTest, holds_several_briefcases_and_lets_go_of_each) {
    const auto other = tpm_->prepare(9, recovery_.public_key());
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_NE(*answer(), *answer_by(*other, base::Bytes(32, 0x61)));
    EXPECT_EQ(tpm_->tries(*other)->left(), 8U);
    const auto removed = tpm_->remove(line_);
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_FALSE(answer());
    EXPECT_FALSE(tpm_->remove(line_));
    EXPECT_TRUE(answer_by(*other, base::Bytes(32, 0x61)));
    ASSERT_TRUE(tpm_->remove(*other));
    EXPECT_TRUE(tpm_->prepare(9, recovery_.public_key()));
}

TEST_F(TpmTest, takes_the_owner_password) {
    const TPM2B_AUTH password = tss::sized<TPM2B_AUTH>(base::as_bytes("a password of the owner"));
    {
        net::LateLibrary esys("libtss2-esys.so.0");
        const decltype(&::Esys_HierarchyChangeAuth) change = esys["Esys_HierarchyChangeAuth"];
        tss::Context context = tss::Context::connect(swtpm_->tcti()).value();
        ASSERT_EQ(change(context.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                         ESYS_TR_NONE, &password),
                  TSS2_RC_SUCCESS);
    }
    connect();
    const auto refused = tpm_->prepare(5, recovery_.public_key());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("owner password"));
    const auto made = tpm_->prepare(5, recovery_.public_key(), tss::view(password));
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_TRUE(answer());  // opening needs none
    EXPECT_TRUE(tpm_->count_up(line_));
    EXPECT_TRUE(tpm_->quote(line_, k_challenge));
    EXPECT_TRUE(tpm_->reset(line_, by(recovery_)));
    connect();
    EXPECT_FALSE(tpm_->remove(line_));
    EXPECT_TRUE(tpm_->remove(line_, tss::view(password)));
}

TEST_F(TpmTest, what_it_can_not_do_is_told) {
    const auto key = signature::test_keys::SoftKey::ed25519();
    EXPECT_THAT(tpm_->prepare(5, key.public_key()).error().message, HasSubstr("ecdsa -b 256"));
    EXPECT_EQ(tpm_->prepare(2, recovery_.public_key()).error().kind, base::ErrorKind::usage);
    EXPECT_EQ(tpm_->prepare(1001, recovery_.public_key()).error().kind, base::ErrorKind::usage);
    EXPECT_FALSE(answer(base::Bytes(31, 1)));
    EXPECT_FALSE(tpm_->quote(line_, base::Bytes(31, 1)));
    EXPECT_EQ(tries().used, 0U);
    swtpm_->kill();
    const auto gone = answer();
    EXPECT_EQ(gone.error().kind, base::ErrorKind::unreachable) << gone.error().message;
    const auto nobody = Tpm::connect(swtpm_->tcti());
    EXPECT_EQ(nobody.error().kind, base::ErrorKind::unreachable);
    EXPECT_THAT(nobody.error().message, HasSubstr("no TPM at swtpm:"));
    EXPECT_FALSE(Tpm::connect("no such thing"));
}

using TpmAttack = TpmTest;

/// How often these bytes stand in memory that this process can write to.
int copies_in_memory(base::BytesView wanted) {
    std::ifstream maps("/proc/self/maps");
    int found = 0;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0;
        std::uintptr_t to = 0;
        char mode[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, mode) != 3 ||
            std::string_view(mode).substr(0, 2) != "rw") {
            continue;
        }
        const auto* at = reinterpret_cast<const char*>(from);
        const auto* const end = reinterpret_cast<const char*>(to);
        while ((at = static_cast<const char*>(::memmem(at, static_cast<std::size_t>(end - at),
                                                       wanted.data(), wanted.size()))) != nullptr) {
            ++found;
            ++at;
        }
    }
    return found;
}

TEST_F(TpmAttack, G1_guess_and_answer_stay_in_locked_memory) {
    auto guess = keys::LockedBytes::make(32).value();
    ::randombytes_buf(guess.span().data(), 32);
    const auto evaluate = tpm_->evaluate(line_);
    const auto told = evaluate(guess.view());
    ASSERT_TRUE(told);
    for (const base::BytesView secret : {guess.view(), told->view()}) {
        EXPECT_EQ(copies_in_memory(secret.first(16)), 1);
        EXPECT_EQ(copies_in_memory(secret.subspan(16)), 1);
    }
}

TEST_F(TpmAttack, G1_tries_run_out_and_stay_out) {
    const std::string copied = line_;  // all that a copied case has
    for (std::uint32_t i = 0; i < k_limit; ++i) {
        EXPECT_TRUE(answer_by(i % 2 == 0 ? line_ : copied, base::Bytes(32, 0x61)));
    }
    for (int i = 0; i < 3; ++i) {
        for (const std::string& line : {line_, copied}) {
            const auto refused = answer_by(line, base::Bytes(32, 0x61));
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().kind, base::ErrorKind::denied);
            EXPECT_THAT(refused.error().message, HasSubstr("no tries are left: ask the recovery"));
        }
        EXPECT_EQ(tries().left(), 0U);
        EXPECT_EQ(tries().used, k_limit);
        tpm_.reset();
        i == 0 ? swtpm_->stop() : swtpm_->kill();
        swtpm_->start();
        connect();
    }
}

TEST_F(TpmAttack, G1_copied_case_shares_its_tries) {
    // A bearer copies the folder and guesses on the copies: one TPM counts for all of them.
    constexpr std::string_view k_pass = "correct horse battery staple";
    constexpr std::string_view k_duress = "incorrect horse, other battery";
    Seal seal;
    const Secrets secrets = make_secrets(seal.key).value();
    seal.domain = {"acme/prod", base::sha256("first")};
    seal.policy = {3, base::sha256("third")};
    seal.principal = "dave";
    seal.made = {1'800'000'000};
    seal.cost = GuessCost::for_tests();
    seal.tpm = line_;
    ASSERT_TRUE(fill_slots(seal, secrets, base::as_bytes(k_pass), base::as_bytes(k_duress),
                           tpm_->evaluate(line_)));
    EXPECT_EQ(tries().used, k_tries_to_seal);
    const auto folder = swtpm_->state() / "case";
    ASSERT_TRUE(Case::create(folder, seal, "its policy"));
    const auto copy = swtpm_->state() / "copy";
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
    const auto opens = [&](const std::filesystem::path& at, std::string_view passphrase) {
        const Case opened = Case::open(at).value();
        return open_slots(opened.seal(), base::as_bytes(passphrase),
                          tpm_->evaluate(opened.seal().tpm));
    };
    EXPECT_TRUE(opens(folder, k_pass));
    EXPECT_EQ(tries().left(), 2U);
    EXPECT_FALSE(opens(copy, "a guess of a bearer's"));
    EXPECT_TRUE(opens(copy, k_duress));
    for (const auto& at : {folder, copy}) {
        const auto refused = opens(at, k_pass);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("no tries are left"));
    }
    ASSERT_TRUE(tpm_->reset(line_, by(recovery_)));
    EXPECT_TRUE(opens(folder, k_pass));
    EXPECT_TRUE(opens(copy, k_duress));
    // Nor does a seal open whose line was changed in any way that still reads.
    Seal altered = seal;
    TpmLine line = parse_tpm_line(line_).value();
    line.counter_index += 2;
    altered.tpm = render(line);
    EXPECT_FALSE(open_slots(altered, base::as_bytes(k_pass), tpm_->evaluate(altered.tpm)));
    EXPECT_FALSE(open_slots(seal, base::as_bytes(k_pass), no_tpm()));
}

TEST_F(TpmAttack, G1_killed_tpm_costs_at_most_the_one_try) {
    ASSERT_TRUE(tpm_->remove(line_));
    const auto again = tpm_->prepare(200, recovery_.public_key());
    ASSERT_TRUE(again) << again.error().message;
    line_ = *again;
    std::uint32_t used = 0;
    int killed = 0;
    for (int i = 0; i < 24; ++i) {
        // The power is cut somewhere between the first command and the last.
        std::thread cut([&] {
            std::this_thread::sleep_for(std::chrono::microseconds(400 * i));
            swtpm_->kill();
        });
        const bool answered = answer().has_value();
        cut.join();
        swtpm_->start();
        connect();
        const std::uint32_t now = tries().used;
        EXPECT_LE(now, used + 1);
        EXPECT_GE(now, used + (answered ? 1 : 0));  // no answer that was not counted
        killed += answered ? 0 : 1;
        used = now;
    }
    EXPECT_GT(killed, 0);
    EXPECT_EQ(tries().left(), 200 - used);
}

TEST_F(TpmAttack, G1_only_hardware_keeps_state_from_being_put_back) {
    // What a software TPM can't promise, and what docs/briefcase.md says of it.
    const auto aside = swtpm_->state().string() + ".aside";
    tpm_.reset();
    swtpm_->stop();
    std::filesystem::copy(swtpm_->state(), aside);
    swtpm_->start();
    connect();
    for (std::uint32_t i = 0; i < k_limit; ++i) {
        EXPECT_TRUE(answer());
    }
    EXPECT_FALSE(answer());
    const std::uint64_t counted = tpm_->count_up(line_).value();
    tpm_.reset();
    swtpm_->stop();
    std::filesystem::copy(aside, swtpm_->state(),
                          std::filesystem::copy_options::overwrite_existing |
                              std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(aside);
    swtpm_->start();
    connect();
    EXPECT_EQ(tries().left(), k_limit);
    EXPECT_LT(tries().counter, counted);  // which the chain of custody shows: its counter went back
    EXPECT_TRUE(answer());
}

TEST_F(TpmAttack, G1_another_tpm_answers_nothing) {
    const test_support::Swtpm other;
    Tpm elsewhere = Tpm::connect(other.tcti()).value();
    const auto refused = elsewhere.evaluate(line_)(base::Bytes(32, 0x61));
    EXPECT_EQ(refused.error().kind, base::ErrorKind::corrupt_state);
    EXPECT_THAT(refused.error().message, HasSubstr("another TPM than the case's"));
    // Nor one that was prepared alike: the keys of the line are not its own.
    ASSERT_TRUE(elsewhere.prepare(k_limit, recovery_.public_key()));
    EXPECT_EQ(elsewhere.evaluate(line_)(base::Bytes(32, 0x61)).error().kind,
              base::ErrorKind::corrupt_state);
    EXPECT_FALSE(elsewhere.tries(line_));
    EXPECT_FALSE(elsewhere.quote(line_, k_challenge));
    EXPECT_FALSE(elsewhere.count_up(line_));
    EXPECT_FALSE(elsewhere.reset(line_, by(recovery_)));
    EXPECT_FALSE(elsewhere.remove(line_));
}

TEST_F(TpmAttack, G1_altered_line_is_refused_before_it_costs_a_try) {
    const TpmLine good = parse_tpm_line(line_).value();
    const auto other = tpm_->prepare(k_limit, recovery_.public_key());
    const TpmLine foreign = parse_tpm_line(*other).value();
    const std::vector<std::function<void(TpmLine&)>> changes{
        [&](TpmLine& line) { line.tries_index = foreign.tries_index; },
        [&](TpmLine& line) { line.counter_index = foreign.counter_index; },
        [&](TpmLine& line) { line.storage_handle = foreign.storage_handle; },
        [&](TpmLine& line) { line.storage = foreign.storage; },
        [&](TpmLine& line) { line.recovery = foreign.maker; },
        [&](TpmLine& line) { line.maker = foreign.maker; },
        [&](TpmLine& line) { line.answer = foreign.answer; },
        [&](TpmLine& line) { line.answer_private = foreign.answer_private; },
        [&](TpmLine& line) { line.answer_private.back() ^= 1U; },
        [&](TpmLine& line) { line.attest = foreign.attest; },
        [&](TpmLine& line) { line.attest_private = foreign.attest_private; },
        [&](TpmLine& line) { line.limit = 1000; },
        [&](TpmLine& line) {
            line.answer = foreign.answer;
            line.answer_private = foreign.answer_private;
        },
        [&](TpmLine& line) { std::swap(line.tries_index, line.counter_index); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        TpmLine line = good;
        changes[i](line);
        const std::string text = render(line);
        ASSERT_EQ(parse_tpm_line(text), line);
        // Each names something that is not this briefcase's: what needs it must not go on. The
        // counter and the key that attests are not needed to open, nor more than they to quote.
        const bool opens = answer_by(text, base::Bytes(32, 0x61)).has_value();
        const bool counts = tpm_->tries(text).has_value();
        const bool quotes = tpm_->quote(text, k_challenge).has_value();
        EXPECT_FALSE(opens && counts && quotes) << i;
        if (i != 1 && i != 9 && i != 10 && i != 11) {
            EXPECT_FALSE(opens) << i;
            EXPECT_EQ(tries().used, 0U) << i;
        }
        ASSERT_TRUE(tpm_->reset(line_, by(recovery_)));
    }
}

}  // namespace
}  // namespace cheget::briefcase
