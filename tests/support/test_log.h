// A domain's log made up for tests: entries, and checkpoints that the log and its witnesses signed
// at times that the test says, served as a log serves them or as an attacker does.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "log/log_test_support.h"
#include "permit/log_copy.h"

namespace cheget::test_support {

/// Who signs a checkpoint: the log by its key's number, the witnesses with their clocks.
struct Sealing {
    std::uint8_t log_key = 1;
    std::vector<log::testing::Cosigning> witnesses;
    std::uint8_t also_by_log_key = 0;  ///< 0 for none: the key before or after
};

/// The log's key of that number, all of one name.
log::testing::TestSigner test_log_key(std::uint8_t number);

/// `log: …` and `witnesses: …`, then `witness` blocks, as a policy of the log names them.
std::string log_lines(std::uint8_t log_key, std::size_t needed,
                      const std::vector<std::uint8_t>& witnesses);
std::string witness_blocks(const std::vector<std::uint8_t>& witnesses);

class TestLog {
  public:
    std::uint64_t size() const { return entries_.size(); }
    /// Gives its index.
    std::uint64_t add(std::string entry);
    /// Signs and publishes the checkpoint of all entries, or of the first `size`.
    const std::string& seal(const Sealing& by) { return seal(by, size()); }
    const std::string& seal(const Sealing& by, std::uint64_t size);
    /// A checkpoint that is signed and not published.
    std::string signed_checkpoint(const Sealing& by, std::uint64_t size) const;

    const std::vector<std::string>& entries() const { return entries_; }
    /// Serves what was published: entries and tiles of the newest checkpoint.
    log::Fetch fetch() const;
    /// What the newest checkpoint shows.
    std::string newest() const { return published_.empty() ? "" : published_.rbegin()->second; }
    void withhold_checkpoint(std::uint64_t size) { published_.erase(size); }

  private:
    base::Result<std::string> serve(const std::string& path) const;

    std::vector<std::string> entries_;
    std::vector<base::Digest> leaves_;
    std::map<std::uint64_t, std::string> published_;
};

}  // namespace cheget::test_support
