// For tests of the authority: a log's key, a clock that is set, statements that need no policy.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "authority/appender.h"
#include "log/log_test_support.h"

namespace cheget::authority::testing {

/// A folder that goes with its owner.
class ScratchFolder {
  public:
    ScratchFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "cheget-log-XXXXXX");
        path_ = ::mkdtemp(pattern.data());
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

inline LogSigner test_signer() {
    return {log::testing::test_log().key(), [](std::string_view message) {
                return base::Result<base::Bytes>(log::testing::test_log().sign(message).payload);
            }};
}

inline const std::vector<log::NoteKey>& test_keys() {
    static const std::vector<log::NoteKey> keys{log::testing::test_log().key()};
    return keys;
}

inline store::LogOwner test_owner() {
    return {log::testing::test_log().key().name, {"acme/prod", base::sha256("first policy")}};
}

inline AppenderOptions test_options() {
    AppenderOptions options;
    options.quota = {.entries = 1'000'000'000, .bytes = ~0ULL, .stops = 1'000'000'000};
    options.clock = [] { return base::Time{1'800'000'000}; };
    return options;
}

inline store::NewEntry test_entry(std::string text, std::string principal = "alice") {
    const base::Digest id = base::sha256(text);
    return {id, std::move(principal), false, std::move(text), {}, {}};
}

}  // namespace cheget::authority::testing
