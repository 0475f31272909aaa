// Observing.
#include "executor/observing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "base/json.h"
#include "base/text.h"
#include "executor/judging.h"
#include "store/descriptor.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using policy::Answer;

constexpr std::size_t k_longest_record = 1U << 26U;  ///< of all observations together
constexpr std::array<std::string_view, 3> k_answers{"permit", "wait", "deny"};

std::string path_of(const Config& config) {
    return config.state + "/observed.jsonl";
}

Json text_value(std::string_view text) {
    return Json{std::string(text)};
}

std::optional<std::string> text_of(const Json::Object& object, std::string_view key) {
    const auto found = object.find(key);
    if (found == object.end() || !std::holds_alternative<std::string>(found->second.value)) {
        return std::nullopt;
    }
    return std::get<std::string>(found->second.value);
}

std::optional<Observation> observation_of(std::string_view line) {
    const Result<Json> json = base::parse_json(line);
    if (!json || !std::holds_alternative<Json::Object>(json->value)) {
        return std::nullopt;
    }
    const auto& object = std::get<Json::Object>(json->value);
    const auto text = [&](std::string_view key) { return text_of(object, key).value_or(""); };
    const Result<base::Time> at = base::parse_time(text("at"));
    const Result<base::Digest> order = base::parse_digest(text("order"));
    const auto* const answer = std::find(k_answers.begin(), k_answers.end(), text("answer"));
    if (!at || !order || answer == k_answers.end()) {
        return std::nullopt;
    }
    return Observation{*at,
                       *order,
                       text("target"),
                       text("rule"),
                       text("proposer"),
                       static_cast<Answer>(answer - k_answers.begin()),
                       text("explanation")};
}

std::unexpected<base::Error> unwritten(const Config& config) {
    return fail(ErrorKind::unreachable,
                fmt::format("cannot write {}: {}; nothing is run that is not written down",
                            base::shown(path_of(config)), store::system_reason()));
}

/// Each answer's number of orders, in the order of k_answers.
using Counts = std::array<std::size_t, k_answers.size()>;

std::map<std::string, Counts> counts_by_rule(const Observations& observations) {
    std::map<std::string, Counts> counts;
    for (const Observation& one : observations.all) {
        ++counts[one.rule].at(static_cast<std::size_t>(one.answer));
    }
    return counts;
}

}  // namespace

Json to_json(const Observation& one) {
    Json::Object object;
    object["at"] = text_value(base::to_text(one.at));
    object["order"] = text_value(base::to_text(one.order));
    object["target"] = text_value(one.target);
    object["rule"] = text_value(one.rule);
    object["proposer"] = text_value(one.proposer);
    object["answer"] = text_value(k_answers.at(static_cast<std::size_t>(one.answer)));
    object["explanation"] = text_value(one.explanation);
    return Json{std::move(object)};
}

Result<void> require_observing(const Config& config, base::Time now) {
    if (!config.observe_until) {
        return fail(ErrorKind::denied,
                    fmt::format("this executor observes nothing: its administrator has not written "
                                "`observe_until = \"{}\"` or the like into its configuration",
                                base::to_text(now + base::Span{30 * 86400})));
    }
    if (now >= *config.observe_until) {
        return fail(ErrorKind::denied,
                    fmt::format("observing ended at {} (`observe_until`): run the order without "
                                "--observe, under the policy",
                                base::to_text(*config.observe_until)));
    }
    if (*config.observe_until > now + k_longest_observing) {
        return fail(
            ErrorKind::denied,
            fmt::format("`observe_until` lies more than {} ahead, and nothing would hold for "
                        "so long: write an earlier time",
                        base::to_text(k_longest_observing)));
    }
    return {};
}

