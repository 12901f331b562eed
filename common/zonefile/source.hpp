#pragma once
// The texts that a zone is read from, and places within them.
//
// Threads: one. Errors: texts for people. Limits: LoadOptions. Security: opens regular files only, without
// waiting for a FIFO's writer.

#include "base/descriptor.hpp"
#include "base/large_pages.hpp"
#include "base/result.hpp"
#include "base/stored_path.hpp"
#include "zonefile/zone_file.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// An octet of a source. Value type.
struct Place {
    std::uint32_t source = 0;
    std::size_t offset = 0;

    friend bool operator==(const Place&, const Place&) = default;
};

/// A place for people: line and column from 1.
struct LineColumn {
    unsigned line = 1;
    unsigned column = 1;
};

/// All sources of one load. Resource type; texts live as long as it does, or until let_go().
class SourceSet {
public:
    /// What is wrong with a source that changed().
    static constexpr std::string_view changed_text = "changed while it was being read";

    explicit SourceSet(const LoadOptions& options) : options_(options) {}

    /// Takes a text that outlives this set.
    [[nodiscard]] std::uint32_t add_text(std::string_view text, std::string_view name);
    /// Reads a file, or finds it read already. Errors: what is wrong, without the file's name.
    [[nodiscard]] Expected<std::uint32_t, std::string> add_file(const StoredPath& path);

    [[nodiscard]] std::string_view text(std::uint32_t source) const { return sources_[source].text; }
    /// As problems name it.
    [[nodiscard]] std::string name(std::uint32_t source) const { return sources_[source].path.string(); }
    [[nodiscard]] std::filesystem::path path(std::uint32_t source) const { return sources_[source].path; }

    [[nodiscard]] LineColumn locate(Place place) const;
    /// The line around a place, at most 160 octets of it, whatever is not printable ASCII replaced.
    [[nodiscard]] std::string line_at(Place place) const;

    /// Gives back the memory of large files, whose text() and places are not to be asked for until recall().
    void let_go();
    struct Lost {
        std::uint32_t source;
        std::string text;  // for people, without the file's name
    };
    /// Reads again what was let go. Errors: the first that cannot be read, or is not what was read before.
    [[nodiscard]] Expected<void, Lost> recall();

    /// The sources that were written to since they were read. A file that was replaced by another (rename)
    /// has not changed: what was read is one whole version of it.
    [[nodiscard]] std::vector<std::uint32_t> changed() const;
    /// Those that came from the disk, in the order in which they were opened.
    [[nodiscard]] std::vector<SourceFile> files() const;

private:
    struct Source {
        StoredPath path;
        std::string_view text;
        LargeBuffer<char> storage;  // what `text` is of, for files; null where it was let go
        Descriptor file{-1};        // of large files, to read them again, and of the first, to see changes
        std::size_t size = 0;
        std::optional<std::uint64_t> digest;
        bool from_disk = false;
        bool is_link = false;
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t mtime_ns = 0;
        // Line ends before each block of the text, as far as somebody has asked. The problems of a zone as a
        // whole come in the order of its names, so counting on from the last one would not do.
        mutable std::vector<unsigned> lines_before;
    };

    const LoadOptions& options_;
    std::deque<Source> sources_;
};

}  // namespace lockstep
