// courier collect: what comes out of a briefcase, verified, filed, and handed in to the log; a no
// first of all.
#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>

#include "authority/admission.h"
#include "base/text.h"
#include "cli/briefcase.h"
#include "cli/codes.h"
#include "cli/commands.h"
#include "cli/courier.h"
#include "cli/recording.h"
#include "cli/taking_in.h"
#include "permit/permit.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> subjects;
    std::string parts;
};

/// One statement that came out.
struct Taken {
    std::string signed_text;
    bool says_no = false;
};

/// The text with those of its signatures that are valid: one that somebody added spoils nothing.
/// Some count only beside another: a briefcase's own key signs its making, and vouches for nothing
/// alone.
Result<std::string> with_valid_signatures(const authority::Admission& admission,
                                          const std::string& signed_text) {
    const auto parts = TRY(statement::split_signed(signed_text));
    const std::string text(parts.text);
    const auto first = std::find_if(
        parts.signatures.begin(), parts.signatures.end(),
        [&](std::string_view armor) { return admission.admit(text + std::string(armor)); });
    if (first == parts.signatures.end()) {
        return std::unexpected(
            parts.signatures.empty()
                ? base::bad_input("it bears no signature").error()
                : admission.admit(text + std::string(parts.signatures.back())).error());
    }
    std::string whole = text;
    for (const std::string_view armor : parts.signatures) {
        if (armor == *first || admission.admit(text + std::string(*first) + std::string(armor))) {
            whole += armor;
        }
    }
    return whole;
}

bool by_revoked_key(const OpenDomain& domain, const statement::Vote& vote,
                    const statement::SignedText& parts) {
    const auto signer =
        permit::verify_signer(domain.policy(), vote.by, statement::Kind::vote, parts);
    return signer && domain.state.is_revoked(signer->key->key);
}

/// What counts for nothing, though it is signed.
Result<void> check_use(const OpenDomain& domain, const statement::Statement& parsed,
                       const statement::SignedText& parts) {
    const auto* vote = std::get_if<statement::Vote>(&parsed);
    if (vote == nullptr) {
        return {};
    }
    const bool no =
        vote->verdict == statement::Verdict::veto || vote->verdict == statement::Verdict::withdraw;
    const auto* order = std::get_if<statement::OnOrder>(&vote->on);
    if (order != nullptr && !no) {  // a no is handed in whatever is known of its order
        const auto known = TRY(domain.folder.orders());
        if (std::find(known.begin(), known.end(), order->id) == known.end()) {
            return fail(
                ErrorKind::denied,
                fmt::format("its order {} isn't in the domain's folder; fetch that from its "
                            "proposer first (`cheget add`)",
                            short_id(order->id)));
        }
    }
    if (!no && by_revoked_key(domain, *vote, parts)) {
        return fail(ErrorKind::denied,
                    fmt::format("the key that signed it, of {}, is revoked: it counts for nothing",
                                vote->by));
    }
    return {};
}

class Collecting {
  public:
    Collecting(Session& session, OpenDomain& domain, authority::Admission admission)
        : session_(session), domain_(domain), admission_(std::move(admission)) {}