bool passes_observed(const permit::Judgement& judgement) {
    // The votes themselves: the decision's reason may be another that comes first.
    const auto says_no = [&](const permit::CountedVote& vote) {
        return vote.voice.verdict == statement::Verdict::veto ||
               (vote.voice.verdict == statement::Verdict::withdraw && judgement.bound &&
                vote.voice.by == judgement.bound->proposer());
    };
    return judgement.bound && std::none_of(judgement.votes.begin(), judgement.votes.end(), says_no);
}

Observation observe(const permit::Judgement& judgement, const std::string& target, base::Time now) {
    return {now,
            judgement.order_id,
            target,
            (judgement.order.rule.emergency ? "emergency " : "") + judgement.order.rule.action,
            judgement.order.proposer,
            judgement.decision.answer,
            permit::describe_decision(judgement)};
}

Result<void> record(const Config& config, const Observation& observation) {
    const std::string path = path_of(config);
    const store::Descriptor file(
        ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) {
        return unwritten(config);
    }
    std::string line = base::to_canonical(to_json(observation)) + "\n";
    // After a crash in the middle of a line the next one begins on its own.
    const off_t end = ::lseek(file.number(), 0, SEEK_END);
    char last = '\n';
    if (end > 0 && ::pread(file.number(), &last, 1, end - 1) == 1 && last != '\n') {
        line.insert(line.begin(), '\n');
    }
    const ssize_t written = ::write(file.number(), line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size()) || ::fsync(file.number()) != 0) {
        return unwritten(config);
    }
    const store::Descriptor folder(
        ::open(config.state.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open() || ::fsync(folder.number()) != 0) {
        return unwritten(config);
    }
    return {};
}

Result<Observations> read_observations(const Config& config) {
    Observations observations;
    if (::access(path_of(config).c_str(), F_OK) != 0 && errno == ENOENT) {
        return observations;
    }
    const std::string text = TRY(store::read_file(path_of(config), k_longest_record));
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (auto one = observation_of(std::string_view(text).substr(begin, end - begin))) {
            observations.all.push_back(*std::move(one));
        } else {
            ++observations.damaged;
        }
        begin = end + 1;
    }
    return observations;
}

std::string summary(const Observations& observations) {
    if (observations.all.empty()) {
        return "no order was observed";
    }
    std::string text = "rule: orders that the policy would have permitted, made wait, denied\n";
    for (const auto& [rule, counts] : counts_by_rule(observations)) {
        text +=
            fmt::format("  {}: {}, {}, {}\n", base::shown(rule), counts[0], counts[1], counts[2]);
    }
    for (const Observation& one : observations.all) {
        if (one.answer == Answer::permit) {
            continue;
        }
        text += fmt::format("\n{}  {} on {} by {}  {}\n", base::to_text(one.at),
                            base::shown(one.rule), base::shown(one.target),
                            base::shown(one.proposer), base::to_text(one.order));
        for (std::string_view rest = one.explanation; !rest.empty();) {
            text += fmt::format("  {}\n", base::shown(base::take_until(rest, '\n')));
        }
    }
    if (observations.damaged > 0) {
        text += fmt::format("\n{} damaged lines were passed over\n", observations.damaged);
    }
    text.pop_back();
    return text;
}

Json to_json(const Observations& observations) {
    Json::Object rules;
    for (const auto& [rule, counts] : counts_by_rule(observations)) {
        Json::Object numbers;
        for (std::size_t i = 0; i < k_answers.size(); ++i) {
            numbers[std::string(k_answers.at(i))] =
                Json{Json::Number{fmt::format("{}", counts.at(i))}};
        }
        rules[rule] = Json{std::move(numbers)};
    }
    Json::Array orders;
    for (const Observation& one : observations.all) {
        orders.push_back(to_json(one));
    }
    Json::Object object;
    object["rules"] = Json{std::move(rules)};
    object["observed"] = Json{std::move(orders)};
    object["damaged"] = Json{Json::Number{fmt::format("{}", observations.damaged)}};
    return Json{std::move(object)};
}

}  // namespace cheget::executor
