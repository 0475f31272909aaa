// status: a person's inbox, or one order in full.
#include <algorithm>

#include "analysis/policy_difference_words.h"
#include "base/text.h"
#include "cli/brinks.h"
#include "cli/commands.h"
#include "cli/log_standing.h"
#include "cli/recording.h"
#include "cli/vote.h"
#include "permit/intent.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::Result;
using policy::Answer;

/// One order in the inbox.
struct Entry {
    base::Digest id;
    std::string headline;
    std::string state;
    bool ended = false;  ///< ran, or can never run
    bool permitted = false;
    bool for_me = false;            ///< this person's word is missing
    std::vector<std::string> mine;  ///< what they could do: `approve`, `consent`, `attest NAME`
    base::Json json;
};

bool has_said(const permit::Judgement& judgement, policy::PrincipalIndex person,
              statement::Verdict verdict) {
    return std::any_of(judgement.votes.begin(), judgement.votes.end(), [&](const auto& vote) {
        return vote.voice.by == person && vote.voice.verdict == verdict;
    });
}

/// Whether a statement of this source about this order counts now.
bool is_attested(const permit::Judgement& judgement, policy::FactIndex fact,
                 policy::PrincipalIndex source) {
    const auto& leaves = judgement.tree.facts;
    return std::any_of(leaves.begin(), leaves.end(), [&](const auto& leaf) {
        return leaf.said.fact == fact && leaf.said.source == source &&
               leaf.state == policy::FactState::counts;
    });
}

/// What this principal could still do for the order: approve, consent, attest a fact.
std::vector<std::string> what_would_count(const permit::Judgement& judgement,
                                          policy::PrincipalIndex person) {
    using statement::Verdict;
    const policy::BoundOrder& order = *judgement.bound;
    const policy::Action& rule = order.action();
    const bool stopped = has_said(judgement, person, Verdict::veto) ||
                         has_said(judgement, person, Verdict::withdraw);
    const bool barred = stopped || (order.proposer() == person && !rule.proposer_counts);
    std::vector<std::string> ways;
    if (!barred && permit::names_person(rule.approve, person) &&
        !has_said(judgement, person, Verdict::approve)) {
        ways.emplace_back("approve");
    }
    if (!barred && rule.consent && permit::names_person(rule.consent->formula, person) &&
        !has_said(judgement, person, Verdict::consent)) {
        ways.emplace_back("consent");
    }
    std::vector<policy::FactIndex> seen;
    for (const policy::Formula::Node& node : rule.approve.nodes) {
        const bool is_fact = node.kind == policy::Formula::Node::Kind::fact &&
                             std::find(seen.begin(), seen.end(), node.fact) == seen.end();
        if (!is_fact) {
            continue;
        }
        seen.push_back(node.fact);
        const policy::Fact& fact = order.policy().facts[node.fact];
        if (std::binary_search(fact.sources.begin(), fact.sources.end(), person) &&
            !is_attested(judgement, node.fact, person)) {
            ways.push_back("attest " + fact.name);
        }
    }
    return ways;
}

std::string ran(const permit::Judgement& judgement) {
    const permit::Trace* last = nullptr;
    for (const permit::Trace& trace : judgement.traces) {
        bool final = trace.outcome && *trace.outcome != statement::Outcome::started;
        if (last == nullptr || final) {
            last = &trace;
        }
    }
    if (last == nullptr) {
        return {};
    }
    if (!last->outcome || *last->outcome == statement::Outcome::started) {
        return fmt::format("claimed by {}, its end is not told yet", last->executor);
    }
    return fmt::format("{} on {}", statement::name_of(*last->outcome), last->executor);
}

std::string_view past_of(statement::Verdict verdict) {
    switch (verdict) {
        case statement::Verdict::approve:
            return "approved";
        case statement::Verdict::veto:
            return "vetoed";
        case statement::Verdict::withdraw:
            return "withdrew";
        case statement::Verdict::consent:
            return "consented";
        case statement::Verdict::seen:
            return "has seen it";
    }
    return "spoke";
}

std::string speakers(const permit::Judgement& judgement) {
    std::vector<std::string> said;
    for (const permit::CountedVote& vote : judgement.votes) {
        said.push_back(fmt::format("{} {}",
                                   judgement.state.policy->policy.principals[vote.voice.by].name,
                                   past_of(vote.voice.verdict)));
    }
    return said.empty() ? "nobody has approved yet" : base::join_words(said);
}

