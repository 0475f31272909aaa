// A policy as a picture: a card for each rule, its formulas as boxes in boxes, people as chips, and
// those marked without whom the rule can't be satisfied. For people who never read the language.
#pragma once

#include <string>

#include "policy/policy.h"

namespace cheget::analysis {

/// The picture as an SVG 1.1 document in ASCII, of one fixed text for one policy. Every text is set
/// in a monospaced font of 13 px and lies within the canvas, apart from every other.
std::string draw(const policy::Policy& policy);

/// How wide a character of the picture's texts is taken to be, in px: a little more than it is.
constexpr double k_character_width = 8.0;

}  // namespace cheget::analysis
