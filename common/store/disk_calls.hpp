#pragma once
// How files beside the database are written, and names changed: the system's calls, or a disk that loses what
// was not synced, in tests.
//
// Threads: any, each file by one. Errors: as the calls, -1 and errno.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <system_error>

namespace lockstep {

/// Resource type.
class DiskCalls {
public:
    virtual ~DiskCalls() = default;
    /// A descriptor of a new file, which its owner may write and its group read.
    virtual int create(const std::filesystem::path& file);
    /// All of `octets`, from octet `at` of the file on.
    virtual int write(int file, Octets octets, std::uint64_t at);
    /// Makes what was written to the file last a power cut; not its name.
    virtual int sync_content(int file);
    virtual int remove(const std::filesystem::path& file);
    virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to);
    /// Makes names that were made or changed last a power cut.
    virtual int sync(const std::filesystem::path& directory);
};

/// Why `path`, in the state directory, could not be read or changed, and what to do. Code: Io.
[[nodiscard]] Error disk_error(const std::filesystem::path& path, const std::error_code& reason);
/// The same for the reason that errno tells.
[[nodiscard]] Error disk_error(const std::filesystem::path& path);

}  // namespace lockstep
