// Trust files: any text; what is read means the same once written out, and more witnesses never
// make less of a quorum.
#include <algorithm>
#include <cstdlib>

#include "log/log_test_support.h"
#include "log/trust_file.h"

namespace base = cheget::base;
namespace log_ = cheget::log;

namespace {

/// A file that says what a policy can say, said again from what was understood.
void check_trust(const log_::TrustFile& file) {
    const auto trust = log_::trust_of(file);
    if (!trust) {
        return;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < trust->cosigners().size(); ++i) {
        names.push_back(i == 0 ? "quorum" : "w" + std::to_string(i));
    }
    const auto again = log_::trust_of(log_::trust_file_of(*trust, file.logs[0].url, names, {}));
    if (!again || again->quorum() != trust->quorum() ||
        !std::ranges::equal(again->keys(), trust->keys())) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const log_::testing::TestTree tree(5);
    const std::string_view text = base::as_text({data, size});
    auto file = log_::parse_trust_file(text);
    if (!file) {
        return 0;
    }
    auto again = log_::parse_trust_file(log_::render(*file));
    if (!again || !(*again == *file)) {
        std::abort();
    }
    check_trust(*file);
    std::vector<std::size_t> cosigners;
    bool reached = file->is_quorum(cosigners);
    for (std::size_t i = 0; i < file->witnesses.size(); ++i) {
        cosigners.push_back(i);
        const bool more = file->is_quorum(cosigners);
        if (reached && !more) {
            std::abort();
        }
        reached = more;
    }
    if (!reached) {
        std::abort();  // what all witnesses together don't reach, nobody could have written
    }
    const std::string few = log_::testing::signed_checkpoint(tree.checkpoint(5), {{1, 5}, {2, 6}});
    if (log_::open_trusted(few, *file) && file->logs.empty()) {
        std::abort();
    }
    return 0;
}
