// Which key does what on which screen.
#include "briefcase/terminal_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "briefcase/terminal_frame.h"
#include "statement/words.h"

namespace cheget::briefcase {

namespace {

using Kind = Key::Kind;
using statement::Verdict;

bool is_letter(const Key& key, char letter) {
    return key.kind == Kind::character && key.character == letter;
}

/// Whether the key goes back to the screen before.
bool goes_back(const Key& key) {
    return key.kind == Kind::escape || is_letter(key, 'q');
}

std::optional<Move> move_of(const Key& key) {
    switch (key.kind) {
        case Kind::up:
            return Move::line_up;
        case Kind::down:
        case Kind::enter:
            return Move::line_down;
        case Kind::page_up:
            return Move::page_up;
        case Kind::page_down:
            return Move::page_down;
        case Kind::home:
            return Move::begin;
        case Kind::end:
            return Move::end;
        case Kind::tab:
            return Move::section;
        default:
            break;
    }
    switch (key.kind == Kind::character ? key.character : 0) {
        case ' ':
            return Move::page_down;
        case 'b':
            return Move::page_up;
        case 'j':
            return Move::line_down;
        case 'k':
            return Move::line_up;
        case 'g':
            return Move::begin;
        case 'G':
            return Move::end;
        default:
            return std::nullopt;
    }
}

constexpr std::size_t k_longest_shown_file = std::size_t{256} * 1024;

Document file_document(const ShownFile& file, std::size_t number, std::size_t of) {
    Document document;
    document.add_heading(fmt::format("File {} of {}: {}", number + 1, of, file.name));
    document.add_prose(fmt::format("{} bytes, {}", file.bytes, base::to_text(file.digest)));
    if (!file.content) {
        document.add_prose("It is not here.", Style::strong);
        return document;
    }
    document.add_blank();
    document.add_escaped(file.content->substr(0, k_longest_shown_file));
    if (file.content->size() > k_longest_shown_file) {
        document.add_blank();
        document.add_prose(
            fmt::format("The first {} bytes were shown, {} were not.", k_longest_shown_file,
                        file.content->size() - k_longest_shown_file),
            Style::strong);
    }
    return document;
}

Document help_document() {
    Document document;
    document.add_heading("Keys");
    const auto add = [&](std::string_view key, std::string_view does) {
        document.add_prose(fmt::format("  {:<10} {}", key, does), Style::plain, 11);
    };
    add("up, down", "another line of the inbox; a line further in a text (also k, j)");
    add("Enter", "opens the order");
    add("Space, b", "a page further, a page back (also PgDn, PgUp)");
    add("g, G", "to the beginning, to the end (also Home, End)");
    add("Tab", "to the next section");
    add("f", "the files that the order names; n the next one");
    add("v", "veto: note if you like, then y. Nothing else is asked");
    add("w", "withdraw an order of your own: the same");
    add("a, c, s", "approve, consent, seen: once the whole text was on the screen");
    add("1 to 9", "approve for somebody whose deputy you are");
    add("i", "all that is known about this case, and what was set aside");
    add("q, Esc", "back; q in the inbox closes the briefcase");
    add("Ctrl-C", "closes it at once, from anywhere");
    document.add_heading("What to know");
    document.add_prose(
        "Behind | stands the text that gets signed, byte for byte; |+ goes on with a line that is "
        "wider than the window. What stands under such a line says what it means.\n"
        "Nothing that you sign here counts before a courier has carried it out.");
    return document;
}

}  // namespace

Model::Model(Desk& desk, Pick pick, base::Time now, bool has_blocks)
    : desk_(desk), pick_(std::move(pick)), has_blocks_(has_blocks) {
    refresh(now);
}

void Model::refresh(base::Time now) {
    inbox_ = desk_.inbox(now);
    selected_ = inbox_.empty() ? 0 : std::min(selected_, inbox_.size() - 1);
}

void Model::press(const Key& key, base::Time now) {
    if (key.kind == Kind::leave) {
        has_left_ = true;
        return;
    }
    if (is_too_small_) {
        return;
    }
    message_.clear();
    switch (place_) {
        case Place::inbox:
            return press_inbox(key, now);
        case Place::subject:
            return press_subject(key, now);
        case Place::file:
            return press_file(key);
        case Place::text:
            return press_text(key, now);
        case Place::form:
            return form_->choice.stops() ? press_stop(key, now) : press_form(key, now);
        case Place::code:
            place_ = Place::text;
            return;
    }
}

void Model::press_inbox(const Key& key, base::Time now) {
    if (is_letter(key, 'q')) {  // not Esc, as which a slow line may tell an arrow key
        has_left_ = true;
    } else if (is_letter(key, '?')) {
        open_text(help_document(), "Space further   b back   q back to the inbox");
    } else if (is_letter(key, 'i')) {
        Document document;
        document.add_heading("What is known, and from where");
        document.add_prose(desk_.details(now));
        open_text(std::move(document), "Space further   b back   q back to the inbox");
    } else if (inbox_.empty()) {
        return;
    } else if (key.kind == Kind::enter) {
        open_subject(now);
    } else if (const auto move = move_of(key)) {
        const std::size_t last = inbox_.size() - 1;
        constexpr std::size_t k_page = 10;
        switch (*move) {
            case Move::line_up:
                selected_ -= selected_ > 0 ? 1 : 0;
                break;
            case Move::page_up:
                selected_ -= std::min(selected_, k_page);
                break;
            case Move::begin:
                selected_ = 0;
                break;
            case Move::end:
                selected_ = last;
                break;
            case Move::page_down:
                selected_ = std::min(selected_ + k_page, last);
                break;
            case Move::line_down:
            case Move::section:
                selected_ = std::min(selected_ + 1, last);
                break;
        }
    }
}

void Model::open_subject(base::Time now) {
    auto subject = desk_.open(inbox_[selected_].id, now);
    if (!subject) {
        return open_failure("It can't be shown", subject.error());
    }
    subject_ = std::move(*subject);
    subject_pager_ = Pager(document_of(*subject_));
    place_ = Place::subject;
}

void Model::open_file(std::size_t number) {
    file_ = number;
    file_pager_ = Pager(file_document(subject_->files[number], number, subject_->files.size()));
    place_ = Place::file;
}

void Model::open_text(Document document, std::string keys) {
    text_pager_ = Pager(std::move(document));
    text_keys_ = std::move(keys);
    place_ = Place::text;
}

/// On a screen of its own: it may be long, and nobody should miss its end.
void Model::open_failure(std::string_view what, const base::Error& error) {
    Document document;
    document.add_heading(what);
    document.add_prose(ascii(error.message), Style::strong);
    open_text(std::move(document), "Space further   b back   q back to the inbox");
}

bool Model::scroll(Pager& pager, const Key& key) {
    const auto move = move_of(key);
    if (move) {
        pager.move(*move);
    }
    return move.has_value();
}

const Choice* Model::chosen_by(char key) const {
    constexpr std::string_view k_keys = "acvws";  // in the order of Verdict
    std::size_t deputy = 0;
    for (const Choice& choice : subject_->choices) {
        if (!choice.stands_for.empty()) {
            ++deputy;
            if (key == static_cast<char>('0' + deputy)) {
                return &choice;
            }
        } else if (key == k_keys[static_cast<std::size_t>(choice.verdict)]) {
            return &choice;
        }
    }
    return nullptr;
}

void Model::press_subject(const Key& key, base::Time now) {
    if (goes_back(key)) {
        place_ = Place::inbox;
        refresh(now);
    } else if (is_letter(key, 'f')) {
        if (subject_->files.empty()) {
            message_ = "It names no files.";
        } else {
            open_file(0);
        }
    } else if (scroll(subject_pager_, key)) {
        return;
    } else if (const Choice* choice =
                   key.kind == Kind::character ? chosen_by(key.character) : nullptr) {
        begin_vote(*choice, now);
    }
}

void Model::press_file(const Key& key) {
    if (goes_back(key)) {
        place_ = Place::subject;
    } else if (is_letter(key, 'n')) {
        open_file((file_ + 1) % subject_->files.size());
    } else {
        scroll(file_pager_, key);
    }
}

void Model::press_text(const Key& key, base::Time now) {
    if (goes_back(key)) {
        place_ = Place::inbox;
        code_.reset();
        refresh(now);
    } else if (code_ && is_letter(key, 'c')) {
        place_ = Place::code;
    } else {
        scroll(text_pager_, key);
    }
}

void Model::begin_vote(const Choice& choice, base::Time now) {
    if (choice.why_not) {
        message_ = choice.why_not->message;
        return;
    }
    if (!choice.stops() && !subject_pager_.has_shown_all()) {
        subject_pager_.go_to_unseen();
        message_ =
            fmt::format("To {} it, first read it to its end: Space goes on from here.",
                        choice.verdict == Verdict::seen ? "have seen" : name_of(choice.verdict));
        return;
    }
    auto [asked, is_new] = asked_.try_emplace(subject_->id);
    if (is_new) {
        auto& places = asked->second.places;
        for (std::size_t i = 0; i < places.size(); ++i) {
            do {
                places[i] = pick_(statement::k_words_of_a_digest);
            } while (std::find(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(i),
                               places[i]) != places.begin() + static_cast<std::ptrdiff_t>(i));
        }
        std::sort(places.begin(), places.end());
    }
    form_.emplace();
    form_->choice = choice;
    form_->draft = {choice.verdict,      choice.stands_for, {}, now,
                    subject_->is_policy, subject_->text};
    form_->asked = asked->second.places;
    form_->field = choice.stops() ? 1 : 0;
    place_ = Place::form;
    show_preview();
}

void Model::open_after_signing(const FiledVote& filed) {
    Document document;
    document.add_heading(fmt::format("Signed: {}", name_of(form_->choice.verdict)));
    document.add_prose(fmt::format("It lies in the case at {}", filed.path), Style::strong);
    document.add_row("its id", base::to_text(filed.id));
    document.add_blank();
    document.add_prose(
        form_->choice.stops()
            ? "NOT RECORDED yet: it stops nothing before a courier has carried it out of this case "
              "(cheget courier collect) and the log or an executor has it. If it is urgent, say no "
              "by every other way that you have as well."
            : "It counts for nothing before a courier has carried it out of this case (cheget "
              "courier collect).");
    code_ = filed.code;
    open_text(std::move(document), code_
                                       ? "c as a code for a courier's camera   q back to the inbox"
                                       : "q back to the inbox");
}

std::optional<Screen> Model::draw_code(std::size_t rows, std::size_t columns) const {
    const std::size_t modules = code_->size() + 2 * std::size_t{k_quiet_on_terminal};
    const bool in_halves = has_blocks_ && (modules + 1) / 2 <= rows && modules <= columns;
    if (!in_halves && (modules > rows || 2 * modules > columns)) {
        return std::nullopt;
    }
    Screen screen(rows, columns);
    screen.picture = Screen::Picture{*code_, in_halves};
    return screen;
}

void Model::sign(base::Time now) {
    auto filed = desk_.sign(form_->draft, now);
    if (!filed) {
        form_.reset();
        subject_.reset();
        return open_failure("Signing it failed", filed.error());
    }
    open_after_signing(*filed);
    form_.reset();
    subject_.reset();
}

Screen Model::draw(std::size_t rows, std::size_t columns, base::Time now) {
    is_too_small_ = is_too_small(rows, columns);
    if (is_too_small_) {
        return too_small(rows, columns);
    }
    if (place_ == Place::code) {
        if (auto picture = draw_code(rows, columns)) {
            return std::move(*picture);
        }
    }
    Screen screen(rows, columns);
    const std::size_t further = place_ == Place::subject ? further_rows(message_, columns) : 0;
    const std::size_t height = body_rows(screen) - further;
    switch (place_) {
        case Place::inbox:
            draw_inbox(screen);
            break;
        case Place::subject:
            subject_pager_.draw(screen, k_top_rows, height);
            break;
        case Place::file:
            file_pager_.draw(screen, k_top_rows, height);
            break;
        case Place::text:
            text_pager_.draw(screen, k_top_rows, height);
            break;
        case Place::form:
            draw_form(screen);
            break;
        case Place::code:
            put_prose(screen, k_top_rows + 1, k_top_rows + height,
                      fmt::format(" The code does not fit this window. It needs {} x {}: make it "
                                  "larger, or the letters smaller; or let the courier take the "
                                  "file.",
                                  2 * (code_->size() + 2 * k_quiet_on_terminal),
                                  code_->size() + 2 * k_quiet_on_terminal));
            break;
    }
    draw_frame(screen, desk_.heading(now), position(), message_, keys(), now, further);
    return screen;
}

std::string Model::position() const {
    switch (place_) {
        case Place::inbox:
            return inbox_.empty() ? std::string()
                                  : fmt::format("{} of {}", selected_ + 1, inbox_.size());
        case Place::subject:
            return fmt::format("{}{}", subject_pager_.position(),
                               subject_pager_.has_shown_all() ? ", all read" : "");
        case Place::file:
            return file_pager_.position();
        case Place::text:
            return text_pager_.position();
        case Place::form:
            return form_->preview.position();
        case Place::code:
            break;
    }
    return {};
}

std::string Model::keys() const {
    switch (place_) {
        case Place::inbox:
            return "Enter opens   up/down another   i all that is known   ? help   q closes it";
        case Place::subject:
            return subject_keys();
        case Place::file:
            return subject_->files.size() > 1 ? "Space further   b back   n next file   q back"
                                              : "Space further   b back   q back";
        case Place::text:
            return text_keys_;
        case Place::form:
            if (form_->choice.stops()) {
                return form_->field == 0
                           ? "Enter done with the note   PgDn the text further   Esc back"
                           : "y SIGNS IT   n a note   PgDn the text further   Esc back, nothing "
                             "signed";
            }
            return "Enter next   up/down another line   PgDn the text further   Esc back";
        case Place::code:
            return "any key: back";
    }
    return {};
}

std::string Model::subject_keys() const {
    std::string keys = subject_->files.empty() ? "Space further  " : "Space further  f files  ";
    std::size_t deputy = 0;
    for (const Choice& choice : subject_->choices) {
        deputy += choice.stands_for.empty() ? 0U : 1U;
        if (choice.why_not) {
            continue;
        }
        constexpr std::string_view k_keys = "acvws";
        keys += choice.stands_for.empty()
                    ? fmt::format("{} {}  ", k_keys[static_cast<std::size_t>(choice.verdict)],
                                  name_of(choice.verdict))
                    : fmt::format("{} approve for {}  ", deputy, choice.stands_for);
    }
    return keys + "q back";
}

void Model::draw_selected(Screen& screen, std::size_t row) {
    const InboxLine& one = inbox_[selected_];
    const std::size_t last = screen.rows() - k_bottom_rows;
    screen.put(row, 0, std::string(screen.columns(), '-'));
    std::string words;
    for (const std::string_view word : statement::words_of(one.id)) {
        words += fmt::format(" {}", word);
    }
    screen.put(row + 1, 0,
               fmt::format(" {}{}{}, by {}", ascii(one.rule), one.is_policy ? ", " : " on ",
                           ascii(one.target), ascii(one.proposer)));
    screen.put(
        row + 2, 0,
        fmt::format(" {}{}{}", ascii(one.state), one.is_for_me ? ", for your word too (*)" : "",
                    one.is_policy ? "" : "; expires " + ascii(one.expires)));
    put_prose(screen, row + 3, last, words);
}

void Model::draw_inbox(Screen& screen) {
    constexpr std::size_t k_detail_rows = 4;
    const std::size_t rows = body_rows(screen) - k_detail_rows;
    const std::size_t end = k_top_rows + rows;
    if (inbox_.empty()) {
        put_prose(screen, k_top_rows + 1, end,
                  " Nothing was loaded that asks for anybody's word. A courier fills the inbox: "
                  "cheget courier load.");
        return;
    }
    // The window's further columns go to the target and the state.
    const std::size_t more = screen.columns() - k_fewest_columns;
    const std::size_t target_columns = 20 + more / 2;
    const std::size_t state_column = 41 + more / 2 + more / 10;
    const auto line = [&](const InboxLine& one) {
        const auto cut = [](std::string_view text, std::size_t columns) {
            std::string safe = ascii(text);
            if (safe.size() > columns) {
                safe.resize(columns);
                safe.back() = '>';
            }
            return safe;
        };
        std::string text =
            fmt::format("{} {:<16} {:<{}} ", one.is_for_me ? '*' : ' ', cut(one.rule, 16),
                        cut(one.target, target_columns), target_columns);
        text.resize(state_column, ' ');
        return text + fmt::format("{:<8} {:<9} {}", cut(one.proposer, 8), cut(one.expires, 9),
                                  ascii(one.state));
    };
    InboxLine titles;
    titles.rule = "rule";
    titles.target = "target";
    titles.proposer = "proposer";
    titles.expires = "expires";
    titles.state = "decision";
    screen.put(k_top_rows, 0, line(titles), Style::strong);
    first_shown_ = std::min(first_shown_, selected_);
    const std::size_t places = rows - 2;
    if (selected_ >= first_shown_ + places) {
        first_shown_ = selected_ - places + 1;
    }
    for (std::size_t i = first_shown_; i < std::min(first_shown_ + places, inbox_.size()); ++i) {
        const std::size_t row = k_top_rows + 1 + i - first_shown_;
        if (i == selected_) {
            screen.put_row(row, line(inbox_[i]), Style::bar);
        } else {
            screen.put(row, 0, line(inbox_[i]));
        }
    }
    draw_selected(screen, end - 1);
}

}  // namespace cheget::briefcase
