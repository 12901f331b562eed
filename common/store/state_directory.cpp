#include "store/state_directory.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

namespace fs = std::filesystem;

fs::path with_suffix(fs::path file, const char* suffix) {
    file += suffix;
    return file;
}

std::unexpected<Error> io(const fs::path& path) {
    return unexpected(disk_error(path));
}

/// `20261123T013655Z`
std::string compact(WallTime time) {
    const std::time_t whole = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

/// Whose lock it is, as far as the file tells.
std::string holder(int lock) {
    std::array<char, 24> text{};
    const auto octets = ::pread(lock, text.data(), text.size() - 1, 0);
    std::string pid(text.data(), octets > 0 ? static_cast<std::size_t>(octets) : 0);
    pid.erase(pid.find_last_not_of("\n") + 1);
    return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<void> StateDirectory::rename_if_there(const fs::path& from, const fs::path& to) const {
    if (calls_->rename(from, to) != 0) {
        if (errno == ENOENT) return {};
        return io(from);
    }
    return sync();
}

Result<StateDirectory> StateDirectory::open(const fs::path& path, std::shared_ptr<DiskCalls> calls) {
    std::error_code failed;
    if (!fs::exists(path, failed) && !fs::create_directory(path, failed) && failed)
        return unexpected(disk_error(path, failed));
    const fs::path lock_file = path / "lock";
    const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (lock < 0) return io(lock_file);
    StateDirectory directory(path, lock, std::move(calls));
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return io(lock_file);
        return fail(ErrorCode::Exists, "state directory " + path.string() + " is in use by " + holder(lock) +
                                           "; every instance needs its own");
    }
    // Only for whoever reads it; the lock is what counts.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock, 0) == 0) (void)!::pwrite(lock, pid.data(), pid.size(), 0);

    // A next file is renamed only when it is whole, and only after the old one has gone.
    if (!fs::exists(directory.state_file(), failed) && fs::exists(directory.next_file(), failed)) {
        DNS_TRY(directory.rename_if_there(with_suffix(directory.state_file(), "-wal"),
                                          with_suffix(directory.state_file(), ".bad-wal")));
        DNS_TRY(directory.rename_if_there(directory.next_file(), directory.state_file()));
    }
    directory.discard_next();
    return directory;
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)), calls_(std::move(other.calls_)) {}

StateDirectory::~StateDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

void StateDirectory::discard_next() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        fs::remove(with_suffix(next_file(), suffix), ignored);
}

Result<std::string> StateDirectory::replace(WallTime now) const {
    std::string name = bad_name(now);
    // The file before its log: without it the log is nothing, while the file without its log would be an old
    // version. Both before the next one: it must never be read with the log of another.
    DNS_TRY(rename_if_there(state_file(), path_ / name));
    DNS_TRY(rename_if_there(with_suffix(state_file(), "-wal"), path_ / (name + "-wal")));
    std::error_code ignored;
    fs::remove(with_suffix(state_file(), "-shm"), ignored);
    DNS_TRY(rename_if_there(next_file(), state_file()));
    return name;
}

Result<std::string> StateDirectory::keep_copy_of_log(WallTime now) const {
    const std::string name = bad_name(now) + "-wal";
    std::error_code failed;
    fs::copy_file(with_suffix(state_file(), "-wal"), path_ / name, failed);
    if (failed) return unexpected(disk_error(path_ / name, failed));
    return name;
}

std::string StateDirectory::bad_name(WallTime now) const {
    const std::string wanted = "state.db.bad-" + compact(now);
    std::string name = wanted;
    std::error_code failed;
    for (int attempt = 2; fs::exists(path_ / name, failed) || fs::exists(path_ / (name + "-wal"), failed);
         ++attempt)
        name = wanted + "." + std::to_string(attempt);
    return name;
}

Result<void> StateDirectory::sync() const {
    if (calls_->sync(path_) != 0) return io(path_);
    return {};
}

}  // namespace lockstep