    Result<void> restore(const briefcase::Intake& intake) {
        std::vector<std::string> texts;
        std::vector<base::Digest> ids;
        if (!intake.votes().empty()) {
            for (const base::Digest& id : TRY(domain_.folder.orders())) {
                if (auto text = order_text(id)) {
                    ids.push_back(id);
                    texts.push_back(std::move(*text));
                }
            }
        }
        std::vector<briefcase::KnownOrder> known;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            known.push_back({ids[i], texts[i]});
        }
        for (const briefcase::CompactVote& vote : intake.votes()) {
            auto whole = briefcase::restore(vote, domain_.policy(), known);
            if (whole) {
                take(*whole, "");
            } else {
                refuse("a short vote", whole.error());
            }
        }
        return {};
    }

    /// `source` is the name of the file that it came in, where that is known.
    void take(const std::string& signed_text, const std::string& source) {
        auto verified = verify(signed_text);
        if (!verified) {
            const auto parts = statement::split_signed(signed_text);
            const bool is_readable = parts && statement::parse(parts->text);
            const std::string what =
                is_readable ? summary_of(signed_text).front() : std::string("a statement");
            refuse(source.empty() ? what : fmt::format("{} ({})", source, what), verified.error());
            return;
        }
        const bool no = says_no(*verified);
        const bool is_new = std::none_of(taken_.begin(), taken_.end(), [&](const Taken& one) {
            return one.signed_text == *verified;
        });
        if (is_new) {
            taken_.push_back({std::move(*verified), no});
        }
    }

    void refuse(const std::string& what, const base::Error& error) {
        session_.say("{} {}: {}\n", session_.bad("Refused:"), base::shown(what), error.message);
        refused_.push_back(what + ": " + error.message);
        worst_ = std::max(worst_, static_cast<int>(error.kind));
    }

    /// Files and hands in, what says no before all else.
    Result<void> hand_in() {
        std::stable_partition(taken_.begin(), taken_.end(),
                              [](const Taken& one) { return one.says_no; });
        for (const Taken& one : taken_) {
            const auto lines = summary_of(one.signed_text);
            for (const std::string& line : lines) {
                session_.say("{}\n", base::shown(line));
            }
            const fs::path path = TRY(domain_.folder.add(one.signed_text));
            session_.say("{} {}\n", session_.good("Verified and filed:"),
                         base::shown(path.string()));
            record(session_, domain_, one.signed_text, path);
            tell_late_no(one);
            filed_.push_back({base::Json::Object{{"says", list_json(lines)},
                                                 {"path", text_json(path.string())},
                                                 {"says_no", flag_json(one.says_no)}}});
        }
        return {};
    }

    /// Where entries have an order, a revoked key's no counts if it came before the revocation.
    void tell_late_no(const Taken& one) {
        const auto parts = statement::split_signed(one.signed_text);
        const auto vote = parts ? statement::parse_vote(parts->text)
                                : Result<statement::Vote>(std::unexpected(parts.error()));
        if (one.says_no && domain_.log && vote && by_revoked_key(domain_, *vote, *parts)) {
            worst_ = std::max(worst_, static_cast<int>(ErrorKind::denied));
            session_.say(
                "{} the key that signed it, of {}, is revoked: it stops nothing unless it was in "
                "the log before the revocation; somebody else must say no\n",
                session_.bad("Does not count:"), vote->by);
        }
    }

    /// Says so once for all: without a log only the executor's own eyes help.
    void tell_without_log() {
        const bool no =
            std::any_of(taken_.begin(), taken_.end(), [](const Taken& one) { return one.says_no; });
        if (no && !domain_.policy().has_log) {
            session_.say(
                "{} this domain has no log, so nothing proves that the executor sees this before "
                "it acts. Bring this folder, or the file above, to the executor yourself, and tell "
                "the others.\n",
                session_.warning("NOT RECORDED:"));
        }
    }

    const std::vector<std::string>& refused() const { return refused_; }
    base::Json filed() const { return {filed_}; }
    bool has_any() const { return !taken_.empty(); }
    int worst() const { return worst_; }

  private:
    Result<std::string> verify(const std::string& signed_text) const {
        std::string whole = TRY(with_valid_signatures(admission_, signed_text));
        TRY(admission_.admit(whole));
        const auto parts = TRY(statement::split_signed(whole));
        const auto parsed = TRY(statement::parse(parts.text));
        TRY(check_use(domain_, parsed, parts));
        return whole;
    }

    std::optional<std::string> order_text(const base::Digest& id) const {
        const auto statements = domain_.folder.order_statements(id);
        for (const std::string& one : statements ? *statements : std::vector<std::string>()) {
            const auto parts = statement::split_signed(one);
            if (parts && statement::id_of(parts->text) == id) {
                return std::string(parts->text);
            }
        }
        return std::nullopt;
    }

    Session& session_;
    OpenDomain& domain_;
    authority::Admission admission_;
    std::vector<Taken> taken_;
    std::vector<std::string> refused_;
    base::Json::Array filed_;
    int worst_ = 0;
};

