// The screens on which a vote is made: what it says, a note, the words; or for a stop one key.
#include <fmt/format.h>

#include <algorithm>

#include "briefcase/terminal_frame.h"
#include "briefcase/terminal_model.h"
#include "statement/words.h"

namespace cheget::briefcase {

namespace {

using Kind = Key::Kind;

constexpr std::size_t k_form_rows = 6;

/// Whether somebody typed the word: all of it, or its first four letters, which tell it apart.
bool is_word(std::string_view typed, std::string_view word) {
    constexpr std::size_t k_telling_letters = 4;
    return typed == word || (typed.size() >= k_telling_letters && word.starts_with(typed));
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return text;
}

}  // namespace

void Model::show_preview() {
    const auto preview = desk_.preview(form_->draft);
    Document document;
    document.add_heading(
        fmt::format("{}{}: what will be signed", name_of(form_->choice.verdict),
                    form_->choice.stands_for.empty() ? "" : " for " + form_->choice.stands_for));
    document.add_prose(subject_->headline, Style::strong);
    if (preview) {
        document.add_raw(*preview);
    } else {
        document.add_prose(preview.error().message, Style::strong);
    }
    document.add_prose(fmt::format(
        "then the {} bytes of the {} as you have {} them: {}", form_->draft.text.size(),
        form_->draft.is_policy ? "policy" : "order", form_->choice.stops() ? "before you" : "read",
        base::to_text(base::sha256(form_->draft.text))));
    document.add_prose(form_->choice.effect, Style::strong);
    form_->preview = Pager(std::move(document));
}

void Model::type(const Key& key, std::string& field, std::size_t most) {
    if (key.kind == Kind::backspace) {
        if (!field.empty()) {
            field.pop_back();
        }
    } else if (key.kind == Kind::character && key.character >= 0x20 && key.character <= 0x7E &&
               field.size() < most) {
        field.push_back(key.character);
    }
}

void Model::press_stop(const Key& key, base::Time now) {
    if (key.kind == Kind::escape) {
        place_ = Place::subject;
        form_.reset();
    } else if (key.kind == Kind::page_up || key.kind == Kind::page_down) {
        // With a note what will be signed is longer than a small window.
        form_->preview.move(key.kind == Kind::page_up ? Move::page_up : Move::page_down);
    } else if (form_->field == 0) {
        if (key.kind == Kind::enter) {
            form_->field = 1;
        } else {
            type(key, form_->draft.note, k_longest_note);
        }
        show_preview();
    } else if (key.kind == Kind::character && key.character == 'y') {
        sign(now);
    } else if (key.kind == Kind::character && key.character == 'n') {
        form_->field = 0;
    } else if (key.kind == Kind::character && key.character == 'q') {
        place_ = Place::subject;
        form_.reset();
    } else {
        message_ = "Nothing is signed yet: y signs it, Esc goes back.";
    }
}

void Model::press_form(const Key& key, base::Time now) {
    constexpr std::size_t k_longest_word = 16;
    std::size_t& field = form_->field;
    switch (key.kind) {
        case Kind::escape:
            place_ = Place::subject;
            form_.reset();
            return;
        case Kind::page_up:
            return form_->preview.move(Move::page_up);
        case Kind::page_down:
            return form_->preview.move(Move::page_down);
        case Kind::up:
            field -= field > 0 ? 1 : 0;
            return;
        case Kind::down:
        case Kind::tab:
            field = std::min(field + 1, k_words_asked);
            return;
        case Kind::enter:
            if (field < k_words_asked) {
                ++field;
                return;
            }
            return check_words(now);
        default:
            break;
    }
    if (field == 0) {
        type(key, form_->draft.note, k_longest_note);
        show_preview();
    } else if (key.character != ' ') {
        type(key, form_->typed[field - 1], k_longest_word);
    }
}

void Model::check_words(base::Time now) {
    const auto words = statement::words_of(base::sha256(form_->draft.text));
    for (std::size_t i = 0; i < k_words_asked; ++i) {
        const std::string typed = lower(form_->typed[i]);
        if (typed.empty()) {
            form_->field = i + 1;
            message_ = fmt::format("Word {} is missing.", form_->asked[i] + 1);
            return;
        }
        if (is_word(typed, words[form_->asked[i]])) {
            continue;
        }
        AskedWords& asked = asked_[subject_->id];
        if (++asked.wrong >= k_wrong_words) {
            asked.wrong = 0;
            subject_pager_.begin_again();
            place_ = Place::subject;
            form_.reset();
            message_ = "Those are another text's words. Read this one again, or veto it.";
            return;
        }
        const std::size_t number = form_->asked[i] + 1;
        form_->typed[i].clear();
        form_->field = i + 1;
        message_ = fmt::format(
            "Word {} of this text is another. Is yours of another text? Nothing is signed.",
            number);
        return;
    }
    sign(now);
}

void Model::draw_form(Screen& screen) {
    const std::size_t first = screen.rows() - k_bottom_rows - k_form_rows;
    form_->preview.draw(screen, k_top_rows, first - k_top_rows);
    screen.put(first, 0, std::string(screen.columns(), '-'));
    const auto put_field = [&](std::size_t row, std::size_t number, std::string_view label,
                               const std::string& value) {
        constexpr std::size_t k_column = 12;
        screen.put(row, 1, label);
        const std::size_t room = screen.columns() - k_column - 2;
        const std::size_t from = value.size() > room ? value.size() - room : 0;
        screen.put(row, k_column, value.substr(from), Style::strong);
        if (form_->field == number) {
            screen.put(row, 0, ">", Style::strong);
            screen.cursor = {row, k_column + value.size() - from, true};
        }
    };
    put_field(first + 1, 0, "note", form_->draft.note);
    if (form_->choice.stops()) {
        screen.put(
            first + 3, 1,
            fmt::format("y signs this {}. It is final.",
                        form_->choice.verdict == statement::Verdict::veto ? "veto" : "withdrawal"),
            Style::strong);
        return;
    }
    screen.put(
        first + 2, 1,
        fmt::format("Words of the {} that you mean (a paper, a voice; else Esc and its end):",
                    form_->draft.is_policy ? "policy" : "order"));
    for (std::size_t i = 0; i < k_words_asked; ++i) {
        put_field(first + 3 + i, i + 1, fmt::format("word {}", form_->asked[i] + 1),
                  form_->typed[i]);
    }
}

}  // namespace cheget::briefcase
