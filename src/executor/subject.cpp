// Reading permits, order folders and the drop folder.
#include "executor/subject.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "store/beneath.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Kind;

constexpr std::size_t k_longest_permit =
    permit::k_most_statement_bytes + permit::k_most_file_bytes + permit::k_most_entry_bytes +
    (std::size_t{64} << 20U);  // checkpoints, and the parts' own lines
constexpr std::size_t k_most_dropped_files = permit::k_most_statements;

}  // namespace

std::optional<base::BytesView> Material::file(const base::Digest& digest) const {
    for (const auto& [name, content] : files) {
        if (name == digest) {
            return base::as_bytes(content);
        }
    }
    return std::nullopt;
}

Result<Subject> Subject::open(const std::string& path) {
    Subject subject;
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    if (error || !std::filesystem::is_directory(absolute, error)) {
        subject.permit_path_ = path;
        return subject;
    }
    std::filesystem::path folder = absolute.lexically_normal();
    if (!folder.has_filename()) {
        folder = folder.parent_path();
    }
    base::Digest order;
    if (!base::decode_hex(folder.filename().native(), order.bytes) ||
        folder.parent_path().filename() != "orders") {
        return fail(ErrorKind::usage,
                    fmt::format("{} is neither a permit file nor an order's folder, which is "
                                "DOMAIN_FOLDER/orders/<64 hex digits>",
                                base::shown(path)));
    }
    subject.order_ = order;
    subject.folder_ = TRY(store::DomainFolder::open(folder.parent_path().parent_path()));
    return subject;
}

Result<Material> Subject::load() const {
    Material material;
    const std::string bytes = TRY(folder_ ? folder_->make_permit(order_)
                                          : store::read_file(permit_path_, k_longest_permit));
    permit::Permit permit = TRY(permit::parse_permit(base::as_bytes(bytes)));
    for (const std::string_view statement : permit.statements) {
        material.statements.emplace_back(statement);
    }
    for (const permit::Permit::File& file : permit.files) {
        material.files.emplace_back(file.digest, base::as_text(file.content));
    }
    material.extract = std::move(permit.extract);
    return material;
}

std::vector<std::string> Subject::file_beside(const std::vector<store::Outgoing>& statements) {
    std::vector<std::string> failures;
    if (folder_) {
        for (const store::Outgoing& one : statements) {
            const auto added = folder_->add(one.signed_text);
            if (!added) {
                failures.push_back(added.error().message);
            }
        }
    }
    return failures;
}

Result<base::Digest> order_among(const std::vector<std::string>& statements) {
    for (const std::string& signed_text : statements) {
        const auto split = statement::split_signed(signed_text);
        if (!split) {
            continue;
        }
        const auto kind = statement::kind_of(split->text);
        if (kind && *kind == Kind::order) {
            return statement::id_of(split->text);
        }
    }
    return base::bad_input("there is no order in it");
}

Result<std::vector<std::string>> read_drop_folder(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
        return fail(ErrorKind::unreachable,
                    fmt::format("the drop folder {} is not there, so a veto could not be seen; "
                                "make it again",
                                base::shown(path)));
    }
    const auto refuse = [&](std::string_view what, const std::string& why) {
        return fail(ErrorKind::denied,
                    fmt::format("{} in the drop folder {} could not be read, and it may be a veto: "
                                "{}; nothing was done, look at it and take it away",
                                base::shown(what), base::shown(path), why));
    };
    const std::filesystem::path whole(path);
    const store::Beneath parent = TRY(store::Beneath::open(whole.parent_path().native()));
    const std::string folder = whole.filename().native();
    const auto names = parent.list(folder, k_most_dropped_files);
    if (!names) {
        return refuse("something", names.error().message);
    }
    std::vector<std::string> all;
    for (const std::string& name : *names) {
        auto content = parent.read(folder + "/" + name, statement::k_longest_signed);
        if (!content) {
            return refuse(name, content.error().message);
        }
        if (!*content) {
            continue;  // taken away since the listing
        }
        const auto split = statement::split_signed(**content);
        if (!split) {
            return refuse(name, split.error().message);
        }
        const auto kind = statement::kind_of(split->text);
        if (!kind) {
            return refuse(name, kind.error().message);
        }
        if (*kind != Kind::order) {
            all.push_back(**std::move(content));
        }
    }
    return all;
}

}  // namespace cheget::executor
