#include "zonefile/source.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t max_quoted_line = 160;
constexpr std::size_t line_block = 65536;                     // whose line ends are counted once
constexpr std::size_t let_go_octets = 8 * large_page_octets;  // smaller files stay

std::int64_t modified_ns(const struct stat& about) {
    return std::int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec;
}

std::string system_text(int error) {
    return std::error_code(error, std::generic_category()).message();
}

/// Whether it is the version of a file that had this size and time.
bool is_version(const struct stat& about, std::size_t size, std::int64_t modified) {
    return static_cast<std::size_t>(about.st_size) == size && modified_ns(about) == modified;
}

/// What stands in the way of reading this as a file; empty where nothing does.
std::string_view not_a_file(const struct stat& about) {
    if (S_ISREG(about.st_mode)) return {};
    if (S_ISDIR(about.st_mode)) return "is a directory, not a file";
    if (S_ISFIFO(about.st_mode)) return "is a FIFO, not a file";
    if (S_ISSOCK(about.st_mode)) return "is a socket, not a file";
    return "is a device, not a file";
}

/// The file system's clock, which moves in ticks of up to 10 ms: what is written within one bears the same
/// time.
std::int64_t tick_ns() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Waits until a write would get another time than the one that a file has; not for times ahead of us.
void wait_for_next_tick(std::int64_t modified) {
    constexpr std::int64_t longest_tick_ns = 20'000'000;
    constexpr timespec pause{.tv_sec = 0, .tv_nsec = 500'000};
    while (tick_ns() <= modified && modified - tick_ns() < longest_tick_ns)
        nanosleep(&pause, nullptr);
}

/// Reads from the start on until `room` is full or the file ends; how much that was. Nothing: errno tells.
std::optional<std::size_t> read_whole(int file, char* to, std::size_t room) {
    std::size_t got = 0;
    while (got < room) {
        const auto octets = ::pread(file, to + got, room - got, static_cast<off_t>(got));
        if (octets < 0 && errno == EINTR) continue;
        if (octets < 0) return std::nullopt;
        if (octets == 0) break;
        got += static_cast<std::size_t>(octets);
    }
    return got;
}

}  // namespace

std::uint64_t content_digest(std::string_view text) {
    constexpr std::uint64_t multiplier = 0x9fb21c651e98df25U;
    std::uint64_t lanes[4] = {text.size() ^ 0x243f6a8885a308d3U, 0x13198a2e03707344U, 0xa4093822299f31d0U,
                              0x082efa98ec4e6c89U};
    std::size_t at = 0;
    for (; text.size() - at >= 32; at += 32) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
            std::uint64_t word;
            std::memcpy(&word, text.data() + at + 8 * lane, 8);
            lanes[lane] = std::rotl((lanes[lane] ^ word) * multiplier, 29);
        }
    }
    for (std::size_t lane = 0; at < text.size(); lane = (lane + 1) % 4) {
        const std::size_t octets = std::min<std::size_t>(8, text.size() - at);
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, octets);
        at += octets;
        lanes[lane] = std::rotl((lanes[lane] ^ word) * multiplier, 29);
    }
    std::uint64_t digest = 0;
    for (const auto lane : lanes) {
        digest = (digest ^ lane) * multiplier;
        digest ^= digest >> 32;
    }
    return digest;
}

std::uint32_t SourceSet::add_text(std::string_view text, std::string_view name) {
    auto& source = sources_.emplace_back();
    source.path = StoredPath(name);
    source.text = text;
    return static_cast<std::uint32_t>(sources_.size() - 1);
}

