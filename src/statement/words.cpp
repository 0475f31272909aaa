// Words of digests, and back.
#include "statement/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::statement {
namespace {

constexpr std::size_t k_bits_of_a_word = 11;
constexpr std::size_t k_longest_input = 1024;

// The place in the list of a digest's word of the given number.
std::size_t place_of(const base::Digest& digest, std::size_t number) {
    std::size_t place = 0;
    for (std::size_t bit = number * k_bits_of_a_word; bit < (number + 1) * k_bits_of_a_word;
         ++bit) {
        place = place << 1U | (digest.bytes[bit / 8] >> (7 - bit % 8) & 1U);
    }
    return place;
}

bool is_between_words(char character) {
    return character == ' ' || character == ',' || character == '\n' || character == '\t' ||
           character == '\r';
}

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
}

base::Result<std::size_t> find_word(std::string_view typed) {
    std::string word(typed);
    std::transform(word.begin(), word.end(), word.begin(), lower);
    const auto* place = std::lower_bound(k_words.begin(), k_words.end(), word);
    bool is_start = word.size() == 4 && place != k_words.end() && place->starts_with(word);
    if (place == k_words.end() || (*place != word && !is_start)) {
        auto near = base::nearest(word, k_words);
        return base::bad_input(
            fmt::format("\"{}\" is not a word of the list{}", base::shown(typed.substr(0, 40)),
                        near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
    }
    return static_cast<std::size_t>(place - k_words.begin());
}

}  // namespace

std::array<std::string_view, k_words_of_a_digest> words_of(const base::Digest& digest) {
    std::array<std::string_view, k_words_of_a_digest> words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = k_words[place_of(digest, i)];
    }
    return words;
}

std::string words_text(const base::Digest& digest) {
    return fmt::format("{}", fmt::join(words_of(digest), " "));
}

base::Result<std::vector<std::size_t>> parse_words(std::string_view text) {
    if (text.size() > k_longest_input) {
        return base::bad_input("too much text for twelve words");
    }
    std::vector<std::size_t> words;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && !is_between_words(text[end])) {
            ++end;
        }
        if (end != i) {
            words.push_back(TRY(find_word(text.substr(i, end - i))));
        }
        i = end + 1;
    }
    if (words.size() != k_words_of_a_digest && words.size() != k_words_for_a_quick_look) {
        return base::bad_input(fmt::format("expected {} words, or {} for a quick look; found {}",
                                           k_words_of_a_digest, k_words_for_a_quick_look,
                                           words.size()));
    }
    return words;
}

bool words_match(const std::vector<std::size_t>& words, const base::Digest& digest) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i >= k_words_of_a_digest || words[i] != place_of(digest, i)) {
            return false;
        }
    }
    return words.size() >= k_words_for_a_quick_look;
}

}  // namespace cheget::statement
