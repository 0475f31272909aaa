// Key identities are read off the wire form, which PublicKey has checked.
#include "policy/key_identity.h"

#include <algorithm>

#include "base/text.h"
#include "signature/wire.h"

namespace cheget::policy {
namespace {

std::string nth_string(base::BytesView blob, int number) {
    signature::WireReader reader(blob);
    for (int i = 0; i < number; ++i) {
        if (!reader.read_string()) {
            return std::string(base::as_text(blob));
        }
    }
    auto field = reader.read_string();
    return std::string(base::as_text(field ? *field : blob));
}

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= 253 && host.front() != '.' && host.back() != '.' &&
           host.front() != '-' && std::all_of(host.begin(), host.end(), [](char character) {
               return (character >= 'a' && character <= 'z') ||
                      (character >= '0' && character <= '9') || character == '.' ||
                      character == '-';
           });
}

}  // namespace

std::string key_identity(const signature::PublicKey& key) {
    switch (key.type()) {
        case signature::KeyType::ed25519:
        case signature::KeyType::sk_ed25519:
            return "ed25519 " + nth_string(key.blob(), 1);  // type, point
        case signature::KeyType::ecdsa_p256:
        case signature::KeyType::sk_ecdsa_p256:
            return "p256 " + nth_string(key.blob(), 2);  // type, curve, point
        case signature::KeyType::rsa:
            return "rsa " + nth_string(key.blob(), 2);  // type, exponent, modulus
    }
    return std::string(base::as_text(key.blob()));
}

bool is_http_origin(std::string_view text) {
    bool secure = text.starts_with("https://");
    if (!secure && !text.starts_with("http://")) {
        return false;
    }
    text.remove_prefix(secure ? 8 : 7);
    bool has_port = text.find(':') != std::string_view::npos;
    std::string_view host = base::take_until(text, ':');
    if (has_port) {
        auto port = base::parse_number(text, 65535);
        if (!port || *port == 0 || *port == (secure ? 443U : 80U)) {
            return false;  // browsers leave the usual port out
        }
    }
    return is_host(host);
}

bool is_web_origin(std::string_view text) {
    return is_http_origin(text) && (text.starts_with("https://") || text == "http://localhost" ||
                                    text.starts_with("http://localhost:"));
}

bool is_application_of_origin(std::string_view application, std::string_view origin) {
    origin.remove_prefix(std::min(origin.find("//") + 2, origin.size()));
    std::string_view host = base::take_until(origin, ':');
    if (host == application) {
        return true;
    }
    return is_host(application) && host.size() > application.size() &&
           host.ends_with(application) && host[host.size() - application.size() - 1] == '.';
}

}  // namespace cheget::policy
