// Marks and the files that carry their secrets.
#include "keys/mark.h"

#include <fmt/format.h>

#include "base/text.h"
#include "signature/public_key.h"

namespace cheget::keys {

namespace {

constexpr std::string_view k_first_line = "cheget mark v1\n";

std::unexpected<base::Error> refuse(std::string_view why) {
    return base::bad_input(fmt::format(
        "this is no mark file: {}; `cheget briefcase create --marks FILE` writes one", why));
}

/// The value of the line that must come next.
base::Result<std::string_view> take_field(std::string_view& rest, std::string_view name) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos || !line.starts_with(name) ||
        !line.substr(name.size()).starts_with(": ")) {
        return refuse(fmt::format("the line `{}` is missing", name));
    }
    rest.remove_prefix(end + 1);
    return line.substr(name.size() + 2);
}

}  // namespace

base::Result<std::array<std::uint8_t, 32>> mark_of(base::BytesView secret,
                                                   std::string_view unmarked_vote) {
    TRY(start_sodium());
    if (secret.size() != k_mark_secret_size) {
        return base::bad_input(fmt::format("a mark secret has {} bytes, and this one {}",
                                           k_mark_secret_size, secret.size()));
    }
    std::array<std::uint8_t, 32> mark{};
    const base::BytesView text = base::as_bytes(unmarked_vote);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, secret.data(), secret.size());
    crypto_auth_hmacsha256_update(&state, text.data(), text.size());
    crypto_auth_hmacsha256_final(&state, mark.data());
    sodium_memzero(&state, sizeof(state));
    return mark;
}

base::Result<LockedBytes> render_mark_file(const MarkSecret& mark) {
    TRY(start_sodium());
    const std::string head = fmt::format("{}domain: {} {}\nkey: {}\nsecret: ", k_first_line,
                                         mark.domain, base::to_text(mark.first_policy), mark.key);
    LockedBytes text = TRY(LockedBytes::make(head.size() + 2 * k_mark_secret_size + 1));
    std::copy(head.begin(), head.end(), text.span().begin());
    // sodium_bin2hex ends with a zero byte, for which the line feed's place is there.
    sodium_bin2hex(reinterpret_cast<char*>(text.span().data() + head.size()),
                   2 * k_mark_secret_size + 1, mark.secret.view().data(), k_mark_secret_size);
    text.span().back() = '\n';
    return text;
}

base::Result<MarkSecret> parse_mark_file(std::string_view text) {
    TRY(start_sodium());
    if (text.size() > k_longest_mark_file || !text.starts_with(k_first_line)) {
        return refuse("it does not begin with `cheget mark v1`");
    }
    std::string_view rest = text.substr(k_first_line.size());
    const std::string_view domain = TRY(take_field(rest, "domain"));
    const std::string_view key = TRY(take_field(rest, "key"));
    const std::string_view secret = TRY(take_field(rest, "secret"));
    const std::size_t space = domain.find(' ');
    const auto id = space == std::string_view::npos ? refuse("its domain lacks an id")
                                                    : base::parse_digest(domain.substr(space + 1));
    if (!id || !base::is_domain(domain.substr(0, space))) {
        return refuse("its domain is not `NAME sha256:...`");
    }
    if (!signature::is_fingerprint(key)) {
        return refuse("its key is no fingerprint");
    }
    MarkSecret mark{std::string(domain.substr(0, space)), *id, std::string(key),
                    TRY(LockedBytes::make(k_mark_secret_size))};
    std::size_t read = 0;
    const bool is_hex = secret.size() == 2 * k_mark_secret_size &&
                        secret.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
                        sodium_hex2bin(mark.secret.span().data(), k_mark_secret_size, secret.data(),
                                       secret.size(), nullptr, &read, nullptr) == 0;
    if (!is_hex || read != k_mark_secret_size || !rest.empty()) {
        return refuse("its secret is not 64 hexadecimal digits and the end");
    }
    return mark;
}

}  // namespace cheget::keys
