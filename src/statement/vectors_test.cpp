// The published vectors (docs/vectors): every verdict in their index is ours too, and every text
// that is accepted renders to its own bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "signature/sshsig.h"
#include "statement/statement.h"
#include "statement/words.h"

namespace cheget::statement {
namespace {

std::filesystem::path folder() {
    const char* source = std::getenv("CHEGET_SOURCE");
    return std::filesystem::path(source == nullptr ? "." : source) / "docs/vectors";
}

std::string content(const std::string& name) {
    std::ifstream stream(folder() / name, std::ios::binary);
    EXPECT_TRUE(stream.is_open()) << name;
    return {std::istreambuf_iterator<char>(stream), {}};
}

// One entry of the index; an absent member is empty.
class Vector {
  public:
    explicit Vector(const base::Json& json) : object_(std::get<base::Json::Object>(json.value)) {}

    std::string text(std::string_view key) const {
        auto member = object_.find(key);
        if (member == object_.end()) {
            return "";
        }
        const auto* number = std::get_if<base::Json::Number>(&member->second.value);
        return number != nullptr ? number->text : std::get<std::string>(member->second.value);
    }

  private:
    const base::Json::Object& object_;
};

std::vector<Vector> vectors(const base::Json& index) {
    std::vector<Vector> all;
    for (const base::Json& entry : std::get<base::Json::Array>(index.value)) {
        all.emplace_back(entry);
    }
    return all;
}

std::string rendered(const Statement& statement) {
    return std::visit(
        [](const auto& value) -> std::string {
            if constexpr (requires { render(value); }) {
                return render(value).value();
            } else {
                return "";  // a policy: its language renders it
            }
        },
        statement);
}

void expect_accepted(const Vector& vector, const std::string& text) {
    auto read = parse(text);
    ASSERT_TRUE(read.has_value()) << vector.text("text") << ": " << read.error().message;
    std::string again = rendered(*read);
    EXPECT_TRUE(again.empty() ? vector.text("kind") == "policy" : again == text);
    EXPECT_EQ(name_of(kind_of(text).value()), vector.text("kind"));
    EXPECT_EQ(base::to_text(id_of(text)), vector.text("id"));
    EXPECT_EQ(words_text(id_of(text)), vector.text("words"));
}

void expect_refused(const Vector& vector, const std::string& text) {
    auto read = parse(text);
    ASSERT_FALSE(read.has_value()) << vector.text("text") << ": " << vector.text("why");
    std::string line = vector.text("line");
    bool is_of_no_kind = !kind_of(text);
    EXPECT_TRUE(line.empty() || is_of_no_kind ||
                read.error().message.find("line " + line) != std::string::npos)
        << vector.text("text") << ": " << read.error().message;
}

bool is_valid(const Vector& vector, const std::string& text) {
    std::string public_key = content(vector.text("key"));
    std::size_t comment = public_key.find(' ', public_key.find(' ') + 1);
    auto key = signature::PublicKey::from_text(public_key.substr(0, comment));
    auto container = signature::parse_armored(content(vector.text("signature")));
    return key && container &&
           signature::verify(*container, *key, vector.text("namespace"), text, {}).has_value();
}

TEST(Vectors, EveryVerdictIsOursToo) {
    base::Json index = base::parse_json(content("index.json")).value();
    std::size_t accepted = 0;
    std::size_t refused = 0;
    std::size_t signatures = 0;
    for (const Vector& vector : vectors(index)) {
        std::string text = content(vector.text("text"));
        bool is_good = vector.text("verdict") == "accepted";
        is_good ? expect_accepted(vector, text) : expect_refused(vector, text);
        ++(is_good ? accepted : refused);
        if (std::string verdict = vector.text("signature_verdict"); !verdict.empty()) {
            EXPECT_EQ(is_valid(vector, text), verdict == "valid") << vector.text("signature");
            ++signatures;
        }
    }
    EXPECT_GE(accepted, 20U);
    EXPECT_GE(refused, 60U);
    EXPECT_GE(signatures, 20U);
}

// No vector lies there that the index forgets.
TEST(Vectors, TheIndexIsWhole) {
    base::Json index = base::parse_json(content("index.json")).value();
    std::vector<std::string> named;
    for (const Vector& vector : vectors(index)) {
        named.push_back(vector.text("text"));
        named.push_back(vector.text("signature"));
    }
    for (const char* part : {"good", "bad"}) {
        for (const auto& entry : std::filesystem::directory_iterator(folder() / part)) {
            EXPECT_THAT(named, testing::Contains(part + ("/" + entry.path().filename().string())));
        }
    }
}

}  // namespace
}  // namespace cheget::statement
