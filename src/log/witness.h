// What a witness decides (C2SP tlog-witness): whether a log's new checkpoint grew out of the last
// one that the witness signed. Pure; who calls it persists and signs.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/checkpoint.h"
#include "log/proof.h"

namespace cheget::log {

constexpr std::size_t k_longest_add_checkpoint = k_longest_note + 4096;

/// A request to witness: `old SIZE`, hashes, an empty line, the signed checkpoint.
struct AddCheckpoint {
    std::uint64_t old_size = 0;
    Proof proof;
    std::string checkpoint;
    bool operator==(const AddCheckpoint&) const = default;
};

base::Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);
std::string render(const AddCheckpoint& request);

/// What a witness keeps of one log.
struct WitnessedLog {
    std::vector<NoteKey> keys;  ///< of its checkpoints; all carry the log's name
    std::uint64_t size = 0;     ///< of the last checkpoint that it cosigned; 0 before the first
    Digest root = empty_root();
};

/// Finds a log by its origin; null if the witness does not serve it.
using FindLog = std::function<const WitnessedLog*(std::string_view origin)>;

/// The answer to a request. With status 200, `accepted` is to be made the log's last checkpoint,
/// durably and in one step with this decision, before its cosignature goes out.
struct WitnessAnswer {
    int status = 200;
    std::string body;  ///< of the answer, unless it is 200: then cosignature lines
    std::string_view body_type = "text/plain; charset=utf-8";
    std::optional<Checkpoint> accepted;
    std::string text;  ///< the checkpoint's signed text, to cosign
    /// The log signed two trees of which neither grew out of the other, or signed what its proof
    /// does not bear out: the request is worth keeping.
    bool suspicious = false;
};

/// 400 not a request, or old above new; 404 the log is unknown; 403 no valid signature of it; 409
/// the witness stands at another size, which the body tells; 422 the proof is bad, or there with an
/// old size of 0, or sizes are equal and roots are not.
WitnessAnswer decide_witness(std::string_view body, const FindLog& find);

}  // namespace cheget::log
