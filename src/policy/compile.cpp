// Builds compiled formulas and rules from a parsed policy.
#include "policy/compile.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <map>

#include "policy/evaluate.h"

namespace cheget::policy {

namespace {

void add_person(Word* words, Place place) {
    words[place / k_word_bits] |= Word{1} << (place % k_word_bits);
}

bool overlap(const std::vector<PrincipalIndex>& left, const std::vector<PrincipalIndex>& right) {
    auto l = left.begin();
    auto r = right.begin();
    while (l != left.end() && r != right.end()) {
        if (*l == *r) {
            return true;
        }
        *l < *r ? ++l : ++r;
    }
    return false;
}

bool sorted_and_distinct(const std::vector<PrincipalIndex>& people) {
    return std::adjacent_find(people.begin(), people.end(), std::greater_equal<>{}) == people.end();
}

}  // namespace

class FormulaCompiler {
  public:
    FormulaCompiler(const Formula& formula, const std::vector<Place>& place_of, std::size_t words)
        : formula_(formula), place_of_(place_of), words_(words) {}

    CompiledFormula compile() {
        if (!is_tree()) {
            return never();
        }
        order_depth_first();
        if (result_.deepest_ > k_deepest_evaluated) {
            return never();
        }
        collect_people();
        for (auto& node : result_.nodes_) {
            fill(node);
        }
        return std::move(result_);
    }

  private:
    static CompiledFormula never() {
        CompiledFormula formula;
        formula.nodes_.emplace_back();
        return formula;
    }

    /// Children lie below their parents and each node but the root, the last, is used once.
    bool is_tree() const {
        const auto& nodes = formula_.nodes;
        if (nodes.empty() || nodes.size() > std::numeric_limits<std::uint32_t>::max()) {
            return false;
        }
        std::vector<bool> used(nodes.size(), false);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for (const std::uint32_t child : nodes[i].children) {
                if (child >= i || used[child]) {
                    return false;
                }
                used[child] = true;
            }
        }
        return std::find(used.begin(), used.end() - 1, false) == used.end() - 1;
    }

    /// Evaluation keeps one counter per depth, which needs each node right after its descendants.
    void order_depth_first() {
        struct Visit {
            std::uint32_t node;
            std::size_t next_child;
        };
        std::vector<Visit> path{{static_cast<std::uint32_t>(formula_.nodes.size() - 1), 0}};
        while (!path.empty()) {
            Visit& visit = path.back();
            const auto& children = formula_.nodes[visit.node].children;
            if (visit.next_child < children.size()) {
                const std::uint32_t child = children[visit.next_child++];
                path.push_back({child, 0});
                continue;
            }
            CompiledFormula::Node node;
            node.source = visit.node;
            node.depth = static_cast<std::uint16_t>(std::min<std::size_t>(path.size() - 1, 0xFFFF));
            result_.deepest_ = std::max(result_.deepest_, node.depth);
            result_.nodes_.push_back(node);
            path.pop_back();
        }
    }

    /// The people below every node, to find overlaps.
    void collect_people() {
        below_.resize(formula_.nodes.size());
        for (std::size_t i = 0; i < formula_.nodes.size(); ++i) {
            const auto& node = formula_.nodes[i];
            std::vector<PrincipalIndex> all = node.people;
            for (const std::uint32_t child : node.children) {
                all.insert(all.end(), below_[child].begin(), below_[child].end());
            }
            std::sort(all.begin(), all.end());
            all.erase(std::unique(all.begin(), all.end()), all.end());
            below_[i] = std::move(all);
        }
    }

    void fill(CompiledFormula::Node& node) {
        const auto& source = formula_.nodes[node.source];
        node.need = source.need;
        const bool is_people = source.kind == Formula::Node::Kind::people;
        const std::size_t most = is_people ? source.people.size() : source.children.size();
        if (source.need < 1 || source.need > most ||
            (is_people ? !source.children.empty() : !source.people.empty())) {
            return;  // stays `never`
        }
        if (is_people) {
            fill_people(node, source);
        } else {
            fill_threshold(node, source);
        }
    }

    void fill_people(CompiledFormula::Node& node, const Formula::Node& source) {
        if (!sorted_and_distinct(source.people)) {
            return;
        }
        const std::uint32_t start = new_set();
        if (!add_people(start, source.people)) {
            return;
        }
        node.people = start;
        node.kind = CompiledFormula::Kind::people;
    }

