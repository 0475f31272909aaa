// log words: where a domain stands by its log, in words that two people compare by voice before an
// executor begins.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/log_source.h"
#include "permit/log_copy.h"
#include "permit/standing.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::Result;

struct Options {
    std::string source;
    std::string policy;
    std::string checkpoint;
    std::string output;
    std::optional<std::uint64_t> size;
};

/// The domain's first policy, signed by everybody in it.
Result<std::string> first_policy_text(Session& session, const std::string& file) {
    if (file.empty()) {
        const store::DomainFolder folder = TRY(find_folder(session));
        return TRY(read_first_policy(folder)).text;
    }
    const std::string whole = TRY(read_input(file, statement::k_longest_signed));
    return TRY(permit::establish(whole, std::nullopt, permit::UnderLog::prepare)).policy->text;
}

Result<permit::LogKnowledge> read_log(Session& session, const Options& options,
                                      const log::Fetch& fetch) {
    const std::string text = TRY(first_policy_text(session, options.policy));
    permit::MemoryLogCopy copy(TRY(permit::Chronicle::begin(text)));
    ProgressLine progress("reading");
    if (!options.checkpoint.empty()) {
        const std::string checkpoint = TRY(read_input(options.checkpoint, log::k_longest_note));
        TRY(permit::catch_up_to_anchor(copy, fetch, checkpoint, std::ref(progress)));
        return copy.knowledge();
    }
    if (options.size) {
        // The log as it was: that checkpoint is the newest one.
        const log::Fetch then = [&](const std::string& path, std::size_t most) {
            return fetch(path == "checkpoint" ? fmt::format("witnessed/{}", *options.size) : path,
                         most);
        };
        TRY(permit::catch_up(copy, then, std::ref(progress)));
        return copy.knowledge();
    }
    TRY(permit::catch_up(copy, fetch, std::ref(progress)));
    return copy.knowledge();
}

Outcome tell_words(Session& session, const Options& options) {
    const log::Fetch fetch = TRY(open_source(options.source));
    const permit::LogKnowledge knowledge = TRY(read_log(session, options, fetch));
    const auto opened = TRY(log::open_witnessed(knowledge.checkpoint, knowledge.chronicle.trust()));
    const policy::Policy& policy = knowledge.chronicle.state().policy->policy;
    const base::Digest standing = permit::standing_of(opened.checkpoint, policy.id);
    if (!options.output.empty()) {
        TRY(store::write_file_durably(options.output, knowledge.checkpoint));
    }
    session.say(
        "{} {} has {} entries, and policy {} is in force after them\n  policy  {}\n"
        "  words   {}\n",
        session.good("Verified:"), opened.checkpoint.origin, opened.checkpoint.size,
        policy.header.version, base::to_text(policy.id), statement::words_text(standing));
    session.write_json({base::Json::Object{{"log", text_json(opened.checkpoint.origin)},
                                           {"size", number_json(opened.checkpoint.size)},
                                           {"policy", text_json(base::to_text(policy.id))},
                                           {"version", number_json(policy.header.version)},
                                           {"words", text_json(statement::words_text(standing))}}});
    return 0;
}

}  // namespace

void add_log_words(CLI::App& log, Session& session) {
    CLI::App* command = add_command(
        log, "words", "Read a log and tell where the domain stands, in words to compare by voice",
        "  cheget log words https://log.example.org --size 4711\n"
        "  cheget log words https://log.example.org --output recent.checkpoint");
    auto options = std::make_shared<Options>();
    command->add_option("source", options->source, "What the log publishes")
        ->required()
        ->type_name("URL|FOLDER");
    command->add_option("--size", options->size, "As it was with so many entries (else the newest)")
        ->type_name("ENTRIES");
    command
        ->add_option("--checkpoint", options->checkpoint,
                     "As this checkpoint has it, whoever was trusted for the log before it")
        ->type_name("FILE");
    command
        ->add_option("--policy", options->policy,
                     "The domain's first policy with its signatures (else the domain's folder)")
        ->type_name("FILE");
    command->add_option("--output", options->output, "Where to write the checkpoint")
        ->type_name("FILE");
    on_chosen(command, session, [&session, options] { return tell_words(session, *options); });
}

}  // namespace cheget::cli
