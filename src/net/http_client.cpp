// libcurl, one request at a time; loaded with the first.
#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "net/late_library.h"

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

int ask_whether_to_stop(void* go_on, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return (*static_cast<const std::function<bool()>*>(go_on))() ? 0 : 1;
}

/// What is used of libcurl.
struct Curl {
    LateLibrary library{"libcurl.so.4"};
    decltype(&::curl_global_init) global_init = library["curl_global_init"];
    decltype(&::curl_easy_init) easy_init = library["curl_easy_init"];
    decltype(&::curl_easy_reset) easy_reset = library["curl_easy_reset"];
    decltype(&::curl_easy_setopt) set = library["curl_easy_setopt"];
    decltype(&::curl_easy_perform) easy_perform = library["curl_easy_perform"];
    decltype(&::curl_easy_getinfo) get = library["curl_easy_getinfo"];
    decltype(&::curl_easy_strerror) easy_strerror = library["curl_easy_strerror"];
    decltype(&::curl_easy_cleanup) easy_cleanup = library["curl_easy_cleanup"];
    decltype(&::curl_slist_append) slist_append = library["curl_slist_append"];
    decltype(&::curl_slist_free_all) slist_free_all = library["curl_slist_free_all"];
    std::string failure = library.failure();

    Curl() {
        if (failure.empty() && global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
            failure = "libcurl can't start";
        }
    }
};

const Curl& curl() {
    static const Curl loaded;
    return loaded;
}

struct FreeHandle {
    void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

}  // namespace

base::Result<Response> ask(const Ask& asked) {
    auto unreachable = [&](std::string_view why) {
        return base::fail(base::ErrorKind::unreachable,
                          fmt::format("asking {}: {}", base::shown(asked.url), why));
    };
    if (!curl().failure.empty()) {
        return unreachable(curl().failure);
    }
    // Kept by each thread, for its open connections.
    thread_local std::unique_ptr<CURL, FreeHandle> kept(curl().easy_init());
    CURL* handle = kept.get();
    if (handle == nullptr) {
        return unreachable("libcurl can't start a request");
    }
    curl().easy_reset(handle);
    Answer answer;
    answer.longest = asked.longest_answer;
    const std::unique_ptr<curl_slist, FreeList> headers(
        curl().slist_append(nullptr, fmt::format("Content-Type: {}", asked.content_type).c_str()));
    curl().set(handle, CURLOPT_URL, asked.url.c_str());
    curl().set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl().set(handle, CURLOPT_NOSIGNAL, 1L);
    curl().set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(asked.longest_wait.count()));
    curl().set(handle, CURLOPT_USERAGENT, "cheget/" CHEGET_VERSION);
    curl().set(handle, CURLOPT_WRITEFUNCTION, take);
    curl().set(handle, CURLOPT_WRITEDATA, &answer);
    if (asked.go_on) {
        curl().set(handle, CURLOPT_NOPROGRESS, 0L);
        curl().set(handle, CURLOPT_XFERINFOFUNCTION, ask_whether_to_stop);
        curl().set(handle, CURLOPT_XFERINFODATA, &asked.go_on);
    }
    if (asked.method == "POST") {
        curl().set(handle, CURLOPT_POST, 1L);
        curl().set(handle, CURLOPT_POSTFIELDS, asked.body.data());
        curl().set(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(asked.body.size()));
        curl().set(handle, CURLOPT_HTTPHEADER, headers.get());
    }
    const CURLcode code = curl().easy_perform(handle);
    if (answer.too_long) {
        return unreachable(fmt::format("the answer is longer than {} bytes", asked.longest_answer));
    }
    if (code != CURLE_OK) {
        return unreachable(curl().easy_strerror(code));
    }
    long status = 0;
    const char* type = nullptr;
    curl().get(handle, CURLINFO_RESPONSE_CODE, &status);
    curl().get(handle, CURLINFO_CONTENT_TYPE, &type);
    answer.response.status = static_cast<int>(status);
    answer.response.content_type = type == nullptr ? "" : type;
    return std::move(answer.response);
}

}  // namespace cheget::net
