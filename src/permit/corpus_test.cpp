// fuzz/corpus/permit is what tests/support/permit_corpus.cpp makes. After a change there, run this
// test with CHEGET_WRITE_CORPUS=1 and commit the files.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/custody_corpus.h"
#include "support/permit_corpus.h"

namespace cheget::permit {
namespace {

TEST(PermitCorpus, files_are_what_is_made) {
    const char* source = std::getenv("CHEGET_SOURCE");
    ASSERT_NE(source, nullptr) << "run it by ctest";
    const auto folder = std::filesystem::path(source) / "fuzz/corpus/permit";
    const bool writing = std::getenv("CHEGET_WRITE_CORPUS") != nullptr;
    for (const auto& [name, bytes] : test_support::permit_corpus()) {
        if (writing) {
            std::filesystem::create_directories(folder);
            std::ofstream(folder / name, std::ios::binary) << bytes;
        }
        std::ifstream stream(folder / name, std::ios::binary);
        const std::string there{std::istreambuf_iterator<char>(stream), {}};
        EXPECT_TRUE(there == bytes) << name;
    }
}

TEST(CustodyCorpus, files_are_what_is_made) {
    const char* source = std::getenv("CHEGET_SOURCE");
    ASSERT_NE(source, nullptr) << "run it by ctest";
    const auto folder = std::filesystem::path(source) / "fuzz/corpus/custody";
    const bool writing = std::getenv("CHEGET_WRITE_CORPUS") != nullptr;
    for (const auto& [name, bytes] : test_support::custody_corpus()) {
        if (writing) {
            std::filesystem::create_directories(folder);
            std::ofstream(folder / name, std::ios::binary) << bytes;
        }
        std::ifstream stream(folder / name, std::ios::binary);
        const std::string there{std::istreambuf_iterator<char>(stream), {}};
        EXPECT_FALSE(there.empty()) << name;
        EXPECT_TRUE(there == bytes || name.starts_with("tpm-")) << name;
    }
}

}  // namespace
}  // namespace cheget::permit
