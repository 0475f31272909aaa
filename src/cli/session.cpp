// How the program talks to people and to other programs.
#include "cli/session.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "store/file.h"

namespace cheget::cli {

using base::ErrorKind;
using base::fail;
using base::Result;

void Session::write_people(std::string_view text) {
    FILE* out = people_on_stderr_ || globals.json ? stderr : stdout;
    std::fwrite(text.data(), 1, text.size(), out);
    std::fflush(out);
}

void Session::write_data(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void Session::write_json(const base::Json& value) {
    if (globals.json) {
        base::Json whole = value;
        if (auto* object = std::get_if<base::Json::Object>(&whole.value)) {
            object->insert(also_.begin(), also_.end());
        }
        write_data(base::to_canonical(whole));
        write_data("\n");
    }
}

void Session::add_json(const std::string& name, base::Json value) {
    base::Json& list = also_[name];
    if (!std::holds_alternative<base::Json::Array>(list.value)) {
        list.value = base::Json::Array();
    }
    std::get<base::Json::Array>(list.value).push_back(std::move(value));
}

void Session::end_with(int code, const std::string& words) {
    end_code_ = std::max(end_code_, code);
    end_words_ += words;
}

int Session::end(int code) {
    write_people(end_words_);
    return code == 0 || code == static_cast<int>(ErrorKind::waiting) ? std::max(code, end_code_)
                                                                     : code;
}

bool Session::colour() const {
    int out = people_on_stderr_ || globals.json ? STDERR_FILENO : STDOUT_FILENO;
    return isatty(out) != 0 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

std::string Session::painted(std::string_view text, std::string_view code) const {
    return colour() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string Session::bold(std::string_view text) const {
    return painted(text, "1");
}
std::string Session::good(std::string_view text) const {
    return painted(text, "32");
}
std::string Session::warning(std::string_view text) const {
    return painted(text, "33");
}
std::string Session::bad(std::string_view text) const {
    return painted(text, "31");
}
std::string Session::faint(std::string_view text) const {
    return painted(text, "2");
}

bool Session::can_ask() const {
    return isatty(STDIN_FILENO) != 0;
}

Result<std::string> Session::ask(std::string_view question, std::string_view fallback) {
    if (!can_ask()) {
        return fail(ErrorKind::usage, fmt::format("asking `{}`: there is no terminal to ask on; "
                                                  "give the answer by an option (see --help)",
                                                  question));
    }
    if (fallback.empty()) {
        say("{} ", question);
    } else {
        say("{} [{}] ", question, fallback);
    }
    std::string answer = TRY(read_line());
    return answer.empty() ? std::string(fallback) : answer;
}

Result<void> Session::confirm(std::string_view question) {
    if (globals.yes) {
        return {};
    }
    if (!can_ask()) {
        return fail(
            ErrorKind::usage,
            fmt::format("asking `{}`: there is no terminal to ask on; look at what is shown "
                        "above, then add --yes",
                        question));
    }
    say("{} Type yes: ", question);
    if (TRY(read_line()) != "yes") {
        return fail(ErrorKind::usage, "stopped: nothing was signed");
    }
    return {};
}

base::Json text_json(std::string_view text) {
    return {std::string(text)};
}
base::Json number_json(std::uint64_t number) {
    return {base::Json::Number{fmt::format("{}", number)}};
}
base::Json flag_json(bool flag) {
    return {flag};
}
base::Json list_json(const std::vector<std::string>& texts) {
    base::Json::Array array(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        array[i].value = texts[i];
    }
    return {std::move(array)};
}

Result<std::string> read_line() {
    std::string line;
    while (true) {
        int character = std::getchar();
        if (character == EOF && line.empty()) {
            return fail(ErrorKind::usage, "stopped: the input ended where an answer was asked for");
        }
        if (character == EOF || character == '\n') {
            break;
        }
        if (line.size() == 4096) {
            return fail(ErrorKind::usage, "reading an answer: it is longer than 4096 bytes");
        }
        line.push_back(static_cast<char>(character));
    }
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) {
        line.pop_back();
    }
    return line;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? std::string() : std::string(value);
}

Result<std::string> read_input(const std::string& path, std::size_t most) {
    if (path != "-") {
        return store::read_file(path, most);
    }
    std::string content;
    int character = 0;
    while ((character = std::getchar()) != EOF) {
        if (content.size() == most) {
            return base::bad_input(fmt::format("reading stdin: it is longer than {} bytes", most));
        }
        content.push_back(static_cast<char>(character));
    }
    return content;
}

}  // namespace cheget::cli
