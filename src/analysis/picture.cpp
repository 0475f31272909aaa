// Lays out a policy's rules. Formulas are measured from their leaves up and placed from their root
// down, both in loops over their nodes.
#include "analysis/picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/canvas.h"
#include "analysis/policy_answers.h"
#include "base/text.h"
#include "policy/satisfy.h"

namespace cheget::analysis {

namespace {

using policy::Action;
using policy::Fact;
using policy::Formula;
using policy::Policy;
using policy::PrincipalIndex;
using Node = Formula::Node;

constexpr double k_margin = 24;
constexpr double k_padding = 12;
constexpr double k_gap = 8;
constexpr double k_chip_height = 26;
constexpr double k_label_width = 136;
constexpr double k_widest_row = 760;  ///< beyond it a new row begins, unless one item needs more

/// Words put into lines of at most `width`; a word that is longer is cut.
std::vector<std::string> wrapped(std::string_view text, double width) {
    const auto most = static_cast<std::size_t>(std::max(width / k_character_width, 8.0));
    std::vector<std::string> lines(1);
    while (!text.empty()) {
        std::string_view word = base::take_until(text, ' ');
        while (!word.empty()) {
            std::string& line = lines.back();
            const std::size_t space = line.empty() ? 0 : 1;
            if (line.size() + space + word.size() <= most) {
                line.append(space, ' ').append(word);
                word = {};
            } else if (word.size() > most) {
                const std::size_t room =
                    line.size() + space < most ? most - line.size() - space : 0;
                line.append(room > 0 ? space : 0, ' ').append(word.substr(0, room));
                word.remove_prefix(room);
                lines.emplace_back();
            } else {
                lines.emplace_back();
            }
        }
    }
    return lines;
}

std::string target_of(const Action& action) {
    std::string text;
    for (const policy::Template& segment : action.target) {
        text += text.empty() ? "" : "/";
        for (std::size_t i = 0; i < segment.literals.size(); ++i) {
            text += i > 0 ? "{" + segment.captures[i - 1] + "}" : "";
            text += segment.literals[i];
        }
    }
    return text;
}

std::string text_of(const policy::Template& pattern) {
    std::string text = pattern.literals[0];
    for (std::size_t i = 0; i < pattern.captures.size(); ++i) {
        text += "{" + pattern.captures[i] + "}" + pattern.literals[i + 1];
    }
    return base::shown(text);
}

std::string deed_of(const Action& action) {
    std::string text;
    switch (action.deed) {
        case policy::DeedKind::run:
            if (action.run.any) {
                text = "runs any command whatever";
            } else {
                text = "runs";
                for (const policy::Template& word : action.run.argv) {
                    text += " " + text_of(word);
                }
            }
            return action.run.user ? text + " as " + *action.run.user : text;
        case policy::DeedKind::call:
            return fmt::format("calls the tool {} of {}", text_of(action.call.tool),
                               text_of(action.call.server));
        case policy::DeedKind::sql:
            return fmt::format("has {} statements carried out by the database {}",
                               action.sql.statements.size(), text_of(action.sql.database));
        case policy::DeedKind::ref:
            return fmt::format("moves {} of {}", text_of(action.ref.ref),
                               text_of(action.ref.repository));
        case policy::DeedKind::sign:
            return fmt::format("signs ({}) with the key {}", action.sign.form,
                               text_of(action.sign.key));
    }
    return text;
}

/// One formula, laid out.
class FormulaLayout {
  public:
    FormulaLayout(const Policy& policy, const Formula& formula, const policy::PeopleSet& needed)
        : policy_(policy), formula_(formula), needed_(needed) {
        find_room();
        for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
            measure(i);
        }
    }

    Size size() const { return items_.back().size; }

    void draw(Canvas& canvas, Point at) {
        items_.back().at = at;
        for (std::size_t i = items_.size(); i > 0; --i) {
            draw_node(canvas, i - 1);
        }
    }

  private:
    struct Chip {
        std::string text;
        std::string_view style;
        Point at{};  ///< within its node, like the children's
        Size size{};
    };
    struct Item {
        double room = k_widest_row;
        Size size;
        Point at;
        std::vector<std::string> title;
        std::vector<Chip> chips;
        std::vector<Point> child_at;
    };

