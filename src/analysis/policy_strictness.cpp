// Compares everything of two policies that no coalition shows.
#include "analysis/policy_strictness.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/assertions.h"
#include "base/text.h"
#include "base/time.h"

namespace cheget::analysis {

namespace {

using policy::Action;
using policy::Formula;
using policy::Policy;
using policy::PrincipalIndex;

std::set<std::string> names_of(const Policy& policy, const std::vector<PrincipalIndex>& people) {
    std::set<std::string> names;
    for (const PrincipalIndex one : people) {
        names.insert(policy.principals[one].name);
    }
    return names;
}

std::string list(const std::set<std::string>& names) {
    return base::join_words(std::vector<std::string>(names.begin(), names.end()));
}

std::set<std::string> minus(const std::set<std::string>& left, const std::set<std::string>& right) {
    std::set<std::string> rest;
    std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                        std::inserter(rest, rest.end()));
    return rest;
}

/// Collects remarks on one thing after the other.
class Remarks {
  public:
    void add(bool lowers, std::string what) { all_.push_back({lowers, std::move(what)}); }

    /// A change that lowers, whichever way it goes.
    void any_change(bool same, std::string_view what) {
        if (!same) {
            add(true, fmt::format("{} changed", what));
        }
    }

    /// What is allowed grows.
    void may(bool before, bool after, std::string_view what) {
        if (before != after) {
            add(after, fmt::format("{} is {}", what, after ? "new" : "gone"));
        }
    }

    /// Whoever or whatever is of a set can do something: more lower.
    void may(const std::set<std::string>& before, const std::set<std::string>& after,
             std::string_view what) {
        if (const auto more = minus(after, before); !more.empty()) {
            add(true, fmt::format("{}: {} is new", what, list(more)));
        }
        if (const auto less = minus(before, after); !less.empty()) {
            add(false, fmt::format("{}: {} is gone", what, list(less)));
        }
    }

    /// Something is stricter the more there is of it; nothing is less than anything.
    template <typename Value, typename Text>
    void at_least(const std::optional<Value>& before, const std::optional<Value>& after,
                  std::string_view what, Text text) {
        limit(before, after, before && (!after || *after < *before), what, text);
    }
    /// Something is stricter the less there is of it; nothing is more than anything.
    template <typename Value, typename Text>
    void at_most(const std::optional<Value>& before, const std::optional<Value>& after,
                 std::string_view what, Text text) {
        limit(before, after, before && (!after || *after > *before), what, text);
    }

    std::vector<Remark> take() { return std::move(all_); }

  private:
    template <typename Value, typename Text>
    void limit(const std::optional<Value>& before, const std::optional<Value>& after, bool lowers,
               std::string_view what, Text text) {
        if (before == after) {
            return;
        }
        const std::string now = after ? text(*after) : std::string("gone");
        const std::string then = before ? fmt::format("was {}", text(*before)) : "is new";
        add(lowers,
            fmt::format("{} is {}, {}", what, now, before ? then : std::string("there was none")));
    }

