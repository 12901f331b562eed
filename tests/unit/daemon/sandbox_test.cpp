#include "daemon/sandbox.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <linux/landlock.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace lockstep;

namespace {

/// What `attempt` returns in a process of its own, which it may confine as it likes: 0 to 100.
int in_a_child(const std::function<int()>& attempt) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(attempt());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

constexpr int not_confined = 99;

/// Why `path` cannot be opened; 0 where it can.
int opening(const std::filesystem::path& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    ::close(file);
    return 0;
}

int binding(const std::filesystem::path& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

bool has_landlock() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

int confined(const Reach& reach, const std::function<int()>& attempt) {
    return in_a_child([&] {
        hide_memory();
        return confine_files(reach) && confine_calls() ? attempt() : not_confined;
    });
}

}  // namespace

TEST_CASE("files outside of what is in reach are shut out", "[sandbox]") {
    if (!has_landlock()) {
        // Then that is said, and nothing is shut out.
        CHECK(in_a_child([] { return confine_files({}).value(); }) == 0);
        return;
    }
    const test::Folder read;
    const test::Folder write;
    const test::Folder sockets;
    for (const auto* folder : {&read, &write, &sockets})
        folder->write("file", "text");
    const Reach reach{
        .read = {read.path(), "/no/such/folder"}, .write = {write.path()}, .sockets = {sockets.path()}};
    const auto under = [&](const std::function<int()>& attempt) { return confined(reach, attempt); };

    CHECK(in_a_child([] { return opening("/etc/passwd", O_RDONLY); }) == 0);
    CHECK(under([] { return opening("/etc/passwd", O_RDONLY); }) == EACCES);
    CHECK(under([] { return opening("/", O_RDONLY | O_DIRECTORY); }) == EACCES);

    CHECK(under([&] { return opening(read.path() / "file", O_RDONLY); }) == 0);
    CHECK(under([&] { return opening(read.path(), O_RDONLY | O_DIRECTORY); }) == 0);
    CHECK(under([&] { return opening(read.path() / "file", O_WRONLY); }) == EACCES);
    CHECK(under([&] { return opening(read.path() / "new", O_WRONLY | O_CREAT); }) == EACCES);
    CHECK(under([&] { return ::unlink((read.path() / "file").c_str()) == 0 ? 0 : errno; }) == EACCES);

    CHECK(under([&] { return opening(write.path() / "new", O_RDWR | O_CREAT | O_TRUNC); }) == 0);
    CHECK(under([&] {
              return ::rename((write.path() / "new").c_str(), (write.path() / "file").c_str()) == 0 ? 0
                                                                                                    : errno;
          }) == 0);
    CHECK(under([&] { return opening(write.path() / "file", O_RDONLY); }) == 0);

    CHECK(under([&] { return opening(sockets.path() / "file", O_RDONLY); }) == EACCES);
    CHECK(under([&] { return opening(sockets.path() / "new", O_WRONLY | O_CREAT); }) == EACCES);
    CHECK(under([&] { return ::unlink((sockets.path() / "file").c_str()) == 0 ? 0 : errno; }) == 0);
    CHECK(under([&] { return binding(sockets.path() / "socket"); }) == 0);
    CHECK(under([&] { return binding(read.path() / "socket"); }) == EACCES);

    CHECK(under([] { return opening("/proc/self/stat", O_RDONLY); }) == 0);
    CHECK(under([] { return opening("/dev/urandom", O_RDONLY); }) == 0);
    // Threads that are made later are confined too.
    CHECK(under([] {
              int found = 0;
              std::thread([&] { found = opening("/etc/passwd", O_RDONLY); }).join();
              return found;
          }) == EACCES);
}

TEST_CASE("system calls that a name server has no use for are refused", "[sandbox]") {
    const auto under = [&](const std::function<int()>& attempt) { return confined({}, attempt); };
    const auto call = [&](auto number, auto... arguments) {
        return under([&] { return ::syscall(number, arguments...) == -1 ? errno : 0; });
    };
    char* none[] = {nullptr};
    CHECK(under([&] { return ::execve("/bin/true", none, none) == -1 ? errno : 0; }) == ENOSYS);
    CHECK(call(SYS_setuid, 0) == ENOSYS);
    CHECK(call(SYS_mount, 0, 0, 0, 0, 0) == ENOSYS);
    CHECK(call(SYS_bpf, 0, 0, 0) == ENOSYS);
    CHECK(call(SYS_io_uring_setup, 1, 0) == ENOSYS);
    CHECK(call(SYS_unshare, 0) == ENOSYS);
    CHECK(under([] { return ::socket(AF_NETLINK, SOCK_RAW, 0) == -1 ? errno : 0; }) == ENOSYS);
    CHECK(under([] { return ::socket(AF_INET6, SOCK_DGRAM, 0) == -1 ? errno : 0; }) == 0);
    CHECK(under([] { return ::socket(AF_UNIX, SOCK_STREAM, 0) == -1 ? errno : 0; }) == 0);
    // How a thread itself is scheduled is its own; how others are is not.
    CHECK(under([] { return ::setpriority(PRIO_PROCESS, 0, 1) == -1 ? errno : 0; }) == 0);
    CHECK(under([] { return ::setpriority(PRIO_PROCESS, 1, 1) == -1 ? errno : 0; }) == ENOSYS);
    CHECK(under([] { return ::setpriority(PRIO_USER, 0, 1) == -1 ? errno : 0; }) == ENOSYS);
    CHECK(call(SYS_sched_setattr, 1, 0, 0) == ENOSYS);
#ifndef LOCKSTEP_SANITIZED
    CHECK(under([] { return ::fork() == -1 ? errno : 0; }) == ENOSYS);
    const auto map = [](int protection) {
        return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    };
    CHECK(under([&] { return map(PROT_READ | PROT_WRITE) == MAP_FAILED ? errno : 0; }) == 0);
    CHECK(under([&] { return map(PROT_READ | PROT_WRITE | PROT_EXEC) == MAP_FAILED ? errno : 0; }) == ENOSYS);
    CHECK(under([&] {
              return ::mprotect(map(PROT_READ | PROT_WRITE), 4096, PROT_READ | PROT_EXEC) == -1 ? errno : 0;
          }) == ENOSYS);
#endif
}

TEST_CASE("neither a core file nor a debugger sees the memory", "[sandbox]") {
    CHECK(in_a_child([] {
              hide_memory();
              rlimit core{1, 1};
              return ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
                             ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
                         ? 0
                         : 1;
          }) == 0);
#ifndef LOCKSTEP_SANITIZED
    CHECK(in_a_child([] {
              hide_memory();
              return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
          }) == 0);
#endif
}
