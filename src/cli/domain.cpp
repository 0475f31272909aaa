// Finding, opening and judging a domain folder.
#include "cli/domain.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "cli/pin.h"
#include "cli/recording.h"
#include "signature/sshsig.h"
#include "statement/words.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view k_first_policy = "policy/000001.policy";

void greet(Session& session, const permit::DomainState& state) {
    session.say(
        "{} this is the first time you open the domain {}.\n"
        "  Its first policy is {}.\n"
        "  Compare these words with two of its people, by voice:\n    {}\n"
        "  It is remembered; another first policy under this name will be refused.\n\n",
        session.warning("note:"), state.domain.name, base::to_text(state.domain.first_policy),
        statement::words_text(state.domain.first_policy));
}

bool votes_on_policy_from(std::uint32_t version, std::string_view signed_text) {
    auto parts = statement::split_signed(signed_text);
    auto vote = parts ? statement::parse_vote_fields(parts->text)
                      : Result<statement::VoteFields>(std::unexpected(parts.error()));
    const auto* on = vote ? std::get_if<statement::PolicyReference>(&vote->on) : nullptr;
    return on != nullptr && on->version >= version;
}

/// The policy seen in force before, if the folder would lead to it were no key revoked: what a
/// revoked key approved carries nothing any more, and there is no way back all the same. A folder
/// that does not lead there anyway is an older copy, and is refused as that.
Result<std::optional<permit::DomainState>> state_to_go_on_from(
    const permit::DomainState& established, std::vector<std::string> changes) {
    auto known = TRY(remembered_state(established.domain));
    if (!known) {
        return std::nullopt;
    }
    std::erase_if(changes, [](const std::string& one) {
        auto parts = statement::split_signed(one);
        return parts && statement::parse_revocation(parts->text).has_value();
    });
    auto unrevoked = permit::advance(established, views_of(changes));
    const base::Digest& id = known->policy->policy.id;
    if (unrevoked &&
        std::any_of(unrevoked->steps.begin(), unrevoked->steps.end(),
                    [&](const auto& step) { return statement::id_of(step.policy_text) == id; })) {
        return known;
    }
    return std::nullopt;
}

/// What this tool read of the log, read on where that is asked for.
Result<std::shared_ptr<OwnLog>> open_own_log(Session& session,
                                             const permit::DomainState& established,
                                             const std::string& first_policy) {
    auto own = std::make_shared<OwnLog>(TRY(OwnLog::open(established.domain, first_policy)));
    const Follow follow = session.globals.follow;
    if (follow == Follow::no || (follow == Follow::if_new && own->chronicle().size() > 0)) {
        return own;
    }
    const auto ways = TRY(log_ways(session, established.domain.name));
    if (ways.empty()) {
        return own;
    }
    if (const auto read = own->catch_up(ways); !read) {
        if (read.error().kind != ErrorKind::unreachable) {
            return std::unexpected(read.error());  // it shrank or forked
        }
        session.globals.follow = Follow::no;  // once is enough to wait for it
        session.say("{} the log was not read on: {}\n", session.warning("note:"),
                    read.error().message);
    }
    return own;
}

std::unexpected<base::Error> not_established(const FirstPolicy& first, const base::Error& error) {
    if (first.missing.empty()) {
        return std::unexpected(error);
    }
    return fail(ErrorKind::waiting,
                fmt::format("opening the domain {}: its first policy is not in force, as {} still "
                            "{} to sign it; each of them looks at it and signs with `cheget "
                            "approve policy`",
                            first.policy.header.domain, base::join_words(first.missing),
                            first.missing.size() == 1 ? "has" : "have"));
}

}  // namespace

base::Time now() {
    return {static_cast<std::int64_t>(std::time(nullptr))};
}

std::string short_id(const base::Digest& id) {
    return base::to_hex(id).substr(0, 12);
}

