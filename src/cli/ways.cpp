// One try by each way.
#include "cli/ways.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/log_source.h"
#include "executor/log_source.h"
#include "net/http_client.h"
#include "store/beneath.h"

namespace cheget::cli {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::chrono::seconds k_longest_wait(10);

std::string without_slash(std::string place) {
    while (place.size() > 1 && place.ends_with('/')) {
        place.pop_back();
    }
    return place;
}

Result<net::Response> post(const std::string& url, std::string_view body, std::size_t most,
                           const GoOn& go_on) {
    net::Ask asked{.url = url};
    asked.method = "POST";
    asked.body = body;
    asked.longest_answer = most;
    asked.longest_wait = k_longest_wait;
    asked.go_on = go_on;
    return net::ask(asked);
}

/// What a server says for itself, as far as it is fit to be shown.
std::string said(const net::Response& answer) {
    constexpr std::size_t k_most = 300;
    std::string text = base::shown(answer.body.substr(0, k_most));
    return text.empty() ? fmt::format("it answers {}", answer.status)
                        : fmt::format("it answers {}: {}", answer.status, text);
}

std::unexpected<base::Error> not_there(const Way& way, std::string_view why) {
    return fail(ErrorKind::unreachable, fmt::format("{}: {}", to_text(way), why));
}

/// A proof of the entry under the checkpoint that is published now. Nothing of it is verified here.
Result<log::ProofFile> read_proof(const log::Fetch& fetch, log::RemoteLog& remote,
                                  std::uint64_t index) {
    const std::string checkpoint = TRY(remote.checkpoint());
    const log::Note note = TRY(log::parse_note(checkpoint));
    const log::Checkpoint head = TRY(log::parse_checkpoint(note.text));
    if (head.size <= index) {
        return fail(ErrorKind::waiting,
                    fmt::format("its witnessed checkpoint has {} entries, and this is entry {}",
                                head.size, index));
    }
    if (const auto served = fetch("proof/" + std::to_string(index), log::k_longest_proof_file)) {
        return log::parse_proof_file(*served);
    }
    return log::ProofFile{
        {},
        index,
        TRY(log::make_inclusion_proof(index, head.size, remote.hashes(head.size))),
        checkpoint};
}

/// The same under the first witnessed checkpoint that has the entry.
Result<log::ProofFile> read_early_proof(const log::Fetch& fetch, log::RemoteLog& remote,
                                        std::uint64_t index) {
    const std::string checkpoint =
        TRY(fetch(fmt::format("witnessed?from={}", index + 1), log::k_longest_note));
    const log::Note note = TRY(log::parse_note(checkpoint));
    const log::Checkpoint head = TRY(log::parse_checkpoint(note.text));
    return log::ProofFile{
        {},
        index,
        TRY(log::make_inclusion_proof(index, head.size, remote.hashes(head.size))),
        checkpoint};
}

}  // namespace

std::string to_text(const Way& way) {
    const bool is_folder = way.kind == Way::Kind::log_folder || way.kind == Way::Kind::drop_folder;
    return fmt::format("the {}{} {}", way.is_log() ? "log" : "drop", is_folder ? " folder" : "",
                       base::shown(way.place));
}

Way log_way(const std::string& place) {
    return {executor::is_url(place) ? Way::Kind::log_url : Way::Kind::log_folder,
            without_slash(place)};
}

Way drop_way(const policy::Drop& drop) {
    return {drop.is_folder() ? Way::Kind::drop_folder : Way::Kind::drop_url, drop.place};
}

Result<Recorded> accept_proof(const log::ProofFile& proof, std::string_view signed_text,
                              const log::Trust& trust) {
    auto opened = TRY(log::verify(proof, base::as_bytes(signed_text), trust));
    return Recorded{proof, std::move(opened)};
}

Result<Promise> submit(const Way& way, std::string_view signed_text, const log::Trust& trust,
                       const GoOn& go_on) {
    const net::Response answer =
        TRY(post(way.place + "/statement", signed_text, log::k_longest_proof_file, go_on));
    if (answer.status == 403 || answer.status == 422) {
        return fail(ErrorKind::denied, fmt::format("{}: {}", to_text(way), said(answer)));
    }
    if (answer.status != 200) {
        return not_there(way, said(answer));
    }
    const auto promise = [&]() -> Result<Promise> {
        log::ProofFile proof = TRY(log::parse_proof_file(answer.body));
        const auto opened = TRY(log::open_checkpoint(proof.checkpoint, trust));
        TRY(log::verify_inclusion(proof.index, opened.checkpoint.size,
                                  log::hash_leaf(base::as_bytes(signed_text)), proof.proof,
                                  opened.checkpoint.root));
        return Promise{proof.index, std::move(proof)};
    }();
    if (!promise) {
        return not_there(way,
                         fmt::format("its answer proves nothing: {}", promise.error().message));
    }
    return promise;
}

Result<Recorded> fetch_proof(const Way& way, std::uint64_t index, std::string_view signed_text,
                             const log::Trust& trust, const GoOn& go_on) {
    const log::Fetch fetch = TRY(executor::open_log_source(way.place, go_on));
    log::RemoteLog remote(fetch);
    const auto proof = read_proof(fetch, remote, index);
    if (!proof) {
        return fail(
            proof.error().kind == ErrorKind::waiting ? ErrorKind::waiting : ErrorKind::unreachable,
            fmt::format("{}: {}", to_text(way), proof.error().message));
    }
    auto recorded = accept_proof(*proof, signed_text, trust);
    if (!recorded) {  // it may be an enactment, after which others vouch for the log
        if (const auto early = read_early_proof(fetch, remote, index)) {
            if (auto proved = accept_proof(*early, signed_text, trust)) {
                return proved;
            }
        }
        return not_there(way, fmt::format("its proof does not hold: {}", recorded.error().message));
    }
    return recorded;
}

Result<std::optional<std::uint64_t>> Search::look(const Way& way, std::string_view signed_text,
                                                  const log::Trust& trust, const GoOn& go_on) {
    const log::RemoteLog remote(TRY(executor::open_log_source(way.place, go_on)));
    const std::string checkpoint = TRY(remote.checkpoint());
    if (found_ || checkpoint == state_.checkpoint()) {
        return found_;
    }
    std::optional<std::uint64_t> place;
    state_ = TRY(remote.follow(state_, checkpoint, trust,
                               [&](std::uint64_t index, std::string_view entry) -> Result<void> {
                                   if (!place && entry == signed_text) {
                                       place = index;
                                   }
                                   return {};
                               },
                               {}));
    found_ = place;
    return found_;
}

Result<void> leave(const Way& way, std::string_view signed_text, const GoOn& go_on) {
    if (way.kind == Way::Kind::drop_url) {
        constexpr std::size_t k_longest_answer = 64 * 1024;
        const net::Response answer = TRY(post(way.place, signed_text, k_longest_answer, go_on));
        return answer.status >= 200 && answer.status <= 204 ? Result<void>()
                                                            : not_there(way, said(answer));
    }
    const auto folder = store::Beneath::open(way.place);
    if (!folder) {
        return not_there(way, folder.error().message);
    }
    const statement::SignedText parts = TRY(statement::split_signed(signed_text));
    const statement::Kind kind = TRY(statement::kind_of(parts.text));
    const auto written = folder->write(
        fmt::format("{}.{}", base::to_hex(base::sha256(signed_text)), statement::name_of(kind)),
        signed_text);
    return written ? Result<void>() : not_there(way, written.error().message);
}

}  // namespace cheget::cli
