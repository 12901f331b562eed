#pragma once
// A path that is kept for long, in thousands: its text alone, which all copies share, where a
// std::filesystem::path of libstdc++ keeps each of its parts besides.
//
// Threads: values. Errors: none.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep {

/// Value type; empty by default and once moved from. No NUL stands in a path.
class StoredPath {
public:
    StoredPath() = default;
    StoredPath(const std::string& path) : StoredPath(std::string_view(path)) {}  // NOLINT: it is that path
    explicit StoredPath(std::string_view path) {
        auto text = std::make_shared_for_overwrite<char[]>(path.size() + 1);
        std::copy(path.begin(), path.end(), text.get());
        text.get()[path.size()] = '\0';
        text_ = std::move(text);
    }
    StoredPath(const std::filesystem::path& path) : StoredPath(path.native()) {}  // NOLINT: likewise

    operator std::filesystem::path() const { return c_str(); }  // NOLINT: likewise
    [[nodiscard]] std::string string() const { return c_str(); }
    [[nodiscard]] std::filesystem::path filename() const { return std::filesystem::path(c_str()).filename(); }
    [[nodiscard]] const char* c_str() const { return text_ ? text_.get() : ""; }
    [[nodiscard]] bool operator==(const StoredPath& other) const {
        return std::string_view(c_str()) == other.c_str();
    }
    [[nodiscard]] bool operator==(const std::filesystem::path& path) const {
        return path.native() == c_str();
    }

private:
    std::shared_ptr<const char[]> text_;  // with a NUL behind it
};

}  // namespace lockstep
