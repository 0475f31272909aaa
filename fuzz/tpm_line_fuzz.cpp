// Any bytes as a seal's `tpm` line, as the challenge of a reset, and as its answer: what is read is
// written again byte for byte, and its names and hashes are computed.
#include <cstdlib>

#include "briefcase/tpm.h"
#include "briefcase/tpm_reset.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;

namespace {

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check_line(std::string_view text) {
    const auto line = briefcase::parse_tpm_line(text);
    if (!line) {
        demand(!line.error().message.empty() && !briefcase::attestation_key_of(text));
        return;
    }
    demand(briefcase::render(*line) == text);
    const auto key = briefcase::attestation_key_of(text);
    demand(key.has_value() && briefcase::point_of(*key) == line->attest);
    demand(briefcase::tries_name(*line) != briefcase::counter_name(*line));
    demand(briefcase::tries_name(*line) != briefcase::tries_name(*line, false));
    demand(briefcase::answer_name(*line) != briefcase::attest_name(line->attest));
    demand(briefcase::storage_name(line->storage) != briefcase::attest_name(line->storage));
}

void check_challenge(std::string_view text) {
    const auto challenge = briefcase::parse_reset_challenge(text);
    if (!challenge) {
        demand(!challenge.error().message.empty());
        return;
    }
    demand(briefcase::render(*challenge) == text);
    demand(briefcase::bytes_of_reset(*challenge).size() == 32 + 4 + 32 + 32);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = base::as_text({data, size});
    check_line(text);
    check_challenge(text);
    if (const auto answer = briefcase::parse_reset_answer(text)) {
        demand(briefcase::render_reset_answer(*answer) == text);
    }
    demand(!briefcase::point_of(
        cheget::signature::PublicKey::from_text(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")
            .value()));
    return 0;
}
