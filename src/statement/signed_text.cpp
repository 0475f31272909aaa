// A statement on disk: its text, then its armoured signatures.
#include <fmt/format.h>

#include "base/text.h"
#include "signature/sshsig.h"
#include "statement/statement.h"

namespace cheget::statement {
namespace {

constexpr std::string_view k_begin = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view k_end = "\n-----END SSH SIGNATURE-----\n";

// The first place where a line is the BEGIN line; npos without one.
std::size_t find_begin(std::string_view file) {
    std::size_t place =
        file.starts_with(k_begin) ? 0 : file.find("\n-----BEGIN SSH SIGNATURE-----\n");
    return place == 0 || place == std::string_view::npos ? place : place + 1;
}

}  // namespace

base::Result<SignedText> split_signed(std::string_view file) {
    if (file.size() > k_longest_signed) {
        return base::bad_input(fmt::format("a signed statement of {} bytes; at most {} are allowed",
                                           file.size(), k_longest_signed));
    }
    SignedText parts;
    std::size_t begin = find_begin(file);
    parts.text = file.substr(0, begin);
    if (parts.text.empty()) {
        return base::bad_input("a signed statement without a text");
    }
    if (parts.text.back() != '\n') {
        return base::bad_input("a signed statement whose text does not end with a line feed");
    }
    std::string_view rest = file.substr(parts.text.size());
    while (!rest.empty()) {
        std::size_t end = rest.find(k_end);
        if (!rest.starts_with(k_begin) || end == std::string_view::npos) {
            return base::bad_input(
                "bytes after a statement's text that are not a whole armoured signature: each goes "
                "from its BEGIN line to its END line, with nothing between two of them");
        }
        std::string_view armor = rest.substr(0, end + k_end.size());
        if (armor.size() > signature::k_longest_armor || !base::is_statement_text(armor)) {
            return base::bad_input(
                fmt::format("an armoured signature that is longer than {} bytes or not ASCII",
                            signature::k_longest_armor));
        }
        parts.signatures.push_back(armor);
        rest.remove_prefix(armor.size());
    }
    return parts;
}

}  // namespace cheget::statement
