#include "daemon/privileges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <iterator>
#include <memory>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <type_traits>
#include <unistd.h>

namespace lockstep {

Result<void> become_user(const std::string& user) {
    const passwd* const entry = getpwnam(user.c_str());
    if (entry == nullptr) {
        return fail(
            ErrorCode::NotFound,
            fmt::format("there is no user '{}' (server.user): create it, or leave the key out", user));
    }
    const uid_t uid = entry->pw_uid;
    const gid_t gid = entry->pw_gid;
    if (geteuid() == uid) return {};
    if (setgroups(0, nullptr) != 0 || setgid(gid) != 0 || setuid(uid) != 0) {
        return fail(ErrorCode::Io,
                    fmt::format("cannot become user '{}': {} (only root can)", user, std::strerror(errno)));
    }
    if (uid != 0 && setuid(0) == 0)
        return fail(ErrorCode::Io, fmt::format("became user '{}', but could go back to root", user));
    return {};
}

Result<void> drop_capabilities() {
    static constexpr cap_value_t for_files[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER};
    // What the bounding set lacks, no program that we became could get back. It takes CAP_SETPCAP, so it is
    // first, and need not work.
    for (cap_value_t one = 0; CAP_IS_SUPPORTED(one); ++one) {
        if (std::find(std::begin(for_files), std::end(for_files), one) == std::end(for_files))
            (void)cap_drop_bound(one);
    }
    using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)>;
    const Capabilities held(cap_get_proc(), cap_free);
    const Capabilities wanted(cap_init(), cap_free);
    if (!held || !wanted) return fail(ErrorCode::Io, "cannot read the capabilities of this process");
    for (const auto one : for_files) {
        cap_flag_value_t has = CAP_CLEAR;
        if (geteuid() != 0 || cap_get_flag(held.get(), one, CAP_PERMITTED, &has) != 0 || has != CAP_SET)
            continue;
        (void)cap_set_flag(wanted.get(), CAP_PERMITTED, 1, &one, CAP_SET);
        (void)cap_set_flag(wanted.get(), CAP_EFFECTIVE, 1, &one, CAP_SET);
    }
    // The ambient set follows the permitted one.
    if (cap_set_proc(wanted.get()) != 0)
        return fail(ErrorCode::Io, fmt::format("cannot drop capabilities: {}", std::strerror(errno)));
    return {};
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    // Should it fail, the limit stays what it was, and that is enough for all but very many peers.
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace lockstep
