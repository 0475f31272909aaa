// Beginning a new executor.
#include "executor/installation.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "executor/log_follower.h"
#include "executor/log_source.h"
#include "executor/state.h"
#include "keys/signer.h"
#include "permit/judge.h"
#include "permit/standing.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;

Result<std::string> absolute(const std::string& path) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(path, error);
    if (error) {
        return fail(ErrorKind::usage, "no such path: " + base::shown(path));
    }
    return whole.lexically_normal().native();
}

Result<permit::DomainState> known_policy(std::string_view file,
                                         const std::optional<Digest>& expected) {
    const statement::SignedText split = TRY(statement::split_signed(file));
    const statement::PolicyHeader header = TRY(statement::parse_policy_header(split.text));
    const Digest id = statement::id_of(split.text);
    if (expected && *expected != id) {
        return fail(ErrorKind::denied, fmt::format("the policy is {}, not {} as you said",
                                                   base::to_text(id), base::to_text(*expected)));
    }
    if (!header.first_policy) {
        return permit::establish(file, expected, permit::UnderLog::prepare);
    }
    if (!expected) {
        return fail(ErrorKind::usage,
                    fmt::format("policy {} is not the domain's first, so no signature in it proves "
                                "it; compare its id with two people who hold it and give it with "
                                "--id\n  {}\n  {}",
                                header.version, base::to_text(id), statement::words_text(id)));
    }
    permit::DomainState state = TRY(permit::resume(split.text, *header.first_policy, {}));
    return state;
}

/// Where the domain stands after what a copy of its log holds.
Result<Digest> standing_of(const permit::LogKnowledge& knowledge) {
    const auto opened = TRY(log::open_witnessed(knowledge.checkpoint, knowledge.chronicle.trust()));
    return permit::standing_of(opened.checkpoint, knowledge.chronicle.state().policy->policy.id);
}

Result<void> require_words(const permit::LogKnowledge& knowledge, const InstallRequest& request) {
    const Digest standing = TRY(standing_of(knowledge));
    const policy::Policy& policy = knowledge.chronicle.state().policy->policy;
    if (request.words.empty()) {
        return fail(
            ErrorKind::usage,
            fmt::format("the log's first {} entries put policy {} {} into force; compare "
                        "these words with two people who follow the log (`cheget log words "
                        "--size {}`), and give what they say with --words\n  {}",
                        knowledge.chronicle.size(), policy.header.version, base::to_text(policy.id),
                        knowledge.chronicle.size(), statement::words_text(standing)));
    }
    const Result<std::vector<std::size_t>> words = statement::parse_words(request.words);
    if (!words) {
        return fail(ErrorKind::usage, "--words: " + words.error().message);
    }
    if (words->size() != statement::k_words_of_a_digest ||
        !statement::words_match(*words, standing)) {
        return fail(ErrorKind::denied,
                    "--words: these are not all twelve words of that checkpoint and the policy in "
                    "force there: somebody shows you another log or another policy");
    }
    return {};
}

/// Reads the whole log into a new copy; gives what it makes of the domain.
Result<permit::LogKnowledge> read_log(const Config& config, const InstallRequest& request,
                                      const permit::DomainState& first) {
    permit::Chronicle chronicle = TRY(permit::Chronicle::begin(first.policy->text));
    store::StoredLogCopy copy =
        TRY(store::StoredLogCopy::create(log_copy_path(config), std::move(chronicle)));
    const log::Fetch fetch = TRY(open_log_source(request.log.front()));
    if (!request.checkpoint.empty()) {
        const std::string checkpoint =
            TRY(store::read_file(request.checkpoint, log::k_longest_note));
        TRY(permit::catch_up_to_anchor(copy, fetch, checkpoint));
        TRY(require_words(copy.knowledge(), request));
    }
    TRY(permit::catch_up(copy, fetch));
    if (request.checkpoint.empty() && copy.knowledge().chronicle.record().policies.size() > 1) {
        return fail(
            ErrorKind::usage,
            fmt::format("policy {} is in force since, and those whom the first policy trusts for "
                        "the log may be trusted no more: get a recent checkpoint from somebody who "
                        "follows the log (`cheget log words --output FILE`), and give it with "
                        "--checkpoint FILE",
                        copy.knowledge().chronicle.state().policy->policy.header.version));
    }
    return copy.knowledge();
}

void remove_copy(const Config& config) {
    std::error_code ignored;
    for (const char* ending : {"", "-wal", "-shm"}) {
        std::filesystem::remove(log_copy_path(config) + ending, ignored);
    }
}

/// Nothing without a log. What fails leaves no copy behind.
Result<std::optional<permit::LogKnowledge>> begin_copy(const Config& config,
                                                       const InstallRequest& request,
                                                       const permit::DomainState& first) {
    std::error_code error;
    if (!first.policy->policy.log) {
        return std::optional<permit::LogKnowledge>();
    }
    if (std::filesystem::exists(log_copy_path(config), error)) {
        return fail(ErrorKind::usage, fmt::format("{} is there already: an executor has begun here",
                                                  base::shown(log_copy_path(config))));
    }
    Result<permit::LogKnowledge> read = read_log(config, request, first);
    if (!read) {
        remove_copy(config);
        return std::unexpected(std::move(read).error());
    }
    return std::optional(*std::move(read));
}

