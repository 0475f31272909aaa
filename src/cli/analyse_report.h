// What `policy analyse` found out, before it is told in words or as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/assertions.h"
#include "analysis/policy_outlook.h"
#include "cli/session.h"

namespace cheget::cli {

struct RuleReport {
    analysis::RuleAnswers answers;
    std::vector<analysis::Stretch> stretches;
    std::vector<analysis::Truth> truths;
    std::vector<analysis::IdlePart> idle;
    std::vector<analysis::PageReach> pages;
    std::optional<analysis::Weights> weights;  ///< where power or odds are asked for
    std::vector<analysis::Advice> advice;
    std::vector<std::string> left_out;  ///< what was not settled in time, and why
};

struct AnalyseReport {
    policy::Policy policy;
    std::string others;
    std::vector<RuleReport> rules;
    bool is_exact = true;
    std::optional<analysis::AmendFirst> amend_first;  ///< unless it was not settled in time
    std::optional<analysis::WitnessFaults> witnesses;
    std::vector<analysis::Broken> broken;  ///< assertions that do not hold
    std::vector<analysis::Advice> advice;  ///< on the policy as a whole
    // What is told at length.
    bool all_times = false;
    bool all_truths = false;
    bool power = false;
};

void tell_report(Session& session, const AnalyseReport& report);
base::Json report_json(const AnalyseReport& report);

/// `available = 0.95` and `compromised = 0.01` by person, in TOML (docs/analysis.md).
base::Result<analysis::Odds> read_odds(const policy::Policy& policy, const std::string& file);

}  // namespace cheget::cli
