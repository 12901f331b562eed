#pragma once
// Configuration texts for tests, and what the loader says of them.

#include "config/load.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace config_test {

using Lines = std::vector<std::string>;

inline Lines lines_of(const lockstep::ConfigProblems& problems) {
    Lines lines;
    for (const auto& problem : problems)
        lines.push_back(problem.to_string());
    return lines;
}

/// What is wrong with a primary's configuration, as text; nothing if it is accepted.
inline Lines primary_problems(std::string_view text) {
    const auto config = lockstep::parse_primary_config(text, "c.json");
    return config ? Lines{} : lines_of(config.error());
}
inline Lines secondary_problems(std::string_view text) {
    const auto config = lockstep::parse_secondary_config(text, "c.json");
    return config ? Lines{} : lines_of(config.error());
}

/// A folder that is gone at the end of the test.
class Folder {
public:
    Folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "lockstep-config.XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    std::filesystem::path write(std::string_view name, std::string_view content, unsigned mode = 0640) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
        return file;
    }

private:
    std::filesystem::path path_;
};

}  // namespace config_test
