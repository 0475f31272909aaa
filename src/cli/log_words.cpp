// log words: where a domain stands by its log, in words that two people compare by voice before an
// executor begins.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "cli/whole_log.h"
#include "executor/log_source.h"
#include "permit/standing.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

struct Options {
    WholeLog wanted;
    std::string output;
};

Outcome tell_words(Session& session, const Options& options) {
    const log::Fetch fetch = TRY(executor::open_log_source(options.wanted.source));
    const permit::MemoryLogCopy copy = TRY(read_whole_log(session, options.wanted, fetch));
    const permit::LogKnowledge& knowledge = copy.knowledge();
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
    command->add_option("source", options->wanted.source, "What the log publishes")
        ->required()
        ->type_name("URL|FOLDER");
    command
        ->add_option("--size", options->wanted.size,
                     "As it was with so many entries (else the newest)")
        ->type_name("ENTRIES");
    command
        ->add_option("--checkpoint", options->wanted.checkpoint,
                     "As this checkpoint has it, whoever was trusted for the log before it")
        ->type_name("FILE");
    command
        ->add_option("--policy", options->wanted.policy,
                     "The domain's first policy with its signatures (else the domain's folder)")
        ->type_name("FILE");
    command->add_option("--output", options->output, "Where to write the checkpoint")
        ->type_name("FILE");
    on_chosen(command, session, [&session, options] { return tell_words(session, *options); });
}

}  // namespace cheget::cli
