#pragma once
// A disk that fails when told and remembers what a power cut would leave: SQLite's way to the operating
// system, wrapped. While one of these lives every database of the process goes through it, and what its
// calls() are used for, on the same disk.
//
// Threads: one. Version 1 of SQLite's interface, so that nothing can be mapped or shared.

#include "base/random.hpp"
#include "store/disk_calls.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace lockstep::test {

class FaultVfs {
public:
    enum class Operation { Write, Sync, Truncate, Delete };
    using Image = std::map<std::string, std::string>;

    /// Asked before each operation that changes the disk; what it returns, unless SQLITE_OK, happens instead.
    std::function<int(Operation)> before;
    /// Whether a sync that fails has written all the same.
    bool failed_syncs_write = false;

    FaultVfs() : real_(sqlite3_vfs_find(nullptr)), mine_(*real_) {
        mine_.zName = "fault";
        mine_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        mine_.pAppData = this;
        mine_.pNext = nullptr;
        mine_.xOpen = open;
        mine_.xDelete = remove;
        sqlite3_vfs_register(&mine_, 1);
    }
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;
    ~FaultVfs() {
        sqlite3_vfs_unregister(&mine_);
        sqlite3_vfs_register(real_, 1);
    }

    /// What each file holds on the disk for certain: all that was synced, nothing else.
    [[nodiscard]] Image synced() const {
        Image image;
        for (const auto& [path, disk] : disks_) {
            if (!disk.new_name) image[path] = disk.synced;
        }
        return image;
    }
    /// What each file could hold were the power cut now: all that was synced, of the rest any sectors.
    [[nodiscard]] Image after_power_cut(Random& random) const {
        Image image;
        for (const auto& [path, disk] : disks_) {
            if ((disk.new_name || disk.removed) && random.below(2) == 0) continue;
            std::string content = disk.synced;
            for (const Change& change : disk.since) {
                if (change.truncate) {
                    if (random.below(2) == 0) content.resize(change.at);
                    continue;
                }
                for (std::size_t done = 0; done < change.octets.size(); done += 512) {
                    if (random.below(3) != 0) put(content, change.at + done, change.octets.substr(done, 512));
                }
            }
            image[path] = std::move(content);
        }
        return image;
    }

    /// Files that are no databases, on this disk. A view of it.
    [[nodiscard]] std::shared_ptr<DiskCalls> calls() { return std::make_shared<Calls>(*this); }

private:
    struct Change {
        std::uint64_t at;
        std::string octets;
        bool truncate = false;
    };
    struct Disk {
        std::string synced;
        std::vector<Change> since;
        // Of files that are no databases, until their directory is synced.
        bool new_name = false;
        bool removed = false;
    };
    class Calls final : public DiskCalls {
    public:
        explicit Calls(FaultVfs& disk) : disk_(disk) {}
        int create(const std::filesystem::path& file) override {
            if (fails(Operation::Write)) return -1;
            const int number = DiskCalls::create(file);
            open_[number] = &(disk_.disks_[file] = {{}, {}, true, false});
            return number;
        }
        int write(int file, Octets octets, std::uint64_t at) override {
            if (fails(Operation::Write)) return -1;
            open_.at(file)->since.push_back(
                {at, {reinterpret_cast<const char*>(octets.data()), octets.size()}});
            return DiskCalls::write(file, octets, at);
        }
        int sync_content(int file) override {
            const bool failed = fails(Operation::Sync);
            settle(*open_.at(file), failed && !disk_.failed_syncs_write);
            return failed ? -1 : 0;
        }
        int remove(const std::filesystem::path& file) override {
            if (fails(Operation::Delete)) return -1;
            if (const auto found = disk_.disks_.find(file); found != disk_.disks_.end())
                found->second.removed = true;
            return DiskCalls::remove(file);
        }
        int sync(const std::filesystem::path&) override {
            if (fails(Operation::Sync)) return -1;
            std::erase_if(disk_.disks_, [](const auto& each) { return each.second.removed; });
            for (auto& [path, disk] : disk_.disks_)
                disk.new_name = false;
            return 0;
        }

    private:
        bool fails(Operation operation) {
            const int status = disk_.ask(operation);
            errno = status == SQLITE_FULL ? ENOSPC : EIO;
            return status != SQLITE_OK;
        }
        FaultVfs& disk_;
        std::map<int, Disk*> open_;
    };
    /// What SQLite holds of an open file; the real one's follows it.
    struct File {
        sqlite3_file base;
        FaultVfs* vfs;
        Disk* disk;
    };

