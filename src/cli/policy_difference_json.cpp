// Shapes the JSON of `policy diff`: rule by rule who gained and who lost.
#include "cli/policy_difference_json.h"

#include "analysis/policy_difference_words.h"
#include "base/time.h"
#include "cli/session.h"

namespace cheget::cli {

namespace {

using analysis::CoalitionSet;
using analysis::PolicyDifference;
using analysis::RuleDifference;
using base::Json;

Json remarks_json(const std::vector<analysis::Remark>& remarks) {
    Json::Array list;
    for (const auto& one : remarks) {
        Json::Object told;
        told["lowers"] = flag_json(one.lowers);
        told["what"] = text_json(one.what);
        list.push_back({told});
    }
    return {list};
}

Json set_json(const PolicyDifference& difference, const RuleDifference& rule,
              const CoalitionSet& set) {
    Json::Array coalitions;
    for (const auto& one : set.smallest) {
        std::vector<std::string> who;
        for (const std::uint32_t party : one.parties) {
            who.push_back(analysis::to_text(difference.parties[party]));
        }
        std::vector<std::string> facts;
        for (const std::uint32_t fact : one.facts) {
            facts.push_back(rule.facts[fact]);
        }
        Json::Object told;
        told["who"] = list_json(who);
        told["facts"] = list_json(facts);
        coalitions.push_back({told});
    }
    Json::Object told;
    told["minimal"] = text_json(set.count.to_text());
    told["smallest"] = {coalitions};
    return {told};
}

Json rule_json(const PolicyDifference& difference, const RuleDifference& rule) {
    Json::Array situations;
    for (const auto& one : rule.situations) {
        Json::Object parameters;
        for (const auto& [name, value] : one.parameters) {
            parameters[name] = text_json(value);
        }
        Json::Object told;
        told["parameters"] = {parameters};
        told["after_proposal"] = {Json::Null{}};
        if (one.after_proposal) {
            told["after_proposal"] = text_json(base::to_text(*one.after_proposal));
        }
        told["gained"] = set_json(difference, rule, one.gained);
        told["lost"] = set_json(difference, rule, one.lost);
        situations.push_back({told});
    }
    Json::Object told;
    told["rule"] = text_json(rule.name);
    told["verdict"] = text_json(analysis::to_text(rule.shift));
    told["settled"] = flag_json(rule.settled);
    told["remarks"] = remarks_json(rule.remarks);
    told["gained"] = set_json(difference, rule, rule.gained);
    told["lost"] = set_json(difference, rule, rule.lost);
    told["situations"] = {situations};
    return {told};
}

}  // namespace

Json::Object difference_json(const PolicyDifference& difference) {
    Json::Array rules;
    for (const RuleDifference& rule : difference.rules) {
        rules.push_back(rule_json(difference, rule));
    }
    Json::Object told;
    told["verdict"] = text_json(analysis::to_text(difference.shift));
    told["lowering"] = flag_json(difference.lowering);
    told["why"] = text_json(analysis::headline(difference));
    told["remarks"] = remarks_json(difference.remarks);
    told["rules"] = {rules};
    return told;
}

}  // namespace cheget::cli
