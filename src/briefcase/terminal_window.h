// The front: paints screens with ncursesw (loaded when it is needed) and reads keys, signals and
// the clock. Nothing is decided here.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "briefcase/terminal_model.h"
#include "briefcase/terminal_screen.h"
#include "keys/locked_bytes.h"

namespace cheget::briefcase {

/// Something that happened.
struct Event {
    enum class Kind : std::uint8_t {
        tick,  ///< a second or so went by, or the window's size changed
        key,
        entered,   ///< of a passphrase: Enter
        finished,  ///< what runs beside is done
        ends,      ///< idle for too long, a signal, the terminal is gone
    };
    Kind kind = Kind::tick;
    Key key{};
    std::string why{};  ///< of ends, in words
    int code = 0;       ///< and its exit code
};

class Window {
  public:
    /// Takes the terminal on stdin and stdout over; from here on signals come as events, and none
    /// stops the process. Fails with usage if there is none, with unreachable if it can't be used.
    static base::Result<std::unique_ptr<Window>> open(base::Span idle);
    /// Erases the screen and what the terminal scrolled away, and gives the terminal back.
    ~Window();
    /// The same, before the process ends another way.
    void give_back();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    Window(Window&&) = delete;
    Window& operator=(Window&&) = delete;

    std::size_t rows() const;
    std::size_t columns() const;
    void paint(const Screen& screen);
    /// Whether it shows UTF-8, and so half blocks.
    bool has_blocks() const;

    Event wait();
    /// The same while a passphrase is typed: its bytes go into locked memory and nowhere else.
    Event wait_for_passphrase(keys::LockedBytes& typed, std::size_t& length);
    /// The same while something runs beside, which calls finish() at its end; keys are passed over
    /// but those that leave.
    Event wait_beside();
    void finish();

  private:
    struct Impl;
    explicit Window(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Keeps other processes of this user, core dumps and the swap away from this one's memory, as far
/// as the system lets it.
void guard_process();

}  // namespace cheget::briefcase