    /// One person fills one place. Nothing more is to be demanded where the parts have nobody in
    /// common, where the policy says `shared`, and in an `any of`, of which one part is enough. An
    /// `all of` may overlap in its flat parts, by Hall's condition; other overlaps never hold.
    void fill_threshold(CompiledFormula::Node& node, const Formula::Node& source) {
        std::vector<std::uint32_t> overlapping;
        if (!source.shared && source.need > 1) {
            overlapping = overlapping_parts(source.children);
        }
        const bool flat = std::all_of(overlapping.begin(), overlapping.end(), [&](auto part) {
            return formula_.nodes[part].kind == Formula::Node::Kind::people;
        });
        if (!overlapping.empty() && (source.need != source.children.size() || !flat ||
                                     overlapping.size() > k_most_hall_parts)) {
            return;
        }
        node.first_demand = static_cast<std::uint32_t>(result_.demands_.size());
        if (!add_demands(overlapping)) {
            return;
        }
        node.demand_count = static_cast<std::uint32_t>(result_.demands_.size()) - node.first_demand;
        node.kind = CompiledFormula::Kind::threshold;
    }

    /// The parts that have a person in common with another, in the order given.
    std::vector<std::uint32_t> overlapping_parts(const std::vector<std::uint32_t>& parts) const {
        std::map<PrincipalIndex, std::size_t> first_part_of;
        std::vector<bool> overlaps(parts.size(), false);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            for (const PrincipalIndex person : below_[parts[i]]) {
                const auto [known, is_new] = first_part_of.try_emplace(person, i);
                if (!is_new) {
                    overlaps[i] = overlaps[known->second] = true;
                }
            }
        }
        std::vector<std::uint32_t> result;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (overlaps[i]) {
                result.push_back(parts[i]);
            }
        }
        return result;
    }

    /// Hall's condition for every subset of at least two parts; one part alone is its own node's.
    /// A subset that falls into halves without a person in common follows from its halves.
    bool add_demands(const std::vector<std::uint32_t>& parts) {
        for (unsigned subset = 0; subset < 1U << parts.size(); ++subset) {
            if (std::popcount(subset) < 2 || !hangs_together(parts, subset)) {
                continue;
            }
            CompiledFormula::Demand demand{0, new_set()};
            for (std::size_t i = 0; i < parts.size(); ++i) {
                if ((subset >> i & 1U) != 0) {
                    const auto& part = formula_.nodes[parts[i]];
                    demand.need += part.need;
                    if (!add_people(demand.people, part.people)) {
                        return false;
                    }
                }
            }
            result_.demands_.push_back(demand);
        }
        return true;
    }

    bool hangs_together(const std::vector<std::uint32_t>& parts, unsigned subset) const {
        unsigned reached = subset & (~subset + 1);  // its lowest part
        for (bool grew = true; grew;) {
            grew = false;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                if ((subset >> i & 1U) == 0 || (reached >> i & 1U) != 0) {
                    continue;
                }
                for (std::size_t j = 0; j < parts.size(); ++j) {
                    if ((reached >> j & 1U) != 0 && overlap(below_[parts[i]], below_[parts[j]])) {
                        reached |= 1U << i;
                        grew = true;
                        break;
                    }
                }
            }
        }
        return reached == subset;
    }

    std::uint32_t new_set() {
        const auto start = static_cast<std::uint32_t>(result_.words_.size());
        result_.words_.resize(result_.words_.size() + words_);
        return start;
    }

    bool add_people(std::uint32_t start, const std::vector<PrincipalIndex>& people) {
        for (const PrincipalIndex person : people) {
            if (person >= place_of_.size() || place_of_[person] == k_no_place) {
                return false;
            }
            add_person(result_.words_.data() + start, place_of_[person]);
        }
        return true;
    }

    const Formula& formula_;
    const std::vector<Place>& place_of_;
    std::size_t words_;
    std::vector<std::vector<PrincipalIndex>> below_;
    CompiledFormula result_;
};

CompiledFormula CompiledFormula::compile(const Formula& formula, const std::vector<Place>& place_of,
                                         std::size_t words) {
    return FormulaCompiler(formula, place_of, words).compile();
}

