// The canonical layout: one clause a line, clause words padded to a column, two spaces of indent,
// what is wider than a line broken at its braces.
#include "policy/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "policy/format_clause.h"
#include "policy/format_formula.h"

namespace cheget::policy {
namespace {

using Block = BlockSyntax::Kind;
using Clause = ClauseSyntax::Kind;

class Formatter {
  public:
    explicit Formatter(const PolicySyntax& syntax) : syntax_(syntax) {}
    std::string run();

  private:
    void measure();
    void format_block(const BlockSyntax& block);
    void format_braces(const BlockSyntax& block);
    std::string principal_line(const BlockSyntax& block) const;
    std::string group_lines(const BlockSyntax& block) const;
    std::string witness_line(const BlockSyntax& block) const;
    std::string fact_lines(const BlockSyntax& block) const;
    static std::string assertion_lines(const BlockSyntax& block);
    std::string change_line(const BlockSyntax& block) const;
    void begin_unit(std::uint32_t source_line, bool is_comment, bool is_wide);
    void comments_until(std::size_t offset, std::size_t indent);
    void hoist_comments(const Extent& extent, std::size_t indent);

    const PolicySyntax& syntax_;
    std::string out_;
    std::size_t next_comment_ = 0;
    std::size_t kind_width_ = 0;
    std::size_t principal_width_ = 0;
    std::size_t group_width_ = 0;
    std::size_t witness_width_ = 0;
    std::size_t fact_width_ = 0;     // up to `from`
    std::size_t sources_width_ = 0;  // between `from` and `fresh`
    std::size_t fresh_width_ = 0;
    std::size_t change_width_ = std::string_view("revoke ").size();
    // The unit written last: a comment, a block, or the header.
    std::uint32_t last_line_ = 0;  // its last line in the source
    bool last_is_comment_ = false;
    bool last_is_wide_ = true;  // of several lines; the header counts as such
};

bool is_change(const BlockSyntax& block) {
    return block.kind == Block::amend || block.kind == Block::amend_lowering ||
           block.kind == Block::revoke;
}

// `fact NAME(ABOUT): TYPE`.
std::string fact_head(const BlockSyntax& block) {
    const FactSyntax& fact = block.fact;
    std::string about = fact.about.text.empty() ? "" : fmt::format("({})", fact.about.text);
    std::string type = "bool";
    if (fact.type == Fact::Type::number) {
        type = fmt::format("{}..{}", fact.lowest, fact.highest);
    } else if (fact.type == Fact::Type::words) {
        type.clear();
        for (const WordSyntax& word : fact.words) {
            type += type.empty() ? "" : " < ";
            type += word.text;
        }
    }
    return fmt::format("fact {}{}: {}", block.name.text, about, type);
}

void Formatter::measure() {
    for (const BlockSyntax& block : syntax_.blocks) {
        std::size_t size = block.name.text.size();
        if (block.kind == Block::person || block.kind == Block::machine) {
            std::size_t kind = block.kind == Block::person ? 6 : 7;
            kind_width_ = std::max(kind_width_, kind);
            principal_width_ = std::max(principal_width_, size);
        } else if (block.kind == Block::group) {
            group_width_ = std::max(group_width_, size);
        } else if (block.kind == Block::amend_lowering) {
            change_width_ = keyword(block.kind).size() + 1;
        } else if (block.kind == Block::witness) {
            witness_width_ = std::max(witness_width_, size);
        } else if (block.kind == Block::fact) {
            fact_width_ = std::max(fact_width_, fact_head(block).size());
            sources_width_ = std::max(sources_width_, flat_texts(block.fact.sources).back().size());
            fresh_width_ = std::max(fresh_width_, base::to_text(block.fact.fresh).size());
        }
    }
    // Columns that would make lines too wide are none.
    constexpr std::size_t words = std::string_view(" from  fresh ").size();
    if (fact_width_ + sources_width_ + fresh_width_ + words > k_widest_line) {
        fact_width_ = sources_width_ = 0;
    }
}

std::string Formatter::run() {
    measure();
    for (std::string_view line : syntax_.header_lines) {
        out_ += line;
        out_ += '\n';
    }
    last_line_ = static_cast<std::uint32_t>(syntax_.header_lines.size());
    for (const BlockSyntax& block : syntax_.blocks) {
        format_block(block);
    }
    comments_until(std::string_view::npos, 0);
    return std::move(out_);
}

// Writes the empty line before a unit at the outermost level, where there shall be one.
void Formatter::begin_unit(std::uint32_t source_line, bool is_comment, bool is_wide) {
    bool gap = source_line > last_line_ + 1;
    if (gap || last_is_wide_ || (is_wide && !last_is_comment_)) {
        out_ += '\n';
    }
    last_line_ = source_line;
    last_is_comment_ = is_comment;
    last_is_wide_ = is_wide;
}

// Writes the comments that stand before `offset`: the one that follows something on its line there
// too, the others on lines of their own.
void Formatter::comments_until(std::size_t offset, std::size_t indent) {
    while (next_comment_ < syntax_.comments.size() &&
           syntax_.comments[next_comment_].offset < offset) {
        const Comment& comment = syntax_.comments[next_comment_++];
        if (!comment.alone) {
            out_.back() = ' ';  // the line feed
            out_ += ' ';
        } else if (indent == 0) {
            begin_unit(comment.line, true, false);
        } else {
            out_.append(indent, ' ');
        }
        out_ += comment.text;
        out_ += '\n';
    }
}

// Writes the comments inside something on lines before it.
void Formatter::hoist_comments(const Extent& extent, std::size_t indent) {
    while (next_comment_ < syntax_.comments.size() &&
           syntax_.comments[next_comment_].offset < extent.end) {
        if (indent == 0) {
            begin_unit(extent.first_line, true, false);
        }
        out_.append(indent, ' ');
        out_ += syntax_.comments[next_comment_++].text;
        out_ += '\n';
    }
}

void Formatter::format_block(const BlockSyntax& block) {
    comments_until(block.extent.begin, 0);
    std::string lines;
    if (block.kind == Block::person || block.kind == Block::machine) {
        lines = principal_line(block);
    } else if (block.kind == Block::group) {
        lines = group_lines(block);
    } else if (block.kind == Block::witness) {
        lines = witness_line(block);
    } else if (block.kind == Block::drop) {
        lines = fmt::format("drop {}\n", quoted(block.place.value));
    } else if (block.kind == Block::fact) {
        lines = fact_lines(block);
    } else if (block.kind == Block::assertion) {
        lines = assertion_lines(block);
    } else if (is_change(block) && block.clauses.size() == 1) {
        lines = change_line(block);
        if (lines.size() > k_widest_line + 1 || lines.find('\n') + 1 != lines.size()) {
            lines.clear();
        }
    }
    if (lines.empty()) {
        format_braces(block);
    } else {
        hoist_comments(block.extent, 0);
        begin_unit(block.extent.first_line, false, lines.find('\n') + 1 != lines.size());
        out_ += lines;
    }
    last_line_ = block.extent.last_line;
}

// An action, or a rule of change with several clauses.
void Formatter::format_braces(const BlockSyntax& block) {
    hoist_comments(block.head, 0);
    begin_unit(block.extent.first_line, false, true);
    if (block.kind == Block::action) {
        out_ += fmt::format("action {} on {} {{\n", block.name.text, block.target.text);
    } else {
        out_ += keyword(block.kind);
        out_ += block.name.text.empty() ? "" : " ";
        out_ += block.name.text;
        out_ += " {\n";
    }
    for (const ClauseSyntax& clause : block.clauses) {
        comments_until(clause.extent.begin, 2);
        hoist_comments(clause.extent, 2);
        out_ += "  ";
        out_ += clause_lines(clause, k_clause_column);
    }
    comments_until(block.extent.end, 2);
    out_ += "}\n";
}

std::string Formatter::principal_line(const BlockSyntax& block) const {
    std::string line;
    append_padded(line, block.kind == Block::person ? "person" : "machine", kind_width_ + 1);
    append_padded(line, block.name.text, principal_width_ + 1);
    line += "{ ";
    for (const KeySyntax& key : block.keys) {
        line += &key == block.keys.data() ? "" : "; ";
        line += key.type.text;
        line += ' ';
        line += key.base64.text;
        for (const WordSyntax& mark : key.marks) {
            line += ' ';
            line += mark.text;
            if (mark.text == "web") {
                line += ' ';
                line += key.origin.text;
            } else if (mark.text == "tpm") {
                line += ' ';
                line += key.attestation_key.text;
            }
        }
    }
    line += " }\n";
    return line;
}

std::string Formatter::group_lines(const BlockSyntax& block) const {
    std::string head = "group ";
    append_padded(head, block.name.text, group_width_);
    head += " = { ";
    std::string line = head;
    append_comma_list(line, block.members);
    line += " }\n";
    if (line.size() <= k_widest_line + 1) {
        return line;
    }
    head.back() = '\n';
    std::vector<std::string_view> members;
    for (const WordSyntax& member : block.members) {
        members.push_back(member.text);
    }
    return head + filled_lines(members, 2) + "}\n";
}

std::string Formatter::witness_line(const BlockSyntax& block) const {
    std::string line = "witness ";
    append_padded(line, block.name.text, witness_width_);
    return line + fmt::format(" {{ {} }}\n", block.note_key.text);
}

std::string Formatter::fact_lines(const BlockSyntax& block) const {
    std::string line;
    append_padded(line, fact_head(block), fact_width_);
    line += " from ";
    std::string fresh = " fresh " + base::to_text(block.fact.fresh);
    append_padded(line, formula_lines(block.fact.sources, line.size() + fresh.size(), 0),
                  sources_width_);
    return line + fresh + '\n';
}

std::string Formatter::assertion_lines(const BlockSyntax& block) {
    std::string line = assertion_head(block.assertion);
    if (!block.assertion.set.nodes.empty()) {
        line += formula_lines(block.assertion.set, line.size(), 0);
    }
    return line + '\n';
}

std::string Formatter::change_line(const BlockSyntax& block) const {
    std::string line;
    append_padded(line, keyword(block.kind), change_width_);
    line += line.back() == ' ' ? "{ " : " { ";
    line += clause_lines(block.clauses[0], 0);
    line.pop_back();
    return line + " }\n";
}

}  // namespace

std::string format(const PolicySyntax& syntax) {
    return Formatter(syntax).run();
}

std::string quoted(std::string_view value) {
    bool plain = std::all_of(value.begin(), value.end(), [](char character) {
        return character >= 0x20 && character <= 0x7E && character != '"' && character != '\\';
    });
    return plain ? fmt::format("\"{}\"", value) : base::to_canonical(value);
}

}  // namespace cheget::policy
