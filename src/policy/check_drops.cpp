// Drop places: where executors look for a no, whatever the log's server does.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/checker.h"
#include "policy/key_identity.h"
#include "statement/values.h"

namespace cheget::policy {
namespace {

constexpr std::size_t k_longest_place = 1024;

bool is_url_character(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '.' || character == '_' ||
           character == '~' || character == '-';
}

// An origin, and a path of plain segments: no escapes, so that one place has one spelling.
bool is_drop_url(std::string_view text) {
    const std::size_t host = text.find("//") + 2;
    const std::size_t slash = text.find('/', host);
    const std::string_view origin = text.substr(0, slash);
    if (!is_http_origin(origin)) {
        return false;
    }
    if (slash == std::string_view::npos) {
        return true;
    }
    return statement::is_absolute_path(text.substr(slash)) && slash + 1 < text.size() &&
           std::all_of(
               text.begin() + static_cast<std::ptrdiff_t>(slash), text.end(),
               [](char character) { return character == '/' || is_url_character(character); });
}

bool is_drop_folder(std::string_view text) {
    return text != "/" && statement::is_absolute_path(text) &&
           std::all_of(text.begin(), text.end(),
                       [](char character) { return character >= 0x20 && character <= 0x7E; });
}

}  // namespace

void Checker::check_drops() {
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind != BlockSyntax::Kind::drop) {
            continue;
        }
        const std::string& place = block.place.value;
        if (policy_.drops.size() == k_most_drops) {
            complain(block.at, fmt::format("more than {} drop places", k_most_drops),
                     "keep those that stand apart from each other");
            return;
        }
        const bool is_url = place.starts_with("https://") || place.starts_with("http://");
        if (place.size() > k_longest_place ||
            !(is_url ? is_drop_url(place) : is_drop_folder(place))) {
            complain(block.place.at,
                     fmt::format("`{}` is no drop place", base::shown(place.substr(0, 80))),
                     is_url ? "write `https://HOST/PATH` in its shortest form: the host in lower "
                              "case, no usual port, no `/` at the end, no query, and in the path "
                              "letters, digits, `.`, `_`, `~` and `-`"
                            : "write a folder as an absolute path in its shortest form, such as "
                              "`\"/srv/share/acme-drop\"`, or a URL, `\"https://HOST/PATH\"`");
            continue;
        }
        const auto same = [&](const Drop& other) { return other.place == place; };
        const auto first = std::find_if(policy_.drops.begin(), policy_.drops.end(), same);
        if (first != policy_.drops.end()) {
            complain(block.place.at,
                     fmt::format("the same drop place stands in line {}", first->at.line),
                     "write each place once");
            continue;
        }
        policy_.drops.push_back({place, block.at});
    }
}

}  // namespace cheget::policy