    static File& self(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
    static sqlite3_file* real(sqlite3_file* file) {
        return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
    }
    static void put(std::string& content, std::size_t at, std::string_view octets) {
        if (content.size() < at + octets.size()) content.resize(at + octets.size());
        std::copy(octets.begin(), octets.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
    }
    /// Syncs. Where that fails Linux does as if it had not: what could not be written counts as clean from
    /// now on, and never gets to the disk.
    static void settle(Disk& disk, bool failed) {
        for (const Change& change : failed ? std::vector<Change>() : disk.since) {
            if (change.truncate) {
                disk.synced.resize(change.at);
            } else {
                put(disk.synced, change.at, change.octets);
            }
        }
        disk.since.clear();
    }
    [[nodiscard]] int ask(Operation operation) const { return before ? before(operation) : SQLITE_OK; }

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
        auto* mine = static_cast<FaultVfs*>(vfs->pAppData);
        auto* opened = new (file) File{};
        const int status = mine->real_->xOpen(mine->real_, path, real(file), flags, out_flags);
        if (status != SQLITE_OK) return status;
        opened->vfs = mine;
        opened->disk = &mine->disks_[path != nullptr ? path : ""];
        opened->base.pMethods = &methods();
        return SQLITE_OK;
    }
    static int remove(sqlite3_vfs* vfs, const char* path, int sync_directory) {
        auto* mine = static_cast<FaultVfs*>(vfs->pAppData);
        if (const int failed = mine->ask(Operation::Delete); failed != SQLITE_OK) return failed;
        mine->disks_.erase(path);
        return mine->real_->xDelete(mine->real_, path, sync_directory);
    }
    static int write(sqlite3_file* file, const void* octets, int count, sqlite3_int64 at) {
        File& mine = self(file);
        if (const int failed = mine.vfs->ask(Operation::Write); failed != SQLITE_OK) return failed;
        mine.disk->since.push_back(
            {static_cast<std::uint64_t>(at),
             std::string(static_cast<const char*>(octets), static_cast<std::size_t>(count))});
        return real(file)->pMethods->xWrite(real(file), octets, count, at);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        File& mine = self(file);
        if (const int failed = mine.vfs->ask(Operation::Truncate); failed != SQLITE_OK) return failed;
        mine.disk->since.push_back({static_cast<std::uint64_t>(size), {}, true});
        return real(file)->pMethods->xTruncate(real(file), size);
    }
    static int sync(sqlite3_file* file, int flags) {
        File& mine = self(file);
        const int failed = mine.vfs->ask(Operation::Sync);
        settle(*mine.disk, failed != SQLITE_OK && !mine.vfs->failed_syncs_write);
        if (failed != SQLITE_OK) return failed;
        return real(file)->pMethods->xSync(real(file), flags);
    }

    static const sqlite3_io_methods& methods() {
        static const sqlite3_io_methods all = [] {
            sqlite3_io_methods io{};
            io.iVersion = 1;
            io.xClose = [](sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); };
            io.xRead = [](sqlite3_file* file, void* out, int count, sqlite3_int64 at) {
                return real(file)->pMethods->xRead(real(file), out, count, at);
            };
            io.xWrite = write;
            io.xTruncate = truncate;
            io.xSync = sync;
            io.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
                return real(file)->pMethods->xFileSize(real(file), size);
            };
            io.xLock = [](sqlite3_file* file, int lock) {
                return real(file)->pMethods->xLock(real(file), lock);
            };
            io.xUnlock = [](sqlite3_file* file, int lock) {
                return real(file)->pMethods->xUnlock(real(file), lock);
            };
            io.xCheckReservedLock = [](sqlite3_file* file, int* out) {
                return real(file)->pMethods->xCheckReservedLock(real(file), out);
            };
            io.xFileControl = [](sqlite3_file* file, int operation, void* argument) {
                return real(file)->pMethods->xFileControl(real(file), operation, argument);
            };
            io.xSectorSize = [](sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); };
            io.xDeviceCharacteristics = [](sqlite3_file* file) {
                return real(file)->pMethods->xDeviceCharacteristics(real(file));
            };
            return io;
        }();
        return all;
    }

    sqlite3_vfs* real_;
    sqlite3_vfs mine_;
    std::map<std::string, Disk> disks_;
};

}  // namespace lockstep::test
