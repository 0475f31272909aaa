// Two thoughts keep the formula small.
//
// People whose voices go into the same thresholds with the same weights are of one class: of a
// member who is drawn, and so speaks, the voice counts in each of these sums. Leaving it out is the
// same as asking each sum for so much more, whoever of the class it is.
//
// Where the inputs of a threshold share no proposer, the one who is spared stands below one of
// them, `part`. Either the part is not needed, thr(need; the others), or it holds without that one
// too, and then it is a part for which the question is the same as for the whole.
#include "analysis/proposers.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace cheget::analysis {

namespace {

class Sparing {
  public:
    Sparing(Circuit& to, const Circuit& from, Wire rule, std::span<const Proposer> proposers)
        : to_(to),
          from_(from),
          rule_(rule),
          proposers_(proposers),
          reached_(reachable(from, rule)) {
        find_voices();
        find_classes();
        find_images();
    }

    Wire spared() {
        std::vector<Wire> ways;
        std::vector<Wire> idle;  // whose voice the rule has no use for
        for (std::size_t i = 0; i < proposers_.size(); ++i) {
            if (class_of_[i] == k_none) {
                idle.push_back(proposers_[i].drawn);
            }
        }
        const Wire enough[] = {to_.any_of(idle), image(rule_)};
        ways.push_back(to_.all_of(enough));
        find_spared();
        ways.push_back(rule_.inverted() ? one_by_one(rule_, below_[rule_.gate()])
                                        : spared_[rule_.gate()]);
        return to_.any_of(ways);
    }

  private:
    static constexpr std::size_t k_none = ~std::size_t{0};

    /// Proposers who may stand for one another.
    struct Class {
        std::vector<Wire> drawn;
        bool lifts = true;  ///< sparing one is asking for more; else there is just one of them
        std::size_t first = 0;
    };

    Wire image(Wire wire) const { return images_[wire.gate()] ^ wire.inverted(); }

    /// The proposer whose voice a gate is.
    std::size_t voice_at(std::uint32_t gate) const { return voice_at_[gate]; }

    void find_voices() {
        std::vector<std::size_t> of_variable(from_.variables(), k_none);
        for (std::size_t i = 0; i < proposers_.size(); ++i) {
            if (proposers_[i].voice < of_variable.size()) {
                of_variable[proposers_[i].voice] = i;
            }
        }
        voice_at_.assign(from_.size(), k_none);
        for (std::uint32_t number = 0; number < from_.size(); ++number) {
            const Circuit::Gate& gate = from_.gate(number);
            if (reached_[number] && gate.kind == Circuit::Kind::variable) {
                voice_at_[number] = of_variable[gate.variable];
            }
        }
    }

    void find_classes() {
        using Use = std::pair<std::uint32_t, std::uint64_t>;  // of a gate, with a weight
        std::vector<std::vector<Use>> uses(proposers_.size());
        std::vector<bool> lifts(proposers_.size(), true);
        for (std::uint32_t number = 0; number < from_.size(); ++number) {
            if (!reached_[number]) {
                continue;
            }
            for (const Circuit::Input& input : from_.inputs(number)) {
                if (const std::size_t voice = voice_at(input.wire.gate()); voice != k_none) {
                    uses[voice].emplace_back(number, input.weight);
                    lifts[voice] = lifts[voice] && !input.wire.inverted() &&
                                   from_.gate(number).kind == Circuit::Kind::threshold;
                }
            }
        }
        class_of_.assign(proposers_.size(), k_none);
        std::map<std::vector<Use>, std::size_t> known;
        for (std::size_t i = 0; i < proposers_.size(); ++i) {
            const bool is_root = voice_at(rule_.gate()) == i;
            if (uses[i].empty() && !is_root) {
                continue;
            }
            lifts[i] = lifts[i] && !is_root;
            const auto found = lifts[i] ? known.find(uses[i]) : known.end();
            class_of_[i] = found != known.end() ? found->second : classes_.size();
            if (found == known.end()) {
                classes_.push_back({{}, lifts[i], i});
                if (lifts[i]) {
                    known.emplace(uses[i], class_of_[i]);
                }
            }
            classes_[class_of_[i]].drawn.push_back(proposers_[i].drawn);
        }
    }

