// A witness over a folder.
#include "authority/witness_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "base/text.h"
#include "store/file.h"

namespace cheget::authority {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::size_t k_longest_state = 4096;

}  // namespace

Result<std::unique_ptr<WitnessService>> WitnessService::open(std::filesystem::path folder,
                                                             WitnessSigner signer,
                                                             const std::vector<log::NoteKey>& logs,
                                                             std::function<base::Time()> clock) {
    std::unique_ptr<WitnessService> service(
        new WitnessService(std::move(folder), std::move(signer), std::move(clock)));
    TRY(store::make_folder_durably(service->folder_, 0700));
    const std::filesystem::path lock = service->folder_ / "lock";
    service->lock_ =
        store::Descriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!service->lock_.is_open() || ::flock(service->lock_.number(), LOCK_EX | LOCK_NB) != 0) {
        const std::string reason = store::system_reason();
        return base::fail(ErrorKind::unreachable,
                          fmt::format("cannot take the witness's folder {}: {}; one process at a "
                                      "time may sign with it",
                                      base::shown(service->folder_.native()), reason));
    }
    for (const log::NoteKey& key : logs) {
        if (key.type != signature::k_note_ed25519) {
            return base::bad_input(fmt::format("{} is the key of no log", signature::to_text(key)));
        }
        service->logs_[key.name].keys.push_back(key);
    }
    for (auto& [origin, state] : service->logs_) {
        TRY(service->read_state(origin, state));
    }
    return service;
}

std::filesystem::path WitnessService::file_of(std::string_view origin) const {
    return folder_ / (base::to_hex(base::sha256(origin)) + ".checkpoint");
}

Result<void> WitnessService::read_state(const std::string& origin, log::WitnessedLog& state) const {
    const std::filesystem::path path = file_of(origin);
    std::error_code failed;
    if (!std::filesystem::exists(std::filesystem::symlink_status(path, failed))) {
        return {};
    }
    const std::string text = TRY(store::read_file(path, k_longest_state));
    const auto checkpoint = log::parse_checkpoint(text);
    if (!checkpoint || checkpoint->origin != origin) {
        return base::fail(
            ErrorKind::corrupt_state,
            fmt::format("the witness's file {} does not tell what was signed of {}: it must be "
                        "restored, or the witness given a new key; it could sign a fork otherwise",
                        base::shown(path.native()), base::shown(origin)));
    }
    state.size = checkpoint->size;
    state.root = checkpoint->root;
    return {};
}

const log::WitnessedLog* WitnessService::find(std::string_view origin) const {
    const auto found = logs_.find(origin);
    return found == logs_.end() ? nullptr : &found->second;
}

// Keeps the checkpoint, then signs it: what was signed is never forgotten.
Result<std::string> WitnessService::cosign(const log::WitnessAnswer& answer) {
    const log::Checkpoint& checkpoint = *answer.accepted;
    TRY(store::write_file_durably(file_of(checkpoint.origin), log::to_text(checkpoint), 0600));
    log::WitnessedLog& state = logs_.find(checkpoint.origin)->second;
    state.size = checkpoint.size;
    state.root = checkpoint.root;
    const base::Time now = clock_();
    const base::Bytes signature = TRY(signer_.sign(log::cosigned_message(now, answer.text)));
    return log::render(log::make_cosignature(signer_.key, now, signature));
}

net::Response WitnessService::add_checkpoint(std::string_view body) {
    const std::lock_guard lock(mutex_);
    const log::WitnessAnswer answer =
        log::decide_witness(body, [&](std::string_view origin) { return find(origin); });
    if (answer.status != 200) {
        net::Response response;
        response.status = answer.status;
        response.body = answer.body;
        response.content_type = answer.body_type;
        return response;
    }
    const auto lines = cosign(answer);
    if (!lines) {
        return net::problem(500, "Internal Server Error", lines.error().message);
    }
    net::Response response;
    response.body = *lines;
    return response;
}

net::Handler witness_handler(WitnessService& service) {
    return [&service](const net::Request& request) -> net::Response {
        if (request.path != "/add-checkpoint") {
            return net::problem(404, "Not Found", "there is /add-checkpoint");
        }
        if (request.method != "POST") {
            net::Response response =
                net::problem(405, "Method Not Allowed", "a checkpoint is handed in with POST");
            response.headers.emplace_back("Allow", "POST");
            return response;
        }
        return service.add_checkpoint(request.body);
    };
}

}  // namespace cheget::authority