Entry entry_of(const permit::Judgement& judgement, std::optional<policy::PrincipalIndex> person) {
    Entry entry;
    entry.id = judgement.order_id;
    const auto* target = std::get_if<std::string>(&judgement.order.target);
    entry.headline = fmt::format(
        "{} on {}{}, by {}: {}", judgement.order.rule.action,
        target != nullptr ? *target : "many targets", judgement.order.drill ? " (a drill)" : "",
        judgement.order.proposer, base::to_canonical(judgement.order.reason));
    entry.json = judgement_json(judgement);
    std::string trace = ran(judgement);
    if (!trace.empty()) {
        entry.ended = true;
        entry.state = trace;
    } else if (!judgement.bound) {
        entry.ended = true;
        entry.state = "refused: " + judgement.refusal;
    } else if (judgement.decision.answer == Answer::deny) {
        entry.ended = true;
        entry.state = "can't run any more; " + speakers(judgement);
    } else {
        entry.permitted = judgement.decision.answer == Answer::permit;
        if (!entry.permitted && person) {
            entry.mine = what_would_count(judgement, *person);
        }
        entry.for_me = !entry.mine.empty();
        base::Time until = judgement.order.expires;
        base::Span left{std::max<std::int64_t>(0, until.seconds - now().seconds)};
        entry.state = fmt::format(
            "{}; {}; {} left{}{}", entry.permitted ? "may run" : "waits", speakers(judgement),
            base::to_words(left),
            entry.for_me ? "; you can " + base::join_words(entry.mine, "or") : std::string(),
            entry_text(judgement));
    }
    return entry;
}

void show_section(Session& session, std::string_view title, const std::vector<Entry>& entries,
                  bool (*belongs)(const Entry&)) {
    bool titled = false;
    for (const Entry& entry : entries) {
        if (!belongs(entry)) {
            continue;
        }
        if (!titled) {
            session.say("\n{}\n", session.bold(title));
            titled = true;
        }
        session.say("  {}  {}\n{:16}{}\n", short_id(entry.id), entry.headline, "", entry.state);
    }
}

Result<void> tell_proposal(Session& session, const OpenDomain& domain, const base::Digest& id) {
    const auto standing = TRY(standing_of(domain, id));
    session.say("{:16}{}\n", "",
                standing ? to_text(*standing, id) : "no vote on it is in the log yet");
    return {};
}

Result<void> show_changes(Session& session, const OpenDomain& domain,
                          const std::vector<base::Digest>& amendments) {
    constexpr std::size_t k_most_compared = 4;  // whoever files many can't make this take long
    std::size_t compared = 0;
    for (const base::Digest& id : amendments) {
        auto text = domain.folder.amendment(id);
        auto proposed = text ? statement::parse_policy_header(*text)
                             : Result<statement::PolicyHeader>(std::unexpected(text.error()));
        if (proposed && proposed->previous == domain.policy().id) {
            session.say("\n{}\n  {}  policy {}: `cheget approve {}` shows what it changes\n",
                        session.bold("Proposed policies"), short_id(id), proposed->version,
                        short_id(id));
            const auto next = policy::parse_policy(*text);
            if (next && compared++ < k_most_compared) {
                session.say("{:16}{}\n", "",
                            analysis::headline(analysis::difference_of(domain.policy(), *next)));
            }
            if (domain.log) {
                TRY(tell_proposal(session, domain, id));
            }
        }
    }
    for (const permit::RevokedKey& key : domain.state.revoked) {
        session.say("  {} key {} of {}\n", session.warning("revoked:"), key.fingerprint, key.of);
    }
    if (!domain.state.pending_revocations.empty()) {
        session.say("  {} {} revocations that the revoke rule does not yet accept\n",
                    session.warning("pending:"), domain.state.pending_revocations.size());
    }
    return {};
}

void show_unsigned_policy(Session& session, const FirstPolicy& first) {
    session.say("{} the first policy of {} waits for {}; each signs with `cheget approve policy`\n",
                session.warning("Not in force:"), first.policy.header.domain,
                base::join_words(first.missing));
    base::Json::Object told;
    told["domain"] = text_json(first.policy.header.domain);
    told["missing"] = list_json(first.missing);
    told["signed_by"] = list_json(first.signed_by);
    session.write_json({told});
}