namespace {

void number_people(const Formula& formula, std::vector<Place>& place_of, Place& next) {
    for (const auto& node : formula.nodes) {
        for (const PrincipalIndex person : node.people) {
            if (person < place_of.size() && place_of[person] == k_no_place) {
                place_of[person] = next++;
            }
        }
    }
}

bool has_direct_key(const Principal& principal) {
    return std::any_of(principal.keys.begin(), principal.keys.end(),
                       [](const Key& key) { return !key.web_origin.has_value(); });
}

/// A formula without nodes compiles to one that is never satisfied, which has one.
std::uint32_t tree_size(const Formula& formula) {
    return static_cast<std::uint32_t>(std::max<std::size_t>(1, formula.nodes.size()));
}

CompiledRule compile_rule(const Policy& policy, const Formula& approve,
                          const std::optional<Formula>& veto) {
    CompiledRule rule;
    const std::size_t principals = std::min(policy.principals.size(), k_most_principals);
    rule.place_of.assign(principals, k_no_place);
    Place count = 0;
    number_people(approve, rule.place_of, count);
    const Place approvers = count;
    if (veto) {
        number_people(*veto, rule.place_of, count);
    }
    rule.words = std::max<std::size_t>(1, (count + k_word_bits - 1) / k_word_bits);
    rule.approve = CompiledFormula::compile(approve, rule.place_of, rule.words);
    rule.approve_size = tree_size(approve);
    if (veto) {
        rule.veto = CompiledFormula::compile(*veto, rule.place_of, rule.words);
        rule.veto_size = tree_size(*veto);
    }
    rule.people.assign(rule.words, 0);
    rule.direct_people.assign(rule.words, 0);
    for (std::size_t i = 0; i < principals; ++i) {
        const Place place = rule.place_of[i];
        if (place >= approvers) {  // k_no_place too
            continue;
        }
        add_person(rule.people.data(), place);
        if (has_direct_key(policy.principals[i])) {
            add_person(rule.direct_people.data(), place);
        }
    }
    return rule;
}

/// Who satisfies the formula alone, as bits by principal. `propose` is about one person: a formula
/// that needs two is satisfied by nobody.
std::vector<Word> who_satisfies_alone(const Formula& formula, std::size_t principals) {
    std::vector<Place> place_of(principals, k_no_place);
    Place count = 0;
    number_people(formula, place_of, count);
    const ManyWords width{std::max<std::size_t>(1, (count + k_word_bits - 1) / k_word_bits)};
    const auto compiled = CompiledFormula::compile(formula, place_of, width.words);
    std::vector<Word> result((principals + k_word_bits - 1) / k_word_bits, 0);
    for (std::size_t i = 0; i < principals; ++i) {
        if (place_of[i] == k_no_place) {
            continue;
        }
        PlaceSet<ManyWords> alone{};
        add_person(alone.data(), place_of[i]);
        if (evaluate(width, compiled, alone.data(), alone.data(), nullptr).satisfied) {
            add_person(result.data(), static_cast<Place>(i));
        }
    }
    return result;
}

CompiledRule compile_action(const Policy& policy, const Action& action) {
    CompiledRule rule = compile_rule(policy, action.approve, action.veto);
    rule.proposers = who_satisfies_alone(action.propose, rule.place_of.size());
    rule.proposer_counts = action.proposer_counts;
    rule.web_suffices = action.web_suffices;
    return rule;
}

}  // namespace

Rules::Rules(const Policy& policy) : impl_(std::make_unique<Impl>()) {
    impl_->actions.reserve(policy.actions.size());
    for (const Action& action : policy.actions) {
        impl_->actions.push_back(compile_action(policy, action));
    }
    impl_->amend = compile_rule(policy, policy.amend.approve, policy.amend.veto);
    impl_->revoke = compile_rule(policy, policy.revoke.approve, policy.revoke.veto);
    // A revocation only ever stops things, so a page's server gains nothing it could not do anyway.
    impl_->revoke.web_suffices = true;
}

Rules::~Rules() = default;
Rules::Rules(Rules&&) noexcept = default;
Rules& Rules::operator=(Rules&&) noexcept = default;

}  // namespace cheget::policy
