// The voices that count up to some time, and which of them are direct where they fill a place.
#pragma once

#include <algorithm>

#include "policy/chain.h"
#include "policy/evaluate.h"

namespace cheget::policy {

/// The voices that count up to some time.
template <typename Width>
struct Said {
    PlaceSet<Width> approvals{};
    PlaceSet<Width> direct{};
    PlaceSet<Width> consents{};
    PlaceSet<Width> direct_consents{};
    PlaceSet<Width> seen{};
    SequenceStanding sequence;
};

/// How the clauses that people satisfy stand.
struct Standings {
    bool approve = false;
    bool consent = false;  ///< and distinct people for both
    bool direct = false;

    bool all() const { return approve && consent && direct; }
};

template <std::size_t Words>
void add(std::array<Word, Words>& set, Place place) {
    set[Words == 1 ? 0 : place / k_word_bits] |= Word{1} << (place % k_word_bits);
}
template <std::size_t Words>
void drop(std::array<Word, Words>& set, Place place) {
    set[Words == 1 ? 0 : place / k_word_bits] &= ~(Word{1} << (place % k_word_bits));
}
template <std::size_t Words>
bool has(const std::array<Word, Words>& set, Place place) {
    return (set[Words == 1 ? 0 : place / k_word_bits] >> (place % k_word_bits) & 1U) != 0;
}

/// Takes out someone's own approval, and those they gave for others.
template <std::size_t Words>
void drop_approval(const CompiledRule& rule, std::array<Word, Words>& set, Place own) {
    drop(set, own);
    for (const DeputyPlaces& one : rule.deputies) {
        if (one.self == own) {
            drop(set, one.approval);
        }
    }
}

/// For a rule whose `approve` and `consent` have people in common. Who both approved and consented
/// fills one place of the two, and is direct there only if they were so by that very word. Whoever
/// was so by one of the two words is tried with that word alone. `weigh` is how the clauses stand
/// with other voices; with all of `said` they hold.
template <typename Width, typename Weigh>
bool is_direct_where_placed(const CompiledRule& rule, const Said<Width>& said, Weigh weigh) {
    PlaceSet<Width> approved = said.approvals;
    PlaceSet<Width> directly = said.direct;
    fold_deputies(rule.deputies, approved.data());
    fold_deputies(rule.deputies, directly.data());
    const auto is_divided = [&](Place place) {
        return place != k_no_place && has(approved, place) && has(said.consents, place) &&
               has(directly, place) != has(said.direct_consents, place);
    };
    Said<Width> others = said;
    for (const Place place : rule.place_of) {
        if (is_divided(place)) {
            drop_approval(rule, others.direct, place);
            drop(others.direct_consents, place);
        }
    }
    const auto holds_by_one_word = [&](Place place) {
        Said<Width> one = said;
        one.direct_consents = {};
        if (has(directly, place)) {
            drop(one.consents, place);
            drop_approval(rule, one.direct, place);
            for (std::size_t i = 0; i < one.direct.size(); ++i) {
                one.direct[i] ^= said.direct[i];  // theirs alone
            }
        } else {
            drop_approval(rule, one.approvals, place);
            one.direct = {};
            add(one.direct_consents, place);
        }
        return weigh(one).all();
    };
    return weigh(others).direct ||
           std::any_of(rule.place_of.begin(), rule.place_of.end(),
                       [&](Place place) { return is_divided(place) && holds_by_one_word(place); });
}

}  // namespace cheget::policy
