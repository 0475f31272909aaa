// courier load: orders with all that was said about them, and what the log holds since the last
// time, into a briefcase that is here, or out as a file or codes for one that isn't.
#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "briefcase/outgoing.h"
#include "cli/bearer.h"
#include "cli/briefcase.h"
#include "cli/codes.h"
#include "cli/commands.h"
#include "cli/courier.h"
#include "cli/recording.h"
#include "permit/intent.h"
#include "permit/permit.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Verdict;

struct Options {
    std::vector<std::string> orders;
    std::string folder;  ///< --case
    std::string tpm;     ///< --tpm: of that one
    std::optional<std::uint64_t> size;
    std::string principal;  ///< --for
    std::string output;
    bool with_files = false;
    CodePlace place;
};

/// An order that goes along.
struct Chosen {
    base::Digest id;
    JudgedOrder judged;
};

/// Whether it can still be carried out, as far as is known here.
bool is_open(const permit::Judgement& judgement) {
    const bool ended = std::any_of(
        judgement.traces.begin(), judgement.traces.end(), [](const permit::Trace& trace) {
            return trace.outcome && *trace.outcome != statement::Outcome::started;
        });
    return !ended && judgement.bound && judgement.decision.answer != policy::Answer::deny;
}

/// Whether the rule gives this person a word on it that they have not said. Who has spoken is not
/// asked again for a veto.
bool waits_for(const permit::Judgement& judgement, const std::string& name,
               policy::PrincipalIndex person) {
    for (const Verdict verdict :
         {Verdict::approve, Verdict::consent, Verdict::veto, Verdict::seen}) {
        const bool said = std::any_of(
            judgement.votes.begin(), judgement.votes.end(), [&](const permit::CountedVote& vote) {
                return vote.voice.by == person &&
                       (vote.voice.verdict == verdict || verdict == Verdict::veto);
            });
        permit::Intent intent{.verdict = verdict, .name = name, .person = person};
        if (!said && permit::check_standing(*judgement.bound, intent) &&
            permit::check_moment(judgement, intent)) {
            return true;
        }
    }
    return false;
}

/// The signed order among what is known of it.
std::string_view order_of(const Chosen& one) {
    for (const std::string& text : one.judged.texts) {
        const auto parts = statement::split_signed(text);
        if (parts && statement::id_of(parts->text) == one.id) {
            return text;
        }
    }
    return one.judged.judgement->order_text;
}

Result<std::vector<Chosen>> named_orders(const OpenDomain& domain,
                                         const std::vector<std::string>& names) {
    std::vector<Chosen> chosen;
    for (const std::string& name : names) {
        Chosen one{TRY(domain.folder.find_order(name)), {}};
        one.judged = TRY(judge_order(domain, one.id));
        chosen.push_back(std::move(one));
    }
    return chosen;
}

/// All that are open; those alone that wait for the principal, if one is given.
Result<std::vector<Chosen>> open_orders(const OpenDomain& domain, const std::string& principal) {
    const auto person = domain.policy().find_principal(principal);
    if (!principal.empty() && !person) {
        return fail(ErrorKind::usage,
                    fmt::format("choosing orders: policy {} knows nobody named `{}`",
                                domain.policy().header.version, base::shown(principal)));
    }
    std::vector<Chosen> chosen;
    for (const base::Digest& id : TRY(domain.folder.orders())) {
        auto judged = judge_order(domain, id, Times::as_known);
        if (judged && is_open(*judged->judgement) &&
            (!person || waits_for(*judged->judgement, principal, *person))) {
            chosen.push_back({id, std::move(*judged)});
        }
    }
    return chosen;
}

/// Whether exactly these bytes are an entry that was read.
Result<bool> is_logged(const OpenDomain& domain, std::string_view signed_text) {
    for (const std::string& subject : permit::subjects_of(signed_text)) {
        for (const permit::Entry& entry : TRY(domain.log->copy().about(subject))) {
            if (entry.whole == signed_text) {
                return true;
            }
        }
    }
    return false;
}

/// What a load carries besides the log: it owns the bytes that the permit's views point to.
struct Cargo {
    std::vector<std::string> statements;
    std::vector<std::string> files;

    permit::Permit as_permit(permit::Permit::Extract extract) const {
        permit::Permit permit;
        permit.statements = views_of(statements);
        permit.extract = std::move(extract);
        for (const std::string& file : files) {
            permit.files.push_back({base::sha256(file), base::as_bytes(file)});
        }
        return permit;
    }
};

