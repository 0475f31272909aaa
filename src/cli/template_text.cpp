// Fills in a text, line by line.
#include "cli/template_text.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cheget::cli {

namespace {

using base::Result;

/// Where the text stands between `@if` and `@end`.
enum class Branch { none, first, second };

Result<std::string> fill_line(std::string_view line, const Fillings& fillings) {
    std::string filled;
    while (true) {
        std::size_t begin = line.find('@');
        filled += line.substr(0, begin);
        if (begin == std::string_view::npos) {
            return filled;
        }
        std::size_t end = line.find('@', begin + 1);
        if (end == std::string_view::npos) {
            return base::bad_input("a lone `@`");
        }
        std::string_view name = line.substr(begin + 1, end - begin - 1);
        auto value = fillings.values.find(name);
        if (value == fillings.values.end()) {
            return base::bad_input(fmt::format("nothing stands for `@{}@`", base::shown(name)));
        }
        filled += value->second;
        line.remove_prefix(end + 1);
    }
}

bool all_hold(std::string_view conditions, const Fillings& fillings) {
    while (!conditions.empty()) {
        if (!fillings.conditions.contains(base::take_until(conditions, ' '))) {
            return false;
        }
    }
    return true;
}

class Filler {
  public:
    explicit Filler(const Fillings& fillings) : fillings_(fillings) {}

    Result<void> take(std::string_view line) {
        constexpr std::string_view k_if = "@if ";
        if (line.starts_with(k_if)) {
            TRY(demand(branch_ == Branch::none, "`@if` inside another"));
            branch_ = Branch::first;
            holds_ = all_hold(line.substr(k_if.size()), fillings_);
        } else if (line == "@else") {
            TRY(demand(branch_ == Branch::first, "`@else` without its `@if`"));
            branch_ = Branch::second;
        } else if (line == "@end") {
            TRY(demand(branch_ != Branch::none, "`@end` without its `@if`"));
            branch_ = Branch::none;
        } else if (branch_ == Branch::none || (branch_ == Branch::first) == holds_) {
            filled_ += TRY(fill_line(line, fillings_)) + '\n';
        }
        return {};
    }

    Result<std::string> finish() {
        TRY(demand(branch_ == Branch::none, "filling in: `@if` without its `@end`"));
        return std::move(filled_);
    }

  private:
    static Result<void> demand(bool condition, std::string_view otherwise) {
        if (!condition) {
            return base::bad_input(std::string(otherwise));
        }
        return {};
    }

    const Fillings& fillings_;
    Branch branch_ = Branch::none;
    bool holds_ = false;
    std::string filled_;
};

}  // namespace

Result<std::string> fill_in(std::string_view text, const Fillings& fillings) {
    Filler filler(fillings);
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto taken = filler.take(base::take_until(text, '\n'));
        if (!taken) {
            return base::bad_input(
                fmt::format("filling in line {}: {}", number, taken.error().message));
        }
    }
    return filler.finish();
}

}  // namespace cheget::cli
