// The published check values, docs/vectors/signatures.json, which another implementation is held
// to.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "signature/sshsig.h"

namespace cheget::signature {
namespace {

using nlohmann::json;

json published() {
    const char* source = std::getenv("CHEGET_SOURCE");
    std::ifstream stream(std::string(source != nullptr ? source : ".") +
                         "/docs/vectors/signatures.json");
    EXPECT_TRUE(stream) << "set CHEGET_SOURCE to the source folder";
    return json::parse(stream);
}

base::Result<void> judge(const json& test, std::string_view name_space, std::string_view text) {
    PublicKey key = TRY(PublicKey::from_text(test["key"].get<std::string>()));
    Sshsig signature = TRY(parse_armored(test["armor"].get<std::string>()));
    const std::string origin = test["web"].is_null() ? "" : test["web"].get<std::string>();
    Requirements requirements{.user_verification = test["pin"].get<bool>()};
    if (!origin.empty()) {
        requirements.web_origin = origin;
    }
    return verify(signature, key, name_space, text, requirements);
}

TEST(PublishedVectors, Signatures) {
    const json file = published();
    const auto name_space = file["namespace"].get<std::string>();
    const auto text = file["text"].get<std::string>();
    int good = 0;
    for (const json& test : file["signatures"]) {
        auto verdict = judge(test, name_space, text);
        EXPECT_EQ(verdict.has_value(), test["good"].get<bool>())
            << test["name"] << (verdict ? "" : ": " + verdict.error().message);
        good += verdict ? 1 : 0;
    }
    EXPECT_GE(good, 20);
    EXPECT_GE(file["signatures"].size(), 80U);
}

TEST(PublishedVectors, Keys) {
    const json file = published();
    for (const json& test : file["keys"]) {
        auto blob = base::from_base64(test["blob"].get<std::string>());
        ASSERT_TRUE(blob) << test["name"];
        EXPECT_EQ(PublicKey::from_blob(*blob).has_value(), test["good"].get<bool>())
            << test["name"];
    }
}

}  // namespace
}  // namespace cheget::signature
