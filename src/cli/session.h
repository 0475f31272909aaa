// One run of the program: what the command line said for all commands, and how to talk to people.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace cheget::cli {

/// Whether to read on in the domain's log before anything else.
enum class Follow : std::uint8_t {
    no,
    if_new,  ///< only where this tool has read none of it yet: what says no waits for nothing
    yes,
};

/// Options that every command takes.
struct Globals {
    std::string domain;  ///< --domain: a folder
    std::string as;      ///< --as: whose voice it is
    std::string key;     ///< --key: a key file to sign with
    bool json = false;
    bool yes = false;
    std::vector<std::string> logs;  ///< --log: where the domain's log is reached
    Follow follow = Follow::no;
    std::string wait;           ///< --wait: for the witnesses
    std::string give_up_after;  ///< --give-up-after: of what says no
};

/// What a command gives back: the exit code.
using Outcome = base::Result<int>;

/// The run. Commands put what they do into `action` when their name was on the command line.
class Session {
  public:
    Globals globals;
    std::function<Outcome()> action;

    /// Text for people: on stdout, or on stderr where stdout carries JSON or a text to be signed.
    template <typename... Arguments>
    void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        write_people(fmt::format(format, std::forward<Arguments>(arguments)...));
    }
    /// The same text as it stands.
    void write_people(std::string_view text);
    /// Data: on stdout, as it stands.
    void write_data(std::string_view text);
    /// One JSON value and a line feed, on stdout; does nothing without --json.
    void write_json(const base::Json& value);

    /// From now on write_json() puts the value into a list of that name in what it writes.
    void add_json(const std::string& name, base::Json value);

    /// The run's last word, after all that its command says, and its exit code if the command
    /// itself did not fail. Of several the words all stand, and the greatest code.
    void end_with(int code, const std::string& words);
    /// Says it; the exit code that the run then has.
    int end(int code);

    /// From now on stdout carries data alone.
    void keep_stdout_for_data() { people_on_stderr_ = true; }

    bool colour() const;
    /// The text in bold, or in a colour, where the terminal can show it.
    std::string bold(std::string_view text) const;
    std::string good(std::string_view text) const;
    std::string warning(std::string_view text) const;
    std::string bad(std::string_view text) const;
    std::string faint(std::string_view text) const;

    /// Asks for a line on the terminal; fails if there is none. `fallback` answers an empty line.
    base::Result<std::string> ask(std::string_view question, std::string_view fallback = {});
    /// Whether there is a terminal to ask on.
    bool can_ask() const;
    /// Asks to type `yes`; --yes answers. Anything else is ErrorKind::usage, and nothing happens.
    base::Result<void> confirm(std::string_view question);

  private:
    std::string painted(std::string_view text, std::string_view code) const;
    bool people_on_stderr_ = false;
    base::Json::Object also_;
    int end_code_ = 0;
    std::string end_words_;
};

/// JSON values, in few words.
base::Json text_json(std::string_view text);
base::Json number_json(std::uint64_t number);
base::Json flag_json(bool flag);
base::Json list_json(const std::vector<std::string>& texts);

/// Reads a line of at most 4096 bytes from stdin; nothing at its end.
base::Result<std::string> read_line();

/// An environment variable's value; empty when it is not set.
std::string environment(const char* name);

/// The content of a file, or of stdin for `-`, of at most `most` bytes.
base::Result<std::string> read_input(const std::string& path, std::size_t most);

}  // namespace cheget::cli
