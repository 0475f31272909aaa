// The parser of scenario files: line by line, one complaint a line, and on with the next.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "policy/diagnostics.h"
#include "scenario/line.h"
#include "scenario/scenario.h"

namespace cheget::scenario {

/// A function that gives false has complained about the line.
class Parser {
  public:
    Parser(std::string_view text, policy::Diagnostics& diagnostics)
        : text_(text), diagnostics_(diagnostics) {}

    File parse();

  private:
    // parse.cpp
    bool parse_line(Line& line);
    bool parse_policy(Line& line);
    bool begin_scenario(Line& line);
    void end_scenario();
    bool check_order_of_lines(std::string_view word, Position at);
    bool complain(Position at, std::string what, std::string advice);
    bool complain(const Token& token, std::string what, std::string advice);
    bool expect_word(Line& line, std::string_view word, std::string_view shape);
    bool expect_end(Line& line);
    bool parse_text(Line& line, Word& word, std::string_view what, std::string_view shape);
    bool parse_name(Line& line, Word& word, std::string_view whose, std::string_view shape);
    bool parse_names(Line& line, std::vector<Word>& names, std::string_view whose,
                     std::string_view shape);
    /// Reads the words that an option begins with, if it is this one and not there already.
    enum class Option { other, taken, failed };
    Option begin_option(Line& line, std::string_view word, bool is_there);
    bool refuse_option(const Token& token, std::span<const std::string_view> options,
                       std::string_view after);

    // parse_time.cpp
    bool parse_moment(Line& line, Moment& moment);
    bool parse_moment(Line& line, std::optional<Moment>& moment);
    bool parse_offset(const Token& token, Moment& moment);

    // parse_given.cpp
    bool parse_given(Line& line);
    bool parse_order(Line& line, const Token& first);
    bool parse_amendment(Line& line, const Token& first);
    bool parse_revocation(Line& line, const Token& first);
    bool parse_change_time(Line& line, ChangeGiven change);
    bool parse_parameter(Line& line);
    bool parse_file(Line& line);
    bool parse_claims(Line& line);
    bool check_no_subject(const Token& token);
    bool check_of_order(const Token& token);

    // parse_when.cpp
    bool parse_when(Line& line);
    bool parse_votes(Line& line, const Token& first);
    bool parse_vote_options(Line& line, Votes& votes);
    bool parse_said(Line& line, const Token& first);
    bool parse_said_options(Line& line, Said& said);
    bool parse_fact_name(const Token& token, Said& said);
    bool parse_clock(Line& line);

    // parse_then.cpp
    bool parse_then(Line& line);
    bool parse_reason(Line& line, Expected& expected);

    bool in_order() const;
    void add_step(Position at, std::variant<Votes, Said, Clock, Expected> what);

    std::string_view text_;
    policy::Diagnostics& diagnostics_;
    File file_;
    bool has_policy_ = false;
    bool in_scenario_ = false;
    bool line_failed_ = false;     // one of the scenario's was complained about
    bool subject_failed_ = false;  // the order's or the change's was
    bool steps_begun_ = false;     // a `when` or `then` stood there, good or not
    bool ends_with_then_ = false;
    Position last_step_;
    std::size_t checks_ = 0;  // `then` lines of the scenario
    std::set<std::string, std::less<>> names_;
};

}  // namespace cheget::scenario
