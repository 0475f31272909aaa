// The `#!` line of a script.
#include "executor/script_line.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view k_blank = " \t";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(k_blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(k_blank) - first + 1);
}

}  // namespace

Result<std::optional<ScriptLine>> parse_script_line(base::BytesView head) {
    std::string_view text = base::as_text(head).substr(0, k_script_head_bytes);
    if (!text.starts_with("#!")) {
        return std::nullopt;
    }
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos && text.size() == k_script_head_bytes) {
        return fail(ErrorKind::denied,
                    fmt::format("the script's first line is longer than the {} bytes that the "
                                "kernel reads of it; shorten it, or run the interpreter explicitly",
                                k_script_head_bytes - 1));
    }
    std::string_view line = trimmed(text.substr(2, end == std::string_view::npos ? end : end - 2));
    if (line.find('\0') != std::string_view::npos) {
        return fail(ErrorKind::denied, "the script's first line holds a NUL byte");
    }
    const std::size_t blank = line.find_first_of(k_blank);
    ScriptLine script{std::string(line.substr(0, blank)), std::nullopt};
    if (blank != std::string_view::npos) {
        script.argument = trimmed(line.substr(blank));
    }
    if (!script.interpreter.starts_with('/')) {
        return fail(ErrorKind::denied,
                    fmt::format("the script's interpreter `{}` is no absolute path; run the "
                                "interpreter explicitly, with its own file line",
                                base::shown(script.interpreter)));
    }
    const std::string_view interpreter = script.interpreter;
    if (interpreter.substr(interpreter.rfind('/') + 1) == "env") {
        return fail(ErrorKind::denied,
                    fmt::format("the script begins with `#!{}`, which looks for its interpreter "
                                "at run time; run the interpreter explicitly, such as "
                                "[\"/usr/bin/python3\", \"/path/script.py\"], with a file line "
                                "for each",
                                base::shown(line)));
    }
    return script;
}

}  // namespace cheget::executor
