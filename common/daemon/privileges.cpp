#include "daemon/privileges.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
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

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    // Should it fail, the limit stays what it was, and that is enough for all but very many peers.
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace lockstep
