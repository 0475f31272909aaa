// A drop place over HTTP.
#include "authority/drop_box.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "permit/permit.h"
#include "store/file.h"

namespace cheget::authority {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using net::problem;
using net::Response;

constexpr std::string_view k_revocations = "revocations";
constexpr base::Span k_after_expiry{24 * 60 * 60};

bool is_subject(std::string_view text) {
    base::Digest digest;
    return text == k_revocations ||
           (base::decode_hex(text, digest.bytes) && base::to_hex(digest) == text);
}

std::string hex_of_key(std::string_view fingerprint) {
    return base::to_hex(base::sha256(fingerprint));
}

}  // namespace

Result<DropBox::Dropped> DropBox::read(std::string_view bytes) const {
    const store::NewEntry entry = TRY(admission_.admit(bytes));
    const statement::SignedText parts = TRY(statement::split_signed(bytes));
    if (!entry.stops || entry.rests_on) {
        return base::bad_input(
            "only vetoes, withdrawals and revocations by principals of the domain are left here");
    }
    const auto revocation = statement::parse_revocation(parts.text);
    if (revocation) {
        return Dropped{entry.principal, std::string(k_revocations), hex_of_key(revocation->key),
                       std::nullopt};
    }
    const statement::Vote vote = TRY(statement::parse_vote(parts.text));
    if (const auto* order = std::get_if<statement::OnOrder>(&vote.on)) {
        const std::string subject = base::to_hex(order->id);
        return Dropped{entry.principal, subject, subject,
                       TRY(statement::parse_order(vote.subject_text)).expires};
    }
    const std::string subject = base::to_hex(std::get<statement::PolicyReference>(vote.on).id);
    return Dropped{entry.principal, subject, subject, std::nullopt};
}

void DropBox::count(const Dropped& dropped, const std::string& name, std::size_t bytes) {
    Signer& signer = signers_[dropped.signer];
    signer.kept[name] = {dropped.subject, bytes, dropped.until};
    signer.bytes += bytes;
    ++signer.about[dropped.about];
    auto& [statements, all_bytes] = subjects_[dropped.subject];
    ++statements;
    all_bytes += bytes;
}

Result<std::unique_ptr<DropBox>> DropBox::open(std::filesystem::path folder,
                                               const Admission& admission,
                                               std::function<base::Time()> clock, DropQuota quota) {
    std::unique_ptr<DropBox> box(
        new DropBox(std::move(folder), admission, std::move(clock), quota));
    TRY(store::make_folder_durably(box->folder_, 0700));
    TRY(box->load());
    return box;
}

// What can't be read any more, such as a statement by somebody who is in no policy now, stays where
// it lies and is not served.
Result<void> DropBox::load() {
    std::error_code error;
    for (const auto& subject : std::filesystem::directory_iterator(folder_, error)) {
        const std::string name = subject.path().filename().string();
        if (!is_subject(name)) {
            continue;
        }
        for (const auto& file : std::filesystem::directory_iterator(subject.path(), error)) {
            const std::string bytes =
                TRY(store::read_file(file.path(), statement::k_longest_signed));
            const auto dropped = read(bytes);
            const std::string own_name = base::to_hex(base::sha256(bytes));
            if (dropped && dropped->subject == name && file.path().filename() == own_name) {
                count(*dropped, own_name, bytes.size());
            }
        }
    }
    if (error) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("reading the drop place {}: {}", base::shown(folder_.string()),
                                error.message()));
    }
    return {};
}

// What nobody needs any more: votes on orders that expired a day ago by this machine's clock.
void DropBox::make_room(Signer& signer) {
    const base::Time now = clock_();
    std::erase_if(signer.kept, [&](const auto& each) {
        const auto& [name, kept] = each;
        if (!kept.until || now <= *kept.until + k_after_expiry) {
            return false;
        }
        std::error_code error;
        std::filesystem::remove(folder_ / kept.subject / name, error);
        if (error) {
            return false;
        }
        signer.bytes -= kept.bytes;
        if (--signer.about[kept.subject] == 0) {
            signer.about.erase(kept.subject);
        }
        auto& [statements, bytes] = subjects_[kept.subject];
        --statements;
        bytes -= kept.bytes;
        if (statements == 0) {
            subjects_.erase(kept.subject);
            std::filesystem::remove(folder_ / kept.subject, error);
        }
        return true;
    });
}

