// Statements: whatever is read renders to the same bytes, and is shown whole.
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "statement/plain_text.h"
#include "statement/show.h"
#include "statement/statement.h"

namespace statement = cheget::statement;
namespace base = cheget::base;

static void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// A policy's header is read alone: its text has no renderer here.
static void render_again(const statement::PolicyHeader& header, std::string_view) {
    require((header.version == 1) == !header.previous);
}

template <typename T>
static void render_again(const T& value, std::string_view text) {
    auto rendered = statement::render(value);
    require(rendered.has_value() && *rendered == text);
}

static void examine(std::string_view text) {
    auto read = statement::parse(text);
    std::string shown = statement::show_text(text);
    require(shown.starts_with("NOT A STATEMENT") == !read.has_value());
    std::erase(shown, '\n');
    require(!statement::first_deceiving(shown));
    if (read) {
        std::visit([&](const auto& value) { render_again(value, text); }, *read);
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = base::as_text({data, size});
    examine(text);
    if (auto vote = statement::parse_vote_fields(text)) {
        examine(vote->subject_text);  // a fuzzer does not find texts of a given digest
    } else {
        require(!statement::parse_vote(text));
    }
    if (auto parts = statement::split_signed(text)) {
        std::string joined(parts->text);
        for (std::string_view signature : parts->signatures) {
            joined += signature;
        }
        require(joined == text);
        examine(parts->text);
    }
    return 0;
}
