// An analysis as JSON: counts as decimal strings of any length, probabilities as decimal strings.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/analyse_report.h"

namespace cheget::cli {

namespace {

using analysis::SideAnswers;
using base::Json;

Json names_json(const policy::Policy& policy, const auto& set) {
    std::vector<std::string> names;
    for (const auto one : set) {
        names.push_back(policy.principals[one].name);
    }
    return list_json(names);
}

Json sets_json(const policy::Policy& policy, const std::vector<SideAnswers::Set>& sets) {
    Json::Array list;
    for (const auto& set : sets) {
        list.push_back(names_json(policy, set));
    }
    return {list};
}

Json size_json(const std::optional<std::uint64_t>& size) {
    return size ? number_json(*size) : Json{Json::Null{}};
}

Json real_json(long double value) {
    return text_json(fmt::format("{:.12g}", static_cast<double>(value)));
}

Json side_json(const policy::Policy& policy, const SideAnswers& side) {
    const analysis::Bounds& bounds = side.bounds;
    Json::Object told{{"sets", sets_json(policy, side.sets)},
                      {"all_smallest", flag_json(side.has_all_smallest)}};
    told["minimal"] =
        bounds.has_exact_count() ? text_json(side.count.to_text()) : Json{Json::Null{}};
    told["smallest"] = bounds.has_exact_size() ? size_json(side.smallest) : Json{Json::Null{}};
    if (!bounds.has_exact_count() || !bounds.has_exact_size()) {
        told["minimal_at_least"] = text_json(bounds.at_least.to_text());
        told["minimal_at_most"] = text_json(bounds.at_most.to_text());
        told["smallest_at_least"] = number_json(bounds.smallest_at_least);
        told["smallest_at_most"] = size_json(bounds.smallest_at_most);
    }
    Json::Object sizes;
    for (const auto& [size, count] : side.by_size) {
        sizes[fmt::to_string(size)] = text_json(count.to_text());
    }
    told["by_size"] = side.by_size.empty() && side.smallest ? Json{Json::Null{}} : Json{sizes};
    return {told};
}

Json ability_json(const policy::Policy& policy, const analysis::Ability& able) {
    return {Json::Object{{"minimal", text_json(able.count.to_text())},
                         {"smallest", size_json(able.smallest)},
                         {"sets", sets_json(policy, able.sets)}}};
}

Json advice_json(const std::vector<analysis::Advice>& advice) {
    Json::Array list;
    for (const auto& one : advice) {
        const Json::Object row{{"warning", text_json(one.warning)},
                               {"change", text_json(one.change)}};
        list.push_back({row});
    }
    return {list};
}

Json stretches_json(const policy::Policy& policy, const RuleReport& rule) {
    Json::Array list;
    for (const analysis::Stretch& one : rule.stretches) {
        Json::Object told{{"from", text_json(base::to_text(one.from))},
                          {"acting", ability_json(policy, one.able)},
                          {"also", sets_json(policy, one.also)}};
        told["until"] = one.until ? text_json(base::to_text(*one.until)) : Json{Json::Null{}};
        list.push_back({told});
    }
    return {list};
}

Json truths_json(const policy::Policy& policy, const RuleReport& rule) {
    Json::Array list;
    for (const analysis::Truth& truth : rule.truths) {
        const Json::Object row{{"while", text_json(truth.words)},
                               {"acting", ability_json(policy, truth.able)}};
        list.push_back({row});
    }
    return {list};
}

Json pages_json(const policy::Policy& policy, const RuleReport& rule) {
    Json::Array list;
    for (const analysis::PageReach& page : rule.pages) {
        const Json::Object row{{"origin", text_json(page.origin)},
                               {"people", names_json(policy, page.people)},
                               {"with_page", ability_json(policy, page.with_page)},
                               {"needed", flag_json(page.is_needed)}};
        list.push_back({row});
    }
    return {list};
}

Json idle_json(const RuleReport& rule) {
    Json::Array list;
    for (const analysis::IdlePart& part : rule.idle) {
        const Json::Object row{{"part", text_json(part.source)},
                               {"line", number_json(part.at.line)},
                               {"adds_nothing", flag_json(part.adds_nothing)}};
        list.push_back({row});
    }
    return {list};
}

void add_weights(const policy::Policy& policy, const RuleReport& rule, bool power,
                 Json::Object& told) {
    if (!rule.weights) {
        return;
    }
    if (power) {
        Json::Array list;
        for (const analysis::Power& one : rule.weights->power) {
            const Json::Object row{{"principal", text_json(policy.principals[one.principal].name)},
                                   {"shapley", real_json(one.shapley)},
                                   {"banzhaf", real_json(one.banzhaf)},
                                   {"banzhaf_share", real_json(one.banzhaf_share)}};
            list.push_back({row});
        }
        told["power"] = {list};
    }
    if (const auto& likelihood = rule.weights->likelihood) {
        told["odds"] = {Json::Object{{"quorum", real_json(likelihood->quorum)},
                                     {"breach", real_json(likelihood->breach)}}};
    }
}

Json rule_json(const policy::Policy& policy, const RuleReport& rule, bool power) {
    const auto& answers = rule.answers;
    Json::Object told{{"rule", text_json(to_text(policy, answers.rule))},
                      {"exact", flag_json(answers.is_exact)},
                      {"left_out", list_json(rule.left_out)},
                      {"acting", side_json(policy, answers.acting)},
                      {"blocking", side_json(policy, answers.blocking)},
                      {"alone", names_json(policy, answers.alone)},
                      {"indispensable", names_json(policy, answers.indispensable)},
                      {"times", stretches_json(policy, rule)},
                      {"truths", truths_json(policy, rule)},
                      {"pages", pages_json(policy, rule)},
                      {"idle", idle_json(rule)},
                      {"warnings", advice_json(rule.advice)}};
    if (answers.rule.kind == analysis::RuleName::Kind::emergency) {
        const policy::Emergency& emergency = policy.emergencies[answers.rule.index];
        told["ration"] = {Json::Object{{"most", number_json(emergency.most)},
                                       {"per", text_json(base::to_text(emergency.per))}}};
    }
    add_weights(policy, rule, power, told);
    return {told};
}

Json assertions_json(const AnalyseReport& report) {
    Json::Array list;
    for (std::size_t i = 0; i < report.policy.assertions.size(); ++i) {
        Json::Object told{{"assertion", text_json(report.policy.assertions[i].source)},
                          {"holds", flag_json(true)}};
        for (const analysis::Broken& broken : report.broken) {
            if (broken.assertion == i) {
                told["holds"] = flag_json(false);
                told["settled"] = flag_json(broken.settled);
                told["why"] = text_json(broken.why);
                told["parties"] = list_json(broken.parties);
            }
        }
        list.push_back({told});
    }
    return {list};
}

}  // namespace

Json report_json(const AnalyseReport& report) {
    const policy::Policy& policy = report.policy;
    Json::Array rules;
    for (const RuleReport& rule : report.rules) {
        rules.push_back(rule_json(policy, rule, report.power));
    }
    Json::Object told{{"rules", {rules}},
                      {"others", text_json(report.others)},
                      {"assertions", assertions_json(report)},
                      {"exact", flag_json(report.is_exact)},
                      {"warnings", advice_json(report.advice)}};
    if (const auto& first = report.amend_first) {
        told["amend_first"] = {Json::Object{{"rule", text_json(to_text(policy, first->rule))},
                                            {"acting", ability_json(policy, first->able)},
                                            {"wait", text_json(base::to_text(first->wait))}}};
    }
    if (const auto& faults = report.witnesses) {
        told["witnesses"] = {Json::Object{{"witnesses", number_json(faults->witnesses)},
                                          {"quorum", number_json(faults->quorum)},
                                          {"time", number_json(faults->time)},
                                          {"forks", number_json(faults->forks)},
                                          {"liveness", number_json(faults->liveness)}}};
    }
    return {told};
}

}  // namespace cheget::cli