    std::vector<Remark> all_;
};

const auto k_span = [](base::Span span) { return base::to_text(span); };
const auto k_time = [](base::Time time) { return base::to_text(time); };
const auto k_number = [](std::uint32_t number) { return fmt::to_string(number); };

// People and keys.

const policy::Key* find_key(const policy::Principal& principal, const policy::Key& key) {
    const auto found = std::find_if(principal.keys.begin(), principal.keys.end(),
                                    [&](const policy::Key& one) { return one.key == key.key; });
    return found == principal.keys.end() ? nullptr : &*found;
}

std::string kind_of(const policy::Principal& principal) {
    return principal.kind == policy::PrincipalKind::person ? "person" : "machine";
}

/// A new key lowers, and so does one taken from someone who stays: it can veto, withdraw and revoke
/// no more.
void compare_keys(const policy::Principal& before, const policy::Principal& after,
                  Remarks& remarks) {
    const std::string& name = after.name;
    remarks.any_change(before.kind == after.kind,
                       fmt::format("what {} is, person or machine,", name));
    for (const policy::Key& key : after.keys) {
        const policy::Key* old_key = find_key(before, key);
        if (old_key == nullptr) {
            remarks.add(true, fmt::format("{} has a new key, {}", name, key.key.fingerprint()));
            continue;
        }
        if (key.web_origin != old_key->web_origin || key.briefcase != old_key->briefcase ||
            key.tpm != old_key->tpm) {
            remarks.add(
                true, fmt::format("the marks of {}'s key {} changed", name, key.key.fingerprint()));
        } else if (key.custody != old_key->custody) {
            remarks.add(!key.custody,
                        fmt::format("{}'s key {} counts {}", name, key.key.fingerprint(),
                                    key.custody ? "only under whole custody now"
                                                : "whatever its custody now"));
        } else if (key.pin != old_key->pin) {
            remarks.add(!key.pin, fmt::format("{}'s key {} needs {}", name, key.key.fingerprint(),
                                              key.pin ? "its PIN now" : "its PIN no more"));
        }
    }
    for (const policy::Key& key : before.keys) {
        if (find_key(after, key) == nullptr) {
            remarks.add(true, fmt::format("{}'s key {} is gone, and with it that no can be said by "
                                          "it",
                                          name, key.key.fingerprint()));
        }
    }
}

void compare_principals(const Policy& before, const Policy& after, Remarks& remarks) {
    for (const policy::Principal& principal : after.principals) {
        if (const auto old = before.find_principal(principal.name)) {
            compare_keys(before.principals[*old], principal, remarks);
        } else {
            remarks.add(true, fmt::format("{} {} is new", kind_of(principal), principal.name));
        }
    }
    for (const policy::Principal& principal : before.principals) {
        if (!after.find_principal(principal.name)) {
            remarks.add(false, fmt::format("{} {} is gone", kind_of(principal), principal.name));
        }
    }
}

// Facts, log, witnesses.

void compare_fact(const Policy& before, const policy::Fact& old_fact, const Policy& after,
                  const policy::Fact& fact, Remarks& remarks) {
    const std::string what = fmt::format("fact {}", fact.name);
    remarks.any_change(old_fact.about == fact.about && old_fact.type == fact.type &&
                           old_fact.words == fact.words && old_fact.lowest == fact.lowest &&
                           old_fact.highest == fact.highest,
                       fmt::format("what {} says", what));
    remarks.may(names_of(before, old_fact.sources), names_of(after, fact.sources),
                fmt::format("{}: its sources", what));
    remarks.at_least(std::optional(old_fact.need), std::optional(fact.need),
                     fmt::format("{}: how many sources must say so", what), k_number);
    remarks.at_most(std::optional(old_fact.fresh), std::optional(fact.fresh),
                    fmt::format("{}: fresh", what), k_span);
}

std::set<std::string> witnesses_of(const Policy& policy) {
    std::set<std::string> witnesses;
    for (const policy::Witness& one : policy.witnesses) {
        witnesses.insert(signature::to_text(one.key));
    }
    return witnesses;
}

std::set<std::string> drops_of(const Policy& policy) {
    std::set<std::string> places;
    for (const policy::Drop& one : policy.drops) {
        places.insert(one.place);
    }
    return places;
}

/// One way more for a no to come in is stricter, one less is looser.
void compare_drops(const Policy& before, const Policy& after, Remarks& remarks) {
    const auto then = drops_of(before);
    const auto now = drops_of(after);
    if (const auto less = minus(then, now); !less.empty()) {
        remarks.add(true,
                    fmt::format("drop places: {} is gone, and with it a way for a no to reach "
                                "the executors",
                                list(less)));
    }
    if (const auto more = minus(now, then); !more.empty()) {
        remarks.add(false, fmt::format("drop places: {} is new", list(more)));
    }
}

// Actions.

using Templates = std::vector<policy::Template>;

bool same(const policy::Template& left, const policy::Template& right) {
    return left.literals == right.literals && left.captures == right.captures;
}

bool same(const Templates& left, const Templates& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const auto& one, const auto& other) { return same(one, other); });
}

