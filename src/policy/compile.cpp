// Builds compiled rules from a parsed policy.
#include "policy/compile.h"

#include <algorithm>

#include "policy/evaluate.h"

namespace cheget::policy {

namespace {

bool has_direct_key(const Principal& principal) {
    return std::any_of(principal.keys.begin(), principal.keys.end(),
                       [](const Key& key) { return !key.web_origin.has_value(); });
}

/// A formula without nodes compiles to one that is never satisfied, which has one.
std::uint32_t tree_size(const Formula& formula) {
    return static_cast<std::uint32_t>(std::max<std::size_t>(1, formula.nodes.size()));
}

/// One person has one deputy at most, and a deputy has none. Rules that break this are satisfied by
/// nobody: what a chain of deputies would mean is nowhere said.
bool deputies_are_sound(const std::vector<Deputy>& deputies, std::size_t principals) {
    for (std::size_t i = 0; i < deputies.size(); ++i) {
        const Deputy& one = deputies[i];
        if (one.deputy >= principals || one.stands_for >= principals ||
            one.deputy == one.stands_for || one.after.seconds < 1) {
            return false;
        }
        for (std::size_t j = 0; j < deputies.size(); ++j) {
            if (deputies[j].deputy == one.stands_for ||
                (i != j && deputies[j].stands_for == one.stands_for)) {
                return false;
            }
        }
    }
    return true;
}

/// Compiles one rule: first everyone gets a place, then the formulas are made of them.
class RuleCompiler {
  public:
    explicit RuleCompiler(const Policy& policy) : policy_(policy) {
        const std::size_t principals = std::min(policy.principals.size(), k_most_principals);
        rule_.place_of.assign(principals, k_no_place);
    }

    CompiledRule compile(const Action& action) {
        number(action.approve);
        if (action.consent) {
            number(action.consent->formula);
        }
        if (action.seen_by) {
            number(*action.seen_by);
        }
        if (action.veto) {
            number(*action.veto);
        }
        const bool is_sound = deputies_are_sound(action.deputies, rule_.place_of.size());
        if (is_sound) {
            number_deputies(action.deputies);
        }
        rule_.takes_conditions = true;
        finish(action.approve, action.veto);
        if (!is_sound) {
            rule_.approve = CompiledFormula::never();
        }
        if (action.consent) {
            add_consent(action.approve, *action.consent);
        }
        if (action.seen_by) {
            rule_.seen_by = compile_plain(*action.seen_by);
            rule_.seen_by_size = tree_size(*action.seen_by);
        }
        rule_.proposer_counts = action.proposer_counts;
        rule_.web_suffices = action.web_suffices;
        rule_.wait = action.wait;
        rule_.valid_from = action.valid_from;
        rule_.valid_until = action.valid_until;
        classify();
        return std::move(rule_);
    }

    CompiledRule compile(const ChangeRule& change) {
        number(change.approve);
        if (change.veto) {
            number(*change.veto);
        }
        finish(change.approve, change.veto);
        rule_.wait = change.wait;
        classify();
        return std::move(rule_);
    }

  private:
    void number(PrincipalIndex person) {
        if (person < rule_.place_of.size() && rule_.place_of[person] == k_no_place) {
            rule_.place_of[person] = next_++;
        }
    }

    void number(const Formula& formula) {
        for (const auto& node : formula.nodes) {
            for (const PrincipalIndex person : node.people) {
                number(person);
            }
        }
    }

    void number_deputies(const std::vector<Deputy>& deputies) {
        for (const Deputy& one : deputies) {
            number(one.deputy);
            number(one.stands_for);
            rule_.deputies.push_back({one.deputy, one.stands_for, next_++,
                                      rule_.place_of[one.deputy], rule_.place_of[one.stands_for],
                                      one.after, has_direct_key(policy_.principals[one.deputy])});
        }
    }

    void finish(const Formula& approve, const std::optional<Formula>& veto) {
        rule_.words = std::max<std::size_t>(1, (next_ + k_word_bits - 1) / k_word_bits);
        rule_.approve = CompiledFormula::compile(approve, rule_);
        rule_.approve_size = tree_size(approve);
        if (veto) {
            rule_.veto = compile_plain(*veto);
            rule_.veto_size = tree_size(*veto);
        }
        collect(approve, rule_.people, rule_.direct_people);
    }

    /// A formula of people in their own name, without conditions.
    CompiledFormula compile_plain(const Formula& formula) {
        RuleFrame frame{rule_.place_of, {}, rule_.words, false, {}};
        return CompiledFormula::compile(formula, frame);
    }