bool looks_like_id(std::string_view subject) {
    std::string_view digits = subject.starts_with("sha256:") ? subject.substr(7) : subject;
    return subject == "latest" ||
           (digits.size() >= 4 && digits.size() <= 64 &&
            digits.find_first_not_of("0123456789abcdef") == std::string_view::npos);
}

std::string order_named(Session& session, const std::string& subject) {
    std::error_code error;
    if (looks_like_id(subject) || !std::filesystem::is_directory(subject, error)) {
        return subject;
    }
    auto folder = std::filesystem::weakly_canonical(subject, error);
    std::string name = folder.filename().string();
    if (error || folder.parent_path().filename() != "orders" || name.size() != 64 ||
        !looks_like_id(name)) {
        return subject;
    }
    if (session.globals.domain.empty() && environment("CHEGET_DOMAIN").empty()) {
        session.globals.domain = folder.parent_path().parent_path().string();
    }
    return name;
}

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

Result<store::DomainFolder> find_folder(const Session& session) {
    std::string chosen =
        session.globals.domain.empty() ? environment("CHEGET_DOMAIN") : session.globals.domain;
    if (!chosen.empty()) {
        return store::DomainFolder::open(chosen);
    }
    std::error_code error;
    std::filesystem::path folder = std::filesystem::current_path(error);
    while (!error && !folder.empty()) {
        if (std::filesystem::exists(folder / k_first_policy, error)) {
            return store::DomainFolder::open(folder);
        }
        if (folder == folder.root_path()) {
            break;
        }
        folder = folder.parent_path();
    }
    return fail(ErrorKind::usage,
                "finding the domain: neither this folder nor one above it has "
                "policy/000001.policy; name one with --domain FOLDER or "
                "CHEGET_DOMAIN, or make one with `cheget init FOLDER`");
}

Result<FirstPolicy> read_first_policy(const store::DomainFolder& folder) {
    std::string content = TRY(folder.first_policy());
    statement::SignedText parts = TRY(statement::split_signed(content));
    auto parsed = policy::parse_policy(parts.text);
    if (!parsed) {
        return std::unexpected(base::within("reading policy/000001.policy", parsed.error()));
    }
    FirstPolicy first{.policy = std::move(*parsed),
                      .text = std::string(parts.text),
                      .signatures = {parts.signatures.begin(), parts.signatures.end()},
                      .signed_by = {},
                      .missing = {}};
    for (const policy::Principal& principal : first.policy.principals) {
        if (principal.kind != policy::PrincipalKind::person) {
            continue;
        }
        bool signed_it = std::any_of(parts.signatures.begin(), parts.signatures.end(),
                                     [&](std::string_view signature) {
                                         statement::SignedText one{parts.text, {signature}};
                                         return permit::verify_signer(first.policy, principal.name,
                                                                      statement::Kind::policy, one)
                                             .has_value();
                                     });
        (signed_it ? first.signed_by : first.missing).push_back(principal.name);
    }
    return first;
}

