#include "base/replace_file.hpp"

#include "base/descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace lockstep {
namespace {

Result<void> write_whole(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(ErrorCode::Io, std::strerror(errno));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& file, std::string_view text, mode_t mode) {
    const auto folder = file.parent_path().empty() ? std::filesystem::path(".") : file.parent_path();
    const auto temporary = folder / fmt::format(".{}.{}.new", file.filename().string(), ::getpid());
    const auto failed = [&](std::string_view step) {
        const std::string reason = std::strerror(errno);
        ::unlink(temporary.c_str());
        return fail(ErrorCode::Io,
                    fmt::format("{}: {}: {} (the daemon's user must be allowed to write in {})",
                                file.string(), step, reason, folder.string()));
    };
    struct stat status{};
    const bool is_new = ::stat(file.c_str(), &status) != 0;
    if (is_new && errno != ENOENT) return failed("stat");
    if (!is_new) mode = status.st_mode & 07777U;
    ::unlink(temporary.c_str());
    Descriptor made(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (made.number() < 0) return failed("cannot make the new file");
    // Only root may give files away; elsewhere the file stays ours, with its mode.
    if (!is_new) (void)!::fchown(made.number(), status.st_uid, status.st_gid);
    (void)::fchmod(made.number(), mode);
    const auto written = write_whole(made.number(), text);
    const bool synced = written.has_value() && ::fsync(made.number()) == 0;
    made.close();
    if (!synced) return failed("cannot write the new file");
    if (::rename(temporary.c_str(), file.c_str()) != 0) return failed("cannot put the new file in place");
    const Descriptor open_folder(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (open_folder.number() < 0 || ::fsync(open_folder.number()) != 0)
        return failed("cannot sync the folder");
    return {};
}

}  // namespace lockstep
