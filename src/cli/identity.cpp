// Finding the caller among a policy's people, and signing in their name.
#include "cli/identity.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "keys/signer.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// The first two words of an authorized_keys line: type and base64.
Result<signature::PublicKey> parse_key_line(std::string_view line) {
    line = base::take_until(line, '\n');
    std::string_view type = base::take_until(line, ' ');
    std::string_view data = base::take_until(line, ' ');
    return signature::PublicKey::from_text(fmt::format("{} {}", type, data));
}

bool looks_like_key_line(std::string_view text) {
    return text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-");
}

void add_agent_keys(std::vector<KeyAtHand>& keys) {
    std::string socket = environment("SSH_AUTH_SOCK");
    if (socket.empty()) {
        return;
    }
    auto agent = keys::Agent::connect(socket);
    if (!agent) {
        return;
    }
    auto identities = agent->identities();
    if (!identities) {
        return;
    }
    for (keys::AgentIdentity& identity : *identities) {
        keys.push_back({std::move(identity.key), std::move(identity.comment), ""});
    }
}

void add_file_keys(std::vector<KeyAtHand>& keys) {
    std::filesystem::path folder = std::filesystem::path(environment("HOME")) / ".ssh";
    std::error_code error;
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".pub") {
            files.insert(entry.path());
        }
    }
    for (const std::filesystem::path& file : files) {
        std::filesystem::path secret = file;
        secret.replace_extension();
        auto line = store::read_file(file, 16'384);
        if (!line || !std::filesystem::exists(secret, error)) {
            continue;
        }
        auto key = parse_key_line(*line);
        bool known = key && std::any_of(keys.begin(), keys.end(),
                                        [&](const KeyAtHand& one) { return one.key == *key; });
        if (key && !known) {
            keys.push_back({std::move(*key), secret.filename().string(), secret.string()});
        }
    }
}

/// A key at hand that a principal of the policy has.
struct Match {
    std::string name;
    const KeyAtHand* key;
};

std::vector<Match> matches(const std::vector<KeyAtHand>& keys, const policy::Policy& policy,
                           const permit::DomainState* state, const std::string& as) {
    std::vector<Match> found;
    for (const KeyAtHand& key : keys) {
        auto place = policy.find_key(key.key.blob());
        if (!place || (state != nullptr && state->is_revoked(key.key))) {
            continue;
        }
        const std::string& name = policy.principals[place->principal].name;
        if (as.empty() || as == name) {
            found.push_back({name, &key});
        }
    }
    return found;
}

std::string known_people(const policy::Policy& policy) {
    std::vector<std::string> names;
    for (const policy::Principal& principal : policy.principals) {
        names.push_back(principal.name);
    }
    return base::join_words(names);
}

Result<void> check_name(const std::string& as, const policy::Policy& policy) {
    if (as.empty() || policy.find_principal(as)) {
        return {};
    }
    return fail(ErrorKind::usage,
                fmt::format("signing as `{}`: the policy knows no such name, only "
                            "{}; choose one of them with --as",
                            base::shown(as), known_people(policy)));
}

std::unexpected<base::Error> nobody(const std::string& as, const std::vector<KeyAtHand>& keys) {
    std::string whose = as.empty() ? "of anyone in the policy" : fmt::format("of {}", as);
    return fail(ErrorKind::unreachable,
                fmt::format("finding a key to sign with: none of the {} keys in the agent and in "
                            "~/.ssh is an unrevoked key {}; add yours with `ssh-add`, or name its "
                            "file with --key",
                            keys.size(), whose));
}

Result<std::string> one_person(const std::vector<Match>& found) {
    std::set<std::string> names;
    for (const Match& match : found) {
        names.insert(match.name);
    }
    if (names.size() == 1) {
        return *names.begin();
    }
    return fail(
        ErrorKind::usage,
        fmt::format("finding out who you are: the keys at hand belong to {}; choose with "
                    "--as NAME",
                    base::join_words(std::vector<std::string>(names.begin(), names.end()))));
}

std::vector<KeyAtHand> named_key(const std::string& path, const signature::PublicKey& key) {
    return {KeyAtHand{key, path, path}};
}

}  // namespace

