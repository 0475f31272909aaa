// libmicrohttpd, told to be strict, and what it lets through refused. Loaded with the first server.
#include "net/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "net/late_library.h"

namespace cheget::net {
namespace {

constexpr std::size_t k_memory_per_connection = 32 * 1024;
constexpr std::uint64_t k_largest_length = 1ULL << 40;

/// What is used of libmicrohttpd.
struct Microhttpd {
    LateLibrary library{"libmicrohttpd.so.12"};
    decltype(&::MHD_start_daemon) start_daemon = library["MHD_start_daemon"];
    decltype(&::MHD_stop_daemon) stop_daemon = library["MHD_stop_daemon"];
    decltype(&::MHD_get_daemon_info) get_daemon_info = library["MHD_get_daemon_info"];
    decltype(&::MHD_get_connection_values) get_connection_values =
        library["MHD_get_connection_values"];
    decltype(&::MHD_get_connection_info) get_connection_info = library["MHD_get_connection_info"];
    decltype(&::MHD_create_response_from_buffer) create_response_from_buffer =
        library["MHD_create_response_from_buffer"];
    decltype(&::MHD_add_response_header) add_response_header = library["MHD_add_response_header"];
    decltype(&::MHD_queue_response) queue_response = library["MHD_queue_response"];
    decltype(&::MHD_destroy_response) destroy_response = library["MHD_destroy_response"];
};

const Microhttpd& microhttpd() {
    static const Microhttpd loaded;
    return loaded;
}

/// What is known of a request while it comes in; made when its first line was read.
struct Incoming {
    explicit Incoming(const char* sent) : target(sent), target_at(sent) {}

    std::string target;     ///< path and query as sent, up to a NUL if there is one
    const char* target_at;  ///< where they lie in the library's buffer
    bool has_begun = false;
    Request request;
};

/// The headers that must not be doubtful, counted.
struct Framing {
    int content_lengths = 0;
    int transfer_encodings = 0;
    int hosts = 0;
    bool bad_name = false;
    bool bad_length = false;
    std::uint64_t length = 0;
};

bool is_token(std::string_view name) {  // RFC 9110, section 5.6.2
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::strchr("!#$%&'*+-.^_`|~", c) != nullptr;
    });
}

bool is_same_name(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
           });
}

MHD_Result take_header(void* framing, MHD_ValueKind, const char* key, const char* value) {
    auto& seen = *static_cast<Framing*>(framing);
    const std::string_view name = key == nullptr ? "" : key;
    const std::string_view content = value == nullptr ? "" : value;
    seen.bad_name = seen.bad_name || !is_token(name);
    if (is_same_name(name, "content-length")) {
        ++seen.content_lengths;
        const auto length = base::parse_number(content, k_largest_length);
        seen.bad_length = seen.bad_length || !length;
        seen.length = length.value_or(0);
    } else if (is_same_name(name, "transfer-encoding")) {
        ++seen.transfer_encodings;
    } else if (is_same_name(name, "host")) {
        ++seen.hosts;
    }
    return MHD_YES;
}

MHD_Result take_query(void* request, MHD_ValueKind, const char* key, const char* value) {
    static_cast<Request*>(request)->query.emplace_back(key == nullptr ? "" : key,
                                                       value == nullptr ? "" : value);
    return MHD_YES;
}

// Whether the target is the one that was sent. The library reads it as a text that a NUL ends, and
// the version that follows it lies one byte behind its real end.
bool is_whole(const Incoming& incoming, const char* version) {
    return reinterpret_cast<std::uintptr_t>(version) ==
           reinterpret_cast<std::uintptr_t>(incoming.target_at) + incoming.target.size() + 1;
}

// No path that is served needs an escape, so none has two spellings.
bool is_plain(std::string_view target) {
    const std::size_t path_end = std::min(target.find('?'), target.size());
    return std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c <= '~'; }) &&
           target.find('%') >= path_end && target.find("%00") == std::string_view::npos;
}

std::string refusal_of(const Framing& seen, const Incoming& incoming, const char* version) {
    if (seen.bad_name) {
        return "a header's name is none: letters, digits and a few signs, and no space before the "
               "colon";
    }
    if (seen.transfer_encodings != 0) {
        return seen.content_lengths != 0
                   ? "Transfer-Encoding stands beside Content-Length"
                   : "a body is taken with Content-Length alone, without Transfer-Encoding";
    }
    if (seen.content_lengths > 1 || seen.bad_length) {
        return "Content-Length stands twice, or is no plain number";
    }
    if (seen.hosts > 1 || (seen.hosts == 0 && std::string_view(version) == "HTTP/1.1")) {
        return "Host must stand once";
    }
    if (!incoming.target.starts_with('/')) {
        return "the path does not begin with a slash";
    }
    if (!is_whole(incoming, version) || !is_plain(incoming.target)) {
        return "the path has an escape, or a byte that is no visible ASCII character";
    }
    return {};
}