Result<void> require_own_key(const permit::DomainState& state, const InstallRequest& request) {
    const keys::MachineKey key = TRY(keys::MachineKey::load(request.key));
    const policy::Policy& policy = state.policy->policy;
    const auto place = policy.find_key(key.public_key().blob());
    if (!place || policy.principals[place->principal].name != request.name ||
        policy.principals[place->principal].kind != policy::PrincipalKind::machine) {
        return fail(ErrorKind::denied,
                    fmt::format("policy {} has no machine {} with the key {} ({})",
                                policy.header.version, base::shown(request.name),
                                key.public_key().fingerprint(), base::shown(request.key)));
    }
    return {};
}

}  // namespace

namespace {

/// What to read out to others, and what not to expect.
std::string advice(const permit::DomainState& state,
                   const std::optional<permit::LogKnowledge>& knowledge) {
    if (!knowledge) {
        return fmt::format(
            "  words   {}\n"
            "Compare these twelve words by voice with two people who hold the policy, before the "
            "first order. Without a log (`log: none`) an order acts once on this executor and its "
            "own disk alone.",
            statement::words_text(state.policy->policy.id));
    }
    const Result<Digest> standing = standing_of(*knowledge);
    return fmt::format(
        "  log     {}, {} entries\n"
        "  words   {}\n"
        "Compare these twelve words by voice with two people who follow the log (`cheget log words "
        "--size {}`), before the first order.{}",
        knowledge->chronicle.trust().log().name, knowledge->chronicle.size(),
        standing ? statement::words_text(*standing) : "", knowledge->chronicle.size(),
        knowledge->chronicle.trust().has_witnesses()
            ? ""
            : " Without witnesses this executor takes the log's own word for what is in it and for "
              "the time.");
}

}  // namespace

Result<std::string> install(const InstallRequest& given) {
    InstallRequest request = given;
    request.key = TRY(absolute(given.key));
    request.state = TRY(absolute(given.state));
    request.config = TRY(absolute(given.config));
    for (std::string& source : request.log) {
        if (!is_url(source)) {
            source = TRY(absolute(source));
        }
    }
    std::optional<Digest> expected;
    if (given.id) {
        const Result<Digest> id = base::parse_digest(*given.id);
        if (!id) {
            return fail(ErrorKind::usage, "--id: " + id.error().message);
        }
        expected = *id;
    }
    const std::string file = TRY(store::read_file(request.policy, statement::k_longest_signed));
    permit::DomainState state = TRY(known_policy(file, expected));
    const bool has_log = state.policy->policy.log.has_value();
    if (has_log && (request.log.empty() || state.policy->policy.header.version != 1)) {
        return fail(ErrorKind::usage,
                    "under a policy with a log an executor begins with the domain's first policy "
                    "and with the whole log: give them with --policy FILE and --log URL|FOLDER");
    }

    Config config;
    config.domain = state.domain;
    config.executor = request.name;
    config.key = request.key;
    config.state = request.state;
    config.outbox = request.state + "/outbox";
    config.drop = request.state + "/drop";
    config.log = request.log;
    const std::string text = render_config(config);
    TRY(parse_config(text, request.config));  // what is written must be what is read
    std::error_code error;
    if (std::filesystem::exists(request.config, error)) {
        return fail(ErrorKind::usage,
                    fmt::format("{} is there already; move it away to begin a new executor",
                                base::shown(request.config)));
    }
    TRY(make_state_folders(config));
    const std::optional<permit::LogKnowledge> knowledge = TRY(begin_copy(config, request, state));
    if (knowledge) {
        state = knowledge->chronicle.state();
    }
    Result<void> begun = require_own_key(state, request);
    if (begun) {
        begun = begin_ledger(config, state.policy->policy.header.version, state.policy->text,
                             knowledge ? knowledge->chronicle.trust().log().name : "");
    }
    if (!begun) {
        if (knowledge) {
            remove_copy(config);
        }
        return std::unexpected(std::move(begun).error());
    }
    TRY(store::make_folder_durably(std::filesystem::path(request.config).parent_path()));
    TRY(store::write_file_durably(request.config, text, 0644));
    const Digest& id = state.policy->policy.id;
    return fmt::format(
        "{} now acts in {} under policy {}\n"
        "  policy  {}\n"
        "{}\n"
        "  configuration  {}\n"
        "  state          {}\n"
        "  drop folder    {}   (vetoes, withdrawals and revocations)",
        config.executor, config.domain.name, state.policy->policy.header.version, base::to_text(id),
        advice(state, knowledge), base::shown(request.config), base::shown(config.state),
        base::shown(config.drop));
}

}  // namespace cheget::executor
