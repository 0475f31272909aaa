// Ends connections that keep others out: those that say nothing, or say it too slowly, while places
// are limited.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace cheget::net {

/// What a connection is at. All but the handler's own work takes the client's time, and is bounded.
enum class ConnectionState {
    first_request,  ///< nothing whole has come yet
    next_request,   ///< answered before, and kept open
    receiving,      ///< its header is in, the body comes
    handling,       ///< it waits for us
    answering,      ///< the answer goes out
};

/// How long a connection may stay in a state; less when places are scarce. 0 for ever.
struct Patience {
    std::chrono::milliseconds usual;
    std::chrono::milliseconds scarce;
};

struct IdleLimits {
    unsigned most_connections = 0;
    unsigned most_per_address = 0;
    std::chrono::milliseconds first_request{5'000};
    std::chrono::milliseconds idle{20'000};
};

/// Knows the open connections of a server, told by their own threads, and shuts down in a thread of
/// its own the sockets of those whose time is over. Places are scarce once three quarters of the
/// server's, or of one address's, are taken.
class IdleConnections {
  public:
    explicit IdleConnections(IdleLimits limits);
    ~IdleConnections();
    IdleConnections(const IdleConnections&) = delete;
    IdleConnections& operator=(const IdleConnections&) = delete;

    /// The socket stays open until closed() was called.
    void opened(const void* connection, int socket, std::string address);
    void enter(const void* connection, ConnectionState state);
    void closed(const void* connection);

  private:
    struct Connection {
        int socket = -1;
        std::string address;
        ConnectionState state = ConnectionState::first_request;
        std::chrono::steady_clock::time_point since;
    };

    void run();
    void end_overdue();
    Patience patience(ConnectionState state) const;

    const IdleLimits limits_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<const void*, Connection> connections_;
    std::map<std::string, unsigned> per_address_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cheget::net
