// What bearers' commands share.
#include "cli/bearer.h"

#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/pin.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using briefcase::Verdict;

Result<std::filesystem::path> keep_folder(const std::string& keep) {
    if (!keep.empty()) {
        return std::filesystem::absolute(keep);
    }
    std::filesystem::path state = environment("XDG_STATE_HOME");
    if (state.empty() || state.is_relative()) {
        const std::string home = environment("HOME");
        if (home.empty()) {
            return fail(ErrorKind::unreachable,
                        "looking for ~/.local/state: HOME is not set; set it, or XDG_STATE_HOME, "
                        "or say with --keep where statements on briefcases are kept");
        }
        state = std::filesystem::path(home) / ".local/state";
    }
    return state / "cheget/briefcases";
}

/// The domain of --domain, CHEGET_DOMAIN or the working folder, if there is one and it is the
/// case's.
Result<std::optional<OpenDomain>> domain_at_hand(Session& session, const briefcase::Case& folder) {
    const bool is_named = !session.globals.domain.empty();
    if (!is_named && !find_folder(session)) {
        return std::nullopt;
    }
    OpenDomain domain = TRY(open_domain(session));
    if (domain.state.domain == folder.seal().domain) {
        return domain;
    }
    if (is_named) {
        return fail(ErrorKind::usage,
                    fmt::format("comparing the briefcase with {}: its domain is {}, another one",
                                base::shown(session.globals.domain),
                                base::shown(folder.seal().domain.name)));
    }
    return std::nullopt;
}

std::string_view word_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::intact:
            return "INTACT";
        case Verdict::offered:
            return "HANDOVER BEGUN";
        case Verdict::opened:
            return "OPENED";
        case Verdict::lost:
            return "LOST";
        case Verdict::altered:
            return "ALTERED";
        case Verdict::copied:
            return "COPIED BACK";
    }
    return "UNKNOWN";
}

std::string age_of(const briefcase::Knowledge& knowledge) {
    const auto& as_of = knowledge.as_of();
    if (knowledge.log() == nullptr) {
        return "the domain has no log: nothing tells how old what it knows is";
    }
    if (!as_of) {
        return "it knows nothing of the log yet";
    }
    const base::Time clock = now();
    const base::Span age{std::max<std::int64_t>(0, clock.seconds - as_of->witnessed.seconds)};
    return fmt::format("it knows the log up to entry {}, as witnessed at {}, {} ago", as_of->size,
                       base::to_text(as_of->witnessed), base::to_words(age));
}

std::string tries_words(const briefcase::Case& folder, const briefcase::Evidence& evidence) {
    if (folder.seal().tpm.empty()) {
        return "tries are NOT limited: it has no TPM, and who copies it may guess for ever";
    }
    if (!evidence.tries) {
        return "tries are limited by its TPM, which was not asked: name it with --tpm";
    }
    return fmt::format("{} of {} tries left; its TPM's counter stands at {}",
                       evidence.tries->left(), evidence.tries->limit, evidence.tries->counter);
}

base::Json inspection_json(const briefcase::Case& folder, const briefcase::Knowledge& knowledge,
                           const briefcase::Inspection& found,
                           const briefcase::Evidence& evidence) {
    base::Json::Array findings;
    for (const briefcase::Finding& one : found.findings) {
        findings.push_back({base::Json::Object{{"verdict", text_json(name_of(one.verdict))},
                                               {"words", text_json(base::shown(one.words))}}});
    }
    base::Json::Array offers;
    for (const briefcase::Offer& one : found.offers) {
        offers.push_back({base::Json::Object{{"at", text_json(base::to_text(one.said.at))},
                                             {"from", text_json(*one.said.from)},
                                             {"to", text_json(*one.said.to)}}});
    }
    base::Json::Object told{{"briefcase", text_json(folder.fingerprint())},
                            {"findings", {findings}},
                            {"handovers_begun", {offers}},
                            {"holder", text_json(found.record.holder)},
                            {"principal", text_json(folder.seal().principal)},
                            {"seal", text_json(base::to_text(folder.seal_digest()))},
                            {"statements", number_json(found.record.links.size())},
                            {"tries_limited", flag_json(!folder.seal().tpm.empty())},
                            {"verdict", text_json(name_of(found.verdict))}};
    if (evidence.tries) {
        told["tries_left"] = number_json(evidence.tries->left());
        told["counter"] = number_json(evidence.tries->counter);
    }
    if (const auto& as_of = knowledge.as_of()) {
        told["log_size"] = number_json(as_of->size);
        told["witnessed"] = text_json(base::to_text(as_of->witnessed));
    }
    return {told};
}

}  // namespace

