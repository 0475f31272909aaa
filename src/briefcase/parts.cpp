// Cutting, reading and gathering parts.
#include "briefcase/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "briefcase/compact_vote.h"
#include "statement/words.h"

namespace cheget::briefcase {

namespace {

using base::Bytes;
using base::BytesView;
using base::ErrorKind;
using base::Result;

constexpr std::size_t k_check_size = 8;

void append_number(Bytes& bytes, std::size_t number, unsigned size) {
    for (unsigned i = size; i > 0; --i) {
        bytes.push_back(static_cast<std::uint8_t>(number >> 8U * (i - 1)));
    }
}

std::uint32_t read_number(BytesView bytes) {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : bytes) {
        number = number << 8U | byte;
    }
    return number;
}

/// The bytes before the check, and the check: of them and the content.
Bytes header_of(const Part& part) {
    Bytes bytes;
    const std::string_view start = start_of(PayloadKind::part);
    bytes.insert(bytes.end(), start.begin(), start.end());
    bytes.insert(bytes.end(), part.whole.bytes.begin(), part.whole.bytes.end());
    append_number(bytes, part.size, 4);
    append_number(bytes, part.count, 2);
    append_number(bytes, part.number, 2);
    base::Hasher hasher;
    hasher.add(bytes);
    hasher.add(part.content);
    const base::Digest check = hasher.finish();
    bytes.insert(bytes.end(), check.bytes.begin(), check.bytes.begin() + k_check_size);
    return bytes;
}

std::size_t bytes_each(std::size_t size, std::size_t count) {
    return (size + count - 1) / count;
}

/// Whole, size, count and number, without content and check.
Result<Part> read_header(BytesView payload) {
    if (payload.size() < k_part_header ||
        !base::as_text(payload).starts_with(start_of(PayloadKind::part))) {
        return base::bad_input("a part of a load begins with CGp, and these bytes don't");
    }
    Part part;
    const BytesView fields = payload.subspan(k_payload_start_size);
    std::copy_n(fields.begin(), part.whole.bytes.size(), part.whole.bytes.begin());
    part.size = read_number(fields.subspan(32, 4));
    part.count = static_cast<std::uint16_t>(read_number(fields.subspan(36, 2)));
    part.number = static_cast<std::uint16_t>(read_number(fields.subspan(38, 2)));
    const bool sound = part.size > 0 && part.size <= k_most_whole && part.count > 0 &&
                       part.count <= k_most_parts && part.count <= part.size && part.number > 0 &&
                       part.number <= part.count;
    // So that as many parts of that length are needed, and the last one isn't empty.
    const std::size_t each = sound ? bytes_each(part.size, part.count) : 0;
    if (!sound || each * (part.count - 1U) >= part.size) {
        return base::bad_input(fmt::format(
            "a part says that it is number {} of {} parts of {} bytes, and that can't be: the code "
            "was altered or misread; read it again",
            part.number, part.count, part.size));
    }
    return part;
}

}  // namespace

std::size_t Part::length() const {
    const std::size_t each = bytes_each(size, count);
    return number < count ? each : size - each * (count - 1U);
}

bool Part::operator==(const Part& other) const {
    return whole == other.whole && size == other.size && count == other.count &&
           number == other.number &&
           std::equal(content.begin(), content.end(), other.content.begin(), other.content.end());
}

Bytes render(const Part& part) {
    Bytes bytes = header_of(part);
    bytes.insert(bytes.end(), part.content.begin(), part.content.end());
    return bytes;
}

Result<std::size_t> size_of_part(BytesView stream) {
    return k_part_header + TRY(read_header(stream)).length();
}

