// A thread for each way, with back-off.
#include "cli/handing_in.h"

#include <algorithm>

namespace cheget::cli {

namespace {

using base::ErrorKind;
using std::chrono::milliseconds;

constexpr milliseconds k_soon(200);
constexpr milliseconds k_first_pause(500);
constexpr milliseconds k_longest_pause(30'000);

}  // namespace

HandingIn::HandingIn(std::string signed_text, std::optional<log::Trust> trust,
                     std::vector<Way> ways)
    : signed_text_(std::move(signed_text)), trust_(std::move(trust)) {
    for (Way& way : ways) {
        handed_.ways.push_back({std::move(way), std::nullopt, false, false, false, {}});
    }
    threads_.reserve(handed_.ways.size());
    for (std::size_t i = 0; i < handed_.ways.size(); ++i) {
        threads_.emplace_back([this, i] { run(i); });
    }
}

HandingIn::~HandingIn() {
    over_ = true;
    {
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

Handed HandingIn::wait_for_news(milliseconds longest) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, longest, [&] { return news_; });
    news_ = false;
    return handed_;
}

void HandingIn::tell(std::size_t number, const std::function<void(WayReport&)>& change) {
    const std::lock_guard lock(mutex_);
    if (goes_on()) {  // what fails since all is over is no trouble to tell
        change(handed_.ways[number]);
        news_ = true;
        changed_.notify_all();
    }
}

bool HandingIn::is_done(std::size_t number) {
    const std::lock_guard lock(mutex_);
    return handed_.ways[number].left || (handed_.ways[number].way.is_log() && handed_.recorded);
}

void HandingIn::run(std::size_t number) {
    Search search;
    milliseconds pause = k_first_pause;
    while (goes_on() && !is_done(number)) {
        const bool is_log = handed_.ways[number].way.is_log();
        const bool soon = is_log ? try_log(number, search) : try_drop(number);
        std::unique_lock lock(mutex_);
        handed_.ways[number].tried = true;
        changed_.wait_for(lock, soon ? k_soon : pause, [&] { return !goes_on(); });
        pause = soon ? k_first_pause : std::min(pause * 2, k_longest_pause);
    }
}

// Another address of the same log may have told where it lies; a proof is verified anyway.
std::optional<std::uint64_t> HandingIn::known_index(std::size_t number) {
    const std::lock_guard lock(mutex_);
    if (handed_.ways[number].promised) {
        return handed_.ways[number].promised;
    }
    return handed_.promise ? std::optional(handed_.promise->index) : std::nullopt;
}

bool HandingIn::try_log(std::size_t number, Search& search) {
    const Way& way = handed_.ways[number].way;
    const GoOn go_on = [this] { return goes_on(); };
    const auto trouble = [&](const base::Error& error) {
        tell(number, [&](WayReport& report) {
            report.trouble = error.message;
            report.refused = error.kind == ErrorKind::denied;
        });
        return false;
    };
    if (way.kind == Way::Kind::log_url && !handed_.ways[number].promised) {
        auto promise = submit(way, signed_text_, *trust_, go_on);
        if (promise) {
            tell(number, [&](WayReport& report) {
                report.promised = promise->index;
                report.trouble.clear();
                handed_.promise = handed_.promise ? handed_.promise : *promise;
            });
        } else {
            trouble(promise.error());
        }
    }
    std::optional<std::uint64_t> index = known_index(number);
    if (!index && way.kind == Way::Kind::log_folder) {
        const auto found = search.look(way, signed_text_, *trust_, go_on);
        if (!found) {
            return trouble(found.error());
        }
        index = *found;
    }
    if (!index) {
        return false;
    }
    auto recorded = fetch_proof(way, *index, signed_text_, *trust_, go_on);
    if (!recorded) {
        if (recorded.error().kind == ErrorKind::waiting) {
            return true;
        }
        return trouble(recorded.error());
    }
    tell(number, [&](WayReport& report) {
        report.trouble.clear();
        if (!handed_.recorded) {
            handed_.recorded = std::move(*recorded);
            handed_.recorded_by = number;
        }
    });
    return true;
}

bool HandingIn::try_drop(std::size_t number) {
    const auto left = leave(handed_.ways[number].way, signed_text_, [this] { return goes_on(); });
    tell(number, [&](WayReport& report) {
        report.left = left.has_value();
        report.trouble = left ? std::string() : left.error().message;
    });
    return false;
}

}  // namespace cheget::cli