void add_case_options(CLI::App* command, CaseOptions& options, bool with_evidence) {
    command->add_option("case", options.folder, "The briefcase's folder")
        ->required()
        ->type_name("CASE");
    command
        ->add_option("--tpm", options.tpm,
                     "How its TPM is reached, such as device:/dev/tpmrm0 (where it has one)")
        ->type_name("TCTI");
    command
        ->add_option("--keep", options.keep,
                     "Where you keep your last statement on it (else below XDG_STATE_HOME)")
        ->type_name("FOLDER");
    if (with_evidence) {
        command
            ->add_option("--last", options.last,
                         "A statement on it that you kept, to compare (else the one in --keep)")
            ->type_name("FILE");
    }
}

Result<std::optional<briefcase::Tpm>> tpm_of(const briefcase::Case& folder, const std::string& tpm,
                                             bool is_optional) {
    const bool has_one = !folder.seal().tpm.empty();
    if (!has_one && !tpm.empty()) {
        return fail(ErrorKind::usage, "this briefcase was made without a TPM: leave --tpm out");
    }
    const std::string named = tpm.empty() ? environment("CHEGET_TPM") : tpm;
    if (!has_one || (named.empty() && is_optional)) {
        return std::nullopt;
    }
    if (named.empty()) {
        return fail(ErrorKind::usage,
                    "this briefcase has a TPM that must speak: say with --tpm or CHEGET_TPM how "
                    "it is reached, such as device:/dev/tpmrm0");
    }
    return TRY(briefcase::Tpm::connect(named));
}

Result<std::filesystem::path> kept_path(const std::string& keep, std::string_view briefcase,
                                        std::string_view ending) {
    const std::filesystem::path folder = TRY(keep_folder(keep));
    return folder / (base::to_hex(base::sha256(briefcase)).substr(0, 32) + std::string(ending));
}

Result<void> keep_statement(const std::string& keep, std::string_view briefcase,
                            std::string_view signed_custody) {
    const std::filesystem::path path = TRY(kept_path(keep, briefcase, ".custody"));
    TRY(store::make_folder_durably(path.parent_path(), 0700));
    return store::write_file_durably(path, signed_custody, 0600);
}

Result<std::optional<std::string>> kept_statement(const CaseOptions& options,
                                                  std::string_view briefcase) {
    if (!options.last.empty()) {
        return TRY(store::read_file(options.last, statement::k_longest_signed));
    }
    const std::filesystem::path path = TRY(kept_path(options.keep, briefcase, ".custody"));
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::nullopt;
    }
    return TRY(store::read_file(path, statement::k_longest_signed));
}

Result<std::vector<std::string>> filed_custody(const OpenDomain& domain,
                                               std::string_view briefcase) {
    std::vector<std::string> found = TRY(domain.folder.custody(briefcase));
    if (domain.log) {
        for (permit::Entry& entry :
             TRY(domain.log->copy().about(permit::subject_of_custody(briefcase)))) {
            found.push_back(std::move(entry.whole));
        }
    }
    return found;
}

Result<briefcase::Evidence> gather_evidence(Session& session, const briefcase::Case& folder,
                                            const briefcase::Knowledge& knowledge,
                                            const CaseOptions& options) {
    briefcase::Evidence evidence;
    evidence.kept = TRY(kept_statement(options, folder.fingerprint()));
    evidence.known_first_policy = TRY(pinned_first_policy(folder.seal().domain.name));
    evidence.elsewhere = TRY(briefcase::carried_custody(knowledge, folder.fingerprint()));
    const bool is_known = !evidence.known_first_policy ||
                          *evidence.known_first_policy == folder.seal().domain.first_policy;
    if (is_known) {
        if (const auto domain = TRY(domain_at_hand(session, folder))) {
            for (std::string& one : TRY(filed_custody(*domain, folder.fingerprint()))) {
                evidence.elsewhere.push_back(std::move(one));
            }
        }
    }
    if (auto tpm = TRY(tpm_of(folder, options.tpm, true))) {
        evidence.tries = TRY(tpm->tries(folder.seal().tpm));
    }
    return evidence;
}

