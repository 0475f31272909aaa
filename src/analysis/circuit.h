// The normal form of what is analysed: a circuit of weighted thresholds over variables, each gate
// kept once. AND and OR are thresholds; inversion is a mark on a wire; XOR is there because others'
// formulas have it. Constants, repeated and opposite inputs, weights beyond the need and common
// divisors go as gates are made, so that equal functions mostly are equal wires.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace cheget::analysis {

/// The output of a gate, as it is or inverted.
class Wire {
  public:
    constexpr Wire() = default;
    constexpr explicit Wire(std::uint32_t gate, bool inverted = false)
        : code_(2 * gate + (inverted ? 1U : 0U)) {}

    constexpr std::uint32_t gate() const { return code_ / 2; }
    constexpr bool inverted() const { return (code_ & 1U) != 0; }
    constexpr std::uint32_t code() const { return code_; }
    constexpr Wire operator!() const { return Wire(gate(), !inverted()); }
    /// Inverted once more if `invert`.
    constexpr Wire operator^(bool invert) const { return Wire(gate(), inverted() != invert); }
    constexpr auto operator<=>(const Wire&) const = default;

  private:
    std::uint32_t code_ = 0;
};

class Circuit {
  public:
    enum class Kind : std::uint8_t {
        constant,   ///< false; the gate 0
        variable,   ///< `variable` is its number
        threshold,  ///< the weights of the inputs that hold are together at least `need`
        exclusive,  ///< an odd number of inputs hold
    };
    struct Input {
        Wire wire;
        std::uint64_t weight = 1;  ///< at least 1
        auto operator<=>(const Input&) const = default;
    };
    /// A gate. Its inputs are gates with lower numbers, sorted by wire, each gate once; of
    /// `exclusive` they are not inverted and weigh 1.
    struct Gate {
        Kind kind = Kind::constant;
        std::uint32_t variable = 0;
        std::uint64_t need = 0;
        std::size_t first = 0;
        std::size_t count = 0;
        bool weighted = false;  ///< a threshold whose inputs don't all weigh 1
    };

    Circuit();

    Wire constant(bool value) const { return Wire(0, value); }
    Wire variable(std::uint32_t number);
    /// Whether the weights of what holds are together at least `need`. A need of 0 always holds,
    /// one beyond all weights never. Weights of 0 count for nothing.
    Wire threshold(std::uint64_t need, std::vector<Input> inputs);
    Wire all_of(std::span<const Wire> wires);
    Wire any_of(std::span<const Wire> wires);
    Wire exclusive(std::vector<Wire> wires);

    std::size_t size() const { return gates_.size(); }
    const Gate& gate(std::uint32_t number) const { return gates_[number]; }
    std::span<const Input> inputs(const Gate& gate) const {
        return std::span(inputs_).subspan(gate.first, gate.count);
    }
    std::span<const Input> inputs(std::uint32_t number) const { return inputs(gates_[number]); }
    bool is_and(const Gate& gate) const {
        return gate.kind == Kind::threshold && !gate.weighted && gate.need == gate.count;
    }
    bool is_or(const Gate& gate) const { return gate.kind == Kind::threshold && gate.need == 1; }
    /// The largest variable number + 1.
    std::uint32_t variables() const { return static_cast<std::uint32_t>(variables_.size()); }

    /// The value of `root` under an assignment of at least variables() values. For tests and for
    /// answers that are checked again: it computes all gates below `root`'s number.
    bool evaluate(Wire root, const std::vector<bool>& assignment) const;

  private:
    Wire intern(Gate gate, std::vector<Input> inputs);
    Wire interned_threshold(std::uint64_t need, std::vector<Input> inputs);
    std::uint64_t hash(const Gate& gate, std::span<const Input> inputs) const;

    std::vector<Gate> gates_;
    std::vector<Input> inputs_;
    std::vector<std::uint32_t> variables_;  ///< gate of each; 0 where there is none yet
    std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
};

/// For each gate, whether `root` depends on it by wires.
std::vector<bool> reachable(const Circuit& circuit, Wire root);

/// For each gate that `root` reaches, by how many gates it is used (the root once more).
std::vector<std::uint32_t> count_uses(const Circuit& circuit, Wire root);

}  // namespace cheget::analysis
