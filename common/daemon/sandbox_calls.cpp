#include "daemon/sandbox.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lockstep {
namespace {

/// What our own code, the C and C++ libraries, Asio, SQLite and Botan call. Some do not exist on every
/// architecture.
constexpr const char* always[] = {
    // files
    "access", "close", "copy_file_range", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
    "fallocate", "fchmod", "fchmodat", "fchown", "fchownat", "fcntl", "fdatasync", "flock", "fstat",
    "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64", "link", "linkat", "lseek", "lstat", "mkdir",
    "mkdirat", "newfstatat", "open", "openat", "pread64", "preadv", "pwrite64", "pwritev", "read", "readlink",
    "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "sendfile", "stat", "statfs", "statx",
    "sync_file_range", "truncate", "umask", "unlink", "unlinkat", "utimensat", "write", "writev",
    "inotify_add_watch", "inotify_rm_watch",
    // sockets and waiting
    "accept", "accept4", "bind", "connect", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
    "epoll_wait", "eventfd2", "getpeername", "getsockname", "getsockopt", "listen", "pipe2", "poll", "ppoll",
    "pselect6", "recvfrom", "recvmmsg", "recvmsg", "select", "sendmmsg", "sendmsg", "sendto", "setsockopt",
    "shutdown", "socketpair", "timerfd_create", "timerfd_gettime", "timerfd_settime",
    // memory, threads, signals, time
    "arch_prctl", "brk", "clock_getres", "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex",
    "futex_waitv", "get_robust_list", "getpriority", "getrandom", "gettimeofday", "madvise", "membarrier",
    "mincore", "mlock", "mlock2", "mremap", "munlock", "munmap", "nanosleep", "prctl", "restart_syscall",
    "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_yield",
    "set_robust_list", "set_tid_address", "sigaltstack", "time", "times",
    // who we are
    "capget", "getegid", "geteuid", "getgid", "getgroups", "getpgrp", "getpid", "getppid", "getresgid",
    "getresuid", "getrlimit", "getrusage", "gettid", "getuid", "prlimit64", "sysinfo", "uname"};

#ifdef LOCKSTEP_SANITIZED
/// What a sanitizer needs besides, to look for leaks at the end and to report.
constexpr const char* for_sanitizers[] = {"clone",    "clone3",           "getdents", "kill", "mmap",
                                          "mprotect", "process_vm_readv", "ptrace",   "wait4"};
#endif

/// The argument at `place` is `value`, or is that under `mask`.
scmp_arg_cmp equals(unsigned place, scmp_datum_t value) {
    return {.arg = place, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}
[[maybe_unused]] scmp_arg_cmp masked(unsigned place, scmp_datum_t mask, scmp_datum_t value) {
    return {.arg = place, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

class Filter {
public:
    Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {}

    /// Where all `conditions` hold. A call that this architecture does not have is passed over.
    void allow(const char* name, std::initializer_list<scmp_arg_cmp> conditions = {}) {
        const int call = seccomp_syscall_resolve_name(name);
        if (!context_ || call < 0 || failed_ != 0) return;
        failed_ = seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call,
                                         static_cast<unsigned>(conditions.size()), conditions.begin());
    }
    /// Errors: the negative errno of what failed first; 0 = it is in force.
    int load() {
        if (!context_) return -ENOMEM;
        if (failed_ == 0) failed_ = seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1);
        if (failed_ == 0)
            failed_ = seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree, not a list
        return failed_ == 0 ? seccomp_load(context_.get()) : failed_;
    }

private:
    std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
    int failed_ = 0;
};

}  // namespace

Result<void> confine_calls() {
    Filter filter;
    for (const auto* name : always)
        filter.allow(name);
#ifdef LOCKSTEP_SANITIZED
    for (const auto* name : for_sanitizers)
        filter.allow(name);
#else
    // Threads, but no processes. clone3 cannot be looked into, and the C library does without it.
    filter.allow("clone", {masked(0, CLONE_THREAD, CLONE_THREAD)});
    // No file and no memory becomes code any more; what is linked is there.
    filter.allow("mmap", {masked(2, PROT_EXEC, 0)});
    filter.allow("mprotect", {masked(2, PROT_EXEC, 0)});
#endif
    // Signals to ourselves only: who runs as the same user is nobody's business.
    filter.allow("tgkill", {equals(0, static_cast<scmp_datum_t>(::getpid()))});
    // How a thread itself is scheduled.
    filter.allow("setpriority", {equals(0, PRIO_PROCESS), equals(1, 0)});
    filter.allow("sched_setattr", {equals(0, 0)});
    for (const int family : {AF_UNIX, AF_INET, AF_INET6})
        filter.allow("socket", {equals(0, static_cast<scmp_datum_t>(family))});
    for (const int what : {FIONBIO, FIONREAD, TCGETS, SIOCGIFINDEX, SIOCGIFNAME})
        filter.allow("ioctl", {equals(1, static_cast<scmp_datum_t>(what))});
    if (const int error = filter.load(); error != 0)
        return fail(ErrorCode::Io, fmt::format("system calls are not filtered: {}", std::strerror(-error)));
    return {};
}

}  // namespace lockstep
