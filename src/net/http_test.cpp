// The server against clients that frame their requests doubtfully, and our client against it.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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
    /// What the server answers to these bytes until it closes or is quiet.
    std::string raw(const std::string& bytes) const {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server_->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval patience{2, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
        ::shutdown(socket, SHUT_WR);
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

// A second request smuggled behind a doubtful first one is never seen by the handler.
TEST_F(Http, G10_nothing_follows_a_refused_request) {
    const std::string answer =
        raw("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr(" 400 "));
    EXPECT_THAT(answer, ::testing::Not(HasSubstr("smuggled")));
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
