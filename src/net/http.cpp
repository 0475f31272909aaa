// Problem documents.
#include "net/http.h"

#include "base/json.h"

namespace cheget::net {

Response problem(int status, std::string_view title, std::string_view detail) {
    base::Json::Object object;
    object["type"] = base::Json{std::string("about:blank")};
    object["status"] = base::Json{base::Json::Number{std::to_string(status)}};
    object["title"] = base::Json{std::string(title)};
    object["detail"] = base::Json{std::string(detail)};
    Response response;
    response.status = status;
    response.body = base::to_canonical(base::Json{std::move(object)}) + '\n';
    response.content_type = "application/problem+json";
    return response;
}

}  // namespace cheget::net
