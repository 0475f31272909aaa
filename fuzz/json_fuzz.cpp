// JSON: whatever is read has one canonical text, which reads as the same value.
#include <cstdlib>

#include "base/bytes.h"
#include "base/json.h"

namespace base = cheget::base;

static void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = base::as_text({data, size});
    auto value = base::parse_json(text);
    auto canonical = base::parse_canonical_json(text, true);
    require(value || !canonical);
    if (value) {
        std::string written = base::to_canonical(*value);
        auto again = base::parse_canonical_json(written, true);
        require(again && *again == *value);
        require(canonical.has_value() == (written == text));
    }
    if (auto whole = base::parse_canonical_json(text)) {
        require(canonical && *canonical == *whole);
    }
    auto string = base::parse_canonical_string(text);
    if (string) {
        require(base::to_canonical(*string) == text);
    }
    bool is_string = canonical && std::holds_alternative<std::string>(canonical->value);
    require(is_string == string.has_value());
    return 0;
}