    /// The rule with everybody's voice, and for each gate the classes below it.
    void find_images() {
        images_.resize(from_.size());
        below_.assign(from_.size(), std::vector<bool>(classes_.size()));
        for (std::uint32_t number = 0; number < from_.size(); ++number) {
            if (!reached_[number]) {
                continue;
            }
            if (const std::size_t voice = voice_at(number); voice != k_none) {
                images_[number] = proposers_[voice].speaks;
                below_[number][class_of_[voice]] = true;
                continue;
            }
            images_[number] = rewritten(number, 0, [&](Wire wire) { return image(wire); });
            for (const Circuit::Input& input : from_.inputs(number)) {
                const std::vector<bool>& more = below_[input.wire.gate()];
                for (std::size_t i = 0; i < classes_.size(); ++i) {
                    below_[number][i] = below_[number][i] || more[i];
                }
            }
        }
    }

    template <typename Image>
    Wire rewritten(std::uint32_t number, std::uint64_t more, Image image_of) {
        const Circuit::Gate& gate = from_.gate(number);
        std::vector<Circuit::Input> inputs;
        std::vector<Wire> wires;
        for (const Circuit::Input& input : from_.inputs(number)) {
            wires.push_back(image_of(input.wire));
            inputs.push_back({wires.back(), input.weight});
        }
        switch (gate.kind) {
            case Circuit::Kind::constant:
                return to_.constant(false);
            case Circuit::Kind::variable:
                return to_.variable(gate.variable);
            case Circuit::Kind::exclusive:
                return to_.exclusive(std::move(wires));
            case Circuit::Kind::threshold:
                break;
        }
        return to_.threshold(gate.need + more, std::move(inputs));
    }

    /// A gate without the voice of one of the class who is drawn.
    Wire without(std::uint32_t root, std::size_t one) {
        std::vector<Wire> images = images_;
        for (std::uint32_t number = 0; number <= root; ++number) {
            if (!reached_[number] || !below_[number][one]) {
                continue;
            }
            if (voice_at(number) != k_none) {
                if (!classes_[one].lifts) {
                    images[number] = to_.constant(false);
                }
                continue;
            }
            std::uint64_t more = 0;
            for (const Circuit::Input& input : from_.inputs(number)) {
                const std::size_t voice = voice_at(input.wire.gate());
                if (voice == classes_[one].first && classes_[one].lifts) {
                    more = input.weight;
                }
            }
            images[number] = rewritten(
                number, more, [&](Wire wire) { return images[wire.gate()] ^ wire.inverted(); });
        }
        return images[root];
    }

    Wire drawn_below(std::uint32_t gate) {
        std::vector<Wire> drawn;
        for (std::size_t i = 0; i < classes_.size(); ++i) {
            if (below_[gate][i]) {
                drawn.insert(drawn.end(), classes_[i].drawn.begin(), classes_[i].drawn.end());
            }
        }
        return to_.any_of(drawn);
    }

    /// One of the classes is drawn and the gate holds without that one. Classes without whom the
    /// same gate is left are taken together.
    Wire one_by_one(Wire wire, const std::vector<bool>& classes) {
        std::map<Wire, std::vector<Wire>> drawn_for;
        for (std::size_t i = 0; i < classes_.size(); ++i) {
            if (classes[i]) {
                auto& drawn = drawn_for[without(wire.gate(), i) ^ wire.inverted()];
                drawn.insert(drawn.end(), classes_[i].drawn.begin(), classes_[i].drawn.end());
            }
        }
        std::vector<Wire> ways;
        for (auto& [left, drawn] : drawn_for) {
            std::ranges::sort(drawn);
            const Wire both[] = {to_.any_of(drawn), left};
            ways.push_back(asks_for_one(left, drawn) ? left : to_.all_of(both));
        }
        return to_.any_of(ways);
    }

