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

// A trust of keys of any type and any quorum: what is made is a majority of distinct witnesses.
static void make_trust(base::BytesView bytes) {
    std::vector<log_::NoteKey> witnesses;
    const std::array<std::uint8_t, 32> log_point{};
    for (std::size_t i = 3; i < bytes.size() && i < 12; ++i) {
        std::array<std::uint8_t, 32> point{};
        point[0] = bytes[i] & 15U;
        const std::uint8_t type = bytes[i] > 0x7F ? 1 : 4;
        witnesses.push_back(cheget::signature::make_note_key("w", type, point).value());
    }
    const std::uint8_t type = bytes[0] > 0x7F ? 4 : 1;
    const std::size_t needed = bytes[1];
    auto trust = log_::Trust::make(cheget::signature::make_note_key("log", type, log_point).value(),
                                   witnesses, needed);
    if (trust && trust->has_witnesses() &&
        (needed * 2 <= witnesses.size() || trust->cosigners().size() != witnesses.size())) {
        std::abort();
    }
}

// The state of who read the nine entries of the tree that the samples are about.
static log_::MonitorState nine_entries(const log_::Trust& trust) {
    const log_::testing::TestTree tree(9);
    auto following = log_::Following::begin(
        {}, log_::testing::signed_checkpoint(tree.checkpoint(9), {{1, 5}, {2, 6}}), trust);
    for (const log_::Digest& leaf : tree.leaves) {
        if (!following->add_leaf(leaf)) {
            std::abort();
        }
    }
    return following->finish().value();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const log_::Trust trusts[] = {
        log_::testing::test_trust(3, 2),
        log_::Trust::make(log_::testing::test_log().key(), {}, 0).value()};
    static const log_::MonitorState nine = nine_entries(trusts[0]);
    const std::string_view bytes = base::as_text({data, size});
    if (size > 2) {
        make_trust({data, size});
    }
    if (auto further = log_::Following::begin(nine, bytes, trusts[0])) {
        if (further->size() < nine.size() || (further->size() == 9) != !!further->finish()) {
            std::abort();
        }
    }
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