std::vector<KeyAtHand> keys_at_hand() {
    std::vector<KeyAtHand> keys;
    add_agent_keys(keys);
    add_file_keys(keys);
    return keys;
}

Result<signature::PublicKey> read_public_key(const std::string& file_or_line) {
    if (looks_like_key_line(file_or_line)) {
        auto key = parse_key_line(file_or_line);
        if (!key) {
            return std::unexpected(base::within(
                fmt::format("reading the key `{}`", base::shown(file_or_line)), key.error()));
        }
        return key;
    }
    if (file_or_line.ends_with(".pub")) {
        std::string line = TRY(store::read_file(file_or_line, 16'384));
        auto key = parse_key_line(line);
        if (!key) {
            return std::unexpected(base::within(
                fmt::format("reading the key file {}", base::shown(file_or_line)), key.error()));
        }
        return key;
    }
    return keys::public_key_of_file(file_or_line);
}

Result<Signer> find_signer(const Session& session, const policy::Policy& policy,
                           const permit::DomainState* state) {
    const Globals& globals = session.globals;
    TRY(check_name(globals.as, policy));
    std::vector<KeyAtHand> keys;
    if (globals.key.empty()) {
        keys = keys_at_hand();
    } else {
        signature::PublicKey key = TRY(keys::public_key_of_file(globals.key));
        keys = named_key(globals.key, key);
    }
    std::vector<Match> found = matches(keys, policy, state, globals.as);
    if (found.empty() && !globals.key.empty()) {
        auto place = policy.find_key(keys.front().key.blob());
        std::string whose = "of nobody in the policy";
        if (place) {
            const std::string& owner = policy.principals[place->principal].name;
            whose =
                globals.as.empty() || globals.as == owner ? "revoked" : fmt::format("{}'s", owner);
        }
        return fail(ErrorKind::denied,
                    fmt::format("signing with {}: this key ({}) is {}; name another with --key",
                                base::shown(globals.key), keys.front().key.fingerprint(), whose));
    }
    if (found.empty()) {
        return nobody(globals.as, keys);
    }
    std::string name = TRY(one_person(found));
    return Signer(std::move(name), found.front().key->key, found.front().key->file);
}

std::optional<Signer> find_signer_of(const policy::Policy& policy, const std::string& name,
                                     const permit::DomainState& state, const std::string& file) {
    std::vector<KeyAtHand> keys = keys_at_hand();
    std::string secret = file.ends_with(".pub") ? file.substr(0, file.size() - 4) : file;
    std::error_code error;
    if (!secret.empty() && std::filesystem::exists(secret, error)) {
        if (auto key = keys::public_key_of_file(secret)) {
            keys.push_back({std::move(*key), secret, secret});
        }
    }
    std::vector<Match> found = matches(keys, policy, &state, name);
    if (found.empty()) {
        return std::nullopt;
    }
    return Signer(name, found.front().key->key, found.front().key->file);
}

Result<std::optional<std::string>> find_person(const Session& session,
                                               const policy::Policy& policy) {
    TRY(check_name(session.globals.as, policy));
    if (!session.globals.as.empty()) {
        return session.globals.as;
    }
    std::vector<KeyAtHand> keys = keys_at_hand();
    std::vector<Match> found = matches(keys, policy, nullptr, "");
    if (found.empty()) {
        return std::nullopt;
    }
    return TRY(one_person(found));
}

Result<std::string> Signer::sign(const policy::Policy& policy, statement::Kind kind,
                                 std::string_view text) const {
    std::string name_space = statement::signature_namespace(kind, policy.header.domain);
    std::string armor;
    if (file_.empty()) {
        keys::Agent agent = TRY(keys::Agent::connect(environment("SSH_AUTH_SOCK")));
        armor = TRY(agent.sign(key_, name_space, text));
    } else {
        armor = TRY(keys::sign_with_ssh_keygen(file_, name_space, text));
    }
    std::string signed_text = fmt::format("{}{}", text, armor);
    statement::SignedText parts = TRY(statement::split_signed(signed_text));
    auto verified = permit::verify_signer(policy, name_, kind, parts);
    if (!verified) {
        return std::unexpected(base::within(
            fmt::format("checking the signature just made by {}", place()), verified.error()));
    }
    return signed_text;
}

}  // namespace cheget::cli
