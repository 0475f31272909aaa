// HTTP, as far as cheget serves and asks: plain requests with a body of bounded size.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cheget::net {

/// A request that was read to its end and is not ambiguous.
struct Request {
    std::string method;
    std::string path;  ///< as sent, from `/`, without the query
    std::vector<std::pair<std::string, std::string>> query;  ///< decoded
    std::string body;

    /// The value of a query's name; empty if it is absent.
    std::string_view query_value(std::string_view name) const {
        for (const auto& [key, value] : query) {
            if (key == name) {
                return value;
            }
        }
        return {};
    }
};

struct Response {
    int status = 200;
    std::string body;
    std::string content_type = "text/plain; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
};

/// What went wrong, for programs and people (RFC 9457, application/problem+json).
Response problem(int status, std::string_view title, std::string_view detail);

}  // namespace cheget::net
