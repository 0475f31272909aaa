// log submit: hands in what was signed before, on another machine or while the log was away.
#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/log_source.h"
#include "cli/recording.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
namespace fs = std::filesystem;

constexpr std::size_t k_most_files = 4096;

bool is_statement_file(const fs::path& path) {
    constexpr std::string_view k_endings[] = {".vote",       ".fact",      ".claim",  ".receipt",
                                              ".revocation", ".enactment", ".custody"};
    const std::string name = path.filename().string();
    return name == "order" ||
           std::any_of(std::begin(k_endings), std::end(k_endings),
                       [&](std::string_view one) { return name.ends_with(one); });
}

/// The signed statements below a folder, an order before what was said about it.
Result<std::vector<fs::path>> statements_below(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (auto each = fs::recursive_directory_iterator(folder, error);
         !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
        if (each.depth() > 4) {
            each.disable_recursion_pending();
        }
        if (each->is_regular_file(error) && is_statement_file(each->path())) {
            paths.push_back(each->path());
        }
        if (paths.size() > k_most_files) {
            return fail(ErrorKind::usage,
                        fmt::format("looking into {}: it holds more than {} statements",
                                    base::shown(folder.string()), k_most_files));
        }
    }
    if (error || paths.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("looking into {}: {}; name signed statements, or a folder such as "
                                "DOMAIN_FOLDER/orders/ID",
                                base::shown(folder.string()),
                                error ? error.message() : "no signed statement lies there"));
    }
    std::sort(paths.begin(), paths.end(), [](const fs::path& left, const fs::path& right) {
        const bool left_first = left.filename() == "order";
        const bool right_first = right.filename() == "order";
        return std::pair(!left_first, left) < std::pair(!right_first, right);
    });
    return paths;
}

/// What no log would take in, whoever signed it.
Result<void> check_form(const fs::path& path, std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return base::bad_input(fmt::format("reading {}: {}", base::shown(path.string()), why));
    };
    const auto parts = statement::split_signed(text);
    if (!parts) {
        return refuse(parts.error().message);
    }
    const auto kind = statement::kind_of(parts->text);
    if (!kind) {
        return refuse(kind.error().message);
    }
    if (*kind == statement::Kind::policy) {
        return refuse("it is a policy, and these enter the log within the votes on them");
    }
    return parts->signatures.empty() ? refuse("it is not signed") : Result<void>();
}

Outcome submit_all(Session& session, const std::vector<std::string>& subjects) {
    const OpenDomain domain = TRY(open_domain(session));
    const policy::Policy& policy = domain.policy();
    if (!policy.has_log) {
        return fail(ErrorKind::usage,
                    fmt::format("handing in: the policy of {} names no log (`log: none`)",
                                policy.header.domain));
    }
    std::vector<fs::path> paths;
    for (const std::string& subject : subjects) {
        std::error_code error;
        if (!fs::is_directory(subject, error)) {
            paths.emplace_back(subject);
            continue;
        }
        for (fs::path& path : TRY(statements_below(subject))) {
            paths.push_back(std::move(path));
        }
    }
    std::vector<std::pair<fs::path, std::string>> read;
    for (const fs::path& path : paths) {
        std::string text = TRY(store::read_file(path, statement::k_longest_signed));
        TRY(check_form(path, text));
        read.emplace_back(path, std::move(text));
    }
    for (const auto& [path, text] : read) {
        session.say("{}\n", base::shown(path.string()));
        record(session, domain, text, path);
    }
    session.write_json({base::Json::Object()});
    return 0;
}

}  // namespace

void add_log_submit(CLI::App& log, Session& session) {
    CLI::App* command = add_command(
        log, "submit", "Hand in signed statements, and hold the witnesses' proof of each",
        "  cheget log submit acme/orders/5f0c27…/votes/alice.vote\n"
        "  cheget log submit acme/orders/5f0c27…            an order with all about it\n"
        "  cheget log submit veto.vote --log https://log.example.org --give-up-after 10m");
    auto subjects = std::make_shared<std::vector<std::string>>();
    command->add_option("statements", *subjects, "Signed statements, or folders of them")
        ->required()
        ->type_name("FILE|FOLDER");
    add_recording(command, session, true);
    on_chosen(command, session, [&session, subjects] { return submit_all(session, *subjects); });
}

}  // namespace cheget::cli
