// The server against clients that frame their requests doubtfully, and our client against it.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "net/http_client.h"
#include "net/http_server.h"

namespace cheget::net {
namespace {

using ::testing::HasSubstr;

class Http : public ::testing::Test {
  protected:
    Http() {
        ServerOptions options;
        options.longest_body = 1'000;
        server_ = HttpServer::start(options, [](const Request& request) {
                      Response response;
                      response.body = request.method + " " + request.path + " " +
                                      std::string(request.query_value("from")) + " " + request.body;
                      return response;
                  }).value();
    }

    std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    }
    /// A connection on which nothing was said.
    static int connect_to(const HttpServer& server) {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server.port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval patience{2, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        return socket;
    }
    /// What the server answers to these bytes until it closes or is quiet; `more` says that they
    /// are not all.
    std::string raw(const std::string& bytes, bool more = false) const {
        const int socket = connect_to(*server_);
        EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
        if (!more) {
            ::shutdown(socket, SHUT_WR);
        }
        std::string answer;
        char buffer[4096];
        for (ssize_t got = 1; got > 0;) {
            got = ::recv(socket, buffer, sizeof buffer, 0);
            answer.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
        }
        ::close(socket);
        return answer;
    }
    void expect_refused(const std::string& bytes) const {
        const std::string answer = raw(bytes);
        EXPECT_THAT(answer, ::testing::Not(HasSubstr(" 200 "))) << bytes;
        EXPECT_THAT(answer, HasSubstr(" 400 ")) << bytes;
    }

    std::unique_ptr<HttpServer> server_;
};

TEST_F(Http, OurClientAsks) {
    const auto got = ask({.url = url("/tile/0/000?from=7&x=%20")});
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->status, 200);
    EXPECT_EQ(got->body, "GET /tile/0/000 7 ");
    EXPECT_EQ(got->content_type, "text/plain; charset=utf-8");
    const auto posted = ask({.url = url("/add"), .method = "POST", .body = "a\nb"});
    ASSERT_TRUE(posted);
    EXPECT_EQ(posted->body, "POST /add  a\nb");
}

TEST_F(Http, G10_bounds_on_both_sides) {
    const auto too_much =
        ask({.url = url("/add"), .method = "POST", .body = std::string(1'001, 'a')});
    ASSERT_TRUE(too_much);
    EXPECT_EQ(too_much->status, 413);
    EXPECT_EQ(too_much->content_type, "application/problem+json");
    EXPECT_TRUE(ask({.url = url("/add"), .method = "POST", .body = std::string(1'000, 'a')}));
    const auto too_long =
        ask({.url = url("/add"), .method = "POST", .body = "0123456789", .longest_answer = 10});
    ASSERT_FALSE(too_long);
    EXPECT_EQ(too_long.error().kind, base::ErrorKind::unreachable);
}

TEST_F(Http, WhatDoesNotAnswerIsUnreachable) {
    const std::string gone = url("/");
    server_.reset();
    EXPECT_FALSE(ask({.url = gone}));
    EXPECT_FALSE(ask({.url = "file:///etc/hostname"}));
    EXPECT_FALSE(ask({.url = "nonsense"}));
}

TEST_F(Http, PlainRequestsAreServed) {
    EXPECT_THAT(raw("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), HasSubstr(" 200 "));
    EXPECT_THAT(raw("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                HasSubstr("POST /a  abc"));
}

TEST_F(Http, G10_requests_that_two_readers_could_read_differently) {
    const std::string post = "POST /a HTTP/1.1\r\nHost: x\r\n";
    expect_refused(post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    expect_refused(post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n");
    expect_refused(post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    expect_refused(post + "Transfer-Encoding: identity\r\n\r\n");
    expect_refused(post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc");
    expect_refused(post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd");
    expect_refused(post + "Content-Length: 3\r\ncontent-length: 3\r\n\r\nabc");
    expect_refused(post + "Content-Length: 3, 3\r\n\r\nabc");
    expect_refused(post + "Content-Length: +3\r\n\r\nabc");
    expect_refused(post + "Content-Length: 03\r\n\r\nabc");
    expect_refused(post + "Content-Length: 0x3\r\n\r\nabc");
    expect_refused(post + "Content-Length : 3\r\n\r\nabc");
    expect_refused("GET /a HTTP/1.1\r\nHost : x\r\n\r\n");
    expect_refused("GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n");
    expect_refused("GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
    expect_refused("GET /a HTTP/1.1\r\n\r\n");
    expect_refused("GET a HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refused("GET /a HTTP/1.1\r\nHost: x\r\nA(b): c\r\n\r\n");
}

// Refused before it comes: nothing waits for what would be thrown away.
TEST_F(Http, G10_a_body_announced_too_long) {
    for (const char* length : {"1001", "99999999999"}) {
        const std::string answer = raw(
            std::string("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: ") + length + "\r\n\r\nab",
            true);
        EXPECT_THAT(answer, HasSubstr(" 413 ")) << length;
    }
}

// What a text ends at, and what has two spellings, would be served as another path.
TEST_F(Http, G10_a_path_is_served_as_it_was_sent) {
    using namespace std::string_literals;
    for (const std::string& path :
         {"/a\0.x"s, "/a\0"s, "/a\0HTTP/1.1"s, "/\0"s, "/%61"s, "/a%00.x"s, "/a%2fb"s,
          "/a?from=7%00"s, "/a?from=7\0"s, "/a\x7f"s, "/\xc3\xa4"s, "/a\tb"s}) {
        expect_refused("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    EXPECT_THAT(raw("GET /a?from=%37 HTTP/1.1\r\nHost: x\r\n\r\n"), HasSubstr("GET /a 7"));
}

// A second request smuggled behind a doubtful first one is never seen by the handler.
TEST_F(Http, G10_nothing_follows_a_refused_request) {
    const std::string answer =
        raw("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr(" 400 "));
    EXPECT_THAT(answer, ::testing::Not(HasSubstr("smuggled")));
}

// Connections that say nothing, or stop in the midst, take every place there is. They lose them,
// though the library's own bound is far away.
class Idle : public Http {
  protected:
    void expect_others_served(std::string_view said) {
        constexpr unsigned k_places = 16;
        ServerOptions options;
        options.most_connections_per_address = k_places;
        options.first_request_seconds = options.idle_seconds = 3'600;
        server_ = HttpServer::start(options, [](const Request&) { return Response{}; }).value();
        std::vector<int> idle;
        for (unsigned i = 0; i < k_places; ++i) {
            idle.push_back(connect_to(*server_));
            EXPECT_EQ(::send(idle.back(), said.data(), said.size(), MSG_NOSIGNAL),
                      static_cast<ssize_t>(said.size()));
        }
        int status = 0;
        for (int tries = 0; tries < 600 && status != 200; ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            const auto got = ask({.url = url("/a")});
            status = got ? got->status : 0;
        }
        EXPECT_EQ(status, 200);
        for (const int socket : idle) {
            ::close(socket);
        }
    }
};

TEST_F(Idle, G10_silent_connections_lock_nobody_out) {
    expect_others_served("");
}

TEST_F(Idle, G10_half_a_line_locks_nobody_out) {
    expect_others_served("GET /a");
}

TEST_F(Idle, G10_connections_kept_open_lock_nobody_out) {
    expect_others_served("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
}

TEST_F(Idle, G10_half_a_body_locks_nobody_out) {
    expect_others_served("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
}

TEST(HttpServerOptions, AnAddressIsNumeric) {
    ServerOptions options;
    options.address = "localhost";
    EXPECT_FALSE(HttpServer::start(options, [](const Request&) { return Response{}; }));
    options.address = "::1";
    EXPECT_TRUE(HttpServer::start(options, [](const Request&) { return Response{}; }));
}

}  // namespace
}  // namespace cheget::net