Result<std::vector<Entry>> all_entries(Session& session, const OpenDomain& domain,
                                       std::optional<policy::PrincipalIndex> person) {
    std::vector<Entry> entries;
    constexpr std::size_t k_most_refined = 32;  // each asks the log when exactly it came
    for (const base::Digest& id : TRY(domain.folder.orders())) {
        auto judged = judge_order(
            domain, id, entries.size() < k_most_refined ? Times::refined : Times::as_known);
        if (!judged) {
            session.say("{} {}\n", session.bad("set aside:"), judged.error().message);
            continue;
        }
        entries.push_back(entry_of(*judged->judgement, person));
    }
    return entries;
}

Outcome show_inbox(Session& session, bool all) {
    store::DomainFolder folder = TRY(find_folder(session));
    FirstPolicy first = TRY(read_first_policy(folder));
    if (!first.missing.empty()) {
        show_unsigned_policy(session, first);
        return static_cast<int>(ErrorKind::waiting);
    }
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    auto name = find_person(session, domain.policy());
    std::optional<policy::PrincipalIndex> person;
    if (name && *name) {
        person = domain.policy().find_principal(**name);
    }
    session.say("{}, policy {}{}{}\n", session.bold(domain.policy().header.domain),
                domain.policy().header.version,
                person ? fmt::format("; you are {}", **name) : "; you are not in it",
                domain.policy().has_log ? "" : "; no log");
    if (domain.log) {
        TRY(tell_log(session, domain));
    }
    std::vector<Entry> entries = TRY(all_entries(session, domain, person));
    show_section(session, "Waiting for you", entries, [](const Entry& one) { return one.for_me; });
    show_section(session, "Waiting for others", entries,
                 [](const Entry& one) { return !one.for_me && !one.ended && !one.permitted; });
    show_section(session, "Permitted, not yet run", entries,
                 [](const Entry& one) { return one.permitted; });
    if (all) {
        show_section(session, "Ended", entries, [](const Entry& one) { return one.ended; });
    }
    auto ended =
        std::count_if(entries.begin(), entries.end(), [](const Entry& one) { return one.ended; });
    std::vector<base::Digest> amendments = TRY(domain.folder.amendments());
    TRY(show_changes(session, domain, amendments));
    policy::LostKeys lost = lost_keys(domain.state, domain.policy());
    warn_of_brinks(session, domain.policy(), lost, "If one more is lost");
    if (ended == static_cast<std::ptrdiff_t>(entries.size())) {
        session.say("Nothing is open.\n");
    }
    if (!all && ended > 0) {
        session.say("{}\n",
                    session.faint(fmt::format("{} ended orders: `cheget status --all`", ended)));
    }
    base::Json::Array orders;
    for (const Entry& entry : entries) {
        orders.push_back(entry.json);
        std::get<base::Json::Object>(orders.back().value)["yours"] = list_json(entry.mine);
    }
    base::Json::Object told;
    told["domain"] = text_json(domain.policy().header.domain);
    told["policy"] = number_json(domain.policy().header.version);
    told["orders"] = {orders};
    told["brinks"] = brinks_json(domain.policy(), lost);
    if (domain.log) {
        told["log"] = TRY(log_json(domain));
    }
    session.write_json({told});
    return 0;
}

Outcome show_order(Session& session, const std::string& subject) {
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    base::Digest id = TRY(domain.folder.find_order(subject));
    JudgedOrder judged = TRY(judge_order(domain, id));
    session.say("{} {}\n", session.faint("order"), base::to_hex(id));
    session.write_people(permit::describe(*judged.judgement));
    if (domain.log) {
        if (const std::size_t missing = TRY(count_missing(domain, judged.texts)); missing > 0) {
            const auto folder = domain.folder.root() / "orders" / base::to_hex(id);
            session.say(
                "{} {} of the statements here {} not in the log, as far as it was read: "
                "`cheget log submit {}`\n",
                session.warning("note:"), missing, missing == 1 ? "is" : "are",
                base::shown(folder.string()));
        }
    }
    session.write_json(judgement_json(*judged.judgement));
    return 0;
}

}  // namespace

void add_status(CLI::App& app, Session& session) {
    CLI::App* command =
        add_command(app, "status", "What waits for you and for others, or one order in full",
                    "  cheget status\n"
                    "  cheget status 5f0c27\n"
                    "  cheget status --all --json");
    struct Options {
        std::string subject;
        bool all = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("subject", options->subject, "An order's id, its first digits, or `latest`")
        ->type_name("ID");
    command->add_flag("--all", options->all, "Ended orders too");
    add_log_places(command, session);
    on_chosen(command, session, [&session, options] {
        return options->subject.empty() ? show_inbox(session, options->all)
                                        : show_order(session, options->subject);
    });
}

}  // namespace cheget::cli
