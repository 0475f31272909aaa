// Landlock by its system calls (landlock(7)), seccomp through libseccomp.
#include "executor/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <memory>

#include "base/text.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using store::Descriptor;

// Rights that the headers of Debian 12 don't know yet.
constexpr std::uint64_t k_refer = 1U << 13U;     // ABI 2
constexpr std::uint64_t k_truncate = 1U << 14U;  // ABI 3

// A call that Debian 12's libseccomp and headers don't know yet: of Linux 6.6, one number
// everywhere.
constexpr int k_fchmodat2 = 452;

constexpr std::uint64_t k_write_file = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t k_write_folder =
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

Result<void> allow_below(const Descriptor& rules, const std::string& path,
                         std::uint64_t file_rights, std::uint64_t folder_rights) {
    const Descriptor below(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!below.is_open() || ::fstat(below.number(), &status) != 0) {
        return fail(ErrorKind::unreachable, fmt::format("cannot let the command write below {}: {}",
                                                        base::shown(path), store::system_reason()));
    }
    landlock_path_beneath_attr attribute{};
    attribute.allowed_access = S_ISDIR(status.st_mode) ? file_rights | folder_rights : file_rights;
    attribute.parent_fd = below.number();
    if (::syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &attribute,
                  0) != 0) {
        return fail(ErrorKind::unreachable, fmt::format("cannot let the command write below {}: {}",
                                                        base::shown(path), store::system_reason()));
    }
    return {};
}

/// What no ordinary command needs, by name: one that this libseccomp doesn't know is passed over,
/// as the filter is by number and such a call fails with ENOSYS on kernels as old.
constexpr const char* k_denied[] = {
    // other processes' memory and the kernel's
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise",
    "bpf", "perf_event_open", "userfaultfd", "lookup_dcookie", "kexec_load", "kexec_file_load",
    "init_module", "finit_module", "delete_module", "iopl", "ioperm", "modify_ldt", "vm86",
    "vm86old", "io_uring_setup", "io_uring_enter", "io_uring_register",
    // mounts and namespaces
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "open_by_handle_at",
    // keys, the clock, the machine
    "add_key", "request_key", "keyctl", "settimeofday", "clock_settime", "clock_settime64", "stime",
    "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "sethostname",
    "setdomainname", "syslog", "vhangup", "nfsservctl", "uselib", "_sysctl", "sysfs", "ustat",
    "fanotify_init"};

constexpr const char* k_denied_when_strict[] = {"mknod",    "mknodat",      "personality",
                                                "setfsuid", "setfsgid",     "name_to_handle_at",
                                                "adjtimex", "clock_adjtime"};

constexpr std::uint64_t k_new_namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                           CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                           CLONE_NEWNET;

struct ReleaseFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

class Builder {
  public:
    explicit Builder(scmp_filter_ctx filter) : filter_(filter) {}

    void deny(const char* name) {
        const int call = seccomp_syscall_resolve_name(name);
        if (call != __NR_SCMP_ERROR) {
            note(seccomp_rule_add(filter_, SCMP_ACT_ERRNO(EPERM), call, 0));
        }
    }
    void deny(int call, std::uint32_t error, scmp_arg_cmp condition) {
        note(seccomp_rule_add_array(filter_, SCMP_ACT_ERRNO(error), call, 1, &condition));
    }
    void deny(int call, std::uint32_t error) {
        note(seccomp_rule_add(filter_, SCMP_ACT_ERRNO(error), call, 0));
    }
    void note(int result) { failure_ = failure_ == 0 ? result : failure_; }
    int failure() const { return failure_; }

  private:
    scmp_filter_ctx filter_;
    int failure_ = 0;
};

scmp_arg_cmp any_bit(unsigned argument, std::uint64_t bit) {
    return SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, bit, bit);
}

void deny_ordinary(Builder& builder) {
    for (const char* name : k_denied) {
        builder.deny(name);
    }
    for (std::uint64_t bit = 1; bit != 0 && bit <= k_new_namespaces; bit <<= 1U) {
        if ((k_new_namespaces & bit) != 0) {
            builder.deny(SCMP_SYS(clone), EPERM, any_bit(0, bit));
        }
    }
    // clone3's flags lie in memory, out of a filter's sight.
    builder.deny(SCMP_SYS(clone3), ENOSYS);
    // Typing into the terminal of whoever started the executor.
    builder.deny(SCMP_SYS(ioctl), EPERM, SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, 0x5412));
    builder.deny(SCMP_SYS(ioctl), EPERM, SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, 0x541C));
}

void deny_strict(Builder& builder) {
    for (const char* name : k_denied_when_strict) {
        builder.deny(name);
    }
    builder.deny(SCMP_SYS(socket), EPERM, SCMP_CMP64(0, SCMP_CMP_NE, AF_UNIX, 0));
    for (const std::uint64_t bit : {std::uint64_t{S_ISUID}, std::uint64_t{S_ISGID}}) {
        builder.deny(SCMP_SYS(chmod), EPERM, any_bit(1, bit));
        builder.deny(SCMP_SYS(fchmod), EPERM, any_bit(1, bit));
        builder.deny(SCMP_SYS(fchmodat), EPERM, any_bit(2, bit));
        builder.deny(k_fchmodat2, EPERM, any_bit(2, bit));
    }
}

}  // namespace

Result<Descriptor> make_write_rules(const std::vector<std::string>& writable) {
    const long version =
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return fail(ErrorKind::unreachable,
                    "this kernel has no Landlock, which the configuration's `writable` needs; "
                    "enable it (lsm=landlock) or leave `writable` out");
    }
    const std::uint64_t file_rights = k_write_file | (version >= 3 ? k_truncate : 0);
    const std::uint64_t folder_rights = k_write_folder | (version >= 2 ? k_refer : 0);
    landlock_ruleset_attr attribute{};
    attribute.handled_access_fs = file_rights | folder_rights;
    Descriptor rules(static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, &attribute, sizeof attribute.handled_access_fs, 0)));
    if (!rules.is_open()) {
        return fail(ErrorKind::unreachable,
                    "cannot make a Landlock rule set: " + store::system_reason());
    }
    for (const std::string& path : writable) {
        TRY(allow_below(rules, path, file_rights, folder_rights));
    }
    TRY(allow_below(rules, "/dev/null", file_rights, 0));
    return rules;
}

Result<void> enforce_write_rules(const Descriptor& rules) {
    if (::syscall(SYS_landlock_restrict_self, rules.number(), 0) != 0) {
        return fail(ErrorKind::unreachable,
                    "cannot put the Landlock rules in force: " + store::system_reason());
    }
    return {};
}

Result<void> limit_system_calls(SystemCalls allowed) {
    const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) {
        return fail(ErrorKind::unreachable, "cannot make a system call filter");
    }
    Builder builder(filter.get());
#if defined(__x86_64__)
    builder.note(seccomp_arch_add(filter.get(), SCMP_ARCH_X86));
#endif
    deny_ordinary(builder);
    if (allowed == SystemCalls::strict) {
        deny_strict(builder);
    }
    // no_new_privs is drop_privileges()'s to set: not by the way, here, where nobody would miss it.
    builder.note(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0));
    if (builder.failure() == 0) {
        builder.note(seccomp_load(filter.get()));
    }
    if (builder.failure() != 0) {
        return fail(ErrorKind::unreachable, fmt::format("cannot put the system call filter in "
                                                        "force: error {}",
                                                        -builder.failure()));
    }
    return {};
}

}  // namespace cheget::executor
