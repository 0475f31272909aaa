// Remembers the first policy and the latest policy seen of each domain.
#include "cli/pin.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/session.h"
#include "permit/permit.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_kept = permit::k_most_statement_bytes + (1U << 20U);

struct Pin {
    base::Digest first;
    std::uint32_t version = 0;
    base::Digest policy;
};

/// A domain's name is names joined by `/`; `+` stands in no name.
Result<std::filesystem::path> pin_path(std::string_view domain) {
    if (!base::is_domain(domain)) {
        return base::bad_input(fmt::format("looking up the domain `{}`: this is no domain's name",
                                           base::shown(domain)));
    }
    std::string file(domain);
    for (char& character : file) {
        character = character == '/' ? '+' : character;
    }
    if (file.size() > 200) {
        file = base::to_hex(base::sha256(domain));
    }
    std::filesystem::path folder = TRY(pins_folder());
    return folder / file;
}

Result<Pin> parse_pin(std::string_view text, const std::filesystem::path& path) {
    auto first = base::parse_digest(base::take_until(text, '\n'));
    auto version = base::parse_number(base::take_until(text, ' '), UINT32_MAX);
    auto policy = base::parse_digest(base::take_until(text, '\n'));
    if (!first || !version || !policy || !text.empty()) {
        return fail(
            ErrorKind::corrupt_state,
            fmt::format("reading {}: it should hold the first and the latest policy seen of "
                        "a domain and does not; compare the twelve words of `cheget policy "
                        "show --words` with two colleagues, then delete the file",
                        base::shown(path.string())));
    }
    return Pin{*first, static_cast<std::uint32_t>(*version), *policy};
}

Result<std::optional<Pin>> read_pin(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error) && !error) {
        return std::nullopt;
    }
    std::string text = TRY(store::read_file(path, 4096));
    return TRY(parse_pin(text, path));
}

/// Beside the pin; `=` stands in no domain's name.
std::filesystem::path beside(const std::filesystem::path& pin, std::string_view what) {
    return pin.string() + "=" + std::string(what);
}

/// What is there already is not written again.
Result<void> keep(const std::filesystem::path& path, std::string_view content) {
    auto held = store::read_file(path, k_longest_kept);
    if (held && *held == content) {
        return {};
    }
    return store::write_file_durably(path, content);
}

/// First what the pin speaks of, then the pin: a crash between the two leaves the older pin, which
/// does not fit the newer text, and the folder is judged from its beginning.
Result<void> remember(const permit::DomainState& state, const std::filesystem::path& path) {
    const policy::Policy& policy = state.policy->policy;
    std::error_code error;
    if (!std::filesystem::exists(path.parent_path(), error)) {
        TRY(store::make_folder_durably(path.parent_path(), 0700));
    }
    permit::Permit revocations;
    for (const permit::RevokedKey& key : state.revoked) {
        revocations.statements.insert(revocations.statements.end(), key.statements.begin(),
                                      key.statements.end());
    }
    std::string kept;
    if (!revocations.statements.empty()) {
        kept = TRY(permit::render_permit(revocations));
    }
    TRY(keep(beside(path, "revocations"), kept));
    TRY(keep(beside(path, "policy"), state.policy->text));
    return keep(path, fmt::format("{}\n{} {}\n", base::to_text(state.domain.first_policy),
                                  policy.header.version, base::to_text(policy.id)));
}

std::unexpected<base::Error> refused(const permit::DomainState& state, std::string_view what,
                                     const std::filesystem::path& path) {
    return fail(ErrorKind::denied,
                fmt::format("opening the domain {}: {}. Whoever holds the folder may be deceiving "
                            "you; ask your colleagues. If you know that it is right (a new domain "
                            "of the same name), delete {}",
                            state.domain.name, what, base::shown(path.string())));
}

}  // namespace

Result<std::filesystem::path> pins_folder() {
    std::filesystem::path data = environment("XDG_DATA_HOME");
    if (data.empty() || data.is_relative()) {
        std::string home = environment("HOME");
        if (home.empty()) {
            return fail(ErrorKind::unreachable,
                        "looking for ~/.local/share: HOME is not set; set "
                        "it, or XDG_DATA_HOME");
        }
        data = std::filesystem::path(home) / ".local/share";
    }
    return data / "cheget/domains";
}