MHD_Result send(MHD_Connection* connection, const Response& response) {
    MHD_Response* made = microhttpd().create_response_from_buffer(
        response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
    if (made == nullptr) {
        return MHD_NO;
    }
    microhttpd().add_response_header(made, "Content-Type", response.content_type.c_str());
    microhttpd().add_response_header(made, "X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) {
        microhttpd().add_response_header(made, name.c_str(), value.c_str());
    }
    const MHD_Result sent =
        microhttpd().queue_response(connection, static_cast<unsigned>(response.status), made);
    microhttpd().destroy_response(made);
    return sent;
}

/// A refusal that ends the connection: what follows on it is as doubtful.
MHD_Result refuse(MHD_Connection* connection, int status, std::string_view title,
                  std::string_view why) {
    Response response = problem(status, title, why);
    response.headers.emplace_back("Connection", "close");
    return send(connection, response);
}

/// The header is in: what it lacks or has too much of ends the connection before anything else.
MHD_Result begin(const HttpServer& server, MHD_Connection* connection, Incoming& incoming,
                 const char* url, const char* method, const char* version) {
    Framing seen;
    microhttpd().get_connection_values(connection, MHD_HEADER_KIND, take_header, &seen);
    incoming.has_begun = true;
    const std::string refusal = refusal_of(seen, incoming, version);
    server.connections().enter(
        connection, refusal.empty() ? ConnectionState::receiving : ConnectionState::answering);
    if (!refusal.empty()) {
        return refuse(connection, 400, "Bad Request", refusal);
    }
    if (seen.length > server.longest_body()) {
        return refuse(connection, 413, "Content Too Large",
                      fmt::format("a body has {} bytes at most", server.longest_body()));
    }
    incoming.request.method = method;
    incoming.request.path = url;
    microhttpd().get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query,
                                       &incoming.request);
    return MHD_YES;
}

MHD_Result answer(void* server_pointer, MHD_Connection* connection, const char* url,
                  const char* method, const char* version, const char* data, std::size_t* data_size,
                  void** state) {
    const auto& server = *static_cast<const HttpServer*>(server_pointer);
    auto& incoming = *static_cast<Incoming*>(*state);
    if (!incoming.has_begun) {
        return begin(server, connection, incoming, url, method, version);
    }
    if (*data_size != 0) {
        if (*data_size > server.longest_body() - incoming.request.body.size()) {
            return MHD_NO;  // more than was announced, which the library does not let come
        }
        incoming.request.body.append(data, *data_size);
        *data_size = 0;
        return MHD_YES;
    }
    server.connections().enter(connection, ConnectionState::handling);
    const Response response = server.handler()(incoming.request);
    server.connections().enter(connection, ConnectionState::answering);
    return send(connection, response);
}

void* remember_target(void*, const char* target, MHD_Connection*) {
    return new Incoming(target);
}

void forget(void* server_pointer, MHD_Connection* connection, void** state,
            MHD_RequestTerminationCode) {
    delete static_cast<Incoming*>(*state);
    *state = nullptr;
    static_cast<const HttpServer*>(server_pointer)
        ->connections()
        .enter(connection, ConnectionState::next_request);
}

std::string address_text(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address != nullptr && address->sa_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text,
                    sizeof text);
    } else if (address != nullptr && address->sa_family == AF_INET6) {
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text,
                    sizeof text);
    }
    return text;
}

void count(void* server_pointer, MHD_Connection* connection, void**,
           MHD_ConnectionNotificationCode what) {
    IdleConnections& connections = static_cast<const HttpServer*>(server_pointer)->connections();
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        connections.closed(connection);
        return;
    }
    const auto* socket =
        microhttpd().get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const auto* client =
        microhttpd().get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (socket != nullptr) {
        connections.opened(connection, socket->connect_fd,
                           address_text(client == nullptr ? nullptr : client->client_addr));
    }
}

base::Result<sockaddr_storage> address_of(const ServerOptions& options) {
    sockaddr_storage storage{};
    auto& four = reinterpret_cast<sockaddr_in&>(storage);
    auto& six = reinterpret_cast<sockaddr_in6&>(storage);
    if (::inet_pton(AF_INET, options.address.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(options.port);
    } else if (::inet_pton(AF_INET6, options.address.c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(options.port);
    } else {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("`{}` is no numeric address; write 127.0.0.1 or ::1",
                                      base::shown(options.address)));
    }
    return storage;
}

}  // namespace

HttpServer::HttpServer(Handler handler, const ServerOptions& options)
    : handler_(std::move(handler)),
      longest_body_(options.longest_body),
      connections_(std::make_unique<IdleConnections>(
          IdleLimits{options.most_connections, options.most_connections_per_address,
                     std::chrono::seconds(options.first_request_seconds),
                     std::chrono::seconds(options.idle_seconds)})) {}

base::Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options,
                                                            Handler handler) {
    sockaddr_storage address = TRY(address_of(options));
    if (const std::string& why = microhttpd().library.failure(); !why.empty()) {
        return base::fail(base::ErrorKind::unreachable, fmt::format("starting to serve: {}", why));
    }
    std::unique_ptr<HttpServer> server(new HttpServer(std::move(handler), options));
    const unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                           (address.ss_family == AF_INET6 ? unsigned{MHD_USE_IPv6} : 0U);
    server->daemon_ = microhttpd().start_daemon(
        flags, options.port, nullptr, nullptr, answer, server.get(), MHD_OPTION_SOCK_ADDR,
        reinterpret_cast<sockaddr*>(&address), MHD_OPTION_URI_LOG_CALLBACK, remember_target,
        nullptr, MHD_OPTION_NOTIFY_COMPLETED, forget, server.get(), MHD_OPTION_NOTIFY_CONNECTION,
        count, server.get(), MHD_OPTION_CONNECTION_LIMIT, options.most_connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, options.most_connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, options.idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        k_memory_per_connection, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (server->daemon_ == nullptr) {
        return base::fail(base::ErrorKind::unreachable,
                          fmt::format("cannot listen on {} port {}: {}", options.address,
                                      options.port, std::strerror(errno)));
    }
    const MHD_DaemonInfo* info =
        microhttpd().get_daemon_info(server->daemon_, MHD_DAEMON_INFO_BIND_PORT);
    server->port_ = info == nullptr ? options.port : info->port;
    return server;
}

HttpServer::~HttpServer() {
    if (daemon_ != nullptr) {
        microhttpd().stop_daemon(daemon_);  // which closes every connection, and counts it
    }
}

}  // namespace cheget::net
