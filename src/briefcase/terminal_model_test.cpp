// The terminal without a terminal: keys in, screens out. What was on the screens is collected by a
// reader who knows nothing but the marks before raw lines.
#include "briefcase/terminal_model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "briefcase/terminal_frame.h"
#include "statement/generators.h"
#include "statement/samples.h"
#include "statement/words.h"

namespace cheget::briefcase {
namespace {

namespace generate = statement::generate;
using statement::Verdict;
using testing::HasSubstr;
using testing::Not;

constexpr base::Time k_now{1'800'000'000};

/// A desk with any subjects; takes votes and remembers them.
class TestDesk : public Desk {
  public:
    std::vector<Subject> subjects;
    std::vector<Draft> drafts;
    std::function<void(const Draft&)> on_sign;
    Heading head;

    TestDesk() {
        head.principal = "dave";
        head.domain = "acme/prod";
        head.policy = 3;
        head.knowledge = "12 log entries";
    }

    Heading heading(base::Time /*now*/) const override { return head; }
    std::vector<InboxLine> inbox(base::Time /*now*/) const override {
        std::vector<InboxLine> lines;
        for (const Subject& subject : subjects) {
            InboxLine& line = lines.emplace_back();
            line.id = subject.id;
            line.rule = "drop-database";
            line.target = "prod/eu-1/invoices";
            line.proposer = "alice";
        }
        return lines;
    }
    base::Result<Subject> open(const base::Digest& id, base::Time /*now*/) const override {
        for (const Subject& subject : subjects) {
            if (subject.id == id) {
                return subject;
            }
        }
        return base::bad_input("no such order");
    }
    std::string further_lines;  ///< of what will be signed
    base::Result<std::string> preview(const Draft& draft) const override {
        return fmt::format("vote: {}\n{}note: {}\n", statement::name_of(draft.verdict),
                           further_lines, draft.note);
    }
    base::Result<FiledVote> sign(const Draft& draft, base::Time /*now*/) override {
        drafts.push_back(draft);
        if (on_sign) {
            on_sign(draft);
        }
        return FiledVote{"outbox/x.vote", base::sha256(draft.text), draft.text, std::nullopt};
    }
    std::string details(base::Time /*now*/) const override { return "all that is known"; }
};

Subject subject_of(const std::string& text) {
    Subject subject;
    subject.text = text;
    subject.id = base::sha256(text);
    subject.decision = "wait: approvals are missing";
    subject.rule = "two of dba\nthen security";
    for (const Verdict verdict :
         {Verdict::approve, Verdict::consent, Verdict::veto, Verdict::withdraw, Verdict::seen}) {
        Choice& choice = subject.choices.emplace_back();
        choice.verdict = verdict;
        choice.effect = "this completes it";
    }
    return subject;
}

Key key(char character) {
    return {Key::Kind::character, character};
}

/// The model on a window, with a reader in front of it.
class Seat {
  public:
    explicit Seat(TestDesk& desk, std::size_t tall = 24, std::size_t wide = 80)
        : rows(tall),
          columns(wide),
          model(
              desk,
              [this](std::uint32_t below) {
                  return static_cast<std::uint32_t>(picks++ * 5 % below);
              },
              k_now) {
        look();
    }

    std::string look() {
        const Screen screen = model.draw(rows, columns, k_now);
        std::string text = screen.text();
        for (std::size_t row = 0; row < screen.rows(); ++row) {
            collect(screen.row(row));
        }
        last = text;
        return text;
    }
    std::string press(Key::Kind kind) {
        model.press({kind}, k_now);
        return look();
    }
    std::string press(std::string_view characters) {
        for (const char one : characters) {
            model.press(key(one), k_now);
            look();
        }
        return last;
    }
    /// Reads to the end of what is on the screen.
    std::string read_all() {
        for (int i = 0; i < 500 && last.find("all read") == std::string::npos; ++i) {
            press(" ");
        }
        return last;
    }
    /// Fills in the words of this text.
    std::string type_words(const std::string& text) {
        press(Key::Kind::enter);  // no note
        const auto words = statement::words_of(base::sha256(text));
        for (std::size_t i = 0; i < k_words_asked; ++i) {
            press(words[number_asked(i) - 1]);
            press(Key::Kind::enter);
        }
        return last;
    }
    /// Which word the form's line `index` asks for; the first where no form is.
    std::size_t number_asked(std::size_t index) const {
        std::size_t at = last.find("that you mean");
        if (at == std::string::npos) {
            return 1;
        }
        for (std::size_t i = 0; i <= index; ++i) {
            at = last.find("word ", at) + 5;
        }
        return static_cast<std::size_t>(std::stoi(last.substr(at, 2)));
    }

    /// Whether every raw line of the text was on some screen, whole.
    bool has_seen(std::string_view text) const {
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            const std::string line(rest.substr(0, end));
            if (!has_seen_line(line)) {
                return false;
            }
            rest.remove_prefix(end + 1);
        }
        return true;
    }

    std::size_t rows;
    std::size_t columns;
    std::size_t picks = 0;
    Model model;
    std::string last;

  private:
    /// By columns, since every width folds in another way: the pieces in their places.
    void collect(std::string_view row) {
        if (row.starts_with(k_raw_mark) || row.starts_with(k_more_mark)) {
            pieces_[row.size()].insert(std::string(row.substr(2)));
        }
    }
    bool has_seen_line(const std::string& line) const {
        for (const auto& [columns_then, pieces] : pieces_) {
            bool all = true;
            const std::size_t width = columns_then - 2;
            std::size_t at = 0;
            do {
                std::string piece = line.substr(at, width);
                piece.resize(width, ' ');
                all = all && pieces.contains(piece);
                at += width;
            } while (at < line.size());
            if (all) {
                return true;
            }
        }
        return false;
    }

    std::map<std::size_t, std::set<std::string>> pieces_;
};

TEST(TerminalScreen, lets_printable_characters_through_alone) {
    EXPECT_TRUE(rc::check([] {
        const auto rows = *rc::gen::inRange<std::size_t>(1, 30);
        const auto columns = *rc::gen::inRange<std::size_t>(1, 100);
        Screen screen(rows, columns);
        const auto text = *rc::gen::arbitrary<std::string>();
        screen.put(*rc::gen::inRange<std::size_t>(0, 40), *rc::gen::inRange<std::size_t>(0, 120),
                   text, Style::alarm);
        for (std::size_t row = 0; row < rows; ++row) {
            for (const char one : screen.row(row)) {
                RC_ASSERT(one >= 0x20 && one <= 0x7E);
            }
        }
    }));
}

TEST(TerminalScreen, marks_what_it_cuts) {
    Screen screen(2, 10);
    screen.put(0, 5, "abcdefg");
    EXPECT_EQ(screen.text(), "     abcd>\n\n");
    screen.put(5, 0, "nowhere");
    EXPECT_EQ(screen.text(), "     abcd>\n\n");
}

TEST(TerminalScreen, ascii_escapes_what_is_not) {
    EXPECT_EQ(ascii("a\x1b[2Jb\xc3\xa9\\n\xff\x9b"), "a\\x1b[2Jb\\u00e9\\n\\xff\\x9b");
    EXPECT_TRUE(rc::check([] {
        for (const char one : ascii(*rc::gen::arbitrary<std::string>())) {
            RC_ASSERT(one >= 0x20 && one <= 0x7E);
        }
    }));
}

TEST(Attack, G8_terminal_raw_lines_are_the_text_byte_for_byte) {
    EXPECT_TRUE(rc::check([] {
        const auto text = *statement::render(generate::order());
        const std::size_t columns = 80 + generate::below(60);
        Document document;
        document.add_heading("Order");
        document.add_signed_text(text);
        document.add_prose("the end");
        std::string shown;
        std::size_t next = 0;
        bool has_begun = false;
        for (const DocumentLine& line : document.lay_out(columns)) {
            RC_ASSERT(line.text.size() <= columns);
            if (line.to == line.from) {
                continue;
            }
            RC_ASSERT(line.from == next);
            next = line.to;
            const bool goes_on = line.text.starts_with(k_more_mark);
            RC_ASSERT(goes_on || line.text.starts_with(k_raw_mark));
            if (has_begun && !goes_on) {
                shown += '\n';
            }
            has_begun = true;
            shown += line.text.substr(2);
        }
        RC_ASSERT(next == text.size());
        RC_ASSERT(shown + "\n" == text);
    }));
}

TEST(Attack, G8_terminal_approves_only_what_was_shown_whole) {
    // Keys at random, windows of all heights: whatever is signed was on the screens before.
    EXPECT_TRUE(rc::check([] {
        TestDesk desk;
        desk.subjects.push_back(subject_of(*statement::render(generate::order())));
        desk.subjects.push_back(subject_of(*statement::render(generate::order())));
        Seat seat(desk, 24, 80 + generate::below(60));
        desk.on_sign = [&](const Draft& draft) {
            const bool stops = draft.verdict == Verdict::veto || draft.verdict == Verdict::withdraw;
            RC_ASSERT(stops || seat.has_seen(draft.text));
        };
        const std::size_t presses = 20 + generate::below(200);
        for (std::size_t i = 0; i < presses && !seat.model.has_left(); ++i) {
            switch (generate::below(12)) {
                case 0:
                    seat.press(Key::Kind::enter);
                    break;
                case 1:
                    seat.press(Key::Kind::end);
                    break;
                case 2:
                    seat.press(Key::Kind::tab);
                    break;
                case 3:
                    seat.rows = 20 + generate::below(30);
                    seat.look();
                    break;
                case 4:
                    if (seat.last.find("that you mean") != std::string::npos) {
                        seat.type_words(desk.subjects[0].text);
                    }
                    break;
                case 5:
                    seat.press("a");
                    break;
                case 6:
                    seat.press("s");
                    break;
                case 7:
                    seat.press("v");
                    break;
                case 8:
                    seat.press("y");
                    break;
                default:
                    seat.press(" ");
            }
        }
    }));
}

TEST(Attack, G8_terminal_counts_bytes_as_shown_in_windows_of_any_width) {
    // Moves at random: what the pager says was shown is what stood on the screens, byte by byte.
    EXPECT_TRUE(rc::check([] {
        const auto text = *statement::render(generate::order());
        const auto make = [&] {
            Document document;
            document.add_signed_text(text);
            document.add_prose("one\ntwo\nthree");
            return document;
        };
        Pager pager(make());
        std::vector<bool> seen(text.size(), false);
        bool end = false;
        std::size_t columns = 80;
        std::size_t rows = 16;
        for (int i = 0; i < 60; ++i) {
            Screen screen(rows, columns);
            pager.draw(screen, 0, rows);
            const auto lines = make().lay_out(columns);
            const std::string position = pager.position();
            const auto first = static_cast<std::size_t>(std::stoul(position.substr(6))) - 1;
            for (std::size_t row = 0; row < rows && first + row < lines.size(); ++row) {
                const DocumentLine& line = lines[first + row];
                RC_ASSERT(screen.row(row).starts_with(line.text));
                std::fill(seen.begin() + static_cast<std::ptrdiff_t>(line.from),
                          seen.begin() + static_cast<std::ptrdiff_t>(line.to), true);
                end = end || first + row + 1 == lines.size();
            }
            const bool all = end && std::find(seen.begin(), seen.end(), false) == seen.end();
            RC_ASSERT(pager.has_shown_all() == all);
            if (generate::below(4) == 0) {
                columns = 80 + generate::below(60);
                rows = 10 + generate::below(30);
            } else if (generate::below(10) == 0) {
                pager.go_to_unseen();
            } else {
                pager.move(static_cast<Move>(generate::below(7)));
            }
        }
    }));
}

TEST(TerminalModel, approves_after_reading_and_three_words) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    const std::string& text = desk.subjects[0].text;
    Seat seat(desk);
    EXPECT_THAT(seat.last, HasSubstr("drop-database"));
    seat.press(Key::Kind::enter);
    EXPECT_THAT(seat.press("a"), HasSubstr("first read it to its end"));
    EXPECT_TRUE(desk.drafts.empty());
    EXPECT_THAT(seat.read_all(), HasSubstr("Its twelve words"));
    EXPECT_TRUE(seat.has_seen(text));
    EXPECT_THAT(seat.press("a"), HasSubstr("what will be signed"));
    seat.press("checked with finance");
    EXPECT_THAT(seat.type_words(text), HasSubstr("Signed: approve"));
    ASSERT_EQ(desk.drafts.size(), 1U);
    EXPECT_EQ(desk.drafts[0].text, text);
    EXPECT_EQ(desk.drafts[0].note, "checked with finance");
    EXPECT_EQ(desk.drafts[0].verdict, Verdict::approve);
}

TEST(TerminalModel, jumping_to_the_end_is_not_reading) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    seat.press("G");
    EXPECT_THAT(seat.press("a"), HasSubstr("first read it to its end"));
    // The screen goes to the first byte that was not shown.
    EXPECT_THAT(seat.last, Not(HasSubstr("| cheget order v1")));
    EXPECT_THAT(seat.read_all(), HasSubstr("all read"));
    EXPECT_THAT(seat.press("a"), HasSubstr("what will be signed"));
}