    void find_room() {
        items_.resize(formula_.nodes.size());
        for (std::size_t i = items_.size(); i > 0; --i) {
            for (const std::uint32_t child : formula_.nodes[i - 1].children) {
                items_[child].room = std::max(items_[i - 1].room - 2 * k_padding, 200.0);
            }
        }
    }

    std::string title_of(const Node& node) const {
        const std::size_t size = node.children.empty() ? node.people.size() : node.children.size();
        switch (node.kind) {
            case Node::Kind::people:
                if (node.source.find('{') == std::string::npos && size > 1) {
                    return node.source;
                }
                [[fallthrough]];
            case Node::Kind::threshold: {
                if (size == 1) {
                    return "";
                }
                std::string title = node.need == size ? "all of these"
                                    : node.need == 1
                                        ? "any one of these"
                                        : fmt::format("any {} of these {}", node.need, size);
                title += node.in_sequence ? ", in this order" : "";
                title += node.shared ? "; one person may count in several" : "";
                return title;
            }
            case Node::Kind::weight:
                return fmt::format("together at least {}", node.need);
            case Node::Kind::fact: {
                const Fact& fact = policy_.facts[node.fact];
                std::vector<std::string> sources;
                for (const PrincipalIndex source : fact.sources) {
                    sources.push_back(policy_.principals[source].name);
                }
                return fmt::format("{}, by the word of {} {}, at most {} old", node.source,
                                   fact.need == fact.sources.size()
                                       ? std::string(fact.need == 1 ? "" : "all of")
                                       : fmt::format("{} of", fact.need),
                                   base::join_words(sources), base::to_text(fact.fresh));
            }
            case Node::Kind::parameter:
                return node.source;
        }
        return "";
    }

    void measure(std::size_t number) {
        const Node& node = formula_.nodes[number];
        Item& item = items_[number];
        const double inner = item.room - 2 * k_padding;
        const std::string title = title_of(node);
        if (!title.empty()) {
            item.title = wrapped(title, inner);
        }
        std::vector<Size> sizes;
        for (std::size_t i = 0; i < node.people.size(); ++i) {
            const auto& principal = policy_.principals[node.people[i]];
            Chip chip;
            chip.text = principal.name;
            if (node.kind == Node::Kind::weight) {
                chip.text += fmt::format(" ({})", node.weights[i]);
            }
            chip.style = needed_.test(node.people[i])                       ? "needed"
                         : principal.kind == policy::PrincipalKind::machine ? "machine"
                                                                            : "person";
            chip.size = {text_width(chip.text) + 16, k_chip_height};
            sizes.push_back(chip.size);
            item.chips.push_back(std::move(chip));
        }
        for (const std::uint32_t child : node.children) {
            sizes.push_back(items_[child].size);
        }
        std::vector<Point> places;
        item.size = flow(item, sizes, inner, places);
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (i < item.chips.size()) {
                item.chips[i].at = places[i];
            } else {
                item.child_at.push_back(places[i]);
            }
        }
    }

    /// Puts things side by side below the title, in rows; gives the size of the whole.
    static Size flow(const Item& item, const std::vector<Size>& sizes, double inner,
                     std::vector<Point>& places) {
        double widest = 0;
        for (const std::string& line : item.title) {
            widest = std::max(widest, text_width(line));
        }
        double top = k_padding + static_cast<double>(item.title.size()) * k_line_height;
        top += item.title.empty() || sizes.empty() ? 0 : k_gap / 2;
        double left = 0;
        double row_height = 0;
        for (const Size& size : sizes) {
            if (left > 0 && left + size.width > inner) {
                top += row_height + k_gap;
                left = row_height = 0;
            }
            places.push_back({k_padding + left, top});
            widest = std::max(widest, left + size.width);
            left += size.width + k_gap;
            row_height = std::max(row_height, size.height);
        }
        return {widest + 2 * k_padding, top + row_height + k_padding};
    }

