// Linux capabilities, by the system calls themselves (capabilities(7)).
#include "executor/capabilities.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "store/descriptor.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::array<std::string_view, 41> k_names = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};
static_assert(CAP_LAST_CAP == CAP_CHECKPOINT_RESTORE);

constexpr unsigned k_most_capabilities = 64;  // the kernel's sets hold 64; it may know more than we

}  // namespace

std::optional<unsigned> capability_number(std::string_view name) {
    for (unsigned number = 0; number < k_names.size(); ++number) {
        if (k_names[number] == name) {
            return number;
        }
    }
    return std::nullopt;
}

std::uint64_t capability_set(const std::vector<std::string>& names) {
    std::uint64_t set = 0;
    for (const std::string& name : names) {
        const std::optional<unsigned> number = capability_number(name);
        if (number) {
            set |= std::uint64_t{1} << *number;
        }
    }
    return set;
}

Result<void> limit_bounding_set(std::uint64_t keep) {
    for (unsigned number = 0; number < k_most_capabilities; ++number) {
        if ((keep >> number & 1U) != 0) {
            continue;
        }
        const int held = ::prctl(PR_CAPBSET_READ, number, 0, 0, 0);
        if (held < 0) {
            break;  // EINVAL: the kernel knows no more
        }
        if (held == 1 && ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) {
            return fail(ErrorKind::unreachable,
                        "cannot limit the command's capabilities: " + store::system_reason());
        }
    }
    return {};
}

Result<void> keep_only_capabilities(std::uint64_t keep) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    for (unsigned word = 0; word < 2; ++word) {
        const auto bits = static_cast<std::uint32_t>(keep >> (32 * word));
        data[word] = {bits, bits, bits};
    }
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
        ::syscall(SYS_capset, &header, data.data()) != 0) {
        return fail(ErrorKind::unreachable, "cannot drop capabilities: " + store::system_reason());
    }
    for (unsigned number = 0; number < k_most_capabilities; ++number) {
        if ((keep >> number & 1U) != 0 &&
            ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) {
            return fail(ErrorKind::unreachable,
                        fmt::format("cannot give {} to the command: {}", k_names[number],
                                    store::system_reason()));
        }
    }
    return {};
}

}  // namespace cheget::executor