Result<void> DropBox::check_room(const Signer& signer, const Dropped& dropped,
                                 std::size_t bytes) const {
    const auto about = signer.about.find(dropped.about);
    if (about != signer.about.end() && about->second >= quota_.about_one) {
        return fail(ErrorKind::denied,
                    fmt::format("{} has left {} statements about that already: one is enough",
                                dropped.signer, about->second));
    }
    if (signer.kept.size() >= quota_.statements || signer.bytes + bytes > quota_.bytes) {
        return fail(ErrorKind::denied,
                    fmt::format("{} has left {} statements of {} bytes here, and may leave {} of "
                                "{}",
                                dropped.signer, signer.kept.size(), signer.bytes, quota_.statements,
                                quota_.bytes));
    }
    const auto subject = subjects_.find(dropped.subject);
    if (subject != subjects_.end() &&
        (subject->second.first >= permit::k_most_statements ||
         subject->second.second + bytes > permit::k_most_statement_bytes)) {
        return fail(ErrorKind::denied, "as much as one answer holds was left about that already");
    }
    return {};
}

Result<void> DropBox::leave(std::string_view bytes) {
    const Dropped dropped = TRY(read(bytes));
    const std::string name = base::to_hex(base::sha256(bytes));
    const std::lock_guard lock(mutex_);
    Signer& signer = signers_[dropped.signer];
    if (signer.kept.contains(name)) {
        return {};
    }
    if (!check_room(signer, dropped, bytes.size())) {
        make_room(signer);
        TRY(check_room(signer, dropped, bytes.size()));
    }
    TRY(store::make_folder_durably(folder_ / dropped.subject, 0700));
    TRY(store::write_file_durably(folder_ / dropped.subject / name, bytes, 0600));
    count(dropped, name, bytes.size());
    return {};
}

Result<std::optional<std::string>> DropBox::about(std::string_view subject) const {
    if (!is_subject(subject)) {
        return base::bad_input(
            "a subject is the 64 lower-case hexadecimal digits of an order's or policy's id, or "
            "`revocations`");
    }
    const std::lock_guard lock(mutex_);
    if (!subjects_.contains(std::string(subject))) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const auto& [who, signer] : signers_) {
        for (const auto& [name, kept] : signer.kept) {
            if (kept.subject == subject) {
                texts.push_back(TRY(
                    store::read_file(folder_ / kept.subject / name, statement::k_longest_signed)));
            }
        }
    }
    permit::Permit permit;
    permit.statements.assign(texts.begin(), texts.end());
    return TRY(permit::render_permit(permit));
}

namespace {

Response refused(const base::Error& error) {
    switch (error.kind) {
        case ErrorKind::bad_input:
            return problem(422, "Unprocessable Content", error.message);
        case ErrorKind::denied:
            return problem(403, "Forbidden", error.message);
        default:
            return problem(500, "Internal Server Error", error.message);
    }
}

Response fetched(const DropBox& box, std::string_view subject) {
    auto found = box.about(subject);
    if (!found) {
        return refused(found.error());
    }
    Response response;
    response.headers.emplace_back("Cache-Control", "no-store");
    if (!*found) {
        response.status = 204;
        return response;
    }
    response.body = std::move(**found);
    response.content_type = "application/octet-stream";
    return response;
}

Response dropped(DropBox& box, const net::Request& request) {
    const auto left = box.leave(request.body);
    return left ? Response{200, "left\n", "text/plain; charset=utf-8", {}} : refused(left.error());
}

}  // namespace

net::Handler with_drop_box(DropBox& box, net::Handler others) {
    return [&box, others = std::move(others)](const net::Request& request) -> Response {
        constexpr std::string_view k_drop = "/drop";
        const std::string_view path = request.path;
        const bool is_get = request.method == "GET" || request.method == "HEAD";
        if (path == k_drop) {
            if (request.method == "POST") {
                return dropped(box, request);
            }
            Response response =
                problem(405, "Method Not Allowed",
                        "a statement is left with POST; GET /drop/SUBJECT tells what was left");
            response.headers.emplace_back("Allow", "POST");
            return response;
        }
        if (path.starts_with("/drop/") && is_get) {
            return fetched(box, path.substr(k_drop.size() + 1));
        }
        return others(request);
    };
}

}  // namespace cheget::authority
