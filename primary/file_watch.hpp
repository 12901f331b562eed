#pragma once
// Tells which zones' files have been written, by inotify(7), once the writing has settled.
//
// Threads: housekeeping. Errors: a folder that cannot be watched is a warning, once; its zones then change at
// `reload` only. Limits: a watch a folder, so that ten thousand zones in one folder take one; what the kernel
// could not queue makes all zones that are watched be looked at.

#include "base/log.hpp"
#include "net/asio.hpp"
#include "primary/settling.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
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
    class Zone;

    FileWatch(asio::io_context& context, const Clock& clock, Log& log);

    /// Folders that the kernel was asked to watch while going through many zones, and what it said: its watch
    /// descriptor, or no_folder. Good as long as no zone that was watched before is watched otherwise.
    using Asked = std::map<std::string, int, std::less<>>;

    /// What is written in this folder from now on is seen, whichever files of it are watched by then.
    void expect(const std::string& folder) {
        if (events_.is_open()) (void)folder_at(folder);
    }
    /// Nothing more is expected: folders without files that are watched are left.
    void expect_no_more();
    /// These are the places of the zone's files from now on, absolute; none = it is not watched.
    void watch(Zone& zone, const std::vector<std::string>& places, Asked& asked);
    /// Tells of the zone as if its files were written now: they may have been before they were watched.
    void touched(const Zone& zone);

    /// Both run for ever: one hears what happens, the other calls `written` for what has settled, one zone at
    /// a time. It may have been written as it was before.
    [[nodiscard]] awaitable<void> listen();
    [[nodiscard]] awaitable<void> tell(Written written);

private:
    static constexpr int no_folder = -1;
    /// Names of files, with the zones that they are of.
    using Files = std::unordered_multimap<std::string, Zone*>;
    struct Folder {
        std::filesystem::path path;
        Files files;
    };
    struct Place {
        int folder;                     // a watch descriptor, or no_folder
        const Files::value_type* file;  // in the folder, where there is one
    };

    void leave(const std::vector<Place>& places);
    void leave(int folder);
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
    std::set<std::string> refused_;  // folders that could not be watched
};

/// A zone of which files are watched: stays where it is meanwhile, and is watched no more before it goes.
/// Resource type.
class FileWatch::Zone {
public:
    /// `name` outlives it.
    explicit Zone(NameView name) : name_(name) {}
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

    /// Whether a part of what is to be watched is not: watch() may mend that.
    [[nodiscard]] bool is_blind() const {
        return std::any_of(places_.begin(), places_.end(),
                           [](const Place& place) { return place.folder == no_folder; });
    }

private:
    friend class FileWatch;
    const NameView name_;
    std::vector<Place> places_;
};

}  // namespace lockstep
