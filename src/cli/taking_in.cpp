// Reading what a courier brings.
#include "cli/taking_in.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "briefcase/case.h"
#include "cli/domain.h"
#include "permit/permit.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
namespace fs = std::filesystem;

constexpr std::size_t k_most_files = 8192;

/// One file that can't be read must not keep the others, a veto perhaps, from being taken out.
void take_or_refuse(const std::string& name, std::string_view content, briefcase::Intake& intake,
                    std::vector<std::string>& refused) {
    if (const auto added = intake.add(name, content); !added) {
        refused.push_back(fmt::format("{} ({})", name, added.error().message));
    }
}

Result<void> take_case(const std::string& path, briefcase::Intake& intake,
                       std::vector<std::string>& refused) {
    const briefcase::Case folder = TRY(briefcase::Case::open(path));
    std::vector<permit::Ignored> unread;
    const auto outbox = TRY(folder.outbox(&unread));
    for (const auto& one : outbox) {
        take_or_refuse(one.name, one.signed_text, intake, refused);
    }
    // What a bearer made unreadable may have been a veto: it must not go by in silence.
    for (const permit::Ignored& one : unread) {
        refused.push_back(fmt::format("{} ({})", one.what, one.why));
    }
    if (outbox.size() >= briefcase::k_most_outgoing) {
        refused.push_back(
            fmt::format("what else lies in {}/outbox: {} files are the most that are "
                        "read; name the others one by one",
                        path, briefcase::k_most_outgoing));
    }
    for (const auto& one : TRY(folder.journal_files()).files) {
        take_or_refuse(one.name, one.content, intake, refused);
    }
    return {};
}

Result<void> take_folder(const std::string& path, briefcase::Intake& intake,
                         std::vector<std::string>& refused) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& each : fs::directory_iterator(path, error)) {
        if (each.is_regular_file(error)) {
            files.push_back(each.path());
        }
        if (files.size() > k_most_files) {
            return fail(ErrorKind::usage, fmt::format("reading {}: it holds more than {} files",
                                                      base::shown(path), k_most_files));
        }
    }
    if (error) {
        return fail(ErrorKind::unreachable,
                    fmt::format("reading {}: {}", base::shown(path), error.message()));
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        const std::string content = TRY(store::read_file(file, briefcase::k_most_load_bytes));
        take_or_refuse(file.string(), content, intake, refused);
    }
    return {};
}

Result<void> take_in(const std::string& subject, briefcase::Intake& intake,
                     std::vector<std::string>& refused) {
    std::error_code error;
    if (subject == "-") {
        const std::string content = TRY(read_input("-", briefcase::k_most_load_bytes));
        return intake.add("stdin", content);
    }
    if (!fs::is_directory(subject, error)) {
        const std::string content = TRY(store::read_file(subject, briefcase::k_most_load_bytes));
        return intake.add(subject, content);
    }
    return fs::exists(fs::path(subject) / "seal", error) ? take_case(subject, intake, refused)
                                                         : take_folder(subject, intake, refused);
}

/// Parts wait there for those that are still missing; what is complete goes.
Result<void> keep_parts(const std::string& folder, const briefcase::Intake& intake,
                        const std::vector<std::string>& before) {
    TRY(store::make_folder_durably(fs::absolute(folder)));
    for (const auto& kept : intake.kept()) {
        TRY(store::write_file_durably(fs::absolute(folder) / kept.name,
                                      base::as_text(kept.payload)));
    }
    for (const std::string& name : before) {
        const bool still = std::any_of(intake.kept().begin(), intake.kept().end(),
                                       [&](const auto& one) { return one.name == name; });
        std::error_code error;
        if (!still) {
            fs::remove(fs::path(folder) / name, error);
        }
    }
    return {};
}

std::vector<std::string> parts_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    if (folder.empty() || !fs::is_directory(folder, error)) {
        return names;
    }
    for (const auto& each : fs::directory_iterator(folder, error)) {
        if (each.path().extension() == ".part") {
            names.push_back(each.path().filename().string());
        }
    }
    return names;
}

}  // namespace

void add_parts_option(CLI::App* command, std::string& parts) {
    command
        ->add_option("--parts", parts,
                     "Keep parts of what needs several codes here, and go on from those kept")
        ->type_name("FOLDER");
}

Result<briefcase::Intake> read_all(const std::vector<std::string>& subjects,
                                   const std::string& parts, std::vector<std::string>& refused) {
    briefcase::Intake intake;
    const std::vector<std::string> kept_before = parts_in(parts);
    if (!kept_before.empty()) {
        TRY(take_folder(parts, intake, refused));
    }
    for (const std::string& subject : subjects) {
        TRY(take_in(subject, intake, refused));
    }
    if (!parts.empty()) {
        TRY(keep_parts(parts, intake, kept_before));
    }
    return intake;
}

void tell_incomplete(Session& session, const briefcase::Intake& intake, const std::string& kept) {
    for (const auto& one : intake.incomplete()) {
        session.end_with(
            static_cast<int>(ErrorKind::waiting),
            fmt::format("{} parts {} of {} of {} are missing; read those codes too{}\n",
                        session.warning("Incomplete:"), briefcase::numbers_in_words(one.missing),
                        one.count, short_id(one.whole),
                        kept.empty() ? ", all together or with --parts FOLDER, which keeps those "
                                       "that were read"
                                     : fmt::format("; those that were read are kept in {}",
                                                   base::shown(kept))));
    }
}

}  // namespace cheget::cli
