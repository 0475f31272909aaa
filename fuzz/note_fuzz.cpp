// Signed notes: any text as one; what is read has one spelling, and no change of it stays signed.
#include <cstdlib>

#include "log/log_test_support.h"
#include "log/note.h"

namespace base = cheget::base;
namespace log_ = cheget::log;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const log_::NoteKey keys[] = {log_::testing::test_log().key(),
                                         log_::testing::test_witness(1).key()};
    const std::string_view bytes = base::as_text({data, size});
    if (auto signatures = log_::parse_signature_lines(bytes)) {
        std::string lines;
        for (const auto& signature : *signatures) {
            lines += log_::render(signature);
        }
        if (lines != bytes) {
            std::abort();
        }
    }
    auto note = log_::parse_note(bytes);
    if (!note) {
        return 0;
    }
    if (log_::render(*note) != bytes) {
        std::abort();
    }
    note->signatures = {log_::testing::test_log().sign(note->text),
                        log_::testing::test_witness(1).cosign(note->text, 5)};
    if (!log_::verify_note(*note, keys)) {
        std::abort();
    }
    note->signatures = log_::parse_note(bytes)->signatures;
    if (log_::verify_note(*note, keys)) {
        note->text.insert(0, "x");
        if (log_::verify_note(*note, keys)) {
            std::abort();
        }
    }
    return 0;
}