/// Named files that lie here, of at most so many bytes; a permit's bound is theirs too.
Result<void> take_files(Session& session, const OpenDomain& domain, const statement::Order& order,
                        std::uint64_t largest, Cargo& cargo, std::set<base::Digest>& taken) {
    std::vector<statement::ContentReference> named;
    for (const statement::FileReference& file : order.files) {
        named.push_back({file.digest, file.bytes});
    }
    if (order.standard_input) {
        named.push_back(*order.standard_input);
    }
    for (const auto& [digest, bytes] : named) {
        if (!taken.insert(digest).second) {
            continue;
        }
        if (bytes > largest) {
            session.say(
                "{} the file {} has {} bytes, and goes along in codes with --with-files "
                "alone\n",
                session.warning("note:"), base::to_text(digest), bytes);
            continue;
        }
        std::size_t room = permit::k_most_file_bytes;
        for (const std::string& file : cargo.files) {
            room -= std::min(room, file.size());
        }
        auto content = TRY(domain.folder.read_named_file(digest, room));
        if (content) {
            cargo.files.push_back(std::move(*content));
        } else {
            session.say("{} the file {} isn't in the domain's folder, and doesn't go along\n",
                        session.warning("note:"), base::to_text(digest));
        }
    }
    return {};
}

Result<Cargo> make_cargo(Session& session, const OpenDomain& domain,
                         const std::vector<Chosen>& chosen, std::uint64_t largest_file) {
    Cargo cargo;
    std::set<std::string_view> seen;
    std::set<base::Digest> files;
    std::vector<std::string> changes = TRY(domain.folder.change_statements());
    const auto take = [&](const std::string& text, bool is_the_order) -> Result<void> {
        const bool is_new = seen.insert(text).second;
        const bool in_log = domain.log && !is_the_order && TRY(is_logged(domain, text));
        if (is_new && !in_log) {
            cargo.statements.push_back(text);
        }
        return {};
    };
    for (const std::string& text : changes) {
        TRY(take(text, false));
    }
    for (const Chosen& one : chosen) {
        for (const std::string& text : one.judged.texts) {
            const auto parts = statement::split_signed(text);
            TRY(take(text, parts && statement::id_of(parts->text) == one.id));
        }
        TRY(take_files(session, domain, one.judged.judgement->order, largest_file, cargo, files));
    }
    return cargo;
}

/// A load as it travels.
struct Load {
    std::string bytes;
    std::uint64_t first = 0;    ///< entry of the log
    std::uint64_t entries = 0;  ///< from there on
};

/// One, or several where the log holds more than fits a permit: the orders are in the last.
Result<std::vector<Load>> make_loads(const OpenDomain& domain, const std::vector<Chosen>& chosen,
                                     const Cargo& cargo, std::uint64_t size) {
    std::vector<Load> loads;
    if (!domain.log) {
        loads.push_back({TRY(permit::render_permit(cargo.as_permit({}))), 0, 0});
        return loads;
    }
    std::vector<std::uint64_t> indexes;
    for (const Chosen& one : chosen) {
        const auto some = TRY(permit::indexes_on(domain.log->chronicle(), domain.log->copy(),
                                                 one.id, views_of(one.judged.texts)));
        indexes.insert(indexes.end(), some.begin(), some.end());
    }
    const std::uint64_t held = domain.log->chronicle().size();
    for (;;) {
        permit::Permit::Extract extract = TRY(domain.log->extract_from(size, indexes));
        const std::uint64_t first = size;
        size += extract.entries.size();
        const bool is_last = size >= held;
        permit::Permit permit;
        if (is_last) {
            permit = cargo.as_permit({});
        }
        permit.extract = std::move(extract);
        loads.push_back({TRY(permit::render_permit(permit)), first, size - first});
        if (is_last) {
            return loads;
        }
    }
}

/// What a case at hand says of itself.
struct AtHand {
    briefcase::Case folder;
    std::uint64_t size = 0;
};

Result<AtHand> open_case(Session& session, const OpenDomain& domain, const std::string& path) {
    briefcase::Case folder = TRY(briefcase::Case::open(path));
    if (folder.seal().domain != domain.state.domain) {
        return fail(
            ErrorKind::denied,
            fmt::format("loading {}: it is a briefcase of the domain {} {}, and this is {} "
                        "{}; choose the domain with --domain FOLDER",
                        base::shown(path), base::shown(folder.seal().domain.name),
                        base::to_text(folder.seal().domain.first_policy), domain.state.domain.name,
                        base::to_text(domain.state.domain.first_policy)));
    }
    const auto knowledge = TRY(read_knowledge(folder));
    for (const permit::Ignored& one : knowledge->set_aside()) {
        session.say("{} {} in the briefcase does not count: {}\n", session.warning("note:"),
                    base::shown(one.what), base::shown(one.why));
    }
    for (const std::string& fork : knowledge->forks()) {
        session.end_with(static_cast<int>(ErrorKind::denied),
                         fmt::format("{} {}\n", session.bad("ALARM:"), fork));
    }
    return AtHand{std::move(folder), knowledge->as_of() ? knowledge->as_of()->size : 0};
}

