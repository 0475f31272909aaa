// The value of a monotone formula while variables are put in and taken out one by one: only the
// gates that change are looked at.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/circuit.h"

namespace cheget::analysis {

class Evaluation {
  public:
    /// The formula has neither NOT nor XOR. At first no variable is in. The circuit is borrowed.
    Evaluation(const Circuit& circuit, Wire root);

    bool holds() const { return is_true_[root_.gate()]; }
    /// Whether the formula depends on it by wires.
    bool knows(std::uint32_t variable) const {
        return variable < gate_of_.size() && gate_of_[variable] != 0;
    }
    bool has(std::uint32_t variable) const {
        return knows(variable) && is_true_[gate_of_[variable]];
    }
    void put(std::uint32_t variable, bool in);

    /// Wires looked at so far.
    std::uint64_t work() const { return work_; }

  private:
    struct Use {
        std::uint32_t gate;
        std::uint64_t weight;
    };

    void change(std::uint32_t gate);

    const Circuit& circuit_;
    Wire root_;
    std::vector<std::uint32_t> gate_of_;  ///< by variable; 0 where there is none
    std::vector<Use> uses_;
    std::vector<std::size_t> first_use_;  ///< by gate, and one more
    std::vector<unsigned __int128> sums_;
    std::vector<bool> is_true_;
    std::vector<std::uint32_t> changed_;
    std::uint64_t work_ = 0;
};

}  // namespace cheget::analysis
