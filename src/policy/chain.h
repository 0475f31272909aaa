// Voices in a demanded order: each names the signed bytes of the one before it, so that none can be
// prepared before the other was given.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "policy/evaluate.h"

namespace cheget::policy {

namespace chain {

/// The voice that `after` names. Callers number voices by their places, so the first look finds it.
inline const Voice* find(std::span<const Voice> voices, std::uint32_t statement) {
    if (statement == k_no_statement) {
        return nullptr;
    }
    if (statement < voices.size() && voices[statement].statement == statement) {
        return &voices[statement];
    }
    const auto found = std::find_if(voices.begin(), voices.end(), [&](const Voice& voice) {
        return voice.statement == statement;
    });
    return found == voices.end() ? nullptr : &*found;
}

/// Whether the chain that ends with `last`, which counts for part `part`, reaches back to the
/// first part, all by different people; then whether a direct voice is in it.
template <typename PlaceOf>
inline bool reaches_back(const CompiledFormula& formula, std::span<const Voice> voices,
                         PlaceOf& place_of, const Voice& last, std::size_t part, bool& direct) {
    std::array<PrincipalIndex, k_longest_sequence> people;
    const Voice* voice = &last;
    direct = false;
    for (std::size_t i = part + 1; i-- > 0; voice = find(voices, voice->after)) {
        if (voice == nullptr) {
            return false;
        }
        const Place place = place_of(*voice);
        if (place == k_no_place || !has_place(formula.people(formula.sequence()[i]), place)) {
            return false;
        }
        const auto end = people.begin() + static_cast<std::ptrdiff_t>(part - i);
        if (std::find(people.begin(), end, voice->by) != end) {
            return false;
        }
        *end = voice->by;
        direct = direct || !voice->web;
    }
    return true;
}

}  // namespace chain

/// How far the voices fulfil the formula's sequence. `place_of` gives the place at which a voice
/// counts, or k_no_place.
template <typename PlaceOf>
inline SequenceStanding follow_chain(const CompiledFormula& formula, std::span<const Voice> voices,
                                     PlaceOf place_of) {
    SequenceStanding standing;
    const std::size_t parts = formula.sequence().size();
    for (std::size_t part = 0; part < parts && standing.length == part; ++part) {
        for (const Voice& voice : voices) {
            bool direct = false;
            if (chain::reaches_back(formula, voices, place_of, voice, part, direct)) {
                standing.length = static_cast<std::uint32_t>(part + 1);
                standing.direct = standing.direct || (part + 1 == parts && direct);
            }
        }
    }
    return standing;
}

}  // namespace cheget::policy