    void draw_node(Canvas& canvas, std::size_t number) {
        const Node& node = formula_.nodes[number];
        const Item& item = items_[number];
        const bool condition = node.kind == Node::Kind::fact || node.kind == Node::Kind::parameter;
        canvas.rectangle(item.at, item.size, condition ? "condition" : "box");
        Point line{item.at.x + k_padding, item.at.y + k_padding};
        for (const std::string& text : item.title) {
            canvas.text(line, text, "plain");
            line.y += k_line_height;
        }
        for (const Chip& chip : item.chips) {
            const Point at{item.at.x + chip.at.x, item.at.y + chip.at.y};
            canvas.rectangle(at, chip.size, chip.style);
            canvas.text({at.x + 8, at.y + 4}, chip.text, "plain");
        }
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            items_[node.children[i]].at = {item.at.x + item.child_at[i].x,
                                           item.at.y + item.child_at[i].y};
        }
    }

    const Policy& policy_;
    const Formula& formula_;
    policy::PeopleSet needed_;
    std::vector<Item> items_;
};

/// The whole picture, card by card.
class Picture {
  public:
    explicit Picture(const Policy& policy) : policy_(policy) {}

    std::string draw() {
        canvas_.text(
            {k_margin, k_margin},
            fmt::format("{}, policy version {}", policy_.header.domain, policy_.header.version),
            "title");
        top_ = k_margin + 2 * k_line_height;
        for (const RuleName rule : rules_of(policy_)) {
            draw_rule(rule);
        }
        draw_legend();
        return canvas_.finish(fmt::format("Policy of {}", policy_.header.domain));
    }

  private:
    /// One row of a card: a label, and beside it lines of text or a formula.
    struct Row {
        std::string label;
        std::vector<std::string> lines;
        std::optional<FormulaLayout> formula;
    };

    void add_text(std::string label, std::string_view text) {
        rows_.push_back({std::move(label), wrapped(text, k_widest_row), std::nullopt});
    }
    void add_formula(std::string label, const Formula& formula, const policy::PeopleSet& needed) {
        rows_.push_back({std::move(label), {}, FormulaLayout(policy_, formula, needed)});
    }

    void draw_rule(RuleName rule) {
        switch (rule.kind) {
            case RuleName::Kind::action:
                draw_action(rule, policy_.actions[rule.index], nullptr);
                break;
            case RuleName::Kind::emergency:
                draw_action(rule, policy_.emergencies[rule.index].rule,
                            &policy_.emergencies[rule.index]);
                break;
            case RuleName::Kind::amend:
                draw_change(rule, "changes this policy", policy_.amend);
                break;
            case RuleName::Kind::amend_lowering:
                draw_change(rule, "changes this policy so that somebody gains power",
                            *policy_.amend_lowering);
                break;
            case RuleName::Kind::revoke:
                draw_change(rule, "makes somebody's key void", policy_.revoke);
                break;
        }
    }

    /// Whom the rule can't do without, whatever part of it asks for them.
    policy::PeopleSet find_needed(RuleName rule) {
        policy::PeopleSet needed;
        const auto people = indispensable_for(policy_, rule);
        if (!people) {
            add_text("indispensable", "not found out: " + people.error().message);
            return needed;
        }
        for (const std::uint32_t one : *people) {
            needed.set(one);
        }
        return needed;
    }

    void draw_action(RuleName rule, const Action& action, const policy::Emergency* emergency) {
        const policy::PeopleSet nobody;
        const policy::PeopleSet needed = find_needed(rule);
        add_formula("proposed by", action.propose, needed);
        add_formula("approved by", action.approve, needed);
        if (action.consent) {
            add_formula("with consent of", action.consent->formula, needed);
        }
        if (action.veto) {
            add_formula("stopped by", *action.veto, nobody);
        }
        if (action.wait) {
            add_text("after a wait of", base::to_text(*action.wait));
        }
        if (action.seen_by) {
            add_formula("once seen by", *action.seen_by, nobody);
        }
        add_text("open for", base::to_text(action.expire));
        if (action.valid_from || action.valid_until) {
            add_text(
                "in force",
                fmt::format(
                    "{}{}{}", action.valid_from ? "from " + base::to_text(*action.valid_from) : "",
                    action.valid_from && action.valid_until ? " " : "",
                    action.valid_until ? "until " + base::to_text(*action.valid_until) : ""));
        }
        for (const policy::Deputy& deputy : action.deputies) {
            add_text("deputy", fmt::format("{} for {} after {} of silence",
                                           policy_.principals[deputy.deputy].name,
                                           policy_.principals[deputy.stands_for].name,
                                           base::to_text(deputy.after)));
        }
        std::vector<std::string> executors;
        for (const PrincipalIndex executor : action.executors) {
            executors.push_back(policy_.principals[executor].name);
        }
        add_text(
            "carried out by",
            fmt::format(
                "{}{}",
                action.executors_needed == 1 ? "" : fmt::format("{} of ", action.executors_needed),
                base::join_words(executors, action.executors_needed == 1 ? "or" : "and")));
        if (emergency != nullptr && emergency->per.seconds > 0) {
            add_text("at most",
                     fmt::format("{} per {}", emergency->most, base::to_text(emergency->per)));
        }
        draw_card(
            (emergency != nullptr ? "emergency " : "") + action.name + " on " + target_of(action),
            deed_of(action), emergency != nullptr ? "emergency" : "card",
            action.deed == policy::DeedKind::run && action.run.any);
    }

