// policy analyse: what the rules of a policy add up to.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "cli/analyse_report.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/policy_file.h"
#include "cli/portfolio.h"

namespace cheget::cli {

namespace {

using analysis::Others;
using base::Result;

struct Options {
    std::string file;
    std::string action;
    std::string others = "silent";
    std::vector<std::string> facts;
    std::string at;
    std::string odds;
    std::size_t most = 5;
    bool power = false;
    bool full = false;
    Effort effort;
};

base::Result<void> read_fact(const policy::Policy& policy, const std::string& text,
                             analysis::Surroundings& surroundings) {
    if (text == "each") {
        return {};
    }
    if (text == "honest" || text == "colluding") {
        surroundings.colluding_facts = text == "colluding";
        return {};
    }
    const std::size_t equal = text.find('=');
    const std::string name = text.substr(0, equal);
    if (equal == std::string::npos) {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("--facts {} is none of honest, colluding, each, NAME=VALUE",
                                      base::shown(text)));
    }
    const policy::Fact* fact = policy.find_fact(name);
    if (fact == nullptr) {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("the policy has no fact {}", base::shown(name)));
    }
    const auto value = fact->value_of(text.substr(equal + 1));
    if (!value) {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("{} is no value of the fact {}",
                                      base::shown(text.substr(equal + 1)), name));
    }
    surroundings.fixed[static_cast<policy::FactIndex>(fact - policy.facts.data())] = *value;
    return {};
}

base::Result<analysis::Surroundings> surroundings_of(const policy::Policy& policy,
                                                     const Options& options) {
    analysis::Surroundings surroundings;
    surroundings.others = options.others == "veto"   ? Others::veto
                          : options.others == "help" ? Others::help
                                                     : Others::silent;
    for (const std::string& one : options.facts) {
        TRY(read_fact(policy, one, surroundings));
    }
    if (options.at.starts_with('+')) {
        surroundings.rested = TRY(base::parse_span(options.at.substr(1)));
    } else if (options.at == "now") {
        surroundings.instant = now();
    } else if (!options.at.empty() && options.at != "always") {
        surroundings.instant = TRY(base::parse_time(options.at));
    }
    return surroundings;
}

/// The rules named, or all.
base::Result<std::vector<analysis::RuleName>> chosen(const policy::Policy& policy,
                                                     const std::string& action) {
    std::vector<analysis::RuleName> rules = analysis::rules_of(policy);
    if (action.empty()) {
        return rules;
    }
    if (policy.find_action(action) == nullptr) {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("the policy has no action {}", base::shown(action)));
    }
    std::erase_if(rules, [&](analysis::RuleName rule) {
        const std::string name = to_text(policy, rule);
        return name != "action " + action && name != "emergency " + action;
    });
    return rules;
}

/// What is asked besides, by diagrams alone. What these don't settle in time is left out, and said.
class Further {
  public:
    Further(const AnalyseReport& report, const analysis::Surroundings& surroundings,
            const Options& options, const std::optional<analysis::Odds>& odds,
            const Portfolio& portfolio)
        : policy_(report.policy), surroundings_(surroundings), options_(options), odds_(odds) {
        budget_.nodes = k_most_nodes;
        budget_.go_on = [&portfolio, &options] {
            return portfolio.seconds() < options.effort.seconds;
        };
    }

    const analysis::Budget& budget() const { return budget_; }

    void ask(RuleReport& report) {
        const analysis::RuleName rule = report.answers.rule;
        if (!surroundings_.rested && !surroundings_.instant) {
            keep(report, "stretches of time",
                 analysis::stretches_of(policy_, rule, surroundings_, k_named, budget_),
                 report.stretches);
        }
        keep(report, "truths of the facts",
             analysis::truths_of(policy_, rule, surroundings_, k_named, budget_), report.truths);
        keep(report, "pages", analysis::pages_of(policy_, rule, k_named, budget_), report.pages);
        for (analysis::Advice& one : analysis::advice_on(report.pages)) {
            report.advice.push_back(std::move(one));
        }
        ask_for_idle_parts(report);
        if (odds_ || options_.power || options_.full) {
            analysis::Weights weights;
            keep(report, "power and odds",
                 analysis::weights_of(policy_, rule, surroundings_, odds_, budget_), weights);
            report.weights = std::move(weights);
        }
    }

  private:
    /// Each part is a formula of its own, so that of large rules it is not asked by the way.
    void ask_for_idle_parts(RuleReport& report) const {
        const std::size_t size = analysis::approve_of(policy_, report.answers.rule).nodes.size() *
                                 policy_.principals.size();
        if (!options_.full && size > k_largest_searched) {
            report.left_out.emplace_back("parts that never matter: --full looks for them");
            return;
        }
        analysis::Budget budget = budget_;
        budget.steps = options_.full ? k_most_steps_for_idle_parts : k_steps_for_idle_parts;
        report.idle = analysis::idle_parts(policy_, report.answers.rule, budget);
    }

    template <typename Answer>
    static void keep(RuleReport& report, std::string_view what, Result<Answer> answer,
                     Answer& place) {
        if (answer) {
            place = std::move(*answer);
        } else {
            report.left_out.push_back(fmt::format("{}: {}", what, answer.error().message));
        }
    }

