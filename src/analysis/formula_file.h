// Formulas that others write: Open-PSA fault trees in XML, and nested quorum sets in JSON, read
// into a circuit. Both readers take hostile bytes: what they allocate is bounded by the length of
// the text, which is bounded itself, and neither recurses deeper than the limit on nesting.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/circuit.h"
#include "base/result.h"

namespace cheget::analysis {

constexpr std::size_t k_longest_formula_file = std::size_t{64} << 20U;
constexpr std::size_t k_deepest_formula = 64;

struct FormulaFile {
    Circuit circuit;
    Wire root;
    std::vector<std::string> names;  ///< of the variables, by number; all of them occur below root
};

/// Reads an Open-PSA fault tree: gates of and, or, not, xor, nand, nor, iff, imply, atleast (also
/// called vote), cardinality, constants and house events, whose states the file gives. `top` names
/// the gate to read; without it the file's only gate that no other uses. A document type, and with
/// it every entity of one's own, is refused. Failures name line and column.
base::Result<FormulaFile> read_fault_tree(std::string_view text, std::string_view top = {});

/// Reads {"threshold":k,"validators":["…"],"innerQuorumSets":[…]}, nested to any level: k of all
/// that both lists name. A threshold of 0 always holds, one above the members never. A member named
/// twice in one list counts twice. Failures name line and column.
base::Result<FormulaFile> read_quorum_set(std::string_view text);

/// The one or the other, by whether the text starts with `<` or with `{`.
base::Result<FormulaFile> read_formula_file(std::string_view text, std::string_view top = {});

}  // namespace cheget::analysis
