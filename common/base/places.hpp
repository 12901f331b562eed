#pragma once
// Where a file is: its own path, and that of what it leads to where it is a link.
//
// Threads: any; they ask the disk. Errors: none; of a file that is not there the path alone is known.

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace lockstep {

using Paths = std::set<std::filesystem::path>;

/// One path, or two.
[[nodiscard]] inline Paths places_of(const std::filesystem::path& file) {
    Paths places{file};
    std::error_code error;
    if (auto real = std::filesystem::canonical(file, error); !error) places.insert(std::move(real));
    return places;
}

/// The folders of these.
[[nodiscard]] inline Paths folders_of(const std::filesystem::path& file) {
    Paths folders;
    for (const auto& place : places_of(file))
        folders.insert(place.parent_path());
    return folders;
}

}  // namespace lockstep