Expected<std::uint32_t, std::string> SourceSet::add_file(const StoredPath& path) {
    // O_NONBLOCK: opening a FIFO must not wait for its writer.
    constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    Descriptor file(::open(path.c_str(), flags | O_NOFOLLOW));
    const bool is_link = file.number() < 0 && errno == ELOOP;
    if (is_link) file = Descriptor(::open(path.c_str(), flags));
    if (file.number() < 0) return unexpected("cannot be opened: " + system_text(errno));
    struct stat before{};
    if (::fstat(file.number(), &before) != 0) return unexpected("cannot be examined: " + system_text(errno));
    if (const auto why = not_a_file(before); !why.empty()) return unexpected(std::string(why));
    for (std::uint32_t i = 0; i < sources_.size(); ++i) {
        const auto& known = sources_[i];
        if (known.from_disk && known.device == before.st_dev && known.inode == before.st_ino) {
            if (!is_version(before, known.size, known.mtime_ns)) return unexpected(std::string(changed_text));
            return i;
        }
    }
    const auto size = static_cast<std::uint64_t>(before.st_size);
    if (size > options_.max_file_octets) {
        return unexpected("is larger than the limit of " + std::to_string(options_.max_file_octets) +
                          " octets");
    }
    if (options_.writer == LoadOptions::Writer::Unknown) wait_for_next_tick(modified_ns(before));
    // Whether it grows is seen by its size and time afterwards; but files of /proc have octets and no size.
    const std::size_t room = std::max<std::size_t>(size, 1);
    auto storage = make_large_buffer<char>(room);
    const auto got = read_whole(file.number(), storage.get(), room);
    if (!got) return unexpected("cannot be read: " + system_text(errno));
    const bool held = size >= let_go_octets || sources_.empty();
    struct stat after = before;
    if (!held && ::fstat(file.number(), &after) != 0)
        return unexpected("cannot be examined: " + system_text(errno));
    if (*got != size || !is_version(after, size, modified_ns(before)))
        return unexpected(std::string(changed_text));
    auto& source = sources_.emplace_back();
    source.path = path;
    source.text = {storage.get(), *got};
    source.storage = std::move(storage);
    source.size = *got;
    if (held) source.file = std::move(file);
    source.from_disk = true;
    source.is_link = is_link;
    source.device = before.st_dev;
    source.inode = before.st_ino;
    source.mtime_ns = modified_ns(before);
    return static_cast<std::uint32_t>(sources_.size() - 1);
}

LineColumn SourceSet::locate(Place place) const {
    const auto& source = sources_[place.source];
    assert(!source.from_disk || source.storage);  // else it was let go
    const std::size_t offset = std::min(place.offset, source.text.size());
    const auto line_ends = [&source](std::size_t from, std::size_t to) {
        return static_cast<unsigned>(std::ranges::count(source.text.substr(from, to - from), '\n'));
    };
    auto& before = source.lines_before;
    if (before.empty()) before.push_back(0);
    const std::size_t block = offset / line_block;
    while (before.size() <= block)
        before.push_back(before.back() +
                         line_ends((before.size() - 1) * line_block, before.size() * line_block));
    const unsigned line = 1 + before[block] + line_ends(block * line_block, offset);
    const std::size_t newline = offset == 0 ? std::string_view::npos : source.text.rfind('\n', offset - 1);
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    return {line, static_cast<unsigned>(offset - start + 1)};
}

std::string SourceSet::line_at(Place place) const {
    const auto& source = sources_[place.source];
    assert(!source.from_disk || source.storage);  // else it was let go
    const std::size_t offset = std::min(place.offset, source.text.size());
    const std::size_t newline = offset == 0 ? std::string_view::npos : source.text.rfind('\n', offset - 1);
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    std::string line(source.text.substr(start, max_quoted_line));
    line.resize(std::min(line.find('\n'), line.size()));
    if (line.ends_with('\r')) line.pop_back();
    // A tab becomes one blank, so that a caret stands below its column.
    for (char& c : line) {
        if (c == '\t') c = ' ';
        if (c < ' ' || c > '~') c = '?';
    }
    return line;
}

void SourceSet::let_go() {
    for (auto& source : sources_) {
        if (source.size < let_go_octets) continue;
        source.digest = content_digest(source.text);
        source.text = {};
        source.storage.reset();
    }
}

Expected<void, SourceSet::Lost> SourceSet::recall() {
    for (std::uint32_t i = 0; i < sources_.size(); ++i) {
        auto& source = sources_[i];
        if (!source.from_disk || source.storage) continue;
        auto storage = make_large_buffer<char>(source.size);
        const auto got = read_whole(source.file.number(), storage.get(), source.size);
        if (!got) return unexpected(Lost{i, "cannot be read a second time: " + system_text(errno)});
        if (*got != source.size || content_digest({storage.get(), *got}) != source.digest)
            return unexpected(Lost{i, std::string(changed_text)});
        source.text = {storage.get(), *got};
        source.storage = std::move(storage);
    }
    return {};
}

std::vector<std::uint32_t> SourceSet::changed() const {
    std::vector<std::uint32_t> changed;
    for (std::uint32_t i = 0; i < sources_.size(); ++i) {
        const auto& source = sources_[i];
        if (!source.from_disk) continue;
        struct stat now{};
        const bool held = source.file.number() >= 0;
        if ((held ? ::fstat(source.file.number(), &now) : ::stat(source.path.c_str(), &now)) != 0) continue;
        if (now.st_dev != source.device || now.st_ino != source.inode) continue;
        if (!is_version(now, source.size, source.mtime_ns)) changed.push_back(i);
    }
    return changed;
}

std::vector<SourceFile> SourceSet::files() const {
    std::vector<SourceFile> files;
    for (const auto& source : sources_) {
        if (!source.from_disk) continue;
        files.push_back({source.path, source.size, source.mtime_ns,
                         source.digest ? *source.digest : content_digest(source.text), source.is_link});
    }
    return files;
}

}  // namespace lockstep
