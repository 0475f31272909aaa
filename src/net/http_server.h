// An HTTP server that refuses whatever two readers could read differently.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http.h"
#include "net/idle_connections.h"

struct MHD_Daemon;

namespace cheget::net {

/// Answers a request; called from several threads at once, may wait.
using Handler = std::function<Response(const Request&)>;

struct ServerOptions {
    std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0 for any that is free
    std::size_t longest_body = 128 * 1024;
    unsigned most_connections = 512;
    unsigned most_connections_per_address = 256;
    unsigned first_request_seconds = 5;  ///< for the header of a connection's first request
    unsigned idle_seconds = 20;  ///< for a next one, or a body; both less when places are scarce
};

/// Serves until it is destroyed. Refused with 400 before any handler sees them: Content-Length
/// beside Transfer-Encoding, either of them or Host twice, an encoded length that isn't plain
/// digits, a header name that is no token (such as one with a space before its colon), HTTP/1.1
/// without Host, a path that doesn't begin with `/`, or that has an escape, a control character or
/// a byte beyond ASCII. Bodies come with Content-Length alone; one that announces more than the
/// longest is refused with 413 before it comes.
class HttpServer {
  public:
    static base::Result<std::unique_ptr<HttpServer>> start(const ServerOptions& options,
                                                           Handler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::uint16_t port() const { return port_; }

    const Handler& handler() const { return handler_; }
    std::size_t longest_body() const { return longest_body_; }
    IdleConnections& connections() const { return *connections_; }

  private:
    HttpServer(Handler handler, const ServerOptions& options);

    Handler handler_;
    std::size_t longest_body_;
    std::unique_ptr<IdleConnections> connections_;
    std::uint16_t port_ = 0;
    MHD_Daemon* daemon_ = nullptr;
};

}  // namespace cheget::net
