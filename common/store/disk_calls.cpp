#include "store/disk_calls.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace lockstep {

int DiskCalls::create(const std::filesystem::path& file) {
    return ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
}

int DiskCalls::write(int file, Octets octets, std::uint64_t at) {
    while (!octets.empty()) {
        const auto written = ::pwrite(file, octets.data(), octets.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        octets = octets.subspan(static_cast<std::size_t>(written));
        at += static_cast<std::uint64_t>(written);
    }
    return 0;
}

int DiskCalls::sync_content(int file) {
    return ::fdatasync(file);
}

int DiskCalls::remove(const std::filesystem::path& file) {
    return ::unlink(file.c_str());
}

int DiskCalls::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
    return ::rename(from.c_str(), to.c_str());
}

int DiskCalls::sync(const std::filesystem::path& directory) {
    const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return -1;
    const int status = ::fsync(opened);
    const int reason = errno;
    ::close(opened);
    errno = reason;
    return status;
}

Error disk_error(const std::filesystem::path& path, const std::error_code& reason) {
    const std::string what = path.string() + ": " + reason.message();
    if (reason == std::errc::no_space_on_device || reason.value() == EDQUOT) {
        std::error_code ignored;
        const auto where = std::filesystem::is_directory(path, ignored) ? path : path.parent_path();
        return {ErrorCode::Io, what + "; free space under " + where.string() + ", nothing else is needed"};
    }
    return {ErrorCode::Io, what +
                               "; the state directory must be on a working disk and writable for the user "
                               "that we run as"};
}

Error disk_error(const std::filesystem::path& path) {
    return disk_error(path, std::error_code(errno, std::generic_category()));
}

}  // namespace lockstep
