#pragma once
// Whether commits were lost in the middle of a write-ahead log. SQLite stops reading at the first frame that
// does not check, without a word: right after a torn write at the end, but older content where the disk is at
// fault.
//
// Threads: pure but for the file. Limits: reads frame by frame. Standards: SQLite's file format, "The WAL
// Format".

#include <cstdint>
#include <filesystem>
#include <optional>

namespace lockstep {

/// The octet at which `log`, left by a process that is gone, ceases to make sense although commits follow
/// that did; nothing where it is whole, torn at its end, or not there.
[[nodiscard]] std::optional<std::uint64_t> damaged_at(const std::filesystem::path& log);

}  // namespace lockstep
