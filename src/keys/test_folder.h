// A folder of one test's own and the real OpenSSH programs in it. Tests only.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cheget::keys::test {

/// A software FIDO token from the package openssh-tests.
inline const std::string k_token_provider = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so";

inline bool have_token_provider() {
    return std::filesystem::exists(k_token_provider);
}

/// A temporary folder, gone at the end, in which commands run.
class TestFolder : public testing::Test {
  protected:
    TestFolder() {
        std::string pattern = std::filesystem::temp_directory_path() / "cheget-keys-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        unsetenv("DISPLAY");
        unsetenv("SSH_ASKPASS");
        unsetenv("SSH_ASKPASS_REQUIRE");
        unsetenv("SSH_AUTH_SOCK");
        setenv("SSH_SK_PROVIDER", k_token_provider.c_str(), 1);
    }
    ~TestFolder() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ / name; }

    /// The exit code of a shell command run in the folder; its output is dropped.
    int run(const std::string& command) const {
        int status = std::system(
            ("cd '" + folder_.string() + "' && { " + command + "; } </dev/null >/dev/null 2>&1")
                .c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    /// Makes a key with ssh-keygen; `options` as it takes them.
    void make_key(const std::string& name, const std::string& options) const {
        ASSERT_EQ(run("ssh-keygen -q -C 'test key' -f " + name + " " + options), 0) << options;
    }

    void write(const std::string& name, std::string_view text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }

    std::string read(const std::string& name) const {
        std::ifstream stream(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    /// Makes SSH_ASKPASS answer every question with the text.
    void answer_questions_with(const std::string& text) const {
        write("ask", "#!/bin/sh\necho '" + text + "'\n");
        std::filesystem::permissions(folder_ / "ask", std::filesystem::perms::owner_all);
        setenv("SSH_ASKPASS", path("ask").c_str(), 1);
        setenv("SSH_ASKPASS_REQUIRE", "force", 1);
    }

    /// Whether stock ssh-keygen calls the signature of `message` good.
    bool ssh_keygen_agrees(const std::string& public_key_line, const std::string& name_space,
                           std::string_view message, std::string_view armor) const {
        write("allowed", "alice namespaces=\"" + name_space + "\" " + public_key_line + "\n");
        write("message", message);
        write("message.sig", armor);
        return run("ssh-keygen -Y verify -f allowed -I alice -n " + name_space +
                   " -s message.sig <message") == 0;
    }

    std::filesystem::path folder_;
};

}  // namespace cheget::keys::test