    void draw_change(RuleName rule, std::string_view what, const policy::ChangeRule& change) {
        const policy::PeopleSet nobody;
        add_formula("approved by", change.approve, find_needed(rule));
        if (change.veto) {
            add_formula("stopped by", *change.veto, nobody);
        }
        if (change.wait) {
            add_text("after a wait of", base::to_text(*change.wait));
        }
        draw_card(to_text(policy_, rule), what, "card", false);
    }

    void draw_card(std::string_view title, std::string_view subtitle, std::string_view style,
                   bool alarming) {
        const std::vector<std::string> titles = wrapped(title, k_label_width + k_widest_row);
        const std::vector<std::string> subtitles = wrapped(subtitle, k_label_width + k_widest_row);
        double width = 0;
        double height =
            k_padding + static_cast<double>(titles.size() + subtitles.size()) * k_line_height;
        for (const auto* lines : {&titles, &subtitles}) {
            for (const std::string& line : *lines) {
                width = std::max(width, text_width(line));
            }
        }
        for (const Row& row : rows_) {
            const Size size = size_of(row);
            width = std::max(width, k_label_width + size.width);
            height += k_gap + size.height;
        }
        const Size card{std::max(width, k_label_width + k_widest_row) + 2 * k_padding,
                        height + k_padding};
        canvas_.rectangle({k_margin, top_}, card, style);
        Point at{k_margin + k_padding, top_ + k_padding};
        for (const std::string& line : titles) {
            canvas_.text(at, line, "title");
            at.y += k_line_height;
        }
        for (const std::string& line : subtitles) {
            canvas_.text(at, line, alarming ? "alarm" : "quiet");
            at.y += k_line_height;
        }
        for (Row& row : rows_) {
            at.y += k_gap;
            draw_row(row, at);
            at.y += size_of(row).height;
        }
        top_ += card.height + k_margin;
        rows_.clear();
    }

    static Size size_of(const Row& row) {
        if (row.formula) {
            return row.formula->size();
        }
        Size size{0, static_cast<double>(row.lines.size()) * k_line_height};
        for (const std::string& line : row.lines) {
            size.width = std::max(size.width, text_width(line));
        }
        return size;
    }

    void draw_row(Row& row, Point at) {
        const double inset = row.formula ? k_padding : 0;
        canvas_.text({at.x, at.y + inset}, row.label, "quiet");
        const Point content{at.x + k_label_width, at.y};
        if (row.formula) {
            row.formula->draw(canvas_, content);
            return;
        }
        for (std::size_t i = 0; i < row.lines.size(); ++i) {
            canvas_.text({content.x, content.y + static_cast<double>(i) * k_line_height},
                         row.lines[i], "plain");
        }
    }

    void draw_legend() {
        Point at{k_margin, top_};
        const std::pair<std::string_view, std::string_view> entries[] = {
            {"person", "a person"},
            {"needed", "without this person nobody can"},
            {"machine", "a machine"},
            {"condition", "a condition"},
        };
        for (const auto& [style, meaning] : entries) {
            canvas_.rectangle(at, {24, k_line_height}, style);
            canvas_.text({at.x + 32, at.y}, meaning, "quiet");
            at.x += 32 + text_width(meaning) + k_margin;
        }
    }

    const Policy& policy_;
    Canvas canvas_;
    std::vector<Row> rows_;
    double top_ = 0;
};

}  // namespace

std::string draw(const policy::Policy& policy) {
    return Picture(policy).draw();
}

}  // namespace cheget::analysis
