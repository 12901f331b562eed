#pragma once
// Files of the state directory that hold a base of more than one chunk: written once, from start to end,
// and synced before a row refers to them; removed only when the disk cannot bring back a row that does.
//
// Threads: each file one at a time. Errors: Io; Corrupt where a file is not as it was written. Limits:
// numbers from 1 to largest_base_number. In a file: 32-bit count of a chunk's octets, the sealed chunk, and
// so on.

#include "base/bytes.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "store/state_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// The numbers of all base files in `directory`. Errors: Io.
[[nodiscard]] Result<std::vector<std::uint64_t>> base_files(const StateDirectory& directory);
/// Errors: Io.
[[nodiscard]] Result<void> remove_base_file(const StateDirectory& directory, std::uint64_t number);

/// Puts it aside as `base-NUMBER` and `ending`, which nobody reads. Errors: Io.
[[nodiscard]] Result<void> set_base_file_aside(const StateDirectory& directory, std::uint64_t number,
                                               std::string_view ending);

/// One that is being written, removed with this unless it is to stay. A view of the directory. Resource type.
class NewBaseFile {
public:
    /// `number` is no other's. Errors: Io.
    [[nodiscard]] static Result<std::unique_ptr<NewBaseFile>> create(const StateDirectory& directory,
                                                                     std::uint64_t number);
    NewBaseFile(const NewBaseFile&) = delete;
    NewBaseFile& operator=(const NewBaseFile&) = delete;
    ~NewBaseFile();

    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] Result<void> add(Octets sealed_chunk);
    /// Returns once the disk has all of it, and its name.
    [[nodiscard]] Result<void> sync();
    /// Whoever calls this removes it.
    void stay() { stays_ = true; }

private:
    NewBaseFile(const StateDirectory& directory, std::uint64_t number, Descriptor file)
        : directory_(directory), number_(number), file_(std::move(file)) {}

    [[nodiscard]] Result<void> sync_content();

    const StateDirectory& directory_;
    std::uint64_t number_;
    Descriptor file_;
    std::uint64_t octets_ = 0;  // that it has
    std::uint64_t synced_ = 0;  // of them
    bool stays_ = false;
};

/// Reads the chunks of one in their order. Resource type.
class BaseFile {
public:
    /// Errors: Corrupt, also where there is none; Io where the system has no descriptor, memory or right for
    /// us.
    [[nodiscard]] static Result<BaseFile> open(const StateDirectory& directory, std::uint64_t number);
    /// The next sealed chunk, good until the one after. Errors: as open(), Corrupt also behind the last.
    [[nodiscard]] Result<Octets> next_chunk();

private:
    BaseFile(std::filesystem::path path, Descriptor file, std::uint64_t octets)
        : path_(std::move(path)), file_(std::move(file)), octets_(octets) {}
    [[nodiscard]] Result<void> read(std::span<std::byte> to);

    std::filesystem::path path_;
    Descriptor file_;
    std::uint64_t octets_;  // that it has
    std::uint64_t at_ = 0;
    OctetString chunk_;
};

}  // namespace lockstep