TEST(Attack, G8_terminal_words_of_another_text_sign_nothing) {
    std::string other = statement::samples::k_order;
    other[other.find("invoices")] = 'I';
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    desk.subjects.push_back(subject_of(other));
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    seat.read_all();
    seat.press("a");
    const std::size_t first = seat.number_asked(0);
    EXPECT_THAT(seat.type_words(other), HasSubstr("of this text is another"));
    EXPECT_TRUE(desk.drafts.empty());
    // The same places are asked for again: nobody draws until they like them.
    seat.press(Key::Kind::escape);
    seat.press("a");
    EXPECT_EQ(seat.number_asked(0), first);
    seat.type_words(other);
    seat.press(Key::Kind::escape);
    seat.press("a");
    EXPECT_THAT(seat.type_words(other), HasSubstr("Read this one again"));
    EXPECT_THAT(seat.press("a"), HasSubstr("first read it to its end"));
    EXPECT_TRUE(desk.drafts.empty());
}

TEST(TerminalModel, one_letter_of_a_word_is_not_enough) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    seat.read_all();
    seat.press("a");
    seat.press(Key::Kind::enter);
    const auto words = statement::words_of(desk.subjects[0].id);
    for (std::size_t i = 0; i < k_words_asked; ++i) {
        seat.press(words[seat.number_asked(i) - 1].substr(0, 2));
        seat.press(Key::Kind::enter);
    }
    EXPECT_TRUE(desk.drafts.empty());
    EXPECT_THAT(seat.last, HasSubstr("is another"));
}

