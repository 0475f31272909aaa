// Asking others over HTTP, with bounds on time and size.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace cheget::net {

struct Ask {
    std::string url;             ///< http or https
    std::string method = "GET";  ///< or POST
    std::string body{};
    std::string content_type = "text/plain; charset=utf-8";
    std::size_t longest_answer = 1024 * 1024;
    std::chrono::milliseconds longest_wait{10'000};
    /// Asked about once a second while waiting; false ends it. May be empty.
    std::function<bool()> go_on{};
};

/// The answer, whatever its status. Redirections are not followed. Fails with unreachable when no
/// answer comes in time or it is longer than asked for. From any thread.
base::Result<Response> ask(const Ask& ask);

}  // namespace cheget::net
