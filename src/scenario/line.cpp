// Cuts a line: words end at spaces and commas, strings are JSON's, `#` before a word ends it all.
#include "scenario/line.h"

#include <algorithm>

#include "base/json.h"

namespace cheget::scenario {

Token Line::take() {
    Token taken = std::move(next_);
    scan();
    return taken;
}

Token Line::take_rest() {
    Token rest;
    rest.at = next_.at;
    if (next_.kind == Token::Kind::end) {
        return rest;
    }
    std::string_view text = text_.substr(next_.at.column - 1);
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '#' && text[i - 1] == ' ') {
            text = text.substr(0, i);
        }
    }
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    rest.kind = Token::Kind::word;
    rest.text = text;
    offset_ = text_.size();
    scan();
    return rest;
}

void Line::scan() {
    offset_ = std::min(text_.find_first_not_of(' ', offset_), text_.size());
    next_ = {Token::Kind::end, {}, here()};
    if (offset_ == text_.size() || text_[offset_] == '#') {
        offset_ = text_.size();
        return;
    }
    if (text_[offset_] == '"') {
        scan_string();
        return;
    }
    const std::size_t end = text_[offset_] == ','
                                ? offset_ + 1
                                : std::min(text_.find_first_of(" ,", offset_), text_.size());
    next_.kind = text_[offset_] == ',' ? Token::Kind::comma : Token::Kind::word;
    next_.text = text_.substr(offset_, end - offset_);
    offset_ = end;
}

void Line::scan_string() {
    std::size_t end = offset_ + 1;
    while (end < text_.size() && text_[end] != '"') {
        end += text_[end] == '\\' ? 2U : 1U;
    }
    end = std::min(end + 1, text_.size());
    const std::string_view source = text_.substr(offset_, end - offset_);
    auto parsed = base::parse_json(source);
    auto* text = parsed ? std::get_if<std::string>(&parsed->value) : nullptr;
    next_.kind = text != nullptr ? Token::Kind::string : Token::Kind::broken_string;
    next_.text = text != nullptr ? std::move(*text) : std::string(source);
    offset_ = end;
}

}  // namespace cheget::scenario