    void collect(const Formula& formula, std::vector<Word>& people,
                 std::vector<Word>& direct_people) const {
        people.assign(rule_.words, 0);
        direct_people.assign(rule_.words, 0);
        for (const auto& node : formula.nodes) {
            for (const PrincipalIndex person : node.people) {
                if (person >= rule_.place_of.size()) {
                    continue;
                }
                add_place(people.data(), rule_.place_of[person]);
                if (has_direct_key(policy_.principals[person])) {
                    add_place(direct_people.data(), rule_.place_of[person]);
                }
            }
        }
    }

    // Consent.

    struct Part {
        const Formula::Node* node;
        std::vector<PrincipalIndex> people;
        bool of_consent;
    };

    void add_consent(const Formula& approve, const Consent& consent) {
        CompiledConsent compiled;
        compiled.formula = compile_plain(consent.formula);
        compiled.within = consent.within;
        compiled.size = tree_size(consent.formula);
        collect(consent.formula, compiled.people, compiled.direct_people);
        if (!consent.shared && !add_joint_demands(approve, consent.formula, compiled)) {
            compiled.formula = CompiledFormula::never();
        }
        rule_.consent = std::move(compiled);
    }

    /// Hall's condition over the parts of both. False if they overlap in a way that it can't say:
    /// then nobody's consent suffices.
    bool add_joint_demands(const Formula& approve, const Formula& consent,
                           CompiledConsent& compiled) const {
        if (approve.nodes.empty() || consent.nodes.empty()) {
            return false;
        }
        std::vector<Part> parts;
        std::vector<PrincipalIndex> elsewhere;
        collect_parts(approve, rule_.deputies, false, parts, elsewhere);
        std::vector<PrincipalIndex> elsewhere_in_consent;
        collect_parts(consent, {}, true, parts, elsewhere_in_consent);
        const auto of_consent = people_below(consent, {}).back();
        const auto of_approve = people_below(approve, rule_.deputies).back();
        if (!have_common(of_approve, of_consent)) {
            return true;
        }
        std::sort(elsewhere.begin(), elsewhere.end());
        if (have_common(elsewhere, of_consent) || !elsewhere_in_consent.empty()) {
            return false;
        }
        keep_overlapping(parts);
        if (parts.size() > k_most_hall_parts) {
            return false;
        }
        for (unsigned subset = 1; subset < 1U << parts.size(); ++subset) {
            add_joint_demand(parts, subset, compiled);
        }
        return true;
    }

    /// The flat parts that the formula needs all of, and the people of all others.
    static void collect_parts(const Formula& formula, const std::vector<DeputyPlaces>& deputies,
                              bool of_consent, std::vector<Part>& parts,
                              std::vector<PrincipalIndex>& elsewhere) {
        const auto below = people_below(formula, deputies);
        std::vector<std::uint32_t> open{static_cast<std::uint32_t>(formula.nodes.size() - 1)};
        while (!open.empty()) {
            const std::uint32_t number = open.back();
            open.pop_back();
            const auto& node = formula.nodes[number];
            const bool all_of = node.kind == Formula::Node::Kind::threshold &&
                                node.need == node.children.size() && !node.shared &&
                                !node.in_sequence;
            if (node.kind == Formula::Node::Kind::people) {
                parts.push_back({&node, below[number], of_consent});
            } else if (all_of) {
                for (const std::uint32_t child : node.children) {
                    if (child < number) {
                        open.push_back(child);
                    }
                }
            } else {
                elsewhere.insert(elsewhere.end(), below[number].begin(), below[number].end());
            }
        }
    }

    static void keep_overlapping(std::vector<Part>& parts) {
        std::vector<Part> kept;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            for (std::size_t j = 0; j < parts.size(); ++j) {
                if (i != j && have_common(parts[i].people, parts[j].people)) {
                    kept.push_back(parts[i]);
                    break;
                }
            }
        }
        parts = std::move(kept);
    }

