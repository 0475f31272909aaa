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

/// How many of the party's witnesses are among these keys.
std::size_t count_of(const Party& party, const std::vector<log::NoteKey>& keys) {
    return static_cast<std::size_t>(std::ranges::count_if(
        party.trust.cosigners(),
        [&](const log::NoteKey& key) { return std::ranges::find(keys, key) != keys.end(); }));
}

bool has_quorum(const Party& party, const std::vector<log::NoteKey>& keys) {
    return !party.trust.has_witnesses() || count_of(party, keys) >= party.trust.quorum();
}

}  // namespace

Result<void> WitnessClient::can_ask(const Party& party) const {
    const auto has_place = [&](const std::string& name) {
        return std::ranges::find(places_, name, &WitnessPlace::name) != places_.end();
    };
    const auto placed = std::ranges::count_if(party.witnesses, has_place);
    if (party.trust.has_witnesses() && static_cast<std::size_t>(placed) < party.trust.quorum()) {
        return base::fail(
            ErrorKind::usage,
            fmt::format("the policy needs {} witnesses, and --witness NAME=URL names {} of {}: "
                        "nothing could be published",
                        party.trust.quorum(), placed, base::join_words(party.witnesses)));
    }
    return {};
}

std::vector<WitnessClient::State*> WitnessClient::states_of(std::span<const Party> parties) {
    std::vector<State*> states;
    for (const Party& party : parties) {
        for (std::size_t i = 0; i < party.witnesses.size(); ++i) {
            const log::NoteKey& key = party.trust.cosigners()[i];
            for (const WitnessPlace& place : places_) {
                if (place.name != party.witnesses[i]) {
                    continue;
                }
                State& state = witnesses_
                                   .try_emplace(signature::to_text(key) + ' ' + place.url,
                                                State{place.name, place.url, key, 0, 0, {}})
                                   .first->second;
                if (std::ranges::find(states, &state) == states.end()) {
                    states.push_back(&state);
                }
            }
        }
    }
    return states;
}

std::vector<WitnessClient::State*> WitnessClient::choose(std::span<const Party> parties) {
    const std::vector<State*> all = states_of(parties);
    std::vector<State*> chosen;
    std::vector<log::NoteKey> keys;
    for (State* const witness : all) {
        if (witness->not_before <= clock_()) {
            chosen.push_back(witness);
            keys.push_back(witness->key);
        }
    }
    const bool suffices =
        std::ranges::all_of(parties, [&](const Party& party) { return has_quorum(party, keys); });
    return suffices ? chosen : all;  // no quorum without those that rest
}

Result<log::NoteSignature> WitnessClient::take_signature(const State& witness,
                                                         const store::LogHead& head,
                                                         std::string_view lines) const {
    const std::string text = TRY(log::parse_note(head.checkpoint)).text;
    for (log::NoteSignature& signature : TRY(log::parse_signature_lines(lines))) {
        if (signature.name == witness.key.name && signature.id == witness.key.id) {
            TRY(log::verify_signature(text, signature, std::span(&witness.key, 1), 0));
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
        const auto answer = post_(witness.url + "/add-checkpoint", log::render(request));
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

Result<std::string> WitnessClient::gather(const store::LogHead& head, const log::HashReader& nodes,
                                          std::span<const Party> parties) {
    const std::vector<State*> chosen = choose(parties);
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
    std::vector<log::NoteKey> signed_by;
    std::string told;
    bool ahead = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        State& witness = *chosen[i];
        if (asked[i]->signature) {
            if (std::ranges::find(signed_by, witness.key) == signed_by.end()) {
                note.signatures.push_back(*asked[i]->signature);
                signed_by.push_back(witness.key);
            }
            witness.failures = 0;
            witness.not_before = {};
            continue;
        }
        ahead = ahead || asked[i]->ahead;
        witness.not_before =
            clock_() + k_first_pause * (1 << std::min(witness.failures++, k_longest_doubling));
        told += fmt::format("\n  {}: {}", witness.name, asked[i]->signature.error().message);
    }
    for (const Party& party : parties) {
        if (has_quorum(party, signed_by)) {
            continue;
        }
        // One witness's word is no evidence: with a quorum the log goes on, and without one nobody
        // was shown what it claims to have seen.
        if (ahead) {
            return base::fail(ErrorKind::corrupt_state,
                              fmt::format("a witness has seen more of this log than it holds: its "
                                          "database is an older copy, and must not be served:{}",
                                          told));
        }
        return base::fail(ErrorKind::unreachable,
                          fmt::format("{} of {} needed witnesses ({}) signed the checkpoint of {} "
                                      "entries:{}",
                                      count_of(party, signed_by), party.trust.quorum(),
                                      base::join_words(party.witnesses), head.size, told));
    }
    return log::render(note);
}

}  // namespace cheget::authority
