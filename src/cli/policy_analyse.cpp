// policy analyse: what the rules of a policy add up to.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "analysis/policy_answers.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "cli/portfolio.h"

namespace cheget::cli {

namespace {

using analysis::Others;
using analysis::RuleAnswers;
using analysis::SideAnswers;
using base::Json;

struct Options {
    std::string file;
    std::string action;
    std::string others = "silent";
    std::vector<std::string> facts;
    std::string at;
    std::size_t most = 5;
    Effort effort;
};

base::Result<void> read_fact(const policy::Policy& policy, const std::string& text,
                             analysis::Surroundings& surroundings) {
    if (text == "honest" || text == "colluding") {
        surroundings.colluding_facts = text == "colluding";
        return {};
    }
    const std::size_t equal = text.find('=');
    const std::string name = text.substr(0, equal);
    if (equal == std::string::npos) {
        return base::fail(
            base::ErrorKind::usage,
            fmt::format("--facts {} is none of honest, colluding, NAME=VALUE", base::shown(text)));
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
    } else if (!options.at.empty()) {
        surroundings.instant = TRY(base::parse_time(options.at));
    }
    return surroundings;
}

std::string names_of(const policy::Policy& policy, const SideAnswers::Set& set) {
    if (set.empty()) {
        return "nobody at all";
    }
    std::vector<std::string> names;
    for (const std::uint32_t one : set) {
        names.push_back(policy.principals[one].name);
    }
    return base::join_words(names);
}

bool is_one_set(const SideAnswers& side) {
    return side.sets.size() == 1 && side.has_all_smallest;
}

std::string acting_words(const SideAnswers& side) {
    if (*side.smallest == 1) {
        return is_one_set(side) ? "One can alone:" : "Each of these can alone:";
    }
    return is_one_set(side) ? fmt::format("These {} together can:", *side.smallest)
                            : fmt::format("{} together can, each line of these:", *side.smallest);
}

std::string blocking_words(const SideAnswers& side) {
    if (*side.smallest == 1) {
        return is_one_set(side) ? "Without this one nobody can:"
                                : "Without each single one of these nobody can:";
    }
    return is_one_set(side)
               ? fmt::format("If these {} are missing nobody can:", *side.smallest)
               : fmt::format("If {} are missing nobody can, each line of these:", *side.smallest);
}

std::string keys(std::string_view how, std::uint64_t count) {
    return fmt::format("{} {} {}", count, how, count == 1 ? "key" : "keys");
}

Json set_json(const policy::Policy& policy, const SideAnswers::Set& set) {
    std::vector<std::string> names;
    for (const std::uint32_t one : set) {
        names.push_back(policy.principals[one].name);
    }
    return list_json(names);
}

Json side_json(const policy::Policy& policy, const SideAnswers& side) {
    Json::Object told;
    const analysis::Bounds& bounds = side.bounds;
    const auto or_null = [](std::optional<std::uint64_t> number) {
        return number ? number_json(*number) : Json{Json::Null{}};
    };
    told["minimal"] =
        bounds.has_exact_count() ? text_json(side.count.to_text()) : Json{Json::Null{}};
    told["smallest"] = bounds.has_exact_size() ? or_null(side.smallest) : Json{Json::Null{}};
    if (!bounds.has_exact_count() || !bounds.has_exact_size()) {
        told["minimal_at_least"] = text_json(bounds.at_least.to_text());
        told["minimal_at_most"] = text_json(bounds.at_most.to_text());
        told["smallest_at_least"] = number_json(bounds.smallest_at_least);
        told["smallest_at_most"] = or_null(bounds.smallest_at_most);
    }
    Json::Array sets;
    for (const auto& set : side.sets) {
        sets.push_back(set_json(policy, set));
    }
    told["sets"] = {sets};
    told["all_smallest"] = flag_json(side.has_all_smallest);
    Json::Object sizes;
    for (const auto& [size, count] : side.by_size) {
        sizes[fmt::to_string(size)] = number_json(count);
    }
    told["by_size"] = side.by_size.empty() ? Json{Json::Null{}} : Json{sizes};
    return {told};
}

Json advice_json(const std::vector<analysis::Advice>& advice) {
    Json::Array list;
    for (const auto& one : advice) {
        list.push_back(
            {Json::Object{{"warning", text_json(one.warning)}, {"change", text_json(one.change)}}});
    }
    return {list};
}

Json answers_json(const policy::Policy& policy, const RuleAnswers& answers) {
    return {Json::Object{{"rule", text_json(to_text(policy, answers.rule))},
                         {"exact", flag_json(answers.is_exact)},
                         {"acting", side_json(policy, answers.acting)},
                         {"blocking", side_json(policy, answers.blocking)},
                         {"alone", set_json(policy, answers.alone)},
                         {"indispensable", set_json(policy, answers.indispensable)},
                         {"warnings", advice_json(analysis::advice_on(policy, answers))}}};
}

void tell_sets(Session& session, const policy::Policy& policy, const SideAnswers& side) {
    for (const auto& set : side.sets) {
        session.say("    {}\n", names_of(policy, set));
    }
    if (!side.has_all_smallest) {
        session.say("    {}\n", session.faint("… and more of this size: --most shows more"));
    }
}

void tell_numbers(Session& session, std::string_view what, const SideAnswers& side) {
    std::vector<std::string> sizes;
    for (const auto& [size, count] : side.by_size) {
        sizes.push_back(fmt::format("{} of {}", count, size));
    }
    const analysis::Bounds& bounds = side.bounds;
    if (bounds.has_exact_count()) {
        session.say("  minimal {} sets: {}{}\n", what, side.count.to_text(),
                    sizes.size() > 1 ? fmt::format(" ({})", base::join_words(sizes)) : "");
    } else {
        session.say("  minimal {} sets: at least {}, at most {}\n", what, bounds.at_least.to_text(),
                    bounds.at_most.to_text());
    }
    if (!bounds.has_exact_size()) {
        session.say("  the smallest {} set has at least {}\n", what, bounds.smallest_at_least);
    }
}

void tell_advice(Session& session, const std::vector<analysis::Advice>& advice) {
    for (const auto& one : advice) {
        session.say("  {} {}\n    {}\n", session.warning("warning:"), one.warning, one.change);
    }
}

void tell(Session& session, const policy::Policy& policy, const RuleAnswers& answers) {
    session.say("{}\n", session.bold(to_text(policy, answers.rule)));
    const SideAnswers& acting = answers.acting;
    const SideAnswers& blocking = answers.blocking;
    if (!answers.is_exact) {
        session.say("  {} for exact answers: smaller sets than these may exist\n",
                    session.warning("--time or --memory did not suffice"));
    }
    if (acting.bounds.has_exact_count() && !acting.smallest) {
        session.say("  Nobody can, not even all together.\n");
    } else if (blocking.bounds.has_exact_count() && !blocking.smallest) {
        session.say("  It needs nobody.\n");
    } else if (acting.smallest && blocking.smallest) {
        session.say("  {}\n", acting_words(acting));
        tell_sets(session, policy, acting);
        session.say("  {}\n", blocking_words(blocking));
        tell_sets(session, policy, blocking);
        session.say("  {} can fire it, {}{} can stop it.\n", keys("stolen", *acting.smallest),
                    keys("lost", *blocking.smallest),
                    answers.others == Others::veto ? " or as many vetoes" : "");
        tell_numbers(session, "acting", acting);
        tell_numbers(session, "blocking", blocking);
    }
    tell_advice(session, analysis::advice_on(policy, answers));
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

Outcome analyse(Session& session, const Options& options) {
    const std::string text = TRY(policy_text(session, options.file));
    const policy::Policy policy =
        TRY(checked_policy(text, options.file.empty() ? std::string("policy") : options.file));
    const analysis::Surroundings surroundings = TRY(surroundings_of(policy, options));
    const auto rules = TRY(chosen(policy, options.action));
    Json::Array told;
    bool is_exact = true;
    Portfolio portfolio(options.effort, "analysing");
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const analysis::Engine engine = [&](const analysis::Circuit& circuit, analysis::Wire root,
                                            std::uint32_t variables) {
            return portfolio.solve(circuit, root, variables,
                                   1 / static_cast<double>(rules.size() - i));
        };
        const RuleAnswers answers =
            TRY(analysis::answers_by(engine, policy, rules[i], surroundings, options.most));
        portfolio.clear();
        is_exact = is_exact && answers.is_exact;
        if (!session.globals.json) {
            tell(session, policy, answers);
        }
        told.push_back(answers_json(policy, answers));
    }
    if (!session.globals.json) {
        tell_advice(session, analysis::advice_on(policy));
    }
    session.write_json({Json::Object{{"rules", {told}},
                                     {"exact", flag_json(is_exact)},
                                     {"others", text_json(options.others)},
                                     {"warnings", advice_json(analysis::advice_on(policy))}}});
    return is_exact ? 0 : k_bounded_answer;
}

}  // namespace

void add_policy_analyse(CLI::App& policy, Session& session) {
    CLI::App* command = add_command(
        policy, "analyse", "Who can act, who can block, whom the policy can't do without",
        "  cheget policy analyse db.policy\n"
        "  cheget policy analyse db.policy --action drop --others veto\n"
        "  cheget policy analyse db.policy --facts colluding\n"
        "  cheget policy analyse db.policy --facts backup-ok=true,load=90 --at +4h --json\n"
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
                     "sources want, who then count; NAME=VALUE: fixed")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("HOW");
    command
        ->add_option("--at", options->at,
                     "When it is decided: an instant, or +SPAN after it was proposed (else as late "
                     "as can be)")
        ->type_name("TIME");
    command->add_option("--most", options->most, "Show so many of the smallest sets (5)")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    add_effort(command, options->effort);
    on_chosen(command, session, [&session, options] { return analyse(session, *options); });
}

}  // namespace cheget::cli