    static constexpr std::size_t k_most_nodes = 30'000'000;
    static constexpr std::size_t k_named = 3;                // sets named beside the main answer
    static constexpr std::size_t k_largest_searched = 1000;  // nodes times principals
    static constexpr std::uint64_t k_steps_for_idle_parts = 400'000;
    static constexpr std::uint64_t k_most_steps_for_idle_parts = 400'000'000;

    const policy::Policy& policy_;
    const analysis::Surroundings& surroundings_;
    const Options& options_;
    const std::optional<analysis::Odds>& odds_;
    analysis::Budget budget_;
};

bool asks_for(const Options& options, std::string_view word) {
    return std::find(options.facts.begin(), options.facts.end(), word) != options.facts.end();
}

Outcome analyse(Session& session, const Options& options) {
    const std::string text = TRY(policy_text(session, options.file));
    AnalyseReport report;
    report.policy =
        TRY(checked_policy(text, options.file.empty() ? std::string("policy") : options.file));
    report.others = options.others;
    report.power = options.power || options.full;
    report.all_times = options.at == "always" || options.full;
    report.all_truths = asks_for(options, "each") || options.full;
    const analysis::Surroundings surroundings = TRY(surroundings_of(report.policy, options));
    std::optional<analysis::Odds> odds;
    if (!options.odds.empty()) {
        odds = TRY(read_odds(report.policy, options.odds));
    }
    const auto rules = TRY(chosen(report.policy, options.action));
    Portfolio portfolio(options.effort, "analysing");
    Further further(report, surroundings, options, odds, portfolio);
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const analysis::Engine engine = [&](const analysis::Circuit& circuit, analysis::Wire root,
                                            std::uint32_t variables) {
            return portfolio.solve(circuit, root, variables,
                                   1 / static_cast<double>(rules.size() - i));
        };
        RuleReport& rule = report.rules.emplace_back();
        rule.answers =
            TRY(analysis::answers_by(engine, report.policy, rules[i], surroundings, options.most));
        rule.advice = analysis::advice_on(report.policy, rule.answers);
        if (rule.answers.is_exact) {
            further.ask(rule);
        }
        report.is_exact = report.is_exact && rule.answers.is_exact;
    }
    if (auto first = analysis::amend_first(report.policy, 3, further.budget())) {
        report.amend_first = std::move(*first);
    }
    portfolio.clear();
    report.witnesses = analysis::witness_faults(report.policy);
    report.broken = analysis::hold_assertions(report.policy);
    report.advice = analysis::advice_on(report.policy);
    std::vector<analysis::RuleAnswers> answers;
    for (const RuleReport& rule : report.rules) {
        answers.push_back(rule.answers);
    }
    if (report.amend_first) {
        for (analysis::Advice& one :
             analysis::advice_on(report.policy, *report.amend_first, answers)) {
            report.advice.push_back(std::move(one));
        }
    }
    if (!session.globals.json) {
        tell_report(session, report);
    }
    session.write_json(report_json(report));
    return report.is_exact ? 0 : k_bounded_answer;
}

}  // namespace

void add_policy_analyse(CLI::App& policy, Session& session) {
    CLI::App* command = add_command(
        policy, "analyse", "Who can act, who can block, whom the policy can't do without",
        "  cheget policy analyse db.policy\n"
        "  cheget policy analyse db.policy --action drop --others veto\n"
        "  cheget policy analyse db.policy --facts colluding\n"
        "  cheget policy analyse db.policy --facts backup-ok=true,load=90 --at +4h --json\n"
        "  cheget policy analyse db.policy --action drop --at always --facts each\n"
        "  cheget policy analyse db.policy --odds people.toml\n"
        "Every set named was put before the function that decides for executors. Exit code 0\n"
        "whatever the warnings, 5 when --time or --memory did not suffice and numbers are bounds.");
    auto options = std::make_shared<Options>();
    add_policy_file(command, options->file);
    command->add_option("--action", options->action, "This action and its emergency alone")
        ->type_name("ACTION");
    command
        ->add_option("--others", options->others,
                     "What all others do: silent, veto, or help (they sign, but propose nothing)")
        ->check(CLI::IsMember({"silent", "veto", "help"}))
        ->type_name("HOW");
    command
        ->add_option("--facts", options->facts,
                     "honest: as the rule wishes (the default); colluding: they say what their "
                     "sources want, who then count; each: every truth by itself; NAME=VALUE: "
                     "fixed")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("HOW");
    command
        ->add_option("--at", options->at,
                     "When it is decided: now, an instant, +SPAN after it was proposed, or always: "
                     "each stretch of time by itself (else as late as can be)")
        ->type_name("TIME");
    command
        ->add_option("--odds", options->odds,
                     "How likely each is to be there and to be compromised: a TOML file of lines "
                     "`alice = { available = 0.95, compromised = 0.01 }`")
        ->type_name("FILE");
    command->add_flag("--power", options->power, "Also how much each one's voice weighs");
    command->add_flag("--full", options->full, "Every time, every truth, power: all there is");
    command->add_option("--most", options->most, "Show so many of the smallest sets (5)")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    add_effort(command, options->effort);
    on_chosen(command, session, [&session, options] { return analyse(session, *options); });
}

}  // namespace cheget::cli
