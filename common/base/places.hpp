#pragma once
// Where a file is: its own path, and that of what it leads to where it is a link.
//
// Threads: any; they ask the disk. Errors: none; of what is neither there nor a link the path alone is known.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>
#include <vector>

namespace lockstep {

using Paths = std::set<std::filesystem::path>;

/// Where a path leads, all links followed; that of a link to nothing is where it would be. Empty where there
/// is neither.
[[nodiscard]] inline std::filesystem::path target_of(const std::filesystem::path& file) {
    std::error_code error;
    auto real = std::filesystem::canonical(file, error);
    if (!error) return real;
    const auto wanted = std::filesystem::read_symlink(file, error);
    if (error) return {};
    real = std::filesystem::weakly_canonical(file.parent_path() / wanted, error);
    return error ? std::filesystem::path() : real;
}

/// One path, or two.
[[nodiscard]] inline Paths places_of(const std::filesystem::path& file) {
    Paths places{file};
    if (auto target = target_of(file); !target.empty()) places.insert(std::move(target));
    return places;
}

/// The folders of these.
[[nodiscard]] inline Paths folders_of(const std::filesystem::path& file) {
    Paths folders;
    for (const auto& place : places_of(file))
        folders.insert(place.parent_path());
    return folders;
}

/// The folder of an absolute path.
[[nodiscard]] inline std::string_view folder_of(std::string_view file) {
    return file.substr(0, std::max<std::size_t>(file.rfind('/'), 1));
}

/// places_of() for many files at one moment: follows the links of each folder once. Resource type.
class PlaceReader {
public:
    /// Of a file by its absolute path: that path first.
    [[nodiscard]] std::vector<std::string> of(const std::string& file) {
        struct stat about{};
        if (::lstat(file.c_str(), &about) != 0) return {file};
        return S_ISREG(about.st_mode) ? of_regular(file) : both(file, target_of(file).native());
    }
    /// The same where it is known to be there and to be no link.
    [[nodiscard]] std::vector<std::string> of_regular(const std::string& file) {
        const auto folder = folder_of(file);
        auto known = folders_.find(folder);
        if (known == folders_.end()) known = folders_.emplace(folder, canonical(folder)).first;
        return both(file, known->second + file.substr(file.rfind('/')));
    }

private:
    [[nodiscard]] static std::vector<std::string> both(const std::string& file, std::string real) {
        std::vector<std::string> places{file};
        if (real != file && !real.empty()) places.push_back(std::move(real));
        return places;
    }
    /// Empty for the root; as it is where it cannot be followed.
    [[nodiscard]] static std::string canonical(std::string_view path) {
        std::error_code error;
        auto real = std::filesystem::canonical(path, error).native();
        if (error) return std::string(path);
        return real == "/" ? std::string() : real;
    }

    std::map<std::string, std::string, std::less<>> folders_;
};

}  // namespace lockstep