bool same(const policy::ValuePattern& left, const policy::ValuePattern& right) {
    return left.bare == right.bare && same(left.text, right.text);
}

bool same_arguments(const std::vector<policy::CallPattern::Argument>& left,
                    const std::vector<policy::CallPattern::Argument>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const auto& one, const auto& other) {
                          return one.key == other.key && same(one.value, other.value);
                      });
}

bool same_deed(const Action& left, const Action& right) {
    return left.deed == right.deed && left.run.any == right.run.any &&
           same(left.run.argv, right.run.argv) && left.run.user == right.run.user &&
           same(left.call.server, right.call.server) && same(left.call.tool, right.call.tool) &&
           same_arguments(left.call.arguments, right.call.arguments) &&
           left.call.any == right.call.any && left.sign.form == right.sign.form &&
           same(left.sign.key, right.sign.key) &&
           same(left.sign.name_space, right.sign.name_space) &&
           same(left.ref.repository, right.ref.repository) && same(left.ref.ref, right.ref.ref) &&
           same(left.sql.database, right.sql.database) &&
           left.sql.statements == right.sql.statements &&
           std::equal(left.sql.parameters.begin(), left.sql.parameters.end(),
                      right.sql.parameters.begin(), right.sql.parameters.end(),
                      [](const auto& one, const auto& other) { return same(one, other); });
}

std::set<std::string> files_of(const Action& action) {
    std::set<std::string> names;
    for (const std::uint32_t place : action.files) {
        names.insert(action.parameters[place].name);
    }
    return names;
}

std::string text_of(const policy::Template& text) {
    std::string all = text.literals.empty() ? std::string() : text.literals[0];
    for (std::size_t i = 0; i < text.captures.size(); ++i) {
        all += fmt::format("{{{}}}{}", text.captures[i], text.literals[i + 1]);
    }
    return all;
}

std::set<std::string> texts_of(const Templates& templates) {
    std::set<std::string> texts;
    for (const policy::Template& one : templates) {
        texts.insert(base::shown(text_of(one)));
    }
    return texts;
}

void compare_what_is_done(const Action& before, const Action& after, Remarks& remarks) {
    remarks.any_change(same(before.target, after.target), "the target");
    remarks.any_change(same_deed(before, after), "what is done");
    remarks.any_change(files_of(before) == files_of(after), "which files are bound");
    remarks.may({before.allow.environment.begin(), before.allow.environment.end()},
                {after.allow.environment.begin(), after.allow.environment.end()},
                "environment variables that are allowed");
    remarks.may(before.allow.standard_input, after.allow.standard_input, "`allow stdin`");
    remarks.may(texts_of(before.allow.directories), texts_of(after.allow.directories),
                "directories that are allowed");
    remarks.may(texts_of(before.allow.files), texts_of(after.allow.files),
                "files that are allowed");
    remarks.may(before.by_digest, after.by_digest, "`by digest`");
}

std::set<std::string> deputies_of(const Policy& policy, const Action& action) {
    std::set<std::string> deputies;
    for (const policy::Deputy& one : action.deputies) {
        deputies.insert(fmt::format("{} for {} after {}", policy.principals[one.deputy].name,
                                    policy.principals[one.stands_for].name,
                                    base::to_text(one.after)));
    }
    return deputies;
}

bool same_formula(const Policy& before, const std::optional<Formula>& old_formula,
                  const Policy& after, const std::optional<Formula>& new_formula) {
    if (!old_formula || !new_formula) {
        return old_formula.has_value() == new_formula.has_value();
    }
    return analysis::same_formula(before, nullptr, *old_formula, after, nullptr, *new_formula);
}

