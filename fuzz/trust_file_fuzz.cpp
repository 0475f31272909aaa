// Trust files: any text; what is read means the same once written out, and more witnesses never
// make less of a quorum.
#include <cstdlib>

#include "log/log_test_support.h"
#include "log/trust_file.h"

namespace base = cheget::base;
namespace log_ = cheget::log;

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
