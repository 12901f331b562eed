#include "primary/file_watch.hpp"

#include "base/places.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

constexpr std::uint32_t watched_for = IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE |
                                      IN_DELETE | IN_MOVE_SELF | IN_ATTRIB;
constexpr std::uint32_t unfinished = IN_MODIFY | IN_CREATE;  // more is to come: its end, if nothing else
constexpr std::size_t events_at_once = 64 * 1024;            // octets

}  // namespace

FileWatch::FileWatch(asio::io_context& context, const Clock& clock, Log& log)
    : clock_(clock), log_(log), events_(context), timer_(context) {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor >= 0) {
        events_.assign(descriptor);
    } else {
        log_.warning(
            "zone files cannot be watched: {}; they are loaded at 'reload' only (raise fs.inotify.max_user_instances, or set "
            "\"watch\" to false)",
            std::strerror(errno));
    }
}

void FileWatch::watch(Zone& zone, const std::vector<std::string>& places, Asked& asked) {
    if (!events_.is_open()) return;
    const auto before = std::exchange(zone.places_, {});
    zone.places_.reserve(places.size());
    for (const auto& path : places) {
        // Asked for anew each time: another folder may have come to stand there.
        const auto folder_path = folder_of(path);
        auto known = asked.find(folder_path);
        if (known == asked.end())
            known = asked.emplace(folder_path, folder_at(std::string(folder_path))).first;
        Place place{known->second, nullptr};
        if (place.folder != no_folder)
            place.file = &*folders_.at(place.folder).files.emplace(path.substr(path.rfind('/') + 1), &zone);
        zone.places_.push_back(place);
    }
    leave(before);
    if (zone.places_.empty()) settling_.forget(zone.name_);
}

void FileWatch::leave(const std::vector<Place>& places) {
    for (const auto& place : places) {
        if (place.folder == no_folder) continue;
        auto& files = folders_.at(place.folder).files;
        const auto [begin, end] = files.equal_range(place.file->first);
        files.erase(std::find_if(begin, end, [&](const auto& each) { return &each == place.file; }));
        if (files.empty()) leave(place.folder);
    }
}

void FileWatch::leave(int folder) {
    (void)::inotify_rm_watch(events_.native_handle(),
                             folder);  // fails where the folder is gone, and the watch with it
    folders_.erase(folder);
}

void FileWatch::expect_no_more() {
    std::vector<int> unused;
    for (const auto& [descriptor, folder] : folders_) {
        if (folder.files.empty()) unused.push_back(descriptor);
    }
    for (const int folder : unused)
        leave(folder);
}

void FileWatch::touched(const Zone& zone) {
    if (zone.places_.empty()) return;
    settling_.touched(Name(zone.name_), {}, clock_.steady_now());
    timer_.cancel();
}

int FileWatch::folder_at(const std::string& path) {
    // The descriptor that is there already, where it is watched.
    const int folder = ::inotify_add_watch(events_.native_handle(), path.c_str(), watched_for | IN_ONLYDIR);
    if (folder < 0) {
        const int reason = errno;
        if (refused_.insert(path).second) {
            log_.warning("{}: cannot be watched: {}; zone files there are loaded at 'reload' only{}", path,
                         std::strerror(reason),
                         reason == ENOSPC ? " (raise fs.inotify.max_user_watches)" : "");
        }
        return no_folder;
    }
    refused_.erase(path);
    folders_[folder].path = path;
    return folder;
}

awaitable<void> FileWatch::listen() {
    while (events_.is_open()) {
        auto waited = co_await events_.async_wait(asio::posix::descriptor_base::wait_read, as_values);
        if (std::get<0>(waited)) co_return;
        read_events();
    }
}

awaitable<void> FileWatch::tell(Written written) {
    for (;;) {
        const auto settled = settling_.take(clock_.steady_now());
        for (const auto& zone : settled)
            co_await written(zone);
        timer_.expires_at(settling_.next());
        (void)co_await timer_.async_wait(as_values);
    }
}

void FileWatch::read_events() {
    alignas(inotify_event) std::array<char, events_at_once> buffer;
    const auto size = ::read(events_.native_handle(), buffer.data(), buffer.size());
    for (ssize_t at = 0; at < size;) {
        inotify_event event{};
        const char* const start = buffer.data() + at;
        std::memcpy(&event, start, sizeof event);
        // The name is padded with NULs.
        happened(event.wd, event.mask, event.len > 0 ? std::string(start + sizeof event) : std::string());
        at += static_cast<ssize_t>(sizeof event + event.len);
    }
}

void FileWatch::happened(int wd, std::uint32_t what, const std::string& file) {
    const auto now = clock_.steady_now();
    timer_.cancel();
    if ((what & IN_Q_OVERFLOW) != 0) {
        for (const auto& [descriptor, folder] : folders_) {
            for (const auto& [name, zone] : folder.files)
                settling_.touched(Name(zone->name_), {}, now);
        }
        return;
    }
    const auto folder = folders_.find(wd);
    if (folder == folders_.end()) return;
    const auto& files = folder->second.files;
    if ((what & (IN_IGNORED | IN_MOVE_SELF)) != 0) {
        // The folder is gone, or goes by another name; what is there now is looked for when its zones have
        // settled.
        for (const auto& [name, zone] : files) {
            settling_.touched(Name(zone->name_), {}, now);
            for (auto& place : zone->places_) {
                if (place.folder == wd) place.folder = no_folder;
            }
        }
        leave(wd);
        return;
    }
    const auto path = folder->second.path / file;
    const auto [begin, end] = files.equal_range(file);
    for (auto entry = begin; entry != end; ++entry) {
        if ((what & IN_ATTRIB) != 0) {
            settling_.touched(Name(entry->second->name_), path.string(), now);
        } else {
            settling_.happened(Name(entry->second->name_), path.string(), now,
                               (what & unfinished) != 0 ? Settling::written : Settling::closed);
        }
    }
    std::error_code error;
    // A link that others lead through, as where a whole folder is swapped at once; not an editor's lock.
    if (begin == end && (what & (IN_CREATE | IN_MOVED_TO)) != 0 && !file.starts_with(".#") &&
        std::filesystem::is_symlink(path, error)) {
        for (const auto& [name, zone] : files)
            settling_.touched(Name(zone->name_), {}, now);
    }
}

}  // namespace lockstep