TEST(TerminalModel, a_veto_takes_one_confirmation) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    EXPECT_THAT(seat.press("v"), HasSubstr("y signs this veto"));
    EXPECT_TRUE(desk.drafts.empty());
    EXPECT_THAT(seat.press("x"), HasSubstr("Nothing is signed yet"));
    EXPECT_THAT(seat.press("y"), HasSubstr("NOT RECORDED yet"));
    ASSERT_EQ(desk.drafts.size(), 1U);
    EXPECT_EQ(desk.drafts[0].verdict, Verdict::veto);
}

TEST(TerminalModel, a_veto_can_carry_a_note) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    seat.press("vn");
    seat.press("wrong region, y?");
    EXPECT_TRUE(desk.drafts.empty());
    seat.press(Key::Kind::enter);
    seat.press("y");
    ASSERT_EQ(desk.drafts.size(), 1U);
    EXPECT_EQ(desk.drafts[0].note, "wrong region, y?");
}

TEST(Attack, G8_terminal_a_veto_shows_all_that_is_signed) {
    TestDesk desk;
    desk.further_lines = "domain: x\non: x\nby: x\nmark: x\nvoted: x\n";
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    seat.press("vn");
    EXPECT_THAT(seat.press(std::string(k_longest_note, 'x')),
                Not(HasSubstr("as you have before you")));
    EXPECT_THAT(seat.press(Key::Kind::page_down), HasSubstr("as you have before you"));
    seat.press(Key::Kind::enter);
    EXPECT_THAT(seat.press(Key::Kind::page_up), HasSubstr("what will be signed"));
    EXPECT_THAT(seat.press(Key::Kind::page_down), HasSubstr("as you have before you"));
    EXPECT_TRUE(desk.drafts.empty());
    seat.press("y");
    EXPECT_EQ(desk.drafts.size(), 1U);
}

