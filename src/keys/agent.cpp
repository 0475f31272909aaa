// A client of ssh-agent (RFC 9987) over its socket.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "keys/descriptor.h"
#include "keys/made_signature.h"
#include "keys/signer.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::keys {
namespace {

constexpr std::uint8_t k_request_identities = 11;
constexpr std::uint8_t k_request_signature = 13;
constexpr std::uint32_t k_rsa_sha512_flag = 4;
constexpr std::size_t k_longest_answer = std::size_t{256} * 1024;
constexpr int k_connect_timeout_seconds = 10;

using Clock = std::chrono::steady_clock;

std::unexpected<base::Error> unreachable(std::string_view what) {
    return base::fail(base::ErrorKind::unreachable, fmt::format("ssh-agent: {}", what));
}

// Waits until the socket is ready for `events`, or the deadline has passed.
base::Result<void> wait_for(int descriptor, short events, Clock::time_point deadline) {
    for (;;) {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            return unreachable(fmt::format("no answer within {} seconds", k_agent_timeout_seconds));
        }
        pollfd entry{descriptor, events, 0};
        int ready = poll(&entry, 1, static_cast<int>(left.count()));
        if (ready > 0) {
            return {};
        }
        if (ready < 0 && errno != EINTR) {
            return unreachable(std::strerror(errno));
        }
    }
}

bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

base::Result<void> send_all(int descriptor, base::BytesView bytes, Clock::time_point deadline) {
    while (!bytes.empty()) {
        TRY(wait_for(descriptor, POLLOUT, deadline));
        ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && !would_block()) {
            return unreachable(fmt::format("cannot send: {}", std::strerror(errno)));
        }
        bytes = bytes.subspan(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    }
    return {};
}

base::Result<void> receive_all(int descriptor, std::span<std::uint8_t> out,
                               Clock::time_point deadline) {
    while (!out.empty()) {
        TRY(wait_for(descriptor, POLLIN, deadline));
        ssize_t got = recv(descriptor, out.data(), out.size(), MSG_DONTWAIT);
        if (got == 0) {
            return unreachable("it closed the connection before its answer was whole");
        }
        if (got < 0 && !would_block()) {
            return unreachable(fmt::format("cannot receive: {}", std::strerror(errno)));
        }
        out = out.subspan(got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    return {};
}

// Sends one framed request and gives the framed answer's content.
base::Result<base::Bytes> exchange(int descriptor, base::BytesView request) {
    auto deadline = Clock::now() + std::chrono::seconds(k_agent_timeout_seconds);
    signature::WireWriter frame;
    frame.write_string(request);
    base::Bytes framed = frame.take();
    TRY(send_all(descriptor, framed, deadline));
    std::array<std::uint8_t, 4> header{};
    TRY(receive_all(descriptor, header, deadline));
    std::uint32_t size = TRY(signature::WireReader(header).read_u32());
    if (size == 0 || size > k_longest_answer) {
        return base::bad_input(
            fmt::format("ssh-agent: an answer of {} bytes is out of bounds", size));
    }
    base::Bytes answer(size);
    TRY(receive_all(descriptor, answer, deadline));
    return answer;
}

// An exchange; after a failure the connection is closed, for a late answer must never be taken for
// the answer to the next request.
base::Result<base::Bytes> exchange_or_close(int& descriptor, base::BytesView request) {
    if (descriptor < 0) {
        return unreachable("the connection was closed after a failure");
    }
    auto answer = exchange(descriptor, request);
    if (!answer) {
        Descriptor(std::exchange(descriptor, -1)).close();
    }
    return answer;
}

base::Result<std::string> path_or_default(std::string path) {
    if (!path.empty()) {
        return path;
    }
    const char* named = std::getenv("SSH_AUTH_SOCK");
    if (named == nullptr || *named == '\0') {
        return unreachable(
            "none is running, or SSH_AUTH_SOCK does not name its socket; start one "
            "with: eval $(ssh-agent) && ssh-add");
    }
    return std::string(named);
}

}  // namespace

base::Result<Agent> Agent::connect(std::string socket_path) {
    std::string path = TRY(path_or_default(std::move(socket_path)));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos) {
        return unreachable(fmt::format("the socket's path {} is too long", base::shown(path)));
    }
    path.copy(address.sun_path, path.size());
    Descriptor descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    timeval patience{k_connect_timeout_seconds, 0};  // bounds connect() to a full queue
    if (descriptor.number() < 0 ||
        setsockopt(descriptor.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        ::connect(descriptor.number(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) != 0) {
        return unreachable(
            fmt::format("cannot connect to {}: {}", base::shown(path), std::strerror(errno)));
    }
    return Agent(descriptor.release());
}

Agent::Agent(Agent&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Agent& Agent::operator=(Agent&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Agent::~Agent() {
    Descriptor(descriptor_).close();
}

base::Result<base::Bytes> Agent::ask(base::BytesView request) {
    return exchange_or_close(descriptor_, request);
}

base::Result<std::vector<AgentIdentity>> Agent::identities() {
    const std::array<std::uint8_t, 1> request{k_request_identities};
    base::Bytes answer = TRY(exchange_or_close(descriptor_, request));
    return parse_identities_answer(answer);
}

base::Result<std::string> Agent::sign(const signature::PublicKey& key, std::string_view name_space,
                                      std::string_view message) {
    constexpr auto hash = signature::MessageHash::sha512;
    base::Bytes to_be_signed = signature::signed_bytes(name_space, hash, message);
    bool is_rsa = key.type() == signature::KeyType::rsa;
    signature::WireWriter request;
    request.write_byte(k_request_signature);
    request.write_string(key.blob());
    request.write_string(base::BytesView(to_be_signed));
    request.write_u32(is_rsa ? k_rsa_sha512_flag : 0);
    base::Bytes asked = request.take();
    base::Bytes answer = TRY(exchange_or_close(descriptor_, asked));
    base::Bytes bare = TRY(parse_sign_answer(answer));
    base::Bytes blob = signature::make_blob(key.blob(), name_space, hash, bare);
    return checked_armor(signature::to_armor(blob), key, name_space, message);
}

}  // namespace cheget::keys