bool any_no(const briefcase::Intake& intake) {
    return std::any_of(intake.statements().begin(), intake.statements().end(),
                       [](const std::string& one) { return says_no(one); }) ||
           std::any_of(intake.votes().begin(), intake.votes().end(),
                       [](const briefcase::CompactVote& one) {
                           return one.verdict == statement::Verdict::veto ||
                                  one.verdict == statement::Verdict::withdraw;
                       });
}

/// What `briefcase export` wrote. A load has orders, or entries of the log.
Result<std::vector<std::string>> exported(const std::string& bytes) {
    const permit::Permit permit = TRY(permit::parse_permit(base::as_bytes(bytes)));
    std::vector<std::string> statements;
    bool is_load = !permit.extract.empty() || !permit.files.empty();
    for (const std::string_view one : permit.statements) {
        is_load = is_load || one.starts_with("cheget order ");
        statements.emplace_back(one);
    }
    if (is_load) {
        return base::bad_input(
            "a load goes into a briefcase (`cheget briefcase load`), not out of it");
    }
    return statements;
}

Outcome collect(Session& session, const Options& options) {
    std::vector<std::string> refused;
    const briefcase::Intake intake = TRY(read_all(options.subjects, options.parts, refused));
    // What says no waits for nothing that isn't needed to hand it in.
    session.globals.follow = any_no(intake) ? Follow::if_new : Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    Collecting collecting(session, domain,
                          TRY(authority::Admission::make({domain.state.policy->text})));
    for (const std::string& one : refused) {
        collecting.refuse(one, {ErrorKind::bad_input, "the rest counts"});
    }
    for (const std::string& one : intake.refused()) {
        collecting.refuse(one, {ErrorKind::bad_input, "the other codes count"});
    }
    for (const std::string& permit : intake.permits()) {
        const auto statements = exported(permit);
        if (!statements) {
            collecting.refuse(fmt::format("{} (load {})", intake.source_of(permit),
                                          short_id(base::sha256(permit))),
                              statements.error());
            continue;
        }
        for (const std::string& one : *statements) {
            collecting.take(one, intake.source_of(permit));
        }
    }
    for (const std::string& one : intake.statements()) {
        collecting.take(one, intake.source_of(one));
    }
    TRY(collecting.restore(intake));
    TRY(collecting.hand_in());
    collecting.tell_without_log();
    tell_incomplete(session, intake, options.parts);
    if (!collecting.has_any() && collecting.worst() == 0 && intake.incomplete().empty()) {
        session.say("There is nothing to take out.\n");
    }
    session.write_json({base::Json::Object{{"filed", collecting.filed()},
                                           {"refused", list_json(collecting.refused())}}});
    return collecting.worst();
}

}  // namespace

void add_courier_collect(CLI::App& courier, Session& session) {
    CLI::App* command = add_command(
        courier, "collect", "Take votes out of a briefcase, verify them and hand them in",
        "  cheget courier collect /media/case\n"
        "  cheget courier collect dave.vote photo.jpg scan-1.png\n"
        "  cheget courier collect photo-1.jpg --parts read     keeps parts until all are there\n"
        "  zbarcam --raw -Sbinary | cheget courier collect -");
    auto options = std::make_shared<Options>();
    command
        ->add_option(
            "what", options->subjects,
            "A briefcase, signed statements, codes as bytes (`-` is stdin), or PNG and JPEG "
            "pictures of codes")
        ->required()
        ->type_name("FILE|IMAGE|CASE");
    add_parts_option(command, options->parts);
    add_recording(command, session, true);
    on_chosen(command, session, [&session, options] { return collect(session, *options); });
}

}  // namespace cheget::cli
