// The executor's own process.
#include "executor/hygiene.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/descriptor.h"

namespace cheget::executor {

using base::ErrorKind;
using base::fail;

base::Result<void> clean_own_process() {
    for (const char* name : {"LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"}) {
        if (::getenv(name) != nullptr) {
            return fail(ErrorKind::usage,
                        fmt::format("cheget-exec was started with {}, so other code than its own "
                                    "is in its process; start it without",
                                    name));
        }
    }
    ::clearenv();
    for (int number = 0; number < 3; ++number) {
        if (::fcntl(number, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != number) {
            return fail(ErrorKind::unreachable, "cannot open /dev/null");
        }
    }
    ::close_range(3, ~0U, 0);
    const rlimit none{0, 0};
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0) {
        return fail(ErrorKind::unreachable,
                    "cannot keep others from looking into the process: " + store::system_reason());
    }
    // Who started us may have had signals ignored, and that is inherited: with SIGCHLD ignored the
    // kernel would throw away how the command ended.
    for (int number = 1; number < NSIG; ++number) {
        static_cast<void>(::signal(number, SIG_DFL));  // SIGKILL's and SIGSTOP's stay anyway
    }
    static_cast<void>(::signal(SIGPIPE, SIG_IGN));  // can't fail for this signal
    ::umask(022);
    return {};
}

}  // namespace cheget::executor
