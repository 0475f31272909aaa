// SHA-256 by its published examples, in one piece and in many.
#include "base/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <thread>
#include <unordered_set>

namespace cheget::base {
namespace {

// FIPS 180-4's examples, as NIST publishes them.
constexpr std::string_view k_empty =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view k_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view k_million_a =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Digest, PublishedExamples) {
    EXPECT_EQ(to_hex(sha256("")), k_empty);
    EXPECT_EQ(to_hex(sha256("abc")), k_abc);
    EXPECT_EQ(to_hex(sha256(std::string(1000000, 'a'))), k_million_a);
}

TEST(Digest, PiecesMakeTheWhole) {
    EXPECT_TRUE(rc::check("pieces", [](const std::vector<std::string>& pieces) {
        Hasher hasher;
        std::string whole;
        for (const std::string& piece : pieces) {
            hasher.add(as_bytes(piece));
            whole += piece;
        }
        RC_ASSERT(hasher.finish() == sha256(whole));
        RC_ASSERT(to_hex(hasher.finish()) == k_empty);  // it begins anew
    }));
}

TEST(Digest, EachThreadHashesByItself) {
    std::array<Digest, 4> digests;
    std::vector<std::thread> threads;
    for (Digest& digest : digests) {
        threads.emplace_back([&digest] {
            for (int i = 0; i < 1000; ++i) {
                digest = sha256("abc");
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const Digest& digest : digests) {
        EXPECT_EQ(to_hex(digest), k_abc);
    }
}

TEST(Digest, TextHasOneSpelling) {
    const Digest digest = sha256("abc");
    const std::string text = to_text(digest);
    EXPECT_EQ(text, "sha256:" + std::string(k_abc));
    EXPECT_EQ(parse_digest(text).value(), digest);
    std::string upper = text;
    upper[7] = 'B';
    for (const std::string& bad :
         {std::string(), std::string(k_abc), upper, text + "0", text.substr(0, text.size() - 1),
          " " + text, text + "\n", "SHA256:" + std::string(k_abc), "sha512:" + std::string(k_abc),
          std::string("sha256:")}) {
        EXPECT_FALSE(parse_digest(bad)) << bad;
    }
}

TEST(Digest, OrderAndHashFollowTheBytes) {
    Digest low{};
    Digest high{};
    high.bytes[0] = 1;
    low.bytes[31] = 0xff;
    EXPECT_LT(low, high);
    EXPECT_NE(low, high);
    std::unordered_set<Digest> set{low, high, low};
    EXPECT_EQ(set.size(), 2U);
}

}  // namespace
}  // namespace cheget::base