Result<Part> parse_part(BytesView payload) {
    Part part = TRY(read_header(payload));
    if (payload.size() != k_part_header + part.length()) {
        return base::bad_input(fmt::format(
            "part {} of {} has {} bytes of the {} that it should have; read the code again",
            part.number, part.count, payload.size() - k_part_header, part.length()));
    }
    part.content = payload.subspan(k_part_header);
    const Bytes header = header_of(part);
    if (!std::equal(header.begin(), header.end(), payload.begin())) {
        return base::bad_input(fmt::format(
            "part {} of {} was altered or misread; read its code again", part.number, part.count));
    }
    return part;
}

Result<std::vector<Bytes>> cut(std::string_view whole, std::size_t most) {
    if (whole.empty() || whole.size() > k_most_whole) {
        return base::bad_input(
            fmt::format("{} bytes can't be cut into parts, only 1 to {}; carry the file itself",
                        whole.size(), k_most_whole));
    }
    const std::size_t room = most > k_part_header ? most - k_part_header : 0;
    if (room == 0 || bytes_each(whole.size(), room) > k_most_parts) {
        return base::bad_input(fmt::format(
            "{} bytes would be more than {} parts of codes with {} bytes; use larger codes, or "
            "carry the file itself",
            whole.size(), k_most_parts, most));
    }
    // As few as fit, and all alike: the count is what a reader goes by.
    std::size_t count = bytes_each(whole.size(), room);
    while (bytes_each(whole.size(), count) * (count - 1) >= whole.size()) {
        --count;
    }
    Part part{base::sha256(whole),
              static_cast<std::uint32_t>(whole.size()),
              static_cast<std::uint16_t>(count),
              0,
              {}};
    std::vector<Bytes> parts;
    while (part.number < count) {
        ++part.number;
        part.content = base::as_bytes(whole.substr(0, part.length()));
        whole.remove_prefix(part.content.size());
        parts.push_back(render(part));
    }
    return parts;
}

Result<bool> Gathering::add(const Part& part) {
    if (!of_) {
        of_ = part.whole;
        size_ = part.size;
        count_ = part.count;
    }
    if (part.whole != *of_ || part.size != size_ || part.count != count_) {
        return base::bad_input(fmt::format(
            "part {} belongs to another load: its words are `{}`, and those of the load that is "
            "being read are `{}`; read the parts of one load",
            part.number, statement::words_text(part.whole), statement::words_text(*of_)));
    }
    const std::string_view content = base::as_text(part.content);
    const auto [place, is_new] = contents_.try_emplace(part.number, content);
    if (!is_new && place->second != content) {
        return base::bad_input(fmt::format(
            "part {} differs from the part {} that was read before: one of them was altered; get "
            "the load again from whom you trust",
            part.number, part.number));
    }
    return is_new;
}

std::vector<unsigned> Gathering::missing() const {
    std::vector<unsigned> numbers;
    for (unsigned number = 1; number <= count_; ++number) {
        if (!contents_.contains(static_cast<std::uint16_t>(number))) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

Result<std::string> Gathering::whole() const {
    if (!is_complete()) {
        return base::fail(ErrorKind::waiting,
                          of_ ? fmt::format("{} of {} parts are here; missing: {}",
                                            contents_.size(), count_, numbers_in_words(missing()))
                              : "no part is here yet");
    }
    std::string whole;
    for (const auto& [number, content] : contents_) {
        whole += content;
    }
    if (base::sha256(whole) != *of_) {
        return base::bad_input(
            "the parts don't make the load that they name: one of them was altered; get all of it "
            "again");
    }
    return whole;
}

std::string numbers_in_words(const std::vector<unsigned>& numbers) {
    std::vector<std::string> runs;
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t end = i + 1;
        while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) {
            ++end;
        }
        if (end - i > 2) {
            runs.push_back(fmt::format("{} to {}", numbers[i], numbers[end - 1]));
        } else {
            for (std::size_t each = i; each < end; ++each) {
                runs.push_back(fmt::format("{}", numbers[each]));
            }
        }
        i = end;
    }
    return base::join_words(runs);
}

}  // namespace cheget::briefcase