/// The parts of `in sequence`, each a set of people; nothing for any other formula.
std::vector<std::set<std::string>> sequence_of(const Policy& policy, const Formula& formula) {
    std::vector<std::set<std::string>> parts;
    for (const Formula::Node& node : formula.nodes) {
        if (node.in_sequence) {
            for (const std::uint32_t child : node.children) {
                parts.push_back(names_of(policy, formula.nodes[child].people));
            }
        }
    }
    return parts;
}

/// The order of voices stays, or is asked for anew: no coalition shows it.
void compare_sequences(const Policy& before, const Formula& old_formula, const Policy& after,
                       const Formula& new_formula, Remarks& remarks) {
    const auto then = sequence_of(before, old_formula);
    const auto now = sequence_of(after, new_formula);
    if (then.empty() && !now.empty()) {
        remarks.add(false, "the order of voices, `in sequence`, is new");
        return;
    }
    bool kept = then.size() == now.size();
    for (std::size_t i = 0; kept && i < now.size(); ++i) {
        kept = minus(now[i], then[i]).empty();
    }
    remarks.any_change(kept, "the order of voices, `in sequence`,");
}

void compare_rules(const Policy& before, const Action& old_action, const Policy& after,
                   const Action& action, Remarks& remarks) {
    compare_what_is_done(old_action, action, remarks);
    remarks.may(names_of(before, old_action.propose.root().people),
                names_of(after, action.propose.root().people), "who may propose");
    remarks.may(old_action.proposer_counts, action.proposer_counts, "`proposer counts`");
    remarks.may(old_action.web_suffices, action.web_suffices, "`web suffices`");
    compare_sequences(before, old_action.approve, after, action.approve, remarks);
    if (old_action.consent) {
        remarks.at_most(old_action.consent->within,
                        action.consent ? action.consent->within : std::nullopt,
                        "`within` of the consent", k_span);
    }
    remarks.any_change(same_formula(before, old_action.veto, after, action.veto), "`veto`");
    remarks.at_least(old_action.wait, action.wait, "`wait`", k_span);
    remarks.any_change(same_formula(before, old_action.seen_by, after, action.seen_by),
                       "`seen by`");
    remarks.at_most(std::optional(old_action.expire), std::optional(action.expire), "`expire`",
                    k_span);
    remarks.may(names_of(before, old_action.executors), names_of(after, action.executors),
                "who executes");
    remarks.at_most(std::optional(old_action.executors_needed),
                    std::optional(action.executors_needed), "how many execute", k_number);
    remarks.at_least(old_action.valid_from, action.valid_from, "`valid from`", k_time);
    remarks.at_most(old_action.valid_until, action.valid_until, "`valid until`", k_time);
    remarks.any_change(deputies_of(before, old_action) == deputies_of(after, action), "`deputy`");
    const base::Span never{0};
    if (old_action.offline || action.offline) {
        remarks.at_most(std::optional(old_action.offline.value_or(never)),
                        std::optional(action.offline.value_or(never)), "`offline up to`", k_span);
    }
}

const policy::ChangeRule& change_of(const Policy& policy, RuleName rule) {
    return rule.kind == RuleName::Kind::revoke ? policy.revoke
           : rule.kind == RuleName::Kind::amend_lowering && policy.amend_lowering
               ? *policy.amend_lowering
               : policy.amend;
}

}  // namespace

