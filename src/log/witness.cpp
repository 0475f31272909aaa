// The witness's decision, step by step as C2SP tlog-witness orders it.
#include "log/witness.h"

#include <fmt/format.h>

#include "base/text.h"
#include "log/proof_file.h"

namespace cheget::log {
namespace {

constexpr std::string_view k_old = "old ";

WitnessAnswer refuse(int status, const std::string& why, bool suspicious = false) {
    WitnessAnswer answer;
    answer.status = status;
    answer.body = why + '\n';
    answer.suspicious = suspicious;
    return answer;
}

base::Result<void> check_growth(const AddCheckpoint& request, const WitnessedLog& known,
                                const Checkpoint& checkpoint) {
    if (request.old_size == 0 && checkpoint.size != 0) {
        return request.proof.empty() ? base::Result<void>()
                                     : base::bad_input("from 0 entries the proof must be empty");
    }
    if (checkpoint.size == 0) {  // parse_checkpoint saw to the root
        return request.proof.empty() ? base::Result<void>()
                                     : base::bad_input("to 0 entries the proof must be empty");
    }
    return verify_consistency(request.old_size, checkpoint.size, known.root, checkpoint.root,
                              request.proof);
}

}  // namespace

base::Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
    if (body.size() > k_longest_add_checkpoint) {
        return base::bad_input("the request is too long");
    }
    const std::string_view line = base::take_until(body, '\n');
    if (!line.starts_with(k_old)) {
        return base::bad_input("the request does not begin with `old SIZE`");
    }
    AddCheckpoint request;
    request.old_size = TRY(base::parse_number(line.substr(k_old.size()), k_largest_size));
    request.proof = TRY(take_hash_lines(body));
    request.checkpoint = body;
    return request;
}

std::string render(const AddCheckpoint& request) {
    return fmt::format("{}{}\n{}\n{}", k_old, request.old_size, render_hash_lines(request.proof),
                       request.checkpoint);
}

WitnessAnswer decide_witness(std::string_view body, const FindLog& find) {
    const auto request = parse_add_checkpoint(body);
    if (!request) {
        return refuse(400, request.error().message);
    }
    const auto note = parse_note(request->checkpoint);
    if (!note) {
        return refuse(400, note.error().message);
    }
    const auto checkpoint = parse_checkpoint(note->text);
    if (!checkpoint) {
        return refuse(400, checkpoint.error().message);
    }
    const WitnessedLog* known = find(checkpoint->origin);
    if (known == nullptr) {
        return refuse(404, fmt::format("this witness does not serve the log {}",
                                       base::shown(checkpoint->origin)));
    }
    if (const auto verified = verify_note(*note, known->keys); !verified) {
        return refuse(403, verified.error().message);
    }
    if (request->old_size > checkpoint->size) {
        return refuse(400, fmt::format("the old size {} is above the checkpoint's {}",
                                       request->old_size, checkpoint->size));
    }
    if (request->old_size != known->size) {
        WitnessAnswer answer = refuse(409, fmt::format("{}", known->size));
        answer.body_type = "text/x.tlog.size";
        return answer;
    }
    if (const auto grown = check_growth(*request, *known, *checkpoint); !grown) {
        return refuse(422, grown.error().message, true);
    }
    WitnessAnswer answer;
    answer.accepted = *checkpoint;
    answer.text = note->text;
    return answer;
}

}  // namespace cheget::log
