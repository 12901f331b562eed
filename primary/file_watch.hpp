#pragma once
// Tells which zones' files have been written, by inotify(7), once the writing has settled.
//
// Threads: housekeeping. Errors: a folder that cannot be watched is a warning, once; its zones then change at
// `reload` only. Limits: a watch a folder, so that ten thousand zones in one folder take one; what the kernel
// could not queue makes all zones be looked at.

#include "base/log.hpp"
#include "net/asio.hpp"
#include "primary/settling.hpp"
#include "wire/stored_name.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// Resource type.
class FileWatch {
public:
    using Written = std::function<awaitable<void>(Name zone)>;

    FileWatch(asio::io_context& context, const Clock& clock, Log& log);

    /// Folders that the kernel was asked to watch while going through many zones, and what it said: its watch
    /// descriptor, or no_folder. Good as long as no zone that was watched before is watched otherwise.
    using Asked = std::map<std::string, int, std::less<>>;

    /// These are the places of the zone's files from now on, absolute; none = it is not watched.
    void watch(NameView zone, std::vector<std::string> places, Asked& asked);

    /// Whether a part of what is to be watched is not: watch() may mend that.
    [[nodiscard]] bool is_blind(NameView zone) const;

    /// Both run for ever: one hears what happens, the other calls `written` for what has settled, one zone at
    /// a time. It may have been written as it was before.
    [[nodiscard]] awaitable<void> listen();
    [[nodiscard]] awaitable<void> tell(Written written);

private:
    static constexpr int no_folder = -1;
    struct Place {
        std::string path;
        int folder;  // a watch descriptor, or no_folder
        [[nodiscard]] std::string_view file() const {
            return std::string_view(path).substr(path.rfind('/') + 1);
        }
    };
    using Watched = std::vector<Place>;
    struct Folder {
        std::filesystem::path path;
        /// Names of files, with the zones that they are of. Views of what is in zones_.
        std::unordered_multimap<std::string_view, NameView> files;
    };

    void leave(const Watched& watched);
    /// The folder's watch descriptor; no_folder where the kernel grants none.
    int folder_at(const std::string& path);
    void read_events();
    void happened(int folder, std::uint32_t what, const std::string& file);

    const Clock& clock_;
    Log& log_;
    asio::posix::stream_descriptor events_;
    asio::steady_timer timer_;
    Settling settling_;
    std::map<int, Folder> folders_;
    std::unordered_map<StoredName, Watched, HashName, SameName> zones_;
    std::set<std::string> refused_;  // folders that could not be watched
};

}  // namespace lockstep
