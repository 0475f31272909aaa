// attest: a source's signed word on a fact that a policy's conditions ask for.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/named_files.h"
#include "cli/recording.h"
#include "cli/vote.h"
#include "policy/templates.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using About = policy::Fact::About;

struct AttestOptions {
    std::string fact;  ///< `alert`, `backup-ok(prod/eu-1/invoices)`
    std::string value;
    std::string at;
    std::string note;
    bool unsigned_only = false;
    std::string output;
};

/// What stands before and between the parentheses.
struct Asked {
    std::string name;
    std::optional<std::string> about;
};

Result<Asked> read_fact(const std::string& text) {
    std::size_t open = text.find('(');
    if (open == std::string::npos) {
        return Asked{text, std::nullopt};
    }
    if (!text.ends_with(')') || open + 2 >= text.size()) {
        return fail(ErrorKind::usage,
                    fmt::format("reading the fact `{}`: write it as NAME, or NAME(WHAT IT IS "
                                "ABOUT) in quotes, such as 'backup-ok(prod/eu-1/invoices)'",
                                base::shown(text)));
    }
    return Asked{text.substr(0, open), text.substr(open + 1, text.size() - open - 2)};
}

Result<const policy::Fact*> find_fact(const policy::Policy& policy, const std::string& name) {
    if (const policy::Fact* fact = policy.find_fact(name)) {
        return fact;
    }
    std::vector<std::string> names;
    for (const policy::Fact& fact : policy.facts) {
        names.push_back(fact.name);
    }
    std::vector<std::string_view> candidates(names.begin(), names.end());
    auto nearest = base::nearest(name, candidates);
    return fail(
        ErrorKind::usage,
        fmt::format("attesting `{}`: the policy has no such fact{}; {}", base::shown(name),
                    nearest ? fmt::format(" (did you mean {}?)", *nearest) : "",
                    names.empty() ? "it has none at all" : "it has " + base::join_words(names)));
}

/// A fact about a target that no action has could never matter: it is misspelt.
Result<void> check_target(const policy::Policy& policy, const std::string& target) {
    bool known = std::any_of(policy.actions.begin(), policy.actions.end(), [&](const auto& action) {
        return policy::match_target(action.target, target).has_value();
    });
    if (known) {
        return {};
    }
    std::vector<std::string> patterns;
    for (const policy::Action& action : policy.actions) {
        patterns.push_back(policy::to_text(action.target));
    }
    return fail(ErrorKind::usage,
                fmt::format("attesting of `{}`: no action of the policy has such a target; they "
                            "look like {}",
                            base::shown(target), base::join_words(patterns, "or")));
}

/// The subject that the statement names: files by the digest of their bytes as they are now.
Result<statement::FactSubject> subject_of(Session& session, const OpenDomain& domain,
                                          const policy::Fact& fact, const Asked& asked) {
    auto needs = [&](std::string_view what, std::string_view example) {
        return fail(
            ErrorKind::usage,
            fmt::format("attesting {}: it is a fact about {}, so say which, such as '{}({})'",
                        fact.name, what, fact.name, example));
    };
    if (fact.about == About::world) {
        if (asked.about) {
            return fail(ErrorKind::usage,
                        fmt::format("attesting {}: it is a fact about the world, so it is written "
                                    "without `({})`",
                                    fact.name, base::shown(*asked.about)));
        }
        return statement::FactSubject{};
    }
    if (fact.about == About::target) {
        if (!asked.about) {
            return needs("a target", "prod/eu-1/invoices");
        }
        TRY(check_target(domain.policy(), *asked.about));
        return statement::FactSubject{statement::AboutTarget{*asked.about}};
    }
    if (fact.about == About::order) {
        if (!asked.about) {
            return needs("an order", "5f0c27");
        }
        base::Digest id = TRY(domain.folder.find_order(*asked.about));
        return statement::FactSubject{statement::OnOrder{id}};
    }
    if (!asked.about) {
        return needs("a file's bytes", "/srv/out/app.tar");
    }
    if (asked.about->starts_with("sha256:")) {
        base::Digest digest = TRY(base::parse_digest(*asked.about));
        return statement::FactSubject{statement::AboutFile{digest}};
    }
    base::Digest digest = TRY(hash_of_file(*asked.about)).digest;
    session.say("{} has the digest {}: the fact is about these bytes, whatever their name\n",
                base::shown(*asked.about), base::to_text(digest));
    return statement::FactSubject{statement::AboutFile{digest}};
}

std::string values_of(const policy::Fact& fact) {
    switch (fact.type) {
        case policy::Fact::Type::truth:
            return "true and false";
        case policy::Fact::Type::words:
            return base::join_words(fact.words);
        case policy::Fact::Type::number:
            return fmt::format("whole numbers from {} to {}", fact.lowest, fact.highest);
    }
    return {};
}

Result<void> check_source(const policy::Policy& policy, const policy::Fact& fact,
                          const std::string& name) {
    auto index = policy.find_principal(name);
    if (index && std::binary_search(fact.sources.begin(), fact.sources.end(), *index)) {
        return {};
    }
    std::vector<std::string> sources;
    for (policy::PrincipalIndex source : fact.sources) {
        sources.push_back(policy.principals[source].name);
    }
    return fail(ErrorKind::denied,
                fmt::format("attesting {}: {} is no source of it, so this would count for nothing; "
                            "{} {}",
                            fact.name, name, base::join_words(sources, "or"),
                            sources.size() == 1 ? "is" : "can say so"));
}