/// What the log doesn't show as its own is not recorded, whoever said that they handed it in.
Result<void> tell_unrecorded(Session& session, const OpenDomain& domain,
                             const briefcase::Case& folder, const briefcase::Knowledge& knowledge) {
    base::Json::Array told;
    for (const briefcase::Waiting& one : TRY(briefcase::waiting_in(folder, knowledge))) {
        if (one.is_recorded || !domain.log) {
            continue;
        }
        const std::string line = summary_of(one.out.signed_text).front();
        session.say(
            "{} {} lies in the outbox, and isn't in the log; take it out with `cheget "
            "courier collect {}`\n",
            one.says_no ? session.bad("NOT RECORDED:") : session.warning("note:"),
            base::shown(line), base::shown(folder.root().string()));
        session.add_json("not_recorded", {base::Json::Object{{"name", text_json(one.out.name)},
                                                             {"says", text_json(line)},
                                                             {"says_no", flag_json(one.says_no)}}});
    }
    return {};
}

/// Signed by whoever brings the load. What the case makes of it is what its principal will see.
Result<void> put_in(Session& session, const OpenDomain& domain, const AtHand& at,
                    const std::vector<Load>& loads, const std::vector<Chosen>& chosen,
                    const CaseOptions& options) {
    std::vector<std::string> permits;
    for (const Load& load : loads) {
        permits.emplace_back(load.bytes);
    }
    TRY(load_into(session, at.folder, permits, options));
    const auto knowledge = TRY(read_knowledge(at.folder));
    const auto& orders = knowledge->orders();
    for (const Chosen& one : chosen) {
        if (std::find(orders.begin(), orders.end(), one.id) == orders.end()) {
            return fail(ErrorKind::corrupt_state,
                        fmt::format("loading {}: the order {} does not show in it; look at it with "
                                    "`cheget briefcase inspect {}`",
                                    base::shown(at.folder.root().string()), short_id(one.id),
                                    base::shown(at.folder.root().string())));
        }
    }
    session.say("{} {}: {} orders{}\n", session.good("Loaded:"),
                base::shown(at.folder.root().string()), chosen.size(),
                knowledge->as_of()
                    ? fmt::format(", {} entries of the log, as of {}", knowledge->as_of()->size,
                                  base::to_text(knowledge->as_of()->witnessed))
                    : std::string());
    return tell_unrecorded(session, domain, at.folder, *knowledge);
}

std::string numbered(const std::string& file, std::size_t number, std::size_t count) {
    if (count == 1) {
        return file;
    }
    const std::filesystem::path path(file);
    return (path.parent_path() /
            fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string()))
        .string();
}

Result<void> write_files(Session& session, const std::vector<Load>& loads,
                         const std::string& output) {
    if (output == "-") {
        if (loads.size() != 1) {
            return fail(ErrorKind::usage,
                        fmt::format("writing to stdout: these are {} loads; name a file with "
                                    "--output, and they are numbered",
                                    loads.size()));
        }
        session.keep_stdout_for_data();
        session.write_data(loads.front().bytes);
        return {};
    }
    for (std::size_t i = 0; i < loads.size(); ++i) {
        const std::string file = numbered(output, i + 1, loads.size());
        TRY(store::write_file_durably(std::filesystem::absolute(file), loads[i].bytes));
        session.say("{} {} ({} bytes)\n", session.good("Written:"), base::shown(file),
                    loads[i].bytes.size());
    }
    if (loads.size() > 1) {
        session.say("Load them in this order: each goes on where the one before ends.\n");
    }
    return {};
}

Result<void> write_codes(Session& session, const OpenDomain& domain, const std::vector<Load>& loads,
                         const std::vector<Chosen>& chosen, const Options& options) {
    std::vector<Outgoing> all;
    for (const Load& load : loads) {
        Outgoing one;
        one.name = "load-" + short_id(base::sha256(load.bytes));
        one.title = options.principal.empty()
                        ? "A load for a briefcase"
                        : fmt::format("A load for {}'s briefcase", options.principal);
        const auto bytes = base::as_bytes(load.bytes);
        one.payload.assign(bytes.begin(), bytes.end());
        all.push_back(std::move(one));
    }
    for (const Chosen& one : chosen) {
        for (std::string& line : summary_of(order_of(one))) {
            all.back().summary.push_back(std::move(line));
        }
    }
    return put_out_as_codes(session, options.place, domain.policy().header.domain, all);
}

