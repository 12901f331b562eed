#pragma once
// What the store's tests share: zones with a serial, a comparison of content, a store on a directory.

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/disk_calls.hpp"
#include "store/zone_store.hpp"
#include "support/catch.hpp"
#include "support/scratch_directory.hpp"
#include "support/zone_text.hpp"
#include "zone/changeset.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::test {

inline constexpr std::string_view example_org = "example.org.";

inline ServedZonePtr must(Result<ServedZonePtr> result) {
    if (!result) FAIL(result.error().text);
    return *result;
}

namespace fs = std::filesystem;

inline std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const fs::path& file, std::string_view content) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    REQUIRE(out.flush());
}
/// The state files as they are at this moment: what a killed process would leave.
inline void copy_state(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& each : fs::directory_iterator(from)) {
        if (each.path().filename() != "lock")
            fs::copy_file(each.path(), to / each.path().filename(), fs::copy_options::overwrite_existing);
    }
}
/// How many files were set aside.
inline std::size_t set_aside(const fs::path& directory) {
    std::size_t count = 0;
    for (const auto& each : fs::directory_iterator(directory)) {
        const std::string name = each.path().filename().string();
        if (name.starts_with("state.db.bad-") && !name.ends_with("-wal")) ++count;
    }
    return count;
}

inline std::string soa_line(std::uint32_t serial) {
    return "@ 3600 SOA ns1 hostmaster " + std::to_string(serial) + " 3600 600 86400 300\n";
}
/// A zone of `hosts` addresses, one of which depends on the serial.
inline ZonePtr numbered_zone(std::string_view apex, std::uint32_t serial, std::uint32_t hosts = 3) {
    std::string text = soa_line(serial) + "@ 3600 NS ns1\nns1 3600 A 192.0.2.1\n";
    for (std::uint32_t host = 0; host < hosts; ++host) {
        text += "h" + std::to_string(host) + " 300 A 10." + std::to_string(host >> 16) + "." +
                std::to_string(host >> 8 & 255) + "." + std::to_string(host & 255) + "\n";
    }
    text += "latest 60 TXT \"serial " + std::to_string(serial) + "\"\n";
    return zone(apex, text);
}

/// All records, in the zone's order.
inline RecordList dump(const ZoneSnapshot& zone) {
    RecordList list;
    for (ZoneCursor at = zone.begin(); at; at.next()) {
        for (const RrsetView rrset : at.node()) {
            for (const Octets rdata : rrset)
                list.append({at.owner(), rrset.type(), rrset.ttl(), rdata});
        }
    }
    return list;
}
inline bool same_content(const ZonePtr& a, const ZonePtr& b) {
    if (!a || !b) return a == b;
    return equal_octets(dump(*a).octets(), dump(*b).octets());
}

/// `zone` as a candidate that says how it differs from `from`.
inline Candidate following(const ZonePtr& from, const ZonePtr& zone) {
    Candidate candidate;
    candidate.zone = zone;
    candidate.changes = std::make_shared<const ChangeSet>(diff(*from, *zone));
    return candidate;
}
inline Candidate first(const ZonePtr& zone) {
    Candidate candidate;
    candidate.zone = zone;
    return candidate;
}

/// A store on a directory, with a clock that tests move.
struct OpenStore {
    explicit OpenStore(const fs::path& directory, HistoryLimits limits = {},
                       std::shared_ptr<DiskCalls> disk = std::make_shared<DiskCalls>()) {
        auto opened = ZoneStore::open(directory, clock, log, limits, std::move(disk));
        if (!opened) throw std::runtime_error(opened.error().text);
        store = std::move(*opened);
    }
    ZoneStore* operator->() const { return store.get(); }

    ManualClock clock;
    Log log = Log::silent();
    std::unique_ptr<ZoneStore> store;
};

}  // namespace lockstep::test
