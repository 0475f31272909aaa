// What it takes to open a briefcase, beside what it must take, and by its two passphrases. The
// script bench/opening runs it.
//
//   opening_times cost ROUNDS
//   opening_times alike EACH [INJECTED_MS]
//
// `cost` opens under the Argon2id that briefcases are made with, in turn with that Argon2id alone
// and one evaluation by the TPM alone. `alike` opens with the passphrase and with the one for
// duress EACH times, in random order, under an Argon2id so cheap that milliseconds show;
// INJECTED_MS are slept in each opening by the first, to show that a difference would be seen. Both
// begin with the bytes of the seal and end with a key that signs; the TPM is swtpm.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "base/text.h"
#include "briefcase/signing.h"
#include "briefcase/tpm.h"
#include "signature/tpm_quote_test_support.h"
#include "support/swtpm.h"

namespace {

using namespace cheget;
using Clock = std::chrono::steady_clock;

constexpr std::string_view k_pass = "correct horse battery staple";
constexpr std::string_view k_duress = "incorrect horse, other battery";
constexpr std::uint32_t k_tries = 900;

[[noreturn]] void give_up(std::string_view what) {
    fmt::print(stderr, "opening_times: {}\n", what);
    std::exit(1);
}

template <typename Type>
Type need(base::Result<Type> result) {
    if (!result) {
        give_up(result.error().message);
    }
    return std::move(*result);
}

double milliseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// The value below which this part of them lies.
double quantile(std::vector<double> values, double part) {
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void tell(std::string_view what, const std::vector<double>& times) {
    fmt::print("{:28} median {:8.2f} ms, quartiles {:.2f} and {:.2f}, {} times\n", what,
               quantile(times, 0.5), quantile(times, 0.25), quantile(times, 0.75), times.size());
}

/// A sealed briefcase and its TPM.
class Briefcase {
  public:
    explicit Briefcase(const briefcase::GuessCost& cost)
        : tpm_(need(briefcase::Tpm::connect(swtpm_.tcti()))) {
        briefcase::Seal seal;
        const briefcase::Secrets secrets = need(briefcase::make_secrets(seal.key));
        seal.domain = {"acme/prod", base::sha256("first")};
        seal.policy = {3, base::sha256("third")};
        seal.principal = "dave";
        seal.made = {1'800'000'000};
        seal.cost = cost;
        seal.tpm = need(tpm_.prepare(k_tries, recovery_.public_key()));
        const auto done = briefcase::fill_slots(seal, secrets, base::as_bytes(k_pass),
                                                base::as_bytes(k_duress), tpm_.evaluate(seal.tpm));
        if (!done) {
            give_up(done.error().message);
        }
        seal_ = seal;
        text_ = briefcase::render(seal);
    }

    /// From the seal's bytes to a key that signs.
    double open(std::string_view passphrase, double injected_ms = 0) {
        const auto begin = Clock::now();
        const briefcase::Seal seal = need(briefcase::parse_seal(text_));
        briefcase::Secrets secrets =
            need(briefcase::open_slots(seal, base::as_bytes(passphrase), tpm_.evaluate(seal.tpm)));
        const auto key = need(briefcase::OpenKey::make(seal, std::move(secrets)));
        if (injected_ms > 0) {
            std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(injected_ms));
        }
        return milliseconds_since(begin);
    }
    double argon2id_alone() const {
        const auto begin = Clock::now();
        std::array<std::uint8_t, 32> guess{};
        if (crypto_pwhash_argon2id(guess.data(), guess.size(), k_pass.data(), k_pass.size(),
                                   seal_.salt.data(), seal_.cost.passes,
                                   seal_.cost.kibibytes * 1024,
                                   crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
            give_up("Argon2id fails");
        }
        return milliseconds_since(begin);
    }
    double evaluation_alone() {
        const std::array<std::uint8_t, 32> guess{7};
        const auto begin = Clock::now();
        need(tpm_.evaluate(seal_.tpm)(guess));
        return milliseconds_since(begin);
    }

    void give_tries_back() {
        const auto done =
            tpm_.reset(seal_.tpm, [&](base::BytesView bytes) -> base::Result<base::Bytes> {
                return signature::test_keys::attested(recovery_, bytes).signature;
            });
        if (!done) {
            give_up(done.error().message);
        }
    }

  private:
    signature::test_keys::SoftKey recovery_ = signature::test_keys::SoftKey::p256();
    test_support::Swtpm swtpm_;
    briefcase::Tpm tpm_;
    briefcase::Seal seal_;
    std::string text_;
};

int compare_cost(int rounds) {
    Briefcase briefcase(briefcase::GuessCost::moderate());
    std::vector<double> openings;
    std::vector<double> argon2id;
    std::vector<double> evaluations;
    for (int i = 0; i < rounds; ++i) {
        openings.push_back(briefcase.open(i % 2 == 0 ? k_pass : k_duress));
        argon2id.push_back(briefcase.argon2id_alone());
        evaluations.push_back(briefcase.evaluation_alone());
    }
    tell("opening", openings);
    tell("Argon2id alone", argon2id);
    tell("one evaluation by the TPM", evaluations);
    const double ratio =
        quantile(openings, 0.5) / (quantile(argon2id, 0.5) + quantile(evaluations, 0.5));
    fmt::print("opening costs {:.3f} of Argon2id and one evaluation (at most 1.1)\n", ratio);
    return ratio <= 1.1 ? 0 : 1;
}

/// Adds EACH openings by either passphrase, in random order.
void open_in_turns(Briefcase& briefcase, int each, double injected_ms, std::vector<double>& real,
                   std::vector<double>& duress) {
    std::vector<bool> turns(static_cast<std::size_t>(2 * each));
    std::fill_n(turns.begin(), each, true);
    std::shuffle(turns.begin(), turns.end(), std::mt19937(std::random_device{}()));
    briefcase.give_tries_back();
    for (int i = 0; i < 5; ++i) {
        briefcase.open(k_pass);  // memory and caches warm
    }
    for (const bool is_real : turns) {
        (is_real ? real : duress)
            .push_back(briefcase.open(is_real ? k_pass : k_duress, is_real ? injected_ms : 0));
    }
}

int compare_passphrases(int each, double injected_ms) {
    // Some 25 ms: a difference of two percent is half a millisecond.
    Briefcase briefcase({.passes = 1, .kibibytes = 24 * 1024});
    std::vector<double> real;
    std::vector<double> duress;
    double ratio = 0;
    // Where other work on the machine comes in gusts, twice or three times as many are taken, and
    // all of them count.
    for (int i = 0; i < 3 && !(ratio >= 0.98 && ratio <= 1.02); ++i) {
        open_in_turns(briefcase, each, injected_ms, real, duress);
        ratio = quantile(real, 0.5) / quantile(duress, 0.5);
    }
    tell("opening", real);
    tell("opening under duress", duress);
    const bool alike = ratio >= 0.98 && ratio <= 1.02;
    fmt::print("the one takes {:.4f} of the other: {}\n", ratio,
               alike ? "alike" : "they can be told apart");
    return alike ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view what = count > 2 ? arguments[1] : "";
    const auto number = [&](int place) {
        return static_cast<int>(need(base::parse_number(arguments[place], 400)));
    };
    if (!test_support::Swtpm::is_there()) {
        give_up("swtpm is not installed");
    }
    if (what == "cost" && count == 3) {
        return compare_cost(number(2));
    }
    if (what == "alike" && (count == 3 || count == 4)) {
        return compare_passphrases(number(2), count == 4 ? number(3) : 0);
    }
    fmt::print(stderr, "usage: opening_times cost ROUNDS | alike EACH [INJECTED_MS]\n");
    return 2;
}
