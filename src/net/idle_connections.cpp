// Ending connections that keep others out.
#include "net/idle_connections.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace cheget::net {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_step{250};
constexpr milliseconds k_scarce_silence{1'000};
constexpr milliseconds k_scarce_receiving{5'000};
constexpr milliseconds k_answering{300'000};  // the largest answer has 16 MiB
constexpr milliseconds k_scarce_answering{20'000};

bool is_scarce(unsigned taken, unsigned most) {
    return taken >= most - most / 4;
}

}  // namespace

IdleConnections::IdleConnections(IdleLimits limits) : limits_(limits), thread_([this] { run(); }) {}

IdleConnections::~IdleConnections() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void IdleConnections::opened(const void* connection, int socket, std::string address) {
    const std::lock_guard lock(mutex_);
    ++per_address_[address];
    connections_[connection] = {socket, std::move(address), ConnectionState::first_request,
                                std::chrono::steady_clock::now()};
    changed_.notify_all();
}

void IdleConnections::enter(const void* connection, ConnectionState state) {
    const std::lock_guard lock(mutex_);
    if (const auto found = connections_.find(connection); found != connections_.end()) {
        found->second.state = state;
        found->second.since = std::chrono::steady_clock::now();
    }
}

void IdleConnections::closed(const void* connection) {
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(connection);
    if (found == connections_.end()) {
        return;
    }
    if (const auto address = per_address_.find(found->second.address); --address->second == 0) {
        per_address_.erase(address);
    }
    connections_.erase(found);
}

Patience IdleConnections::patience(ConnectionState state) const {
    switch (state) {
        case ConnectionState::first_request:
            return {limits_.first_request, std::min(limits_.first_request, k_scarce_silence)};
        case ConnectionState::next_request:
            return {limits_.idle, std::min(limits_.idle, k_scarce_silence)};
        case ConnectionState::receiving:
            return {limits_.idle, std::min(limits_.idle, k_scarce_receiving)};
        case ConnectionState::handling:
            return {};
        case ConnectionState::answering:
            return {k_answering, k_scarce_answering};
    }
    return {};
}

void IdleConnections::end_overdue() {
    const auto now = std::chrono::steady_clock::now();
    const bool all_scarce =
        is_scarce(static_cast<unsigned>(connections_.size()), limits_.most_connections);
    for (auto& [key, connection] : connections_) {
        const bool scarce =
            all_scarce || is_scarce(per_address_[connection.address], limits_.most_per_address);
        const Patience allowed = patience(connection.state);
        const milliseconds most = scarce ? allowed.scarce : allowed.usual;
        if (most.count() != 0 && now - connection.since > most) {
            // Its own thread sees the end, answers nothing and closes it.
            ::shutdown(connection.socket, SHUT_RDWR);
        }
    }
}

void IdleConnections::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (connections_.empty()) {
            changed_.wait(lock, [&] { return stopping_ || !connections_.empty(); });
        } else {
            changed_.wait_for(lock, k_step, [&] { return stopping_; });
            end_overdue();
        }
    }
}

}  // namespace cheget::net
