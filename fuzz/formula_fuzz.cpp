// Formula files: whatever is read has consistent answers, and what is refused says why. Small ones
// are analysed within a budget, and the answer is held to the formula itself.
#include <cstdlib>

#include "analysis/coalitions.h"
#include "analysis/formula_file.h"
#include "analysis/search.h"
#include "base/bytes.h"

namespace base = cheget::base;
using namespace cheget::analysis;

static void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// A minimal set decides, and without any one of its members it does not.
static void require_minimal(const FormulaFile& file, Side side,
                            const std::vector<std::uint32_t>& set, bool monotone) {
    bool acting = side == Side::acting;
    std::vector<bool> values(file.names.size(), !acting);
    for (std::uint32_t variable : set) {
        values[variable] = acting;
    }
    require(file.circuit.evaluate(file.root, values) == acting);
    for (std::uint32_t variable : set) {
        values[variable] = !acting;
        require(!monotone || file.circuit.evaluate(file.root, values) != acting);
        values[variable] = acting;
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto file = read_formula_file(base::as_text({data, size}));
    if (!file) {
        require(!file.error().message.empty());
        return 0;
    }
    auto variables = static_cast<std::uint32_t>(file->names.size());
    Budget budget;
    budget.steps = 200'000;
    budget.nodes = 200'000;
    auto analysis = Analysis::of(file->circuit, file->root, budget);
    if (!analysis || variables > 200) {
        return 0;
    }
    Search search(file->circuit, file->root, variables, {100'000, {}});
    for (int step = 0; step < 40 && search.step(); ++step) {
    }
    for (Side side : {Side::acting, Side::blocking}) {
        Coalitions coalitions = analysis->coalitions(side);
        require(coalitions.count.is_zero() == !coalitions.smallest);
        auto sets = analysis->smallest_sets(side, 3);
        require(sets.empty() == coalitions.count.is_zero());
        for (const auto& set : sets) {
            require(set.size() >= *coalitions.smallest);
            require_minimal(*file, side, set, analysis->is_monotone());
        }
        const Bounds bounds = search.bounds(side);
        require(bounds.at_least <= coalitions.count && coalitions.count <= bounds.at_most);
        require(!coalitions.smallest || bounds.smallest_at_least <= *coalitions.smallest);
        require(!bounds.smallest_at_most ||
                (coalitions.smallest && *coalitions.smallest <= *bounds.smallest_at_most));
    }
    require(analysis->models(variables) <= Count::power_of_two(variables));
    return 0;
}
