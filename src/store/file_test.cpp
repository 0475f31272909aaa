// Files: whole or not at all, and nothing but regular files read.
#include "store/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace cheget::store {
namespace {

class FileTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "cheget-file-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::size_t names() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_)) {
            ++count;
        }
        return count;
    }

    std::filesystem::path folder_;
};

TEST_F(FileTest, written_is_read_back) {
    const std::string content("a\0b\n", 4);
    ASSERT_TRUE(write_file_durably(folder_ / "name", content));
    EXPECT_EQ(read_file(folder_ / "name", 4).value(), content);
    EXPECT_EQ(names(), 1U);
}

TEST_F(FileTest, replaces_what_was_there) {
    ASSERT_TRUE(write_file_durably(folder_ / "name", "old and longer"));
    ASSERT_TRUE(write_file_durably(folder_ / "name", "new"));
    EXPECT_EQ(read_file(folder_ / "name", 100).value(), "new");
}

TEST_F(FileTest, mode_is_as_asked) {
    ASSERT_TRUE(write_file_durably(folder_ / "secret", "x", 0600));
    struct stat status {};
    ASSERT_EQ(::stat((folder_ / "secret").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(FileTest, a_failed_write_leaves_nothing) {
    std::filesystem::create_directories(folder_ / "name" / "inside");  // rename over it must fail
    EXPECT_FALSE(write_file_durably(folder_ / "name", "x"));
    EXPECT_EQ(names(), 1U);
}

TEST_F(FileTest, missing_folder_is_told) {
    const auto result = write_file_durably(folder_ / "none" / "name", "x");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, base::ErrorKind::unreachable);
}

TEST_F(FileTest, folders_are_made_with_their_parents) {
    ASSERT_TRUE(make_folder_durably(folder_ / "a" / "b" / "c"));
    EXPECT_TRUE(std::filesystem::is_directory(folder_ / "a" / "b" / "c"));
    EXPECT_TRUE(make_folder_durably(folder_ / "a" / "b" / "c"));
    ASSERT_TRUE(write_file_durably(folder_ / "file", "x"));
    EXPECT_FALSE(make_folder_durably(folder_ / "file"));
    EXPECT_FALSE(make_folder_durably(folder_ / "file" / "below"));
}

TEST_F(FileTest, reads_up_to_the_bound) {
    ASSERT_TRUE(write_file_durably(folder_ / "name", "12345"));
    EXPECT_TRUE(read_file(folder_ / "name", 5));
    const auto result = read_file(folder_ / "name", 4);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, base::ErrorKind::bad_input);
}

TEST_F(FileTest, empty_file) {
    ASSERT_TRUE(write_file_durably(folder_ / "name", ""));
    EXPECT_EQ(read_file(folder_ / "name", 0).value(), "");
}

TEST_F(FileTest, no_symlink_in_the_last_place) {
    ASSERT_TRUE(write_file_durably(folder_ / "name", "x"));
    std::filesystem::create_symlink("name", folder_ / "link");
    const auto result = read_file(folder_ / "link", 10);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, base::ErrorKind::bad_input);
}

TEST_F(FileTest, a_fifo_does_not_block) {
    ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
    EXPECT_FALSE(read_file(folder_ / "fifo", 10));
    EXPECT_FALSE(read_file("/dev/zero", 10));
    EXPECT_FALSE(read_file(folder_, 10));
}

TEST_F(FileTest, files_whose_size_reads_zero) {
    const auto result = read_file("/proc/self/status", 1U << 20U);
    ASSERT_TRUE(result);
    EXPECT_NE(result->find("Name:"), std::string::npos);
}

}  // namespace
}  // namespace cheget::store
