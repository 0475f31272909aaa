// Formulas on one line, or broken at their braces. Recursion is bounded by k_deepest_formula.
#include "policy/format_formula.h"

#include <fmt/format.h>

namespace cheget::policy {
namespace {

// A node's text before its name or braces, such as `2 of `.
std::string quantity_of(const FormulaSyntax::Node& node) {
    std::string_view shared = node.shared ? "shared " : "";
    switch (node.quantity) {
        case FormulaSyntax::Quantity::all:
            return fmt::format("{}all of ", shared);
        case FormulaSyntax::Quantity::any:
            return fmt::format("{}any of ", shared);
        case FormulaSyntax::Quantity::weight:
            return fmt::format("{}weight >= {} of ", shared, node.number);
        case FormulaSyntax::Quantity::sequence:
            return "in sequence ";
        case FormulaSyntax::Quantity::braces:
            return "";
        case FormulaSyntax::Quantity::number:
            break;
    }
    return fmt::format("{}{} of ", shared, node.number);
}

std::string condition_of(const FormulaSyntax::Node& node) {
    std::string_view relation = node.relation == FormulaSyntax::Relation::is         ? "is"
                                : node.relation == FormulaSyntax::Relation::at_least ? ">="
                                                                                     : "<=";
    std::string about = node.about.text.empty() ? "" : fmt::format("({})", node.about.text);
    return fmt::format("{}{} {} {}", node.name.text, about, relation, node.value.text);
}

std::vector<std::string> weights_of(const FormulaSyntax::Node& node) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < node.members.size(); ++i) {
        words.push_back(fmt::format("{}: {}", node.members[i].text, node.weights[i]));
    }
    return words;
}

class FormulaWriter {
  public:
    explicit FormulaWriter(const FormulaSyntax& formula)
        : formula_(formula), flat_(flat_texts(formula)) {}

    // As deep as the parser lets formulas nest, 32.
    // NOLINTNEXTLINE(misc-no-recursion)
    std::string write(std::size_t index, std::size_t column, std::size_t indent) const {
        const FormulaSyntax::Node& node = formula_.nodes[index];
        bool leaf = node.children.empty() && node.members.empty();
        if (leaf || column + flat_[index].size() <= k_widest_line) {
            return flat_[index];
        }
        std::string text = quantity_of(node) + "{\n";
        bool names = true;
        std::vector<std::string> weights = weights_of(node);
        std::vector<std::string_view> words(weights.begin(), weights.end());
        for (std::uint32_t child : node.children) {
            names = names && formula_.nodes[child].is_name;
            words.push_back(formula_.nodes[child].name.text);
        }
        if (names) {
            text += filled_lines(words, indent + 2);
        } else {
            for (std::uint32_t child : node.children) {
                text.append(indent + 2, ' ');
                text += write(child, indent + 3, indent + 2);  // and room for its comma
                text += child == node.children.back() ? "\n" : ",\n";
            }
        }
        return text + std::string(indent, ' ') + "}";
    }

  private:
    const FormulaSyntax& formula_;
    std::vector<std::string> flat_;
};

}  // namespace

std::vector<std::string> flat_texts(const FormulaSyntax& formula) {
    std::vector<std::string> texts;
    texts.reserve(formula.nodes.size());
    for (const FormulaSyntax::Node& node : formula.nodes) {
        std::string text;
        if (node.is_name) {
            text = node.name.text;
        } else if (node.relation != FormulaSyntax::Relation::none) {
            text = condition_of(node);
        } else if (!node.members.empty()) {
            text = fmt::format("{}{{ {} }}", quantity_of(node), fmt::join(weights_of(node), ", "));
        } else if (node.children.empty()) {
            text = quantity_of(node);
            text += node.name.text;
        } else {
            text = quantity_of(node) + "{ ";
            for (std::uint32_t child : node.children) {
                text += child == node.children.front() ? "" : ", ";
                text += texts[child];
            }
            text += " }";
        }
        texts.push_back(std::move(text));
    }
    return texts;
}

std::string formula_lines(const FormulaSyntax& formula, std::size_t column, std::size_t indent) {
    return FormulaWriter(formula).write(formula.nodes.size() - 1, column, indent);
}

std::string filled_lines(const std::vector<std::string_view>& words, std::size_t indent) {
    std::string text;
    std::size_t column = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        bool last = i + 1 == words.size();
        std::size_t size = words[i].size() + (last ? 0 : 1);
        if (column != 0 && column + 1 + size > k_widest_line) {
            text += '\n';
            column = 0;
        }
        text.append(column == 0 ? indent : 1, ' ');
        column += (column == 0 ? indent : 1) + size;
        text += words[i];
        text += last ? "\n" : ",";
    }
    return text;
}

}  // namespace cheget::policy
