// libcurl, one request at a time.
#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "base/text.h"

namespace cheget::net {
namespace {

struct Answer {
    Response response;
    std::size_t longest = 0;
    bool too_long = false;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* to) {
    auto& answer = *static_cast<Answer*>(to);
    const std::size_t bytes = size * count;
    if (bytes > answer.longest - answer.response.body.size()) {
        answer.too_long = true;
        return 0;  // ends the transfer
    }
    answer.response.body.append(data, bytes);
    return bytes;
}

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

bool start_curl() {
    static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return started;
}

}  // namespace

base::Result<Response> ask(const Ask& asked) {
    auto unreachable = [&](std::string_view why) {
        return base::fail(base::ErrorKind::unreachable,
                          fmt::format("asking {}: {}", base::shown(asked.url), why));
    };
    // Kept by each thread, for its open connections.
    thread_local std::unique_ptr<CURL, FreeHandle> kept(start_curl() ? curl_easy_init() : nullptr);
    CURL* handle = kept.get();
    if (handle == nullptr) {
        return unreachable("libcurl can't start");
    }
    curl_easy_reset(handle);
    Answer answer;
    answer.longest = asked.longest_answer;
    const std::unique_ptr<curl_slist, FreeList> headers(
        curl_slist_append(nullptr, fmt::format("Content-Type: {}", asked.content_type).c_str()));
    curl_easy_setopt(handle, CURLOPT_URL, asked.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(asked.longest_wait.count()));
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "cheget/" CHEGET_VERSION);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
    if (asked.method == "POST") {
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, asked.body.data());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(asked.body.size()));
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    }
    const CURLcode code = curl_easy_perform(handle);
    if (answer.too_long) {
        return unreachable(fmt::format("the answer is longer than {} bytes", asked.longest_answer));
    }
    if (code != CURLE_OK) {
        return unreachable(curl_easy_strerror(code));
    }
    long status = 0;
    const char* type = nullptr;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    answer.response.status = static_cast<int>(status);
    answer.response.content_type = type == nullptr ? "" : type;
    return std::move(answer.response);
}

}  // namespace cheget::net
