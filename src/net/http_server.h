// An HTTP server that refuses whatever two readers could read differently.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http.h"

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
    unsigned idle_seconds = 20;
};

/// Serves until it is destroyed. Refused with 400 before any handler sees them: Content-Length
/// beside Transfer-Encoding, either of them or Host twice, an encoded length that isn't plain
/// digits, a header name that is no token (such as one with a space before its colon), HTTP/1.1
/// without Host, a path that doesn't begin with `/`. Bodies come with Content-Length alone.
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

  private:
    HttpServer(Handler handler, std::size_t longest_body)
        : handler_(std::move(handler)), longest_body_(longest_body) {}

    Handler handler_;
    std::size_t longest_body_;
    std::uint16_t port_ = 0;
    MHD_Daemon* daemon_ = nullptr;
};

}  // namespace cheget::net
