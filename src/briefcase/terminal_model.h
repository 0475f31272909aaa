// The terminal of an open briefcase as a machine without any I/O: keys go in, screens come out.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "briefcase/terminal_desk.h"
#include "briefcase/terminal_pager.h"
#include "briefcase/terminal_screen.h"

namespace cheget::briefcase {

struct Key {
    enum class Kind : std::uint8_t {
        character,
        enter,
        escape,
        backspace,
        tab,
        up,
        down,
        page_up,
        page_down,
        home,
        end,
        leave,  ///< Ctrl-C and its like: at once, whatever the screen
    };
    Kind kind = Kind::character;
    char character = 0;
};

/// A random number from 0 to below what it is given, each as likely.
using Pick = std::function<std::uint32_t(std::uint32_t)>;

/// How many of the twelve words are asked for.
constexpr std::size_t k_words_asked = 3;
/// After as many wrong words the text must be read again.
constexpr std::size_t k_wrong_words = 3;
constexpr std::size_t k_longest_note = 200;

/// A vote on its way to be signed.
struct VoteForm {
    Choice choice;
    Draft draft;
    std::array<std::size_t, k_words_asked> asked{};  ///< places among the twelve
    std::array<std::string, k_words_asked> typed;
    std::size_t field = 0;  ///< 0 is the note, then the words; of a stop 1 is its confirmation
    Pager preview;
};

/// What must outlast the screens of a subject: the words asked for, which another try must not
/// draw again, and how many were wrong.
struct AskedWords {
    std::array<std::size_t, k_words_asked> places{};
    std::size_t wrong = 0;
};

class Model {
  public:
    /// `has_blocks`: whether the terminal shows half blocks, for codes.
    Model(Desk& desk, Pick pick, base::Time now, bool has_blocks = false);

    void press(const Key& key, base::Time now);
    /// The screen of a window of this size. What it shows of a text counts as seen.
    Screen draw(std::size_t rows, std::size_t columns, base::Time now);
    bool has_left() const { return has_left_; }

  private:
    enum class Place : std::uint8_t { inbox, subject, file, form, text, code };

    void press_inbox(const Key& key, base::Time now);
    void press_subject(const Key& key, base::Time now);
    void press_file(const Key& key);
    void press_text(const Key& key, base::Time now);
    void press_form(const Key& key, base::Time now);
    void press_stop(const Key& key, base::Time now);
    void type(const Key& key, std::string& field, std::size_t most);
    bool scroll(Pager& pager, const Key& key);

    void refresh(base::Time now);
    void open_subject(base::Time now);
    void open_file(std::size_t number);
    void open_text(Document document, std::string keys);
    void open_failure(std::string_view what, const base::Error& error);
    void begin_vote(const Choice& choice, base::Time now);
    void show_preview();
    void check_words(base::Time now);
    void sign(base::Time now);
    const Choice* chosen_by(char key) const;

    void open_after_signing(const FiledVote& filed);
    /// The code alone, where the window has room for it.
    std::optional<Screen> draw_code(std::size_t rows, std::size_t columns) const;
    void draw_inbox(Screen& screen);
    void draw_selected(Screen& screen, std::size_t row);
    void draw_form(Screen& screen);
    std::string keys() const;
    std::string subject_keys() const;
    std::string position() const;

    Desk& desk_;
    Pick pick_;
    Place place_ = Place::inbox;
    bool has_left_ = false;
    bool is_too_small_ = true;  ///< until the first screen was drawn
    std::string message_;

    std::vector<InboxLine> inbox_;
    std::size_t selected_ = 0;
    std::size_t first_shown_ = 0;

    std::optional<Subject> subject_;
    Pager subject_pager_;
    std::size_t file_ = 0;
    Pager file_pager_;
    Place back_from_text_ = Place::inbox;
    Pager text_pager_;
    std::string text_keys_;
    std::optional<Code> code_;  ///< of what was signed last
    bool has_blocks_;
    std::optional<VoteForm> form_;

    std::map<base::Digest, AskedWords> asked_;
};

/// The document of an order or a proposed policy.
Document document_of(const Subject& subject);

}  // namespace cheget::briefcase
