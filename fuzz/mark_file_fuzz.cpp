// Mark files: any text; one that is taken is written again as it was.
#include <cstdint>
#include <cstdlib>

#include "keys/mark.h"

namespace keys = cheget::keys;
namespace base = cheget::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::BytesView bytes{data, size};
    const auto mark = keys::parse_mark_file(base::as_text(bytes));
    if (keys::mark_of({}, base::as_text(bytes))) {
        std::abort();  // no secret makes no mark
    }
    if (mark) {
        const auto one = keys::mark_of(mark->secret.view(), base::as_text(bytes));
        const auto again = keys::mark_of(mark->secret.view(), base::as_text(bytes));
        if (!one || !again || *one != *again) {
            std::abort();
        }
        const auto text = keys::render_mark_file(*mark);
        if (!text || base::as_text(text->view()) != base::as_text(bytes)) {
            std::abort();
        }
    }
    return 0;
}
