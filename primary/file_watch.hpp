#pragma once
// Tells which zones' files have been written, by inotify(7), once the writing has settled.
//
// Threads: housekeeping. Errors: a folder that cannot be watched is a warning, once; its zones then change at
// `reload` only. Limits: a watch a folder, so that ten thousand zones in one folder take one; what the kernel
// could not queue makes all zones be looked at.

#include "base/log.hpp"
#include "base/places.hpp"
#include "net/asio.hpp"
#include "primary/settling.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// Resource type.
class FileWatch {
public:
    using Written = std::function<awaitable<void>(Name zone)>;

    FileWatch(asio::io_context& context, const Clock& clock, Log& log);

    /// These are the zone's files from now on, absolute; none = it is not watched.
    void watch(const Name& zone, const Paths& files);

    /// Whether a part of what is to be watched is not: watch() may mend that.
    [[nodiscard]] bool is_blind(const Name& zone) const;

    /// Both run for ever: one hears what happens, the other calls `written` for what has settled, one zone at
    /// a time. It may have been written as it was before.
    [[nodiscard]] awaitable<void> listen();
    [[nodiscard]] awaitable<void> tell(Written written);

private:
    /// A zone and one of its files' names.
    using FileNames = std::multimap<std::string, Name>;
    struct Folder {
        std::filesystem::path path;
        FileNames files;
    };
    struct Place {
        int folder;  // a watch descriptor
        std::string file;
    };
    struct Watched {
        Paths paths;
        std::vector<Place> places;
    };

    void leave(const Name& zone, const Watched& watched);
    /// The folder's watch descriptor; nothing where the kernel grants none.
    std::optional<int> folder_at(const std::filesystem::path& path);
    void read_events();
    void happened(int folder, std::uint32_t what, const std::string& file);

    const Clock& clock_;
    Log& log_;
    asio::posix::stream_descriptor events_;
    asio::steady_timer timer_;
    Settling settling_;
    std::map<int, Folder> folders_;
    std::map<Name, Watched, CanonicalLess> zones_;
    Paths refused_;  // folders that could not be watched
};

}  // namespace lockstep