    /// Subsets of one side alone are that side's own demands.
    void add_joint_demand(const std::vector<Part>& parts, unsigned subset,
                          CompiledConsent& compiled) const {
        JointDemand demand{0, std::vector<Word>(rule_.words), std::vector<Word>(rule_.words)};
        bool of_approve = false;
        bool of_consent = false;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if ((subset >> i & 1U) == 0) {
                continue;
            }
            (parts[i].of_consent ? of_consent : of_approve) = true;
            demand.need += parts[i].node->need;
            auto& words = parts[i].of_consent ? demand.consenters : demand.approvers;
            for (const PrincipalIndex person : parts[i].node->people) {
                if (person < rule_.place_of.size()) {
                    add_place(words.data(), rule_.place_of[person]);
                }
                for (const DeputyPlaces& one : rule_.deputies) {
                    if (!parts[i].of_consent && one.stands_for == person) {
                        add_place(words.data(), one.approval);
                    }
                }
            }
        }
        if (of_approve && of_consent) {
            compiled.joint.push_back(std::move(demand));
        }
    }

    void classify() {
        rule_.has_facts = std::any_of(rule_.conditions.begin(), rule_.conditions.end(),
                                      [](const Condition& one) { return one.is_fact; });
        const bool plain_nodes = std::all_of(
            rule_.approve.nodes().begin(), rule_.approve.nodes().end(), [](const auto& node) {
                return node.kind != CompiledFormula::Kind::weight &&
                       node.kind != CompiledFormula::Kind::condition &&
                       node.kind != CompiledFormula::Kind::sequence;
            });
        rule_.is_plain = plain_nodes && rule_.deputies.empty() && !rule_.consent &&
                         !rule_.seen_by && !rule_.wait && !rule_.valid_from && !rule_.valid_until;
        rule_.needs_log = rule_.wait || rule_.seen_by || !rule_.deputies.empty() ||
                          (rule_.consent && rule_.consent->within);
    }

    const Policy& policy_;
    CompiledRule rule_;
    Place next_ = 0;
};

/// Who satisfies the formula alone, as bits by principal. `propose` is about one person: a formula
/// that needs two is satisfied by nobody.
std::vector<Word> who_satisfies_alone(const Formula& formula, std::size_t principals) {
    RuleFrame frame;
    frame.place_of.assign(principals, k_no_place);
    Place count = 0;
    for (const auto& node : formula.nodes) {
        for (const PrincipalIndex person : node.people) {
            if (person < principals && frame.place_of[person] == k_no_place) {
                frame.place_of[person] = count++;
            }
        }
    }
    const ManyWords width{std::max<std::size_t>(1, (count + k_word_bits - 1) / k_word_bits)};
    frame.words = width.words;
    const auto compiled = CompiledFormula::compile(formula, frame);
    std::vector<Word> result((principals + k_word_bits - 1) / k_word_bits, 0);
    for (std::size_t i = 0; i < principals; ++i) {
        if (frame.place_of[i] == k_no_place) {
            continue;
        }
        PlaceSet<ManyWords> alone{};
        add_place(alone.data(), frame.place_of[i]);
        const Ballot ballot{.said = alone.data(), .direct = alone.data()};
        if (evaluate(width, compiled, ballot, nullptr).satisfied) {
            add_place(result.data(), static_cast<Place>(i));
        }
    }
    return result;
}

CompiledRule compile_action(const Policy& policy, const Action& action) {
    CompiledRule rule = RuleCompiler(policy).compile(action);
    rule.proposers = who_satisfies_alone(action.propose, rule.place_of.size());
    return rule;
}

}  // namespace

Rules::Rules(const Policy& policy) : impl_(std::make_unique<Impl>()) {
    impl_->actions.reserve(policy.actions.size());
    for (const Action& action : policy.actions) {
        impl_->actions.push_back(compile_action(policy, action));
    }
    for (const Emergency& emergency : policy.emergencies) {
        CompiledRule rule = compile_action(policy, emergency.rule);
        if (emergency.per.seconds > 0) {
            rule.ration = Ration{emergency.most, emergency.per};
            rule.needs_log = true;
            rule.is_plain = false;
        }
        impl_->emergencies.push_back(std::move(rule));
    }
    for (const Fact& fact : policy.facts) {
        impl_->facts.push_back({fact.about, fact.need, fact.sources, fact.fresh});
    }
    impl_->amend = RuleCompiler(policy).compile(policy.amend_lowering.value_or(policy.amend));
    impl_->everyday_amend = RuleCompiler(policy).compile(policy.amend);
    impl_->revoke = RuleCompiler(policy).compile(policy.revoke);
    // A revocation only ever stops things, so a page's server gains nothing it could not do anyway.
    impl_->revoke.web_suffices = true;
}

Rules::~Rules() = default;
Rules::Rules(Rules&&) noexcept = default;
Rules& Rules::operator=(Rules&&) noexcept = default;

}  // namespace cheget::policy
