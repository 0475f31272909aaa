// The tables of words.
#include "scenario/words.h"

#include <algorithm>
#include <array>

#include "policy/words.h"

namespace cheget::scenario {
namespace {

using policy::Answer;
using policy::Reason;
using statement::Verdict;

struct Verb {
    std::string_view word;
    Verdict verdict;
};

constexpr std::array<Verb, 11> k_verbs{{{"approve", Verdict::approve},
                                        {"approves", Verdict::approve},
                                        {"consent", Verdict::consent},
                                        {"consents", Verdict::consent},
                                        {"veto", Verdict::veto},
                                        {"vetoes", Verdict::veto},
                                        {"withdraw", Verdict::withdraw},
                                        {"withdraws", Verdict::withdraw},
                                        {"see", Verdict::seen},
                                        {"sees", Verdict::seen},
                                        {"seen", Verdict::seen}}};

constexpr std::array<std::string_view, k_verbs.size()> k_verb_words = [] {
    std::array<std::string_view, k_verbs.size()> words{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = k_verbs[i].word;
    }
    return words;
}();

struct ReasonWords {
    Reason reason;
    std::string_view words;
    Answer answer;
};

constexpr std::array<ReasonWords, policy::k_reason_count> k_reasons{
    {{Reason::permitted, "permitted", Answer::permit},
     {Reason::approvals_missing, "approvals missing", Answer::wait},
     {Reason::no_direct_voice, "no direct voice", Answer::wait},
     {Reason::not_begun, "not begun", Answer::wait},
     {Reason::expired, "expired", Answer::deny},
     {Reason::vetoed, "vetoed", Answer::deny},
     {Reason::withdrawn, "withdrawn", Answer::deny},
     {Reason::proposer_not_entitled, "proposer not entitled", Answer::deny},
     {Reason::unreachable, "unreachable", Answer::deny},
     {Reason::does_not_fit, "does not fit", Answer::deny},
     {Reason::conditions_missing, "conditions missing", Answer::wait},
     {Reason::consent_missing, "consent missing", Answer::wait},
     {Reason::seen_missing, "seen missing", Answer::wait},
     {Reason::delay_running, "delay running", Answer::wait},
     {Reason::rationed, "rationed", Answer::wait},
     {Reason::not_valid_yet, "not valid yet", Answer::wait},
     {Reason::rule_ended, "rule ended", Answer::deny},
     {Reason::too_late, "too late", Answer::deny},
     {Reason::needs_log, "needs log", Answer::deny},
     {Reason::postdated, "postdated", Answer::deny}}};

}  // namespace

std::optional<Verdict> verdict_of(std::string_view verb) {
    for (const Verb& one : k_verbs) {
        if (one.word == verb) {
            return one.verdict;
        }
    }
    return std::nullopt;
}

std::span<const std::string_view> verbs() {
    return k_verb_words;
}

std::string_view name_of(Reason reason) {
    const auto* found = std::find_if(k_reasons.begin(), k_reasons.end(),
                                     [&](const auto& one) { return one.reason == reason; });
    return found == k_reasons.end() ? "" : found->words;
}

std::optional<Reason> reason_of(std::string_view words) {
    for (const ReasonWords& one : k_reasons) {
        if (one.words == words && one.reason != Reason::permitted &&
            one.reason != Reason::does_not_fit) {
            return one.reason;
        }
    }
    return std::nullopt;
}

Answer answer_of(Reason reason) {
    const auto* found = std::find_if(k_reasons.begin(), k_reasons.end(),
                                     [&](const auto& one) { return one.reason == reason; });
    return found == k_reasons.end() ? Answer::deny : found->answer;
}

std::vector<std::string_view> reasons_of(Answer answer) {
    std::vector<std::string_view> words;
    for (const ReasonWords& one : k_reasons) {
        if (one.answer == answer && reason_of(one.words)) {
            words.push_back(one.words);
        }
    }
    return words;
}

std::string advice_for(std::string_view word, std::span<const std::string_view> candidates,
                       std::string_view otherwise) {
    std::string near = policy::did_you_mean(word, candidates);
    return near.empty() ? std::string(otherwise) : near;
}

}  // namespace cheget::scenario