void tell_inspection(Session& session, const briefcase::Case& folder,
                     const briefcase::Knowledge& knowledge, const briefcase::Inspection& found,
                     const briefcase::Evidence& evidence) {
    const std::string word(word_of(found.verdict));
    const briefcase::Seal& seal = folder.seal();
    session.say("{}: {}'s briefcase in {}\n",
                found.verdict == Verdict::intact   ? session.good(word)
                : found.verdict <= Verdict::opened ? session.warning(word)
                                                   : session.bad(word),
                seal.principal, base::shown(seal.domain.name));
    for (const briefcase::Finding& one : found.findings) {
        session.say("  {}: {}\n", session.bold(name_of(one.verdict)), base::shown(one.words));
    }
    if (found.since) {
        const auto& link = found.record.links[*found.since].said;
        session.say("  held by {} since `{}` at {}\n", found.record.holder,
                    statement::name_of(link.event), base::to_text(link.at));
    }
    session.say("  key {}\n  {}\n  {}\n", folder.fingerprint(), tries_words(folder, evidence),
                age_of(knowledge));
    if (!knowledge.reaches_seal()) {
        session.say("  {} {}\n", session.bad("ALARM:"), base::shown(knowledge.alarms().back()));
    }
    if (!evidence.kept) {
        session.say(
            "  {} you kept no statement on it, so that an earlier state put back would show by the "
            "log and its TPM alone\n",
            session.faint("note:"));
    }
    session.write_json(inspection_json(folder, knowledge, found, evidence));
}

int exit_code(Verdict verdict) {
    switch (verdict) {
        case Verdict::intact:
            return 0;
        case Verdict::offered:
            return 19;
        case Verdict::opened:
            return 20;
        case Verdict::lost:
            return 21;
        case Verdict::altered:
            return 22;
        case Verdict::copied:
            return 23;
    }
    return static_cast<int>(ErrorKind::corrupt_state);
}

Result<Signer> signer_of(Session& session, const briefcase::Knowledge& knowledge,
                         const std::string& name, const std::string& key) {
    Session as_named;
    as_named.globals = session.globals;
    as_named.globals.as = name.empty() ? session.globals.as : name;
    as_named.globals.key = key.empty() ? session.globals.key : key;
    return find_signer(as_named, knowledge.domain().policy->policy, &knowledge.domain());
}

Result<std::vector<std::string>> load_into(Session& session, const briefcase::Case& folder,
                                           const std::vector<std::string>& permits,
                                           const CaseOptions& options) {
    constexpr std::size_t k_most_at_once = 20;  // as many digests as a note holds
    if (permits.size() > k_most_at_once) {
        return fail(ErrorKind::usage, fmt::format("loading {}: at most {} permits at once",
                                                  permits.size(), k_most_at_once));
    }
    const auto after = TRY(briefcase::Knowledge::read_with(folder, permits));
    for (const permit::Ignored& one : after->set_aside()) {
        if (one.what.starts_with(briefcase::k_new_load)) {
            return base::bad_input(fmt::format("loading into {}: {}; nothing was loaded",
                                               base::shown(options.folder), base::shown(one.why)));
        }
    }
    const Signer bearer = TRY(signer_of(session, *after, "", ""));
    std::string note;
    for (const std::string& permit : permits) {
        note += fmt::format("{}{}", note.empty() ? "" : " ", base::to_text(base::sha256(permit)));
    }
    statement::Custody loaded = TRY(briefcase::next_custody(folder, bearer.name(), now()));
    loaded.event = statement::CustodyEvent::loaded;
    loaded.note = note;
    if (auto tpm = TRY(tpm_of(folder, options.tpm))) {
        TRY(briefcase::attest(loaded, *tpm, folder.seal().tpm));
    }
    const std::string text = TRY(statement::render(loaded));
    show_what_is_signed(session, text);
    TRY(session.confirm(fmt::format("Load this, and sign so as {}?", bearer.name())));
    const std::string signed_text =
        TRY(bearer.sign(after->domain().policy->policy, statement::Kind::custody, text));
    // Signed before anything is put in: a load that nobody signed for would look like an attack.
    TRY(folder.append_to_journal(signed_text));
    TRY(keep_statement(options.keep, folder.fingerprint(), signed_text));
    std::vector<std::string> names;
    for (const std::string& permit : permits) {
        names.push_back(TRY(folder.add_load(permit)));
    }
    return names;
}

}  // namespace cheget::cli
