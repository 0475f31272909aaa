// A load larger than one code, cut into numbered parts (docs/briefcase.md, "In and out"): they may
// come in any order and more than once, and make the whole that each of them names, or nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"

namespace cheget::briefcase {

constexpr std::size_t k_most_parts = 4096;
constexpr std::size_t k_most_whole = std::size_t{8} << 20U;
/// What a part says before its content.
constexpr std::size_t k_part_header = 4 + 32 + 4 + 2 + 2 + 8;

struct Part {
    base::Digest whole;        ///< of all of it
    std::uint32_t size = 0;    ///< of all of it, in bytes; 1 to k_most_whole
    std::uint16_t count = 0;   ///< 1 to k_most_parts
    std::uint16_t number = 0;  ///< 1 to count
    base::BytesView content;   ///< points into what was parsed

    /// How many bytes this part has, by the others: all but the last have as many.
    std::size_t length() const;
    bool operator==(const Part& other) const;
};

base::Bytes render(const Part& part);
/// Reads exactly what render() writes; fails with bad_input and names the part if its own check
/// shows that it was altered or misread.
base::Result<Part> parse_part(base::BytesView payload);
/// As many bytes as the part at the front of a stream of payloads has. Fails as parse_part() does.
base::Result<std::size_t> size_of_part(base::BytesView stream);

/// Cuts it so that every part fits a code of `most` bytes. Fails with bad_input if that would be
/// more than k_most_parts, or the whole is empty or longer than k_most_whole.
base::Result<std::vector<base::Bytes>> cut(std::string_view whole, std::size_t most);

/// Parts of one whole as they come.
class Gathering {
  public:
    /// The first one says which whole it is. False if the part was there already. Fails with
    /// bad_input if it belongs to another whole, or differs from the one that was there.
    base::Result<bool> add(const Part& part);

    /// Which whole; nothing before the first part.
    const std::optional<base::Digest>& of() const { return of_; }
    std::size_t count() const { return count_; }
    std::size_t present() const { return contents_.size(); }
    /// Numbers of the parts that aren't there, ascending.
    std::vector<unsigned> missing() const;
    bool is_complete() const { return of_.has_value() && contents_.size() == count_; }

    /// All of it. Fails with waiting while parts are missing, with bad_input if it is not what its
    /// parts name: then one was altered.
    base::Result<std::string> whole() const;

  private:
    std::optional<base::Digest> of_;
    std::uint32_t size_ = 0;
    std::size_t count_ = 0;
    std::map<std::uint16_t, std::string> contents_;
};

/// `3, 7 to 9 and 12`.
std::string numbers_in_words(const std::vector<unsigned>& numbers);

}  // namespace cheget::briefcase
