// Opening, the loop, and closing.
#include "briefcase/terminal.h"

#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <ctime>
#include <thread>
#include <variant>

#include "briefcase/terminal_frame.h"
#include "briefcase/terminal_model.h"
#include "briefcase/terminal_window.h"

namespace cheget::briefcase {

namespace {

using base::ErrorKind;
using base::Result;
using keys::LockedBytes;

constexpr std::size_t k_longest_passphrase = 1024;

base::Time now() {
    return {std::time(nullptr)};
}

bool leaves(const Event& event) {
    return event.kind == Event::Kind::ends ||
           (event.kind == Event::Kind::key && event.key.kind == Key::Kind::leave);
}

class Lobby {
  public:
    Lobby(const Opening& opening, Window& window) : opening_(opening), window_(window) {}

    /// The open key, or how it was closed before.
    Result<std::variant<OpenKey, Closed>> pass();

  private:
    void paint() {
        window_.paint(draw_lock(heading_of(opening_.folder, opening_.knowledge, tries_, now()),
                                lock_, window_.rows(), window_.columns(), now()));
    }
    Event ask(LockedBytes& typed, std::size_t& length);
    /// Nothing when it was closed while it was at work: the process ends then.
    Result<Secrets> work(const LockedBytes& passphrase, std::size_t length);

    const Opening& opening_;
    Window& window_;
    Lock lock_;
    std::string tries_;  ///< not asked for while a try is at work
};

Event Lobby::ask(LockedBytes& typed, std::size_t& length) {
    lock_.state = Lock::State::asks;
    std::int64_t painted = 0;
    while (true) {
        // Not with every key: how often the screen is painted tells nobody how long it is.
        if (painted != now().seconds) {
            painted = now().seconds;
            paint();
        }
        Event event = window_.wait_for_passphrase(typed, length);
        if (event.kind == Event::Kind::entered || leaves(event)) {
            return event;
        }
    }
}

Result<Secrets> Lobby::work(const LockedBytes& passphrase, std::size_t length) {
    std::optional<Result<Secrets>> opened;
    std::jthread beside([&] {
        opened.emplace(
            open_slots(opening_.folder.seal(), passphrase.view().first(length), opening_.evaluate));
        window_.finish();
    });
    lock_.state = Lock::State::works;
    lock_.message.clear();
    const base::Time began = now();
    while (true) {
        lock_.since_seconds = now().seconds - began.seconds;
        paint();
        const Event event = window_.wait_beside();
        if (event.kind == Event::Kind::finished) {
            beside.join();
            return std::move(*opened);
        }
        if (leaves(event)) {
            // The work beside can't be stopped; the process can, and all of its memory with it.
            window_.give_back();
            ::_exit(event.code);
        }
    }
}

Result<std::variant<OpenKey, Closed>> Lobby::pass() {
    LockedBytes typed = TRY(LockedBytes::make(k_longest_passphrase + 1));
    while (true) {
        std::size_t length = 0;
        tries_ = opening_.tries();
        const Event event = ask(typed, length);
        if (leaves(event)) {
            return Closed{event.why, event.code};
        }
        auto secrets = work(typed, length);
        sodium_memzero(typed.span().data(), typed.span().size());
        if (secrets) {
            return TRY(OpenKey::make(opening_.folder.seal(), std::move(*secrets)));
        }
        // One text for every cause that lies in the passphrase or the case.
        lock_.message = secrets.error().kind == ErrorKind::denied ? "It did not open. Try again."
                                                                  : secrets.error().message;
    }
}

Closed show(Window& window, Desk& desk) {
    Model model(
        desk, [](std::uint32_t below) { return randombytes_uniform(below); }, now(),
        window.has_blocks());
    while (!model.has_left()) {
        window.paint(model.draw(window.rows(), window.columns(), now()));
        const Event event = window.wait();
        if (event.kind == Event::Kind::ends) {
            return {event.why, event.code};
        }
        if (event.kind == Event::Kind::key) {
            model.press(event.key, now());
        }
    }
    return {};
}

}  // namespace

Result<Closed> run_terminal(const Opening& opening) {
    TRY(keys::start_sodium());
    guard_process();
    std::unique_ptr<Window> window = TRY(Window::open(opening.idle));
    auto passed = TRY(Lobby(opening, *window).pass());
    if (auto* closed = std::get_if<Closed>(&passed)) {
        return std::move(*closed);
    }
    auto& key = std::get<OpenKey>(passed);
    TRY(opening.journal(key, std::nullopt, now()));
    const auto desk = TRY(CaseDesk::make(opening.folder, opening.knowledge, std::move(key),
                                         opening.journal, opening.tries()));
    return show(*window, *desk);
}

}  // namespace cheget::briefcase
