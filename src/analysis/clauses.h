// A monotone formula as clauses for a SAT solver (CaDiCaL): weighted thresholds as totalizers, of
// which only the sums that are asked for are ever made, and of which gates with the same inputs
// share one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "analysis/circuit.h"

namespace cheget::analysis {

class Clauses {
  public:
    /// At most so many literals are ever made clauses of.
    explicit Clauses(std::uint64_t most_literals);
    ~Clauses();
    Clauses(Clauses&&) noexcept;
    Clauses& operator=(Clauses&&) noexcept;

    /// Demands that a formula without NOT and XOR hold, and gets ready to count its variables.
    /// False if it has too many literals; nothing must be asked then.
    bool demand(const Circuit& circuit, Wire root);

    /// Of these variables one at least must be in, or out.
    void demand_one_in(std::span<const std::uint32_t> variables) { demand_one(variables, true); }
    void demand_one_out(std::span<const std::uint32_t> variables) { demand_one(variables, false); }

    enum class Answer : std::uint8_t {
        found,    ///< has() tells which
        none,     ///< nothing of that size
        never,    ///< nothing of any size
        stopped,  ///< by the number of conflicts, by `go_on`, or by the literals
    };
    /// Looks for a set of at most `size` variables that meets all demands; of any size without one.
    Answer solve(std::optional<std::uint64_t> size, int conflicts,
                 const std::function<bool()>& go_on);
    bool has(std::uint32_t variable) const;
    /// Whether the literals are used up, so that nothing more can be asked.
    bool is_full() const;

  private:
    void demand_one(std::span<const std::uint32_t> variables, bool in);
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cheget::analysis
