#pragma once
// The state directory: one process at a time, and one state file that is replaced without a moment in which
// there is none.
//
// Threads: one at a time; sync(), path() and calls() any. Errors: Io, Exists.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/disk_calls.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace lockstep {

/// Holds the lock of its directory. Resource type.
class StateDirectory {
public:
    /// Makes `path` where only it is missing, takes its lock and finishes a replacement that was interrupted.
    [[nodiscard]] static Result<StateDirectory> open(
        const std::filesystem::path& path, std::shared_ptr<DiskCalls> calls = std::make_shared<DiskCalls>());
    StateDirectory(StateDirectory&& other) noexcept;
    StateDirectory& operator=(StateDirectory&&) = delete;
    ~StateDirectory();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path state_file() const { return path_ / "state.db"; }
    /// Where the next state file is put together.
    [[nodiscard]] std::filesystem::path next_file() const { return path_ / "state.db.new"; }

    /// Removes what is left of an unfinished next_file().
    void discard_next() const;
    /// Renames state_file() and its log to `state.db.bad-TIMESTAMP`, then next_file() to state_file(). Both
    /// must be closed. The name given to the old one.
    [[nodiscard]] Result<std::string> replace(WallTime now) const;
    /// Copies the log of state_file() to `state.db.bad-TIMESTAMP-wal`; the name of the copy.
    [[nodiscard]] Result<std::string> keep_copy_of_log(WallTime now) const;
    /// Makes names that were made or changed last a power cut.
    [[nodiscard]] Result<void> sync() const;

    [[nodiscard]] DiskCalls& calls() const { return *calls_; }

private:
    StateDirectory(std::filesystem::path path, int lock, std::shared_ptr<DiskCalls> calls)
        : path_(std::move(path)), lock_(lock), calls_(std::move(calls)) {}
    [[nodiscard]] std::string bad_name(WallTime now) const;
    /// Nothing happens where `from` is missing. Lasts a power cut before it returns: of two that follow one
    /// another, never the later alone.
    [[nodiscard]] Result<void> rename_if_there(const std::filesystem::path& from,
                                               const std::filesystem::path& to) const;

    std::filesystem::path path_;
    int lock_;
    std::shared_ptr<DiskCalls> calls_;
};

}  // namespace lockstep