void write_json(Session& session, const std::vector<Load>& loads,
                const std::vector<Chosen>& chosen) {
    base::Json::Array told;
    for (const Load& load : loads) {
        told.push_back(
            {base::Json::Object{{"bytes", number_json(load.bytes.size())},
                                {"digest", text_json(base::to_text(base::sha256(load.bytes)))},
                                {"first_entry", number_json(load.first)},
                                {"entries", number_json(load.entries)}}});
    }
    std::vector<std::string> orders;
    for (const Chosen& one : chosen) {
        orders.push_back(base::to_text(one.id));
    }
    session.write_json(
        {base::Json::Object{{"loads", {std::move(told)}}, {"orders", list_json(orders)}}});
}

Result<void> check_options(const Options& options) {
    const int places = (options.folder.empty() ? 0 : 1) + (options.output.empty() ? 0 : 1) +
                       (options.place.is_set() ? 1 : 0);
    if (places != 1) {
        return fail(ErrorKind::usage,
                    "courier load: say where the load goes, by one of --case CASE, --output FILE, "
                    "--qr, --pdf FILE and --png FOLDER");
    }
    if (!options.folder.empty() && (options.size || !options.principal.empty())) {
        return fail(
            ErrorKind::usage,
            "courier load: a case tells by itself how much of the log it holds and whose it "
            "is; leave out --size and --for");
    }
    return {};
}

Outcome load(Session& session, Options options) {
    TRY(check_options(options));
    session.globals.follow = Follow::yes;
    const OpenDomain domain = TRY(open_domain(session));
    std::optional<AtHand> at;
    std::uint64_t size = options.size.value_or(0);
    if (!options.folder.empty()) {
        at = TRY(open_case(session, domain, options.folder));
        size = at->size;
        options.principal = at->folder.seal().principal;
    }
    const std::vector<Chosen> chosen = options.orders.empty()
                                           ? TRY(open_orders(domain, options.principal))
                                           : TRY(named_orders(domain, options.orders));
    constexpr std::uint64_t k_largest_in_codes = 4096;
    const std::uint64_t largest_file = options.place.is_set() && !options.with_files
                                           ? k_largest_in_codes
                                           : permit::k_most_file_bytes;
    const Cargo cargo = TRY(make_cargo(session, domain, chosen, largest_file));
    if (!domain.log && cargo.statements.empty()) {
        return fail(ErrorKind::waiting,
                    "courier load: no order is open, and there is no log: nothing to load");
    }
    const std::vector<Load> loads = TRY(make_loads(domain, chosen, cargo, size));
    for (const Chosen& one : chosen) {
        session.say("order {}: {} on {}\n", short_id(one.id),
                    one.judged.judgement->order.rule.action, [&]() -> std::string {
                        const auto* target =
                            std::get_if<std::string>(&one.judged.judgement->order.target);
                        return target != nullptr ? *target : "many targets";
                    }());
    }
    if (at) {
        TRY(put_in(session, domain, *at, loads, chosen,
                   {.folder = options.folder, .tpm = options.tpm, .last = {}, .keep = {}}));
    } else if (options.place.is_set()) {
        TRY(write_codes(session, domain, loads, chosen, options));
    } else {
        TRY(write_files(session, loads, options.output));
    }
    if (options.output != "-") {
        write_json(session, loads, chosen);
    }
    return 0;
}

}  // namespace

void add_courier_load(CLI::App& courier, Session& session) {
    CLI::App* command = add_command(
        courier, "load", "Put open orders, and what the log holds on, into a briefcase",
        "  cheget courier load --case /media/case        all that wait for its principal\n"
        "  cheget courier load 5f0c27 --case /media/case\n"
        "  cheget courier load --size 4711 --for dave --output load.permit\n"
        "  cheget courier load --size 4711 --for dave --pdf load.pdf\n"
        "  cheget courier load 5f0c27 --size 4711 --qr");
    auto options = std::make_shared<Options>();
    command->add_option("orders", options->orders, "Ids of orders (else all that are open)")
        ->type_name("ORDER");
    command->add_option("--case", options->folder, "A briefcase that is here; it is journaled")
        ->type_name("CASE");
    command->add_option("--tpm", options->tpm, "How its TPM is reached, where it has one")
        ->type_name("TCTI");
    command
        ->add_option("--size", options->size,
                     "How many entries of the log a briefcase elsewhere holds, as its screen says "
                     "(else none)")
        ->type_name("ENTRIES");
    command
        ->add_option("--for", options->principal,
                     "Whose briefcase that is: orders that wait for them alone")
        ->type_name("NAME");
    command->add_option("-o,--output", options->output, "Write a file; `-` is stdout")
        ->type_name("FILE");
    add_code_place(command, options->place);
    command->add_flag("--with-files", options->with_files,
                      "Take named files above 4 KiB along in codes too, however many these become");
    add_log_places(command, session);
    on_chosen(command, session, [&session, options] { return load(session, *options); });
}

}  // namespace cheget::cli
