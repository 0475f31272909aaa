// A digest as words that two people compare by voice.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace cheget::statement {

constexpr std::size_t k_word_count = 2048;
extern const std::array<std::string_view, k_word_count> k_words;  ///< sorted

/// Twelve words say the first 132 bits of a digest, eleven bits each, highest bit first. Forging a
/// text with the same twelve words takes about 2^132 tries, with the same six 2^66.
constexpr std::size_t k_words_of_a_digest = 12;
constexpr std::size_t k_words_for_a_quick_look = 6;

std::array<std::string_view, k_words_of_a_digest> words_of(const base::Digest& digest);

/// The twelve words in one line, with spaces between them.
std::string words_text(const base::Digest& digest);

/// What a person typed or heard: six or twelve words of the list, in any case, with spaces, commas
/// or line ends between them. The first four letters do for a word. Gives places in k_words.
base::Result<std::vector<std::size_t>> parse_words(std::string_view text);

/// Whether the words, as parse_words gave them, are the digest's first ones.
bool words_match(const std::vector<std::size_t>& words, const base::Digest& digest);

}  // namespace cheget::statement
