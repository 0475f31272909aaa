// briefcase journal: shows who held a case when, and hands its journal in to the domain.
#include <CLI/App.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/bearer.h"
#include "cli/commands.h"
#include "cli/recording.h"

namespace cheget::cli {

namespace {

using base::Result;
using permit::CustodyFault;

struct Options {
    CaseOptions of_case;
    bool hand_in = false;
};

base::Json link_json(const permit::CustodyLink& link) {
    const statement::Custody& said = link.said;
    base::Json::Object told{{"at", text_json(base::to_text(said.at))},
                            {"by", text_json(said.by)},
                            {"event", text_json(statement::name_of(said.event))},
                            {"id", text_json(base::to_text(link.id))}};
    for (const auto& [name, value] :
         {std::pair("from", &said.from), std::pair("to", &said.to), std::pair("nonce", &said.nonce),
          std::pair("note", &said.note)}) {
        if (*value) {
            told[name] = text_json(base::shown(**value));
        }
    }
    if (said.tries) {
        told["tries"] = number_json(*said.tries);
    }
    if (said.counter) {
        told["counter"] = number_json(*said.counter);
    }
    told["quoted"] = flag_json(link.quote.has_value());
    return {told};
}

void tell_link(Session& session, const permit::CustodyLink& link) {
    const statement::Custody& said = link.said;
    std::string what(statement::name_of(said.event));
    if (said.event == statement::CustodyEvent::handover) {
        what += fmt::format(" from {} to {}", *said.from, *said.to);
    } else {
        what += fmt::format(" by {}{}", said.by, said.to ? ", for " + *said.to : "");
    }
    if (said.event == statement::CustodyEvent::opened && said.nonce) {
        what += fmt::format(", a vote {}", said.nonce->substr(0, 12));
    }
    if (said.counter) {
        what += fmt::format(" ({} tries left, counter {}{})", said.tries.value_or(0), *said.counter,
                            link.quote ? ", by its TPM's word" : "");
    }
    session.say("{}  {}\n", base::to_text(said.at), what);
}

/// A chain's fault in words, and the exit code that goes with it.
int tell_fault(Session& session, const permit::CustodyRecord& record) {
    for (const permit::Ignored& one : record.ignored) {
        session.say("{} {}: {}\n", session.warning("set aside"), base::shown(one.what),
                    base::shown(one.why));
    }
    if (record.fault == CustodyFault::none) {
        return 0;
    }
    const bool is_alarm =
        record.fault != CustodyFault::lost && record.fault != CustodyFault::no_beginning;
    session.say("{} {}: {}\n", session.bad(is_alarm ? "ALARM:" : "note:"), name_of(record.fault),
                base::shown(record.fault_words));
    switch (record.fault) {
        case CustodyFault::lost:
            return exit_code(briefcase::Verdict::lost);
        case CustodyFault::fork:
        case CustodyFault::counter_back:
            return exit_code(briefcase::Verdict::copied);
        default:
            return exit_code(briefcase::Verdict::altered);
    }
}

/// What the domain lacks of the journal, in its order; how much of it was taken.
Result<std::size_t> hand_in(Session& session, OpenDomain& domain, const briefcase::Case& folder,
                            const std::vector<std::string>& journal) {
    std::vector<std::string> known;
    const bool has_log = domain.policy().has_log;
    if (has_log && domain.log) {
        for (const permit::Entry& entry :
             TRY(domain.log->copy().about(permit::subject_of_custody(folder.fingerprint())))) {
            known.push_back(entry.whole);
        }
    } else {
        known = TRY(domain.folder.custody(folder.fingerprint()));
    }
    std::vector<FiledStatement> lacking;
    for (const std::string& whole : journal) {
        if (std::find(known.begin(), known.end(), whole) == known.end()) {
            lacking.push_back({whole, TRY(domain.folder.add(whole))});
        }
    }
    return record_in_order(session, domain, lacking);
}

Outcome journal(Session& session, const Options& options) {
    const briefcase::Case folder = TRY(briefcase::Case::open(options.of_case.folder));
    const auto knowledge = TRY(read_knowledge(folder));
    const std::vector<std::string> texts = TRY(folder.journal());
    std::vector<std::string> all = texts;
    std::optional<std::size_t> handed;
    if (options.hand_in) {
        session.globals.follow = Follow::yes;
        OpenDomain domain = TRY(open_domain(session));
        if (domain.state.domain != folder.seal().domain) {
            return base::fail(base::ErrorKind::usage,
                              fmt::format("handing the journal in: the briefcase is of {}, and the "
                                          "domain here is another one",
                                          base::shown(folder.seal().domain.name)));
        }
        handed = TRY(hand_in(session, domain, folder, texts));
        const OpenDomain after = TRY(open_domain(session));
        for (std::string& one : TRY(filed_custody(after, folder.fingerprint()))) {
            all.push_back(std::move(one));
        }
    }
    const permit::CustodyRecord record =
        briefcase::read_chain(*knowledge, folder.fingerprint(), views_of(all));
    base::Json::Array links;
    for (const permit::CustodyLink& link : record.links) {
        tell_link(session, link);
        links.push_back(link_json(link));
    }
    base::Json::Object told{{"briefcase", text_json(folder.fingerprint())},
                            {"fault", text_json(name_of(record.fault))},
                            {"holder", text_json(record.holder)},
                            {"statements", {links}}};
    if (handed) {
        session.say("{} {} statements\n", session.good("Handed in:"), *handed);
        told["taken"] = number_json(*handed);  // `handed_in` tells how it went with each
    }
    session.write_json({told});
    return tell_fault(session, record);
}

}  // namespace

void add_briefcase_journal(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "journal", "Show who held a briefcase when; hand its journal in to the domain",
        "  cheget briefcase journal /media/case\n"
        "  cheget briefcase journal /media/case --hand-in --domain acme\n"
        "Exit codes: 0 a whole chain, 21 lost, 22 a gap or a wrong hand, 23 a fork;\n"
        "with --hand-in 6 if something did not get there, 3 if witnesses are away");
    auto options = std::make_shared<Options>();
    command->add_option("case", options->of_case.folder, "The briefcase's folder")
        ->required()
        ->type_name("CASE");
    command->add_flag("--hand-in", options->hand_in,
                      "Put what is new into the domain's log, or into its folder");
    add_recording(command, session);
    on_chosen(command, session, [&session, options] { return journal(session, *options); });
}

}  // namespace cheget::cli
