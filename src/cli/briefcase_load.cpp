// briefcase load and export: permit files in, votes and custody out.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/bearer.h"
#include "cli/codes.h"
#include "cli/commands.h"
#include "cli/taking_in.h"
#include "permit/permit.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct LoadOptions {
    CaseOptions of_case;
    std::vector<std::string> files;
    std::string parts;
};

struct ExportOptions {
    CaseOptions of_case;
    std::string output;
    CodePlace place;
};

/// Permit files, and what makes some: codes as bytes, pictures of codes, folders of parts.
Result<std::vector<std::string>> take_in(Session& session, const LoadOptions& options) {
    std::vector<std::string> refused;
    const briefcase::Intake intake = TRY(read_all(options.files, options.parts, refused));
    refused.insert(refused.end(), intake.refused().begin(), intake.refused().end());
    for (const std::string& one : refused) {
        session.end_with(static_cast<int>(ErrorKind::bad_input),
                         fmt::format("{} {}\n", session.bad("Refused:"), one));
    }
    if (!intake.votes().empty() || !intake.statements().empty()) {
        session.end_with(static_cast<int>(ErrorKind::bad_input),
                         fmt::format("{} votes and other single statements come out of a "
                                     "briefcase, and don't go in\n",
                                     session.bad("Refused:")));
    }
    tell_incomplete(session, intake, options.parts);
    std::size_t bytes = 0;
    for (const std::string& permit : intake.permits()) {
        bytes += permit.size();
        const auto parsed = permit::parse_permit(base::as_bytes(permit));
        if (!parsed || bytes > briefcase::k_most_load_bytes) {
            return base::bad_input(
                fmt::format("loading {}: {}", base::shown(options.files.front()),
                            parsed ? "it is more than a briefcase holds" : parsed.error().message));
        }
    }
    return intake.permits();
}

Outcome load(Session& session, const LoadOptions& options) {
    const briefcase::Case folder = TRY(briefcase::Case::open(options.of_case.folder));
    const std::vector<std::string> permits = TRY(take_in(session, options));
    std::vector<std::string> names;
    if (!permits.empty()) {
        names = TRY(load_into(session, folder, permits, options.of_case));
    }
    for (const std::string& name : names) {
        session.say("{} inbox/{}\n", session.good("Loaded:"), name);
    }
    session.write_json({base::Json::Object{{"loaded", list_json(names)}}});
    return 0;
}

/// Everything signed that has to leave the case: the outbox, then the journal, each text once.
Result<std::vector<std::string>> outgoing(const briefcase::Case& folder) {
    std::vector<std::string> texts;
    for (briefcase::Case::Outgoing& one : TRY(folder.outbox())) {
        texts.push_back(std::move(one.signed_text));
    }
    for (std::string& one : TRY(folder.journal())) {
        if (std::find(texts.begin(), texts.end(), one) == texts.end()) {
            texts.push_back(std::move(one));
        }
    }
    return texts;
}

Outcome take_out(Session& session, const ExportOptions& options) {
    const briefcase::Case folder = TRY(briefcase::Case::open(options.of_case.folder));
    const std::vector<std::string> texts = TRY(outgoing(folder));
    if (texts.empty()) {
        return fail(ErrorKind::usage, "exporting: there is nothing in the outbox or the journal");
    }
    if (options.place.is_set() != options.output.empty()) {
        return fail(ErrorKind::usage,
                    "exporting: say where to, by one of --output FILE, --qr, --pdf FILE and --png "
                    "FOLDER");
    }
    if (options.place.is_set()) {
        std::vector<Outgoing> all;
        for (const std::string& text : texts) {
            all.push_back(TRY(outgoing_of(text)));
        }
        TRY(put_out_as_codes(session, options.place, folder.seal().domain.name, all));
        session.write_json({base::Json::Object{{"statements", number_json(texts.size())}}});
        return 0;
    }
    permit::Permit permit;
    permit.statements.assign(texts.begin(), texts.end());
    const std::string bytes = TRY(permit::render_permit(permit));
    if (options.output == "-") {
        session.keep_stdout_for_data();
        session.write_data(bytes);
        return 0;
    }
    std::error_code error;
    std::vector<std::string> written;
    if (std::filesystem::is_directory(options.output, error)) {
        for (const std::string& text : texts) {
            const auto parts = TRY(statement::split_signed(text));
            const auto kind = TRY(statement::kind_of(parts.text));
            const std::filesystem::path path =
                std::filesystem::path(options.output) /
                fmt::format("{}.{}", base::to_hex(statement::id_of(parts.text)),
                            statement::name_of(kind));
            TRY(store::write_file_durably(std::filesystem::absolute(path), text));
            written.push_back(path.string());
        }
    } else {
        TRY(store::write_file_durably(std::filesystem::absolute(options.output), bytes));
        written.push_back(options.output);
    }
    for (const std::string& path : written) {
        session.say("{} {}\n", session.good("Written:"), base::shown(path));
    }
    session.write_json({base::Json::Object{{"statements", number_json(texts.size())},
                                           {"written", list_json(written)}}});
    return 0;
}

}  // namespace

void add_briefcase_load(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "load", "Put loads into a briefcase, once they proved good",
        "  cheget briefcase load /media/case order.permit\n"
        "  cheget briefcase load /media/case photo-1.jpg photo-2.jpg --parts read\n"
        "  cheget permit 5f0c27 -o order.permit --for-size 4711 --log https://log.example.org");
    auto options = std::make_shared<LoadOptions>();
    add_case_options(command, options->of_case, false);
    command
        ->add_option(
            "files", options->files,
            "Permit files, codes as bytes (`-` is stdin), or PNG and JPEG pictures of codes")
        ->required()
        ->type_name("FILE|IMAGE");
    add_parts_option(command, options->parts);
    on_chosen(command, session, [&session, options] { return load(session, *options); });
}

void add_briefcase_export(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "export", "Take votes and custody out of a briefcase",
        "  cheget briefcase export /media/case --output votes.permit\n"
        "  cheget briefcase export /media/case --output folder/     one file each\n"
        "  cheget briefcase export /media/case --qr                 codes, to be photographed\n"
        "  cheget add votes.permit                                 where the domain is");
    auto options = std::make_shared<ExportOptions>();
    command->add_option("case", options->of_case.folder, "The briefcase's folder")
        ->required()
        ->type_name("CASE");
    command
        ->add_option("-o,--output", options->output,
                     "One permit file; in a folder that is there one file each; `-` is stdout")
        ->type_name("FILE");
    add_code_place(command, options->place);
    on_chosen(command, session, [&session, options] { return take_out(session, *options); });
}

}  // namespace cheget::cli
