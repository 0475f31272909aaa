// Showing: the text is read strictly first, then told line by line.
#include "statement/show.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text.h"
#include "statement/explain.h"
#include "statement/statement.h"

namespace cheget::statement {
namespace {

constexpr std::size_t k_columns = 76;
constexpr std::size_t k_label_columns = 18;

// The length in bytes of the longest front of UTF-8 `text` that fits in `columns`, at least one
// character. From U+1100 on a character may be two columns wide, and is taken to be.
std::size_t front_of(std::string_view text, std::size_t columns) {
    std::size_t length = 0;
    std::size_t used = 0;
    while (length < text.size()) {
        std::uint32_t code_point = 0;
        std::size_t sequence = base::decode_utf8(text.substr(length), code_point);
        used += code_point >= 0x1100 ? 2 : 1;
        if (used > columns && length != 0) {
            break;
        }
        length += sequence == 0 ? 1 : sequence;
    }
    return length;
}

// Writes `text` behind `start`, going on behind `more` when it is too long for a line.
void write_folded(std::string& out, std::string_view start, std::string_view more,
                  std::string_view text) {
    std::string_view before = start;
    do {
        std::size_t length = front_of(text, k_columns - before.size());
        out += before;
        out += text.substr(0, length);
        out += '\n';
        text.remove_prefix(length);
        before = more;
    } while (!text.empty());
}

void write_raw(std::string& out, std::string_view line) {
    if (line.empty()) {
        out += "|\n";
    } else {
        write_folded(out, "| ", "|+", line);
    }
}

void write_row(std::string& out, const Row& row) {
    if (base::parse_digest(row.value)) {  // it fits on a line of its own, and is more use unfolded
        out += fmt::format("      {}\n    {}\n", row.label, row.value);
        return;
    }
    if (row.label.size() > k_label_columns) {
        write_folded(out, "      ", "    + ", row.label);
        write_folded(out, std::string(8 + k_label_columns, ' '),
                     std::string(6 + k_label_columns, ' ') + "+ ", row.value);
        return;
    }
    write_folded(out, fmt::format("      {:<{}}  ", row.label, k_label_columns),
                 std::string(6 + k_label_columns, ' ') + "+ ", row.value);
}

std::string heading(std::string_view what, std::string_view text) {
    return fmt::format("{}, {} bytes\n{}\n\n", what, text.size(), base::to_text(id_of(text)));
}

// All lines of `text`, those in the front of `explained` bytes told.
std::vector<ToldLine> tell(std::string_view text, std::size_t explained) {
    std::vector<ToldLine> lines;
    std::string_view rest = text;
    Explainer explainer;
    while (!rest.empty()) {
        bool is_field = rest.data() < text.data() + explained;
        ToldLine& line = lines.emplace_back();
        line.raw = base::take_until(rest, '\n');
        std::size_t colon = line.raw.find(": ");
        if (is_field && colon != std::string_view::npos) {
            line.says = explainer.explain(line.raw.substr(0, colon), line.raw.substr(colon + 2));
        }
    }
    return lines;
}

void write_lines(std::string& out, std::string_view text, std::size_t explained) {
    for (const ToldLine& line : tell(text, explained)) {
        write_raw(out, line.raw);
        for (const Row& row : line.says) {
            write_row(out, row);
        }
    }
}

// The bytes of a policy up to the end of the lines that its header makes.
std::size_t header_size(std::string_view text, const PolicyHeader& header) {
    std::size_t size = 0;
    for (int lines = header.previous ? 4 : 3; lines > 0; --lines) {
        size = text.find('\n', size) + 1;
    }
    return size;
}

// The front of a text whose lines are fields.
std::size_t explained_size(std::string_view text, const Statement& statement) {
    const auto* header = std::get_if<PolicyHeader>(&statement);
    return header == nullptr ? text.size() : header_size(text, *header);
}

std::string show_other(std::string_view text, std::string_view why) {
    std::string out = heading("NOT A STATEMENT", text);
    write_folded(out, "It can't be signed or trusted: ", "  + ", why);
    out += '\n';
    while (!text.empty()) {
        write_raw(out, base::shown(base::take_until(text, '\n')));
    }
    return out;
}

std::string title(Kind kind) {
    bool has_vowel = kind == Kind::order || kind == Kind::enactment;
    return fmt::format("{} {}", has_vowel ? "An" : "A", name_of(kind));
}

// An order or a policy, or anything else that is not a vote.
std::string show_plain(Kind kind, std::string_view text, const Statement& statement) {
    std::string out = heading(title(kind), text);
    write_lines(out, text, explained_size(text, statement));
    return out;
}

std::string show_vote(std::string_view text, const Vote& vote) {
    std::string_view own = text.substr(0, text.size() - vote.subject_text.size());
    std::string out = heading(title(Kind::vote), text);
    write_lines(out, own, own.size());
    Kind kind = std::holds_alternative<OnOrder>(vote.on) ? Kind::order : Kind::policy;
    base::Result<Statement> subject = parse(vote.subject_text);
    out += "\nThe text voted on:\n\n";
    out += subject ? show_plain(kind, vote.subject_text, *subject)
                   : show_other(vote.subject_text, subject.error().message);
    return out;
}

// The same as lines; nothing is explained of what can't be read.
std::vector<ToldLine> tell_plain(std::string_view text, const base::Result<Statement>& statement) {
    return tell(text, statement ? explained_size(text, *statement) : 0);
}

}  // namespace

std::vector<ToldLine> told_lines(std::string_view text) {
    const base::Result<Statement> statement = parse(text);
    const auto* vote = statement ? std::get_if<Vote>(&*statement) : nullptr;
    if (vote == nullptr) {
        return tell_plain(text, statement);
    }
    const std::string_view own = text.substr(0, text.size() - vote->subject_text.size());
    std::vector<ToldLine> lines = tell(own, own.size());
    const std::string_view on = text.substr(own.size());
    std::vector<ToldLine> subject = tell_plain(on, parse(on));
    std::move(subject.begin(), subject.end(), std::back_inserter(lines));
    return lines;
}

std::string show_text(std::string_view text) {
    base::Result<Statement> statement = parse(text);
    if (!statement) {
        return show_other(text, statement.error().message);
    }
    if (const auto* vote = std::get_if<Vote>(&*statement)) {
        return show_vote(text, *vote);
    }
    base::Result<Kind> kind = kind_of(text);
    return kind ? show_plain(*kind, text, *statement) : show_other(text, kind.error().message);
}

}  // namespace cheget::statement
