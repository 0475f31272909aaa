// Beginning a new executor.
#include "executor/installation.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "executor/state.h"
#include "keys/signer.h"
#include "permit/judge.h"
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
        return permit::establish(file, expected);
    }
    if (!expected) {
        return fail(ErrorKind::usage,
                    fmt::format("policy {} is not the domain's first, so no signature in it proves "
                                "it; compare its id with two people who hold it and give it with "
                                "--id\n  {}\n  {}",
                                header.version, base::to_text(id), statement::words_text(id)));
    }
    return permit::resume(split.text, *header.first_policy, {});
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

Result<std::string> install(const InstallRequest& given) {
    InstallRequest request = given;
    request.key = TRY(absolute(given.key));
    request.state = TRY(absolute(given.state));
    request.config = TRY(absolute(given.config));
    std::optional<Digest> expected;
    if (given.id) {
        const Result<Digest> id = base::parse_digest(*given.id);
        if (!id) {
            return fail(ErrorKind::usage, "--id: " + id.error().message);
        }
        expected = *id;
    }
    const std::string file = TRY(store::read_file(request.policy, statement::k_longest_signed));
    const permit::DomainState state = TRY(known_policy(file, expected));
    TRY(require_own_key(state, request));

    Config config;
    config.domain = state.domain;
    config.executor = request.name;
    config.key = request.key;
    config.state = request.state;
    config.outbox = request.state + "/outbox";
    config.drop = request.state + "/drop";
    const std::string text = render_config(config);
    TRY(parse_config(text, request.config));  // what is written must be what is read
    std::error_code error;
    if (std::filesystem::exists(request.config, error)) {
        return fail(ErrorKind::usage,
                    fmt::format("{} is there already; move it away to begin a new executor",
                                base::shown(request.config)));
    }
    TRY(begin_state(config, state.policy->policy.header.version, state.policy->text));
    TRY(store::make_folder_durably(std::filesystem::path(request.config).parent_path()));
    TRY(store::write_file_durably(request.config, text, 0644));
    const Digest& id = state.policy->policy.id;
    return fmt::format(
        "{} now acts in {} under policy {}\n"
        "  policy  {}\n"
        "  words   {}\n"
        "Compare these twelve words by voice with two people who hold the policy, before the first "
        "order.\n"
        "  configuration  {}\n"
        "  state          {}\n"
        "  drop folder    {}   (vetoes, withdrawals and revocations)\n"
        "Without a log (`log: none`) an order acts once on this executor and its own disk alone.",
        config.executor, config.domain.name, state.policy->policy.header.version, base::to_text(id),
        statement::words_text(id), base::shown(request.config), base::shown(config.state),
        base::shown(config.drop));
}

}  // namespace cheget::executor
