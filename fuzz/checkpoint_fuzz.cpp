// Checkpoints and what monitors keep: any text; what is taken up is signed and has one spelling.
#include <cstdlib>

#include "log/checkpoint.h"
#include "log/log_test_support.h"
#include "log/monitor.h"

namespace base = cheget::base;
namespace log_ = cheget::log;

// Whether the times follow from each other as their definitions say.
static bool is_sound(const log_::OpenedCheckpoint& opened, const log_::Trust& trust) {
    const auto low = log_::now_low(opened, trust);
    const auto high = log_::now_high(opened, trust, base::Span{0});
    const auto start = log_::entry_start(0, std::span(&opened, 1), trust);
    return low.has_value() == opened.is_witnessed(trust) && high.has_value() == low.has_value() &&
           start.has_value() == (low.has_value() && opened.checkpoint.size > 0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const log_::Trust trusts[] = {
        log_::testing::test_trust(3, 2),
        log_::Trust::make(log_::testing::test_log().key(), {}, 0).value()};
    const std::string_view bytes = base::as_text({data, size});
    if (auto checkpoint = log_::parse_checkpoint(bytes)) {
        if (log_::to_text(*checkpoint) != bytes) {
            std::abort();
        }
    }
    for (const log_::Trust& trust : trusts) {
        if (auto opened = log_::open_checkpoint(bytes, trust)) {
            const bool witnessed = log_::open_witnessed(bytes, trust).has_value();
            if (witnessed != opened->is_witnessed(trust) || !is_sound(*opened, trust)) {
                std::abort();
            }
            auto following = log_::Following::begin({}, bytes, trust);
            while (following && following->next() < following->size() && following->next() < 9) {
                if (!following->add({data, following->next()})) {
                    std::abort();
                }
            }
            if (following && following->finish() && opened->checkpoint.size != 0) {
                std::abort();  // nobody signed a tree of these entries
            }
        }
        if (auto state = log_::MonitorState::parse(bytes, trust)) {
            if (state->to_text() != bytes) {
                std::abort();
            }
        }
    }
    return 0;
}
