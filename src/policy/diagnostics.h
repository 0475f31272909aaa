// Collects complaints about one policy text, up to a stated number, in the order of the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace cheget::policy {

constexpr std::size_t k_most_diagnostics = 20;

class Diagnostics {
  public:
    /// Borrows the text that the complaints are about.
    explicit Diagnostics(std::string_view text) : text_(text) {}

    /// Notes one complaint; beyond the bound it is dropped, which full() tells.
    void add(Position at, std::string what, std::string advice);
    bool empty() const { return diagnostics_.empty(); }
    std::size_t count() const { return diagnostics_.size(); }
    bool full() const { return diagnostics_.size() >= k_most_diagnostics; }

    /// The complaints by place, each with its source line.
    std::vector<Diagnostic> take();

  private:
    std::string_view text_;
    std::vector<Diagnostic> diagnostics_;
};

}  // namespace cheget::policy
