// briefcase open: the terminal in the case.
#include <CLI/App.hpp>

#include "base/text.h"
#include "briefcase/journal.h"
#include "briefcase/terminal.h"
#include "briefcase/tpm.h"
#include "cli/briefcase.h"
#include "cli/commands.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Options {
    std::string folder;
    std::string idle = "5m";
    std::string tpm;
};

/// The case's TPM, if its seal asks for one: without it no passphrase opens it.
Result<std::optional<briefcase::Tpm>> connect(const briefcase::Case& folder,
                                              const std::string& asked) {
    if (folder.seal().tpm.empty()) {
        return std::nullopt;
    }
    const std::string configuration = asked.empty() ? environment("CHEGET_TPM") : asked;
    if (configuration.empty()) {
        return fail(ErrorKind::usage,
                    "opening the briefcase: its seal needs its TPM; name it with --tpm or "
                    "CHEGET_TPM, such as device:/dev/tpmrm0");
    }
    return TRY(briefcase::Tpm::connect(configuration));
}

std::string tries_of(const briefcase::Case& folder, std::optional<briefcase::Tpm>& tpm) {
    if (!tpm) {
        return "There is no TPM in this case: tries are NOT limited. Whoever copied it may guess "
               "at "
               "the passphrase as often as they like.";
    }
    const auto tries = tpm->tries(folder.seal().tpm);
    return tries ? fmt::format("The case's TPM counts tries: {} of {} are left.", tries->left(),
                               tries->limit)
                 : tries.error().message;
}

Outcome open(Session& session, const Options& options) {
    const auto idle = base::parse_span(options.idle);
    if (!idle || idle->seconds < 1) {
        return fail(ErrorKind::usage,
                    fmt::format("--idle `{}`: it should be a second at least, such as 90s or 5m",
                                base::shown(options.idle)));
    }
    const briefcase::Case folder = TRY(briefcase::Case::open(options.folder));
    const auto knowledge = TRY(read_knowledge(folder));
    std::optional<briefcase::Tpm> tpm = TRY(connect(folder, options.tpm));
    const briefcase::Closed closed = TRY(briefcase::run_terminal(
        {.folder = folder,
         .knowledge = *knowledge,
         .evaluate = tpm ? tpm->evaluate(folder.seal().tpm) : briefcase::no_tpm(),
         .tries = [&] { return tries_of(folder, tpm); },
         .journal =
             [&](const briefcase::OpenKey& key, std::optional<base::Digest> vote, base::Time at) {
                 return briefcase::record_opening(folder, key, tpm ? &*tpm : nullptr, vote, at);
             },
         .idle = *idle}));
    if (!closed.why.empty()) {
        session.say("The briefcase is closed: {}.\n", closed.why);
    }
    return closed.code;
}

}  // namespace

void add_briefcase_open(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "open", "Open a case with its passphrase, read what waits in it, and vote",
        "  cheget briefcase open /media/case\n"
        "  cheget briefcase open /media/case --idle 90s\n"
        "  cheget briefcase open /media/case --tpm device:/dev/tpmrm0");
    auto options = std::make_shared<Options>();
    command->add_option("case", options->folder, "The case's folder")
        ->required()
        ->type_name("CASE");
    command->add_option("--idle", options->idle, "Close it after so long without a key (else 5m)")
        ->type_name("SPAN");
    command->add_option("--tpm", options->tpm, "The case's TPM (else $CHEGET_TPM)")
        ->type_name("TCTI");
    on_chosen(command, session, [&session, options] { return open(session, *options); });
}

}  // namespace cheget::cli