/// The signer's own time: now, or earlier where something was seen earlier.
Result<base::Time> time_of(Session& session, const policy::Fact& fact, const std::string& at) {
    base::Time present = now();
    if (at.empty()) {
        return present;
    }
    auto time = base::parse_time(at);
    if (!time) {
        return fail(ErrorKind::usage, fmt::format("--at: {}", time.error().message));
    }
    if (*time > present) {
        return fail(ErrorKind::usage,
                    fmt::format("--at {}: that lies in the future, and a fact dated ahead counts "
                                "for nothing; say it when it is so",
                                at));
    }
    if (present.seconds > time->seconds + fact.fresh.seconds) {
        session.say("{} the policy takes {} for {} at most, so this is stale already\n",
                    session.warning("note:"), fact.name, base::to_text(fact.fresh));
    }
    return *time;
}

/// Of two words of one second both must say so, so a new one waits for a second of its own; and an
/// older one is not heard.
Result<void> speak_last(Session& session, const OpenDomain& domain, statement::Fact& said,
                        bool is_now) {
    auto newest = TRY(domain.folder.newest_saying(said));
    while (newest && is_now && said.at <= *newest && newest->seconds - now().seconds < 3) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        said.at = now();
    }
    if (newest && said.at <= *newest) {
        session.say("{} the folder has a word of {}'s on this dated {}; {}\n",
                    session.warning("note:"), said.by, base::to_text(*newest),
                    said.at == *newest ? "of two words of one second both must say so"
                                       : "a source's newest word is the one that counts");
    }
    return {};
}

Result<statement::Fact> make_fact(Session& session, const OpenDomain& domain,
                                  const AttestOptions& options, const std::string& by) {
    const policy::Policy& policy = domain.policy();
    Asked asked = TRY(read_fact(options.fact));
    const policy::Fact& fact = *TRY(find_fact(policy, asked.name));
    TRY(check_source(policy, fact, by));
    if (!fact.value_of(options.value)) {
        return fail(ErrorKind::usage,
                    fmt::format("attesting {}: `{}` is none of its values, which "
                                "are {}",
                                fact.name, base::shown(options.value), values_of(fact)));
    }
    statement::Fact said;
    said.domain = policy.domain();
    said.fact = fact.name;
    said.about = TRY(subject_of(session, domain, fact, asked));
    said.value = options.value;
    said.by = by;
    said.at = TRY(time_of(session, fact, options.at));
    TRY(speak_last(session, domain, said, options.at.empty()));
    if (!options.note.empty()) {
        said.note = options.note;
    }
    return said;
}

base::Json told(const statement::Fact& said, const base::Digest& id,
                const std::filesystem::path& path) {
    base::Json::Object told;
    told["fact"] = text_json(said.fact);
    told["value"] = text_json(said.value);
    told["by"] = text_json(said.by);
    told["at"] = text_json(base::to_text(said.at));
    told["id"] = text_json(base::to_text(id));
    told["filed"] = text_json(base::shown(path.string()));
    return {told};
}

Outcome attest(Session& session, const AttestOptions& options) {
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    const policy::Policy& policy = domain.policy();
    std::optional<Signer> signer;
    std::string by;
    if (options.unsigned_only) {
        session.keep_stdout_for_data();
        by = TRY(require_person(session, policy));
    } else {
        signer = TRY(find_signer(session, policy, &domain.state));
        by = signer->name();
    }
    statement::Fact said = TRY(make_fact(session, domain, options, by));
    std::string text = TRY(statement::render(said));
    show_what_is_signed(session, text);
    if (options.unsigned_only) {
        TRY(put_out_unsigned(session, policy, statement::Kind::fact, text, options.output));
        return 0;
    }
    Filed filed = TRY(sign_and_file(session, domain.folder, policy, *signer, statement::Kind::fact,
                                    text, fmt::format("Sign this as {}?", by)));
    const policy::Fact& fact = *policy.find_fact(said.fact);
    session.say("{} {}\nIt holds until {}, or until you say something newer of the same.\n",
                session.good("Signed and filed:"), base::shown(filed.path.string()),
                base::to_text(said.at + fact.fresh));
    record(session, domain, filed.signed_text, filed.path);
    session.write_json(told(said, statement::id_of(text), filed.path));
    return 0;
}

}  // namespace

void add_attest(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "attest", "Sign a fact that the policy's conditions ask for, as one of its sources",
        "  cheget attest alert high\n"
        "  cheget attest 'backup-ok(prod/eu-1/invoices)' true --key /etc/ssh/ssh_host_ed25519_key\n"
        "  cheget attest 'qa-passed(/srv/out/app.tar)' true --note 'suite 812'\n"
        "  cheget attest 'risk(5f0c27)' 3 --at 2026-08-01T10:00:00Z");
    auto options = std::make_shared<AttestOptions>();
    command
        ->add_option("fact", options->fact,
                     "The fact, with what it is about: a target, a file (its bytes are read), "
                     "`sha256:…`, or an order's id")
        ->required()
        ->type_name("FACT[(ABOUT)]");
    command->add_option("value", options->value, "What you say of it")
        ->required()
        ->type_name("VALUE");
    command->add_option("--at", options->at, "When it was so, in UTC (else now)")
        ->type_name("TIME");
    command->add_option("--note", options->note, "A remark that is signed with it");
    add_recording(command, session);
    command->add_flag("--unsigned", options->unsigned_only,
                      "Only write the text, to be signed with bare ssh-keygen");
    command->add_option("-o,--output", options->output, "Where --unsigned writes the text")
        ->type_name("FILE");
    on_chosen(command, session, [&session, options] { return attest(session, *options); });
}

}  // namespace cheget::cli
