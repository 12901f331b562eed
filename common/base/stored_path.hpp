#pragma once
// A path that is kept for long, in thousands: its text alone, where a std::filesystem::path of libstdc++
// keeps each of its parts besides.
//
// Threads: values. Errors: none.

#include <filesystem>
#include <string>

namespace lockstep {

/// Value type; empty by default.
class StoredPath {
public:
    StoredPath() = default;
    StoredPath(const std::filesystem::path& path) : text_(path.native()) {}  // NOLINT: it is that path

    operator std::filesystem::path() const { return text_; }  // NOLINT: likewise
    [[nodiscard]] const std::string& string() const { return text_; }
    [[nodiscard]] std::filesystem::path filename() const { return std::filesystem::path(text_).filename(); }
    [[nodiscard]] const char* c_str() const { return text_.c_str(); }
    [[nodiscard]] bool operator==(const StoredPath&) const = default;
    [[nodiscard]] bool operator==(const std::filesystem::path& path) const { return text_ == path.native(); }

private:
    std::string text_;
};

}  // namespace lockstep