TEST(TerminalModel, a_long_message_is_shown_whole_and_hides_no_text) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    desk.subjects[0].choices[2].why_not =
        base::Error{base::ErrorKind::denied,
                    std::string(60, 'a') + " " + std::string(60, 'b') + " and its end"};
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    const std::string shown = seat.press("v");
    EXPECT_THAT(shown, HasSubstr(std::string(60, 'a')));
    EXPECT_THAT(shown, HasSubstr("and its end"));
    seat.read_all();
    EXPECT_TRUE(seat.has_seen(statement::samples::k_order));
}

TEST(TerminalModel, says_why_a_word_is_not_this_persons) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    desk.subjects[0].choices[2].why_not =
        base::Error{base::ErrorKind::denied, "the policy gives dave no veto"};
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    EXPECT_THAT(seat.last, Not(HasSubstr("v veto")));
    EXPECT_THAT(seat.press("v"), HasSubstr("gives dave no veto"));
}

TEST(TerminalModel, waits_in_a_window_that_is_too_small) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    Seat seat(desk, 23, 80);
    EXPECT_THAT(seat.last, HasSubstr("This window is 80 x 23"));
    seat.press("q");
    EXPECT_FALSE(seat.model.has_left());
    seat.press(Key::Kind::enter);
    seat.rows = 24;
    EXPECT_THAT(seat.look(), HasSubstr("drop-database"));
    seat.columns = 79;
    EXPECT_THAT(seat.look(), HasSubstr("This window is 79 x 24"));
    seat.press(Key::Kind::leave);
    EXPECT_TRUE(seat.model.has_left());
}

