// Keys of logs and witnesses: made, kept for their owner, read again, and what is refused.
#include "keys/note_signer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "signature/sshsig.h"

namespace cheget::keys {
namespace {

class NoteSigners : public testing::Test {
  protected:
    std::string path_ =
        (std::filesystem::temp_directory_path() / ("cheget-note-" + std::to_string(::getpid())))
            .string();
    void TearDown() override { std::filesystem::remove(path_); }

    std::string text() const {
        std::ifstream stream(path_);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void write(const std::string& content, mode_t mode = 0600) const {
        std::filesystem::remove(path_);
        std::ofstream(path_) << content;
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    }
};

TEST_F(NoteSigners, AreMadeReadAgainAndSign) {
    const auto made = NoteSigner::create(path_, "log.example/prod", signature::k_note_ed25519);
    ASSERT_TRUE(made) << made.error().message;
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    const auto loaded = NoteSigner::load(path_);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->key(), made->key());
    EXPECT_EQ(loaded->key().type, signature::k_note_ed25519);
    EXPECT_EQ(made->sign("text"), loaded->sign("text"));
    EXPECT_TRUE(
        signature::verify_ed25519(loaded->key().key, base::as_bytes("text"), loaded->sign("text")));
    EXPECT_FALSE(NoteSigner::create(path_, "other", signature::k_note_ed25519))
        << "a key is never overwritten";
    EXPECT_TRUE(text().starts_with("PRIVATE+KEY+log.example/prod+" +
                                   signature::to_text(made->key().id) + "+"));
}

TEST_F(NoteSigners, G1_files_that_others_may_read) {
    ASSERT_TRUE(NoteSigner::create(path_, "w", signature::k_note_cosignature));
    ASSERT_TRUE(NoteSigner::load(path_));
    ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
    EXPECT_FALSE(NoteSigner::load(path_));
}

TEST_F(NoteSigners, MalformedFilesAreRefused) {
    ASSERT_TRUE(NoteSigner::create(path_, "w", signature::k_note_cosignature));
    const std::string good = text();
    std::string other_id = good;
    const std::size_t id = good.find("+w+") + 3;
    other_id[id] = other_id[id] == '0' ? '1' : '0';
    for (const std::string& bad :
         {std::string(), std::string("\n"), good.substr(1), good.substr(0, good.size() - 1),
          good + good, good.substr(0, good.size() - 6) + "\n", other_id,
          std::string("PRIVATE+KEY+w+00000000+!\n"), std::string(600, 'a') + "\n"}) {
        write(bad);
        EXPECT_FALSE(NoteSigner::load(path_)) << bad;
    }
    write(good);
    EXPECT_TRUE(NoteSigner::load(path_));
    EXPECT_FALSE(NoteSigner::load(path_ + "-absent"));
    EXPECT_FALSE(NoteSigner::create(path_ + "-x", "a name", 1));
    EXPECT_FALSE(std::filesystem::exists(path_ + "-x"));
}

}  // namespace
}  // namespace cheget::keys
