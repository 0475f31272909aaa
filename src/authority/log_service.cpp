// A log over HTTP.
#include "authority/log_service.h"

#include <fmt/format.h>

#include <mutex>

#include "base/text.h"
#include "log/proof_file.h"
#include "log/tile.h"
#include "store/file.h"

namespace cheget::authority {
namespace {

using base::ErrorKind;
using base::Result;
using net::problem;
using net::Response;

constexpr std::size_t k_longest_file = 32 * 1024 * 1024;  // more than any bundle has
constexpr const char* k_octets = "application/octet-stream";
constexpr const char* k_forever = "public, max-age=31536000, immutable";
constexpr const char* k_moment = "no-cache";

// The database opened to read, as often as requests need it at once, and kept for the next ones.
class Readers {
  public:
    explicit Readers(std::filesystem::path database) : database_(std::move(database)) {}

    /// Gives `work` a store that nobody else uses meanwhile.
    template <typename Work>
    auto with(const Work& work) -> decltype(work(std::declval<store::LogStore&>())) {
        store::LogStore store = TRY(take());
        auto done = work(store);
        if (done) {
            const std::lock_guard lock(mutex_);
            kept_.push_back(std::move(store));
        }
        return done;
    }

  private:
    Result<store::LogStore> take() {
        {
            const std::lock_guard lock(mutex_);
            if (!kept_.empty()) {
                store::LogStore store = std::move(kept_.back());
                kept_.pop_back();
                return store;
            }
        }
        return store::LogStore::open_to_read(database_);
    }