    /// Whether a threshold is out of reach for all others than these, which are sorted.
    bool asks_for_one(Wire wire, const std::vector<Wire>& drawn) const {
        const Circuit::Gate& gate = to_.gate(wire.gate());
        unsigned __int128 others = 0;
        for (const Circuit::Input& input : to_.inputs(gate)) {
            others += std::ranges::binary_search(drawn, input.wire) ? 0 : input.weight;
        }
        return gate.kind == Circuit::Kind::threshold && !wire.inverted() && others < gate.need;
    }

    /// The inputs of a gate that hang together by a class that they share, as numbers of inputs.
    std::vector<std::vector<std::size_t>> parts_of(std::uint32_t number) const {
        const auto inputs = from_.inputs(number);
        std::vector<std::size_t> leader(inputs.size());
        std::iota(leader.begin(), leader.end(), std::size_t{0});
        const auto find = [&](std::size_t input) {
            while (leader[input] != input) {
                input = leader[input] = leader[leader[input]];
            }
            return input;
        };
        std::vector<std::size_t> seen(classes_.size(), k_none);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            for (std::size_t one = 0; one < classes_.size(); ++one) {
                if (!below_[inputs[i].wire.gate()][one]) {
                    continue;
                }
                if (seen[one] == k_none) {
                    seen[one] = i;
                }
                leader[find(i)] = find(seen[one]);
            }
        }
        std::vector<std::vector<std::size_t>> parts(inputs.size());
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            parts[find(i)].push_back(i);
        }
        std::erase_if(parts, [](const auto& part) { return part.empty(); });
        return parts;
    }

    /// The spared one stands below this input alone.
    Wire through(std::uint32_t number, std::size_t input) {
        const auto inputs = from_.inputs(number);
        std::vector<Circuit::Input> others;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (i != input) {
                others.push_back({image(inputs[i].wire), inputs[i].weight});
            }
        }
        const std::uint64_t need = from_.gate(number).need;
        const std::uint32_t part = inputs[input].wire.gate();
        const Wire not_needed[] = {drawn_below(part), to_.threshold(need, others)};
        const Wire needed[] = {
            spared_[part],
            to_.threshold(need - std::min(need, inputs[input].weight), std::move(others))};
        const Wire either[] = {to_.all_of(not_needed), to_.all_of(needed)};
        return to_.any_of(either);
    }

    void find_spared() {
        spared_.assign(from_.size(), to_.constant(false));
        for (std::uint32_t number = 0; number <= rule_.gate(); ++number) {
            const bool has_class = std::ranges::find(below_[number], true) != below_[number].end();
            if (!reached_[number] || !has_class || voice_at(number) != k_none) {
                continue;
            }
            const auto inputs = from_.inputs(number);
            std::vector<Wire> ways;
            std::vector<bool> apart(classes_.size());
            for (const std::vector<std::size_t>& part : parts_of(number)) {
                const Wire wire = inputs[part[0]].wire;
                if (part.size() == 1 && !wire.inverted() && voice_at(wire.gate()) == k_none &&
                    from_.gate(number).kind == Circuit::Kind::threshold) {
                    ways.push_back(through(number, part[0]));
                    continue;
                }
                for (const std::size_t input : part) {
                    for (std::size_t i = 0; i < classes_.size(); ++i) {
                        apart[i] = apart[i] || below_[inputs[input].wire.gate()][i];
                    }
                }
            }
            ways.push_back(one_by_one(Wire(number), apart));
            spared_[number] = to_.any_of(ways);
        }
    }

    Circuit& to_;
    const Circuit& from_;
    Wire rule_;
    std::span<const Proposer> proposers_;
    std::vector<bool> reached_;
    std::vector<std::size_t> voice_at_;  ///< by gate
    std::vector<std::size_t> class_of_;  ///< by proposer
    std::vector<Class> classes_;
    std::vector<Wire> images_;              ///< by gate
    std::vector<std::vector<bool>> below_;  ///< by gate, then class
    std::vector<Wire> spared_;              ///< by gate
};

}  // namespace

Wire with_one_spared(Circuit& to, const Circuit& from, Wire rule,
                     std::span<const Proposer> proposers) {
    return Sparing(to, from, rule, proposers).spared();
}

}  // namespace cheget::analysis
