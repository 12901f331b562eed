#include "base/descriptor.hpp"
#include "daemon/sandbox.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

using Rights = std::uint64_t;

// Of later kernels than the headers that Lockstep is built with may be.
constexpr Rights truncate_right = Rights{1} << 14;      // since ABI 3
constexpr Rights ioctl_right = Rights{1} << 15;         // since ABI 5
constexpr Rights first_rights = (Rights{1} << 13) - 1;  // what ABI 1 knows

constexpr Rights read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr Rights socket_rights = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr Rights write_rights = read_rights | socket_rights | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                LANDLOCK_ACCESS_FS_REMOVE_DIR | truncate_right;
constexpr Rights file_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_right;

int kernel_version() {
    return static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

Rights rights_of(int version) {
    return first_rights | (version >= 2 ? Rights{LANDLOCK_ACCESS_FS_REFER} : 0) |
           (version >= 3 ? truncate_right : 0) | (version >= 5 ? ioctl_right : 0);
}

/// Below `path` the rights in `wanted` stay. Errors: Io; a path that is not there, or that we cannot get at,
/// is none.
Result<void> allow(int rules, const std::filesystem::path& path, Rights wanted) {
    const Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (place.number() < 0) {
        const bool unknown =
            errno == EMFILE || errno == ENFILE || errno == ENOMEM;  // else out of reach anyway
        if (!unknown) return {};
        return fail(ErrorCode::Io, fmt::format("{}: {}", path.string(), std::strerror(errno)));
    }
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) wanted &= file_rights;
    const landlock_path_beneath_attr rule{.allowed_access = wanted, .parent_fd = place.number()};
    if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        return fail(ErrorCode::Io, fmt::format("{}: {}", path.string(), std::strerror(errno)));
    return {};
}

}  // namespace

Result<int> confine_files(const Reach& reach) {
    const int version = kernel_version();
    if (version < 1) return 0;
    const Rights known = rights_of(version);
    // The kernel takes the part of the struct that it is given, so the oldest form will do.
    const struct {
        std::uint64_t handled_access_fs;
    } handled{known};
    const Descriptor rules(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
    if (rules.number() < 0)
        return fail(ErrorCode::Io, fmt::format("no rules for Landlock: {}", std::strerror(errno)));
    const auto allow_all = [&](const Paths& paths, Rights wanted) -> Result<void> {
        for (const auto& path : paths)
            DNS_TRY(allow(rules.number(), path, wanted & known));
        return {};
    };
    // The process's own figures, and randomness.
    DNS_TRY(allow_all({"/proc", "/dev/urandom", "/dev/random", "/dev/null"}, read_rights));
#ifdef LOCKSTEP_SANITIZED
    DNS_TRY(allow_all({"/proc/self/exe"}, read_rights));  // for the names in a report
#endif
    DNS_TRY(allow_all(reach.read, read_rights));
    DNS_TRY(allow_all(reach.write, write_rights));
    DNS_TRY(allow_all(reach.sockets, socket_rights));
    if (::syscall(SYS_landlock_restrict_self, rules.number(), 0) != 0)
        return fail(ErrorCode::Io, fmt::format("Landlock: {}", std::strerror(errno)));
    return version;
}

void hide_memory() {
    // None of them fails with these arguments on any kernel that we run on.
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef LOCKSTEP_SANITIZED
    // LeakSanitizer looks at us from a process of its own.
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    const rlimit none{};
    (void)::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace lockstep
