// Clauses: a word, padded to a column, and what it says.
#include "policy/format_clause.h"

#include <fmt/format.h>

#include "policy/format.h"
#include "policy/format_formula.h"

namespace cheget::policy {
namespace {

using Clause = ClauseSyntax::Kind;

void append_comma_list(std::string& text, const std::vector<StringSyntax>& strings) {
    for (const StringSyntax& string : strings) {
        text += &string == strings.data() ? "" : ", ";
        text += quoted(string.value);
    }
}

std::string text_of(const ValueSyntax& value) {
    return value.bare ? fmt::format("{{{}}}", value.string.value) : quoted(value.string.value);
}

void append_value_list(std::string& text, const std::vector<ValueSyntax>& values) {
    for (const ValueSyntax& value : values) {
        text += &value == values.data() ? "" : ", ";
        text += text_of(value);
    }
}

// A day if it begins there, else the time.
std::string date_of(base::Time time) {
    std::string text = base::to_text(time);
    return text.ends_with("T00:00:00Z") ? text.substr(0, 10) : text;
}

}  // namespace

void append_comma_list(std::string& text, const std::vector<WordSyntax>& words) {
    for (const WordSyntax& word : words) {
        text += &word == words.data() ? "" : ", ";
        text += word.text;
    }
}

void append_padded(std::string& text, std::string_view word, std::size_t width) {
    text += word;
    text.append(width > word.size() ? width - word.size() : 0, ' ');
}

namespace {

// A formula and what follows it on its last line.
std::string formula_and(const ClauseSyntax& clause, std::size_t column, std::string_view rest) {
    return formula_lines(clause.formula, column + rest.size(), 2) + std::string(rest);
}

std::string call_text(const ClauseSyntax& clause) {
    std::string text = fmt::format("{} {} {{", quoted(clause.names_of_deed[0].value),
                                   quoted(clause.names_of_deed[1].value));
    std::string_view separator = " ";
    for (std::size_t i = 0; i < clause.keys.size(); ++i) {
        text += fmt::format("{}{}: {}", separator, quoted(clause.keys[i].value),
                            text_of(clause.values[i]));
        separator = ", ";
    }
    text += clause.any ? fmt::format("{}any", separator) : "";
    return text + (text.back() == '{' ? "}" : " }");
}

std::string sql_text(const ClauseSyntax& clause) {
    std::string text = quoted(clause.names_of_deed[0].value) + " [";
    append_comma_list(text, clause.strings);
    text += ']';
    if (!clause.values.empty()) {
        text += " with [";
        append_value_list(text, clause.values);
        text += ']';
    }
    return text;
}

std::string run_text(const ClauseSyntax& clause) {
    std::string text = "any";
    if (!clause.any) {
        text = '[';
        append_comma_list(text, clause.strings);
        text += ']';
    }
    if (clause.user) {
        text += " as ";
        text += clause.user->text;
    }
    return text;
}

// What a clause says after its word, beginning at `column`.
std::string clause_text(const ClauseSyntax& clause, std::size_t column) {
    std::string text;
    switch (clause.kind) {
        case Clause::run:
            return run_text(clause);
        case Clause::call:
            return call_text(clause);
        case Clause::sql:
            return sql_text(clause);
        case Clause::ref:
            return fmt::format("{} {}", quoted(clause.names_of_deed[0].value),
                               quoted(clause.names_of_deed[1].value));
        case Clause::sign:
            return fmt::format("{} with {} in {}", clause.names[0].text,
                               quoted(clause.strings[0].value), quoted(clause.strings[1].value));
        case Clause::file:
            return fmt::format("{{{}}}", clause.strings[0].value);
        case Clause::allow_environment:
            append_comma_list(text, clause.names);
            return text;
        case Clause::allow_directory:
        case Clause::allow_file:
            append_comma_list(text, clause.strings);
            return text;
        case Clause::expire:
        case Clause::offline:
            return base::to_text(clause.span);
        case Clause::wait:
            text = base::to_text(clause.span);
            if (!clause.formula.nodes.empty()) {
                text += " seen by ";
                text += formula_lines(clause.formula, column + text.size(), 2);
            }
            return text;
        case Clause::consent:
            return formula_and(
                clause, column,
                clause.within ? fmt::format(" within {}", base::to_text(*clause.within)) : "");
        case Clause::valid:
            return fmt::format("from {}", date_of(*clause.from)) +
                   (clause.until ? fmt::format(" until {}", date_of(*clause.until)) : "");
        case Clause::deputy:
            return fmt::format("{} for {} after {}", clause.names[0].text, clause.names[1].text,
                               base::to_text(clause.span));
        case Clause::at_most:
            return fmt::format("{} per {}", clause.number, base::to_text(clause.span));
        case Clause::propose:
        case Clause::approve:
        case Clause::when:
        case Clause::veto:
        case Clause::execute:
            return formula_and(clause, column, "");
        case Clause::allow_stdin:
        case Clause::proposer_counts:
        case Clause::web_suffices:
        case Clause::by_digest:
        case Clause::briefcase_counts:
            break;
    }
    return text;
}

}  // namespace

std::string clause_lines(const ClauseSyntax& clause, std::size_t column) {
    std::string_view word = keyword(clause.kind);
    std::string text;
    switch (clause.kind) {
        case Clause::proposer_counts:
        case Clause::web_suffices:
        case Clause::by_digest:
        case Clause::briefcase_counts:
            return fmt::format("{}\n", word);
        case Clause::at_most:
            text = fmt::format("{} ", word);
            break;
        default: {
            std::size_t first = std::min(word.find(' '), word.size());
            append_padded(text, word.substr(0, first), column);
            text += column == 0 ? " " : "";
            text += first < word.size() ? word.substr(first + 1) : "";
            text += first < word.size() && clause.kind != Clause::allow_stdin ? " " : "";
        }
    }
    return text + clause_text(clause, text.size() + 2) + '\n';
}

}  // namespace cheget::policy