Result<OpenDomain> open_domain(Session& session, std::optional<std::uint32_t> before) {
    store::DomainFolder folder = TRY(find_folder(session));
    std::string content = TRY(folder.first_policy());
    statement::SignedText parts = TRY(statement::split_signed(content));
    auto header = TRY(statement::parse_policy_header(parts.text));
    auto pinned = TRY(pinned_first_policy(header.domain));
    if (pinned && *pinned != statement::id_of(parts.text)) {
        return fail(ErrorKind::denied,
                    fmt::format("opening the domain {}: its first policy is not the one that was "
                                "here before ({}). Whoever holds the folder may be deceiving you; "
                                "ask your colleagues. If you know that it is right (a new domain "
                                "of the same name), delete its file in {}",
                                header.domain, base::to_text(*pinned),
                                base::shown(TRY(pins_folder()).string())));
    }
    auto established = permit::establish(content, pinned, permit::UnderLog::prepare);
    if (!established) {
        FirstPolicy first = TRY(read_first_policy(folder));
        return not_established(first, established.error());
    }
    std::vector<std::string> changes = TRY(folder.change_statements());
    if (before) {
        std::erase_if(changes,
                      [&](const std::string& one) { return votes_on_policy_from(*before, one); });
    }
    for (std::string& one : TRY(remembered_revocations(established->domain))) {
        if (std::find(changes.begin(), changes.end(), one) == changes.end()) {
            changes.push_back(std::move(one));
        }
    }
    auto own = established->policy->policy.has_log
                   ? TRY(open_own_log(session, *established, std::string(parts.text)))
                   : nullptr;
    auto advanced =
        permit::advance(own ? own->chronicle().state() : *established, views_of(changes));
    auto pin_version = TRY(pinned_version(established->domain.name));
    const auto version = [](const permit::DomainState& state) {
        return state.policy->policy.header.version;
    };
    if (own && advanced && version(advanced->state) < pin_version) {
        return fail(ErrorKind::unreachable,
                    fmt::format("opening the domain {}: policy {} was in force when it was last "
                                "opened, and this tool's copy of the log reaches to policy {} "
                                "alone; read the log on: name where it is with --log URL (`cheget "
                                "status --log URL`)",
                                header.domain, pin_version, version(advanced->state)));
    }
    if (!own && (!advanced || version(advanced->state) < pin_version)) {
        if (auto known = TRY(state_to_go_on_from(*established, changes))) {
            advanced = permit::advance(*known, views_of(changes));
        }
    }
    if (!advanced) {
        return std::unexpected(base::within("judging the domain's changes", advanced.error()));
    }
    PinOutcome pin = TRY(check_pin(advanced->state));
    if (pin.first_use) {
        greet(session, advanced->state);
    } else if (pin.new_policy) {
        session.say("{} policy {} is in force now; `cheget policy show` shows it\n",
                    session.warning("note:"), advanced->state.policy->policy.header.version);
    }
    return OpenDomain{.folder = std::move(folder),
                      .state = std::move(advanced->state),
                      .ignored = std::move(advanced->ignored),
                      .steps = std::move(advanced->steps),
                      .log = std::move(own)};
}

namespace {

/// By the log as far as it was read. What lies in the folder besides can only stop it.
Result<permit::Judgement> judge_by_log(OwnLog& log, const base::Digest& order,
                                       const std::vector<std::string_view>& folder, Times times) {
    if (times == Times::refined) {
        const auto indexes = TRY(permit::indexes_on(log.chronicle(), log.copy(), order, folder));
        if (const auto refined = log.refine_times(indexes);
            !refined && refined.error().kind != ErrorKind::unreachable) {
            return std::unexpected(refined.error());
        }
    }
    return permit::judge_under_log(log.chronicle(), log.copy(), order, folder, TRY(log.forecast()));
}

}  // namespace

Result<JudgedOrder> judge_order(const OpenDomain& domain, const base::Digest& order, Times times) {
    JudgedOrder judged;
    judged.texts = TRY(domain.folder.order_statements(order));
    if (domain.log) {
        // Revocations by the folder and by what this tool remembers, wherever they were seen.
        for (const permit::RevokedKey& key : domain.state.revoked) {
            judged.texts.insert(judged.texts.end(), key.statements.begin(), key.statements.end());
        }
        judged.texts.insert(judged.texts.end(), domain.state.pending_revocations.begin(),
                            domain.state.pending_revocations.end());
    }
    const auto views = views_of(judged.texts);
    auto judgement = domain.log ? judge_by_log(*domain.log, order, views, times)
                                : permit::judge(domain.state, views, now());
    if (!judgement) {
        return std::unexpected(
            base::within(fmt::format("judging the order {}", short_id(order)), judgement.error()));
    }
    judged.judgement = std::move(*judgement);
    return judged;
}

}  // namespace cheget::cli