    const std::filesystem::path database_;
    std::mutex mutex_;
    std::vector<store::LogStore> kept_;
};

struct Service {
    LogService of;
    std::shared_ptr<Readers> readers;
};

Response not_found(std::string_view what) {
    return problem(404, "Not Found", what);
}

Response told(const base::Error& error) {
    switch (error.kind) {
        case ErrorKind::bad_input:
        case ErrorKind::usage:
            return problem(422, "Unprocessable Content", error.message);
        case ErrorKind::denied:
            return problem(403, "Forbidden", error.message);
        case ErrorKind::unreachable:
        case ErrorKind::waiting:
            return problem(503, "Service Unavailable", error.message);
        default:
            return problem(500, "Internal Server Error", error.message);
    }
}

// A published file. The path is one that we made, never the client's.
Response file(const std::filesystem::path& path, const char* type, const char* cached) {
    auto content = store::read_file(path, k_longest_file);
    if (!content) {
        return not_found("it is not published, or not yet");
    }
    Response response;
    response.body = std::move(*content);
    response.content_type = type;
    response.headers.emplace_back("Cache-Control", cached);
    return response;
}

Response proof_answer(const log::ProofFile& proof) {
    Response response;
    response.body = log::render(proof);
    response.headers.emplace_back("Cache-Control", k_moment);
    return response;
}

Result<log::ProofFile> prove(const Service& service, std::uint64_t index, std::uint64_t size,
                             const log::GrowingTree& tree, const std::string& checkpoint) {
    return service.readers->with([&](store::LogStore& store) -> Result<log::ProofFile> {
        const log::TileReader read_full = [&](const log::Tile& tile) { return store.tile(tile); };
        return log::ProofFile{{},
                              index,
                              TRY(log::make_inclusion_proof(index, size, tree.reader(read_full))),
                              checkpoint};
    });
}

Response submit(const Service& service, const std::string& body) {
    const auto rules = service.of.sequencer->rules();
    const auto find_proposed = [&](const base::Digest& policy) {
        return service.readers->with(
            [&](store::LogStore& store) { return rules->find_proposed(policy, store); });
    };
    auto entry =
        rules ? rules->admission()->admit(body, find_proposed) : service.of.admission->admit(body);
    if (!entry) {
        return told(entry.error());
    }
    const auto sequenced = service.of.sequencer->submit(std::move(*entry));
    if (!sequenced) {
        return told(sequenced.error());
    }
    const auto proof = prove(service, sequenced->accepted.index, sequenced->head.size,
                             *sequenced->tree, sequenced->head.checkpoint);
    return proof ? proof_answer(*proof) : told(proof.error());
}

Response witnessed(const Service& service, std::string_view from) {
    const auto size = base::parse_number(from, log::k_largest_size);
    if (!size) {
        return problem(400, "Bad Request", "write /witnessed?from=SIZE, or /witnessed/SIZE");
    }
    auto found =
        service.readers->with([&](store::LogStore& store) { return store.witnessed_from(*size); });
    if (!found) {
        return told(found.error());
    }
    if (!*found) {
        return not_found(fmt::format("no checkpoint of {} entries or more is witnessed", *size));
    }
    Response response;
    response.body = std::move(**found);
    response.headers.emplace_back("Cache-Control", k_moment);
    return response;
}

// Under the newest published checkpoint.
Response published_proof(const Service& service, std::string_view number) {
    const auto index = base::parse_number(number, log::k_largest_size);
    if (!index) {
        return problem(400, "Bad Request", "write /proof/INDEX");
    }
    const auto proof = [&]() -> Result<log::ProofFile> {
        const std::string text =
            TRY(store::read_file(service.of.folder / "checkpoint", log::k_longest_note));
        const log::Note note = TRY(log::parse_note(text));
        const log::Checkpoint checkpoint = TRY(log::parse_checkpoint(note.text));
        return prove(service, *index, checkpoint.size, *service.of.sequencer->view().tree, text);
    }();
    if (!proof) {
        return proof.error().kind == ErrorKind::bad_input
                   ? not_found(fmt::format("entry {} is not published, or not yet", *index))
                   : told(proof.error());
    }
    return proof_answer(*proof);
}

Response get(const Service& service, const net::Request& request) {
    constexpr std::string_view k_witnessed = "/witnessed/";
    constexpr std::string_view k_proof = "/proof/";
    const std::string_view path = request.path;
    if (path == "/checkpoint") {
        if (service.of.freshen) {
            service.of.freshen();
        }
        return file(service.of.folder / "checkpoint", "text/plain; charset=utf-8", k_moment);
    }
    if (path.starts_with("/tile/")) {
        const auto tile = log::parse_tile_path(path.substr(1));
        return tile ? file(service.of.folder / log::path_of(*tile), k_octets, k_forever)
                    : problem(400, "Bad Request", tile.error().message);
    }
    if (path == "/witnessed") {
        return witnessed(service, request.query_value("from"));
    }
    if (path.starts_with(k_witnessed)) {
        const auto size = base::parse_number(path.substr(k_witnessed.size()), log::k_largest_size);
        return size ? file(service.of.folder / "witnessed" / std::to_string(*size),
                           "text/plain; charset=utf-8", k_moment)
                    : problem(400, "Bad Request", "write /witnessed/SIZE");
    }
    if (path.starts_with(k_proof)) {
        return published_proof(service, path.substr(k_proof.size()));
    }
    if (path == "/readyz") {
        return {200, "ready\n", "text/plain; charset=utf-8", {}};
    }
    return not_found("there are /checkpoint, /tile/, /witnessed/SIZE, /proof/INDEX, /statement");
}

}  // namespace

net::Handler log_handler(const LogService& log) {
    const Service service{log, std::make_shared<Readers>(log.database)};
    return [service](const net::Request& request) -> Response {
        if (request.method == "GET" || request.method == "HEAD") {
            return get(service, request);
        }
        if (request.path != "/statement") {
            return not_found("only /statement takes anything");
        }
        if (request.method != "POST") {
            Response response =
                problem(405, "Method Not Allowed", "a statement is handed in with POST");
            response.headers.emplace_back("Allow", "POST");
            return response;
        }
        return submit(service, request.body);
    };
}

}  // namespace cheget::authority
