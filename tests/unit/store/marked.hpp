#pragma once
// What the tests of marks share: versions whose marks tell which they are, a store that serves one zone.

#include "fault_vfs.hpp"
#include "scratch.hpp"
#include "store/marks.hpp"
#include "store/sqlite.hpp"
#include "store/zone_store.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::test {

inline Candidate marked(const ZonePtr& zone, std::vector<MarkChange> marks) {
    Candidate candidate = first(zone);
    candidate.marks = std::move(marks);
    return candidate;
}

/// A version whose marks tell which it is; one of them is there every other time.
inline Candidate numbered(std::string_view zone, std::uint32_t serial) {
    const std::string number = std::to_string(serial);
    return marked(numbered_zone(zone, serial),
                  {{"always", std::string(zone)},
                   {"odd", serial % 2 == 1 ? std::optional(number) : std::nullopt},
                   {"serial", number}});
}
inline std::vector<Mark> marks_of(std::string_view zone, std::uint32_t serial) {
    std::vector<Mark> marks = {{"always", std::string(zone)}};
    if (serial % 2 == 1) marks.push_back({"odd", std::to_string(serial)});
    marks.push_back({"serial", std::to_string(serial)});
    return marks;
}

/// A store that serves `zone`, with what is stored of it.
struct Serving : OpenStore {
    explicit Serving(const fs::path& directory, HistoryLimits limits = {},
                     std::string_view zone = example_org)
        : OpenStore(directory, limits) {
        const auto added = store->add_zone(name(zone));
        if (!added) throw std::runtime_error(added.error().text);
    }
    [[nodiscard]] std::vector<Mark> marks(std::string_view zone = example_org) const {
        return store->marks(name(zone));
    }
    [[nodiscard]] std::uint32_t serial(std::string_view zone = example_org) const {
        const ServedZonePtr served = store->zone(name(zone));
        return served->zone ? served->zone->serial().value() : 0;
    }
};

/// Does `statements` to a state file that nobody has open; what the first column of the last one is.
inline std::int64_t change_file(const fs::path& directory, const char* statements,
                                const char* last = "SELECT 0") {
    auto database = Database::open(directory / "state.db");
    if (!database) FAIL(database.error().text);
    if (const auto done = database->run(statements); !done) FAIL(done.error().text);
    const auto value = database->integer(last);
    if (!value) FAIL(value.error().text);
    return *value;
}

}  // namespace lockstep::test