bool same_formula(const Policy& before, const Action* old_action, const Formula& old_formula,
                  const Policy& after, const Action* new_action, const Formula& new_formula) {
    const auto same_node = [&](const Formula::Node& left, const Formula::Node& right) {
        using Kind = Formula::Node::Kind;
        if (left.kind != right.kind || left.need != right.need || left.children != right.children ||
            left.shared != right.shared || left.in_sequence != right.in_sequence) {
            return false;
        }
        if (left.kind == Kind::fact || left.kind == Kind::parameter) {
            if (left.compare != right.compare || left.number != right.number ||
                left.text != right.text) {
                return false;
            }
            if (left.kind == Kind::fact) {
                return before.facts[left.fact].name == after.facts[right.fact].name;
            }
            return old_action != nullptr && new_action != nullptr &&
                   old_action->parameters[left.parameter].name ==
                       new_action->parameters[right.parameter].name;
        }
        std::vector<std::pair<std::string, std::uint32_t>> people[2];
        for (const auto& [policy, node, named] :
             {std::tuple(&before, &left, &people[0]), std::tuple(&after, &right, &people[1])}) {
            for (std::size_t i = 0; i < node->people.size(); ++i) {
                named->emplace_back(policy->principals[node->people[i]].name,
                                    node->weights.empty() ? 1U : node->weights[i]);
            }
            std::sort(named->begin(), named->end());
        }
        return people[0] == people[1];
    };
    return std::equal(old_formula.nodes.begin(), old_formula.nodes.end(), new_formula.nodes.begin(),
                      new_formula.nodes.end(), same_node);
}

std::vector<Remark> remarks_on(const Policy& before, const Policy& after) {
    Remarks remarks;
    remarks.any_change(before.header.domain == after.header.domain, "the domain's name");
    remarks.any_change(before.has_log == after.has_log && before.log == after.log, "the log");
    remarks.any_change(witnesses_of(before) == witnesses_of(after) &&
                           before.witnesses_needed == after.witnesses_needed,
                       "the witnesses or their quorum");
    compare_principals(before, after, remarks);
    for (const std::size_t place : assertions_dropped(before, after)) {
        remarks.add(true,
                    fmt::format("dropped or weakened: `{}`", before.assertions[place].source));
    }
    for (const std::size_t place : assertions_dropped(after, before)) {
        remarks.add(false, fmt::format("promised now: `{}`", after.assertions[place].source));
    }
    compare_drops(before, after, remarks);
    for (const policy::Fact& fact : after.facts) {
        if (const policy::Fact* old_fact = before.find_fact(fact.name)) {
            compare_fact(before, *old_fact, after, fact, remarks);
        }
    }
    return remarks.take();
}

std::vector<Remark> remarks_on(const Policy& before, RuleName old_rule, const Policy& after,
                               RuleName new_rule) {
    Remarks remarks;
    if (old_rule.kind == RuleName::Kind::action) {
        compare_rules(before, before.actions[old_rule.index], after, after.actions[new_rule.index],
                      remarks);
    } else if (old_rule.kind == RuleName::Kind::emergency) {
        const policy::Emergency& old_emergency = before.emergencies[old_rule.index];
        const policy::Emergency& emergency = after.emergencies[new_rule.index];
        compare_rules(before, old_emergency.rule, after, emergency.rule, remarks);
        remarks.at_most(std::optional(old_emergency.most), std::optional(emergency.most),
                        "the ration, `at most`,", k_number);
        remarks.at_least(std::optional(old_emergency.per), std::optional(emergency.per),
                         "the ration's time, `per`,", k_span);
    } else {
        const policy::ChangeRule& old_change = change_of(before, old_rule);
        const policy::ChangeRule& change = change_of(after, new_rule);
        if (old_rule.kind == RuleName::Kind::revoke) {
            remarks.any_change(analysis::same_formula(before, nullptr, old_change.approve, after,
                                                      nullptr, change.approve),
                               "who revokes keys of others");
        }
        if (old_change.briefcase_counts != change.briefcase_counts) {
            remarks.add(change.briefcase_counts,
                        change.briefcase_counts
                            ? "approvals out of briefcases count for amendments now"
                            : "approvals out of briefcases count for amendments no more");
        }
        remarks.any_change(same_formula(before, old_change.veto, after, change.veto), "`veto`");
        remarks.at_least(old_change.wait, change.wait, "`wait`", k_span);
    }
    return remarks.take();
}

}  // namespace cheget::analysis