TEST(TerminalModel, alarms_stand_on_every_screen) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    desk.head.alarms = {"the log forked: \x1b[2Jtwo trees"};
    Seat seat(desk);
    EXPECT_THAT(seat.last, HasSubstr("ALARM    the log forked: \\x1b[2Jtwo trees"));
    EXPECT_THAT(seat.press(Key::Kind::enter), HasSubstr("ALARM"));
    EXPECT_THAT(seat.press("v"), HasSubstr("ALARM"));
    seat.press(Key::Kind::escape);
    seat.press("q");
    EXPECT_THAT(seat.press("i"), HasSubstr("ALARM"));
}

TEST(Attack, G8_terminal_files_and_reasons_can_not_speak_to_the_terminal) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    const std::string hostile =
        "\x1b[2J\x1b]0;title\x07\x9b"
        "31m\xe2\x80\xaegpj";
    desk.subjects[0].files.push_back({hostile, base::sha256(hostile), hostile.size(), hostile});
    desk.subjects[0].decision = hostile;
    desk.subjects[0].rule = hostile;
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    seat.read_all();
    EXPECT_THAT(seat.press("f"), HasSubstr("| \\x1b[2J\\x1b]0;title\\x07\\x9b31m\\u202egpj"));
}

TEST(TerminalModel, a_file_that_is_not_here_is_told) {
    TestDesk desk;
    desk.subjects.push_back(subject_of(statement::samples::k_order));
    desk.subjects[0].files.push_back({"/srv/a", {}, 7, std::nullopt});
    Seat seat(desk);
    seat.press(Key::Kind::enter);
    for (int i = 0; i < 20 && seat.last.find("NOT HERE") == std::string::npos; ++i) {
        seat.press(" ");
    }
    EXPECT_THAT(seat.last, HasSubstr("NOT HERE"));
}

}  // namespace
}  // namespace cheget::briefcase
