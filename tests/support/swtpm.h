// A TPM in software for tests: swtpm with a fresh state folder, on free ports of this machine. Its
// state folder can be copied and put back, which no TPM in hardware allows.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace cheget::test_support {

class Swtpm {
  public:
    /// Whether it is installed; tests are skipped where it isn't.
    static bool is_there();

    /// Starts one whose state is empty.
    Swtpm();
    ~Swtpm();
    Swtpm(const Swtpm&) = delete;
    Swtpm& operator=(const Swtpm&) = delete;
    Swtpm(Swtpm&&) = delete;
    Swtpm& operator=(Swtpm&&) = delete;

    /// For Tpm::connect; another one after each start.
    const std::string& tcti() const { return tcti_; }
    const std::filesystem::path& state() const { return state_; }

    void start();
    void stop();  ///< as a machine is shut down
    void kill();  ///< as its power is cut: SIGKILL
    void restart() {
        stop();
        start();
    }

  private:
    void end(int signal);
    bool try_start(int port);

    std::filesystem::path state_;
    std::string tcti_;
    pid_t process_ = -1;
};

}  // namespace cheget::test_support