Result<std::optional<base::Digest>> pinned_first_policy(std::string_view domain) {
    std::filesystem::path path = TRY(pin_path(domain));
    auto pin = TRY(read_pin(path));
    return pin ? std::optional(pin->first) : std::nullopt;
}

Result<std::uint32_t> pinned_version(std::string_view domain) {
    std::filesystem::path path = TRY(pin_path(domain));
    auto pin = TRY(read_pin(path));
    return pin ? pin->version : 0;
}

Result<PinOutcome> check_pin(const permit::DomainState& state) {
    std::filesystem::path path = TRY(pin_path(state.domain.name));
    auto pin = TRY(read_pin(path));
    const policy::Policy& policy = state.policy->policy;
    PinOutcome outcome{.first_use = !pin, .new_policy = false};
    if (pin) {
        if (pin->first != state.domain.first_policy) {
            return refused(state, "its first policy is not the one that was here before", path);
        }
        if (policy.header.version < pin->version) {
            return refused(state,
                           fmt::format("policy {} was in force when it was last opened, and now "
                                       "only policy {} is to be found",
                                       pin->version, policy.header.version),
                           path);
        }
        if (policy.header.version == pin->version && policy.id != pin->policy) {
            return refused(
                state, fmt::format("its policy {} is not the one seen before", pin->version), path);
        }
        outcome.new_policy = policy.header.version > pin->version;
    }
    TRY(remember(state, path));
    return outcome;
}

Result<std::vector<std::string>> remembered_revocations(const statement::Domain& domain) {
    std::filesystem::path path = TRY(pin_path(domain.name));
    auto pin = TRY(read_pin(path));
    std::filesystem::path kept_at = beside(path, "revocations");
    std::error_code error;
    if (!pin || pin->first != domain.first_policy ||
        (!std::filesystem::exists(kept_at, error) && !error)) {
        return std::vector<std::string>();  // an older version of this tool kept none
    }
    std::string kept = TRY(store::read_file(kept_at, k_longest_kept));
    permit::Permit revocations;
    if (!kept.empty()) {
        revocations = TRY(permit::parse_permit(base::as_bytes(kept)));
    }
    return std::vector<std::string>(revocations.statements.begin(), revocations.statements.end());
}

Result<std::optional<permit::DomainState>> remembered_state(const statement::Domain& domain) {
    std::filesystem::path path = TRY(pin_path(domain.name));
    auto pin = TRY(read_pin(path));
    if (!pin || pin->version < 2 || pin->first != domain.first_policy) {
        return std::nullopt;
    }
    auto text = store::read_file(beside(path, "policy"), statement::k_longest_policy);
    if (!text || base::sha256(*text) != pin->policy) {
        return std::nullopt;  // an older version of this tool made the pin, or a crash came between
    }
    const std::vector<std::string> revocations = TRY(remembered_revocations(domain));
    return TRY(permit::resume(*text, domain.first_policy, revocations));
}

Result<void> trust_policy(const policy::Policy& policy, std::string_view text) {
    const std::vector<std::string> revocations = TRY(remembered_revocations(policy.domain()));
    permit::DomainState state =  // a revocation outlives amendments
        TRY(permit::resume(text, policy.domain_id, revocations));
    std::filesystem::path path = TRY(pin_path(policy.header.domain));
    auto pin = TRY(read_pin(path));
    if (pin && pin->first != policy.domain_id) {
        return refused(state, "its first policy is not the one that was here before", path);
    }
    if (pin && (policy.header.version < pin->version ||
                (policy.header.version == pin->version && policy.id != pin->policy))) {
        return refused(state,
                       fmt::format("policy {} ({}) was seen in force, and there is no way back",
                                   pin->version, base::to_text(pin->policy)),
                       path);
    }
    return remember(state, path);
}

}  // namespace cheget::cli
