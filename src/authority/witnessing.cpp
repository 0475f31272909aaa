// Asking witnesses.
#include "authority/witnessing.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/text.h"

namespace cheget::authority {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::chrono::seconds k_first_pause{1};
constexpr int k_longest_doubling = 8;  // about four minutes
constexpr int k_tries = 3;             // a witness may have moved on between two of them

}  // namespace

WitnessClient::WitnessClient(log::Trust trust, std::vector<AskedWitness> witnesses, Post post,
                             std::function<std::chrono::steady_clock::time_point()> clock)
    : trust_(std::move(trust)), post_(std::move(post)), clock_(std::move(clock)) {
    for (AskedWitness& witness : witnesses) {
        witnesses_.push_back({std::move(witness), 0, 0, {}});
    }
}

std::vector<WitnessClient::State*> WitnessClient::choose() {
    std::vector<State*> chosen;
    std::vector<State*> resting;
    for (State& witness : witnesses_) {
        (witness.not_before <= clock_() ? chosen : resting).push_back(&witness);
    }
    if (chosen.size() < trust_.quorum()) {  // no quorum without those that rest
        chosen.insert(chosen.end(), resting.begin(), resting.end());
    }
    return chosen;
}

Result<log::NoteSignature> WitnessClient::take_signature(const State& witness,
                                                         const store::LogHead& head,
                                                         std::string_view lines) const {
    const std::string text = TRY(log::parse_note(head.checkpoint)).text;
    const log::NoteKey& key = trust_.cosigners()[witness.asked.cosigner];
    for (log::NoteSignature& signature : TRY(log::parse_signature_lines(lines))) {
        if (signature.name == key.name && signature.id == key.id) {
            TRY(log::verify_signature(text, signature, trust_.cosigners(), witness.asked.cosigner));
            return std::move(signature);
        }
    }
    return base::bad_input("it answered without a signature by its key");
}

WitnessClient::Asked WitnessClient::ask(State& witness, const store::LogHead& head,
                                        const log::HashReader& nodes) {
    for (int i = 0; i < k_tries; ++i) {
        if (witness.size > head.size) {
            return {base::bad_input(fmt::format("it has seen {} entries of this log, which has {}",
                                                witness.size, head.size)),
                    true};
        }
        log::AddCheckpoint request{witness.size, {}, head.checkpoint};
        if (witness.size != 0) {
            const std::lock_guard lock(nodes_mutex_);
            auto proof = log::make_consistency_proof(witness.size, head.size, nodes);
            if (!proof) {
                return {std::unexpected(proof.error()), false};
            }
            request.proof = std::move(*proof);
        }
        const auto answer = post_(witness.asked.url + "/add-checkpoint", log::render(request));
        if (!answer) {
            return {std::unexpected(answer.error()), false};
        }
        if (answer->status == 200) {
            auto signature = take_signature(witness, head, answer->body);
            witness.size = signature ? head.size : witness.size;
            return {std::move(signature), false};
        }
        std::string_view told = answer->body;
        const auto size = base::parse_number(base::take_until(told, '\n'), log::k_largest_size);
        if (answer->status != 409 || !size || *size == witness.size) {
            return {base::bad_input(fmt::format("it answered {}: {}", answer->status,
                                                base::shown(answer->body.substr(0, 200)))),
                    false};
        }
        witness.size = *size;
    }
    return {base::bad_input("it stood at another size each time"), false};
}

Result<std::string> WitnessClient::gather(const store::LogHead& head,
                                          const log::HashReader& nodes) {
    const std::vector<State*> chosen = choose();
    std::vector<std::optional<Asked>> asked(chosen.size());
    {
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            threads.emplace_back([&, i] { asked[i] = ask(*chosen[i], head, nodes); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    log::Note note = TRY(log::parse_note(head.checkpoint));
    std::size_t signed_by = 0;
    std::string told;
    bool ahead = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        State& witness = *chosen[i];
        if (asked[i]->signature) {
            note.signatures.push_back(*asked[i]->signature);
            witness.failures = 0;
            witness.not_before = {};
            ++signed_by;
            continue;
        }
        ahead = ahead || asked[i]->ahead;
        witness.not_before =
            clock_() + k_first_pause * (1 << std::min(witness.failures++, k_longest_doubling));
        told += fmt::format("\n  {}: {}", witness.asked.name, asked[i]->signature.error().message);
    }
    if (ahead) {
        return base::fail(ErrorKind::corrupt_state,
                          fmt::format("a witness has seen more of this log than it holds: its "
                                      "database is an older copy, and must not be served:{}",
                                      told));
    }
    if (signed_by < trust_.quorum()) {
        return base::fail(ErrorKind::unreachable,
                          fmt::format("{} of {} needed witnesses signed the checkpoint of {} "
                                      "entries:{}",
                                      signed_by, trust_.quorum(), head.size, told));
    }
    return log::render(note);
}

}  // namespace cheget::authority
