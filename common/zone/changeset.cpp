#include "zone/changeset.hpp"

#include "rdata/rdata.hpp"
#include "zone/builder.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

std::string describe(const RecordView& record) {
    return record.owner.to_string() + " " + to_string(record.type) + " " +
           rdata_text(record.type, record.rdata);
}

/// A record of one of the changes to condense. A view.
struct Event {
    enum class Kind : std::uint8_t { Removed, Added };
    Kind kind = Kind::Removed;
    std::size_t at = 0;  // when, relative to the others
    RecordView record;
};

std::strong_ordering record_order(const RecordView& a, const RecordView& b) {
    if (const auto owners = canonical_order(a.owner, b.owner); owners != 0) return owners;
    if (a.type != b.type) return a.type <=> b.type;
    return canonical_rdata_order(a.type, a.rdata, b.rdata);
}

void collect(const RecordList& records, Event::Kind kind, std::vector<Event>& events) {
    bool is_first = true;  // the SOA, which stands for the version, not for a change
    for (const RecordView record : records) {
        if (!is_first) events.push_back({kind, events.size(), record});
        is_first = false;
    }
}

}  // namespace

Result<ZonePtr> apply_changes(const ZonePtr& base, const ChangeSet& changes) {
    const auto in_zone = [&](std::string text) {
        return unexpected(Error{ErrorCode::Invalid, std::move(text)}.in("zone " + base->apex().to_string()));
    };
    if (base->serial() != changes.from) {
        return in_zone("a change from serial " + to_string(changes.from) + " does not fit serial " +
                       to_string(base->serial()));
    }
    ZoneBuilder builder(base);
    for (const RecordView record : changes.removed) {
        if (!builder.remove(record)) return in_zone("a record to remove is not there: " + describe(record));
    }
    for (const RecordView record : changes.added) {
        switch (builder.add(record)) {
        case ZoneBuilder::Added::Yes: break;
        case ZoneBuilder::Added::Duplicate:
            return in_zone("a record to add is there already: " + describe(record));
        case ZoneBuilder::Added::OutOfZone:
            return in_zone("a record to add is not within: " + describe(record));
        }
    }
    auto made = std::move(builder).finish();
    if (made && (*made)->serial() != changes.to) {
        return in_zone("a change to serial " + to_string(changes.to) + " ended at serial " +
                       to_string((*made)->serial()));
    }
    return made;
}

ChangeSet condense(std::span<const ChangeSet* const> changes) {
    ChangeSet out;
    out.from = changes.front()->from;
    out.to = changes.back()->to;
    std::vector<Event> events;
    for (const ChangeSet* change : changes) {
        collect(change->removed, Event::Kind::Removed, events);
        collect(change->added, Event::Kind::Added, events);
    }
    if (!changes.front()->removed.empty()) out.removed.append(*changes.front()->removed.begin());
    if (!changes.back()->added.empty()) out.added.append(*changes.back()->added.begin());

    // All that happened to one record, in the order of its happening.
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
        const auto order = record_order(a.record, b.record);
        return order != 0 ? order < 0 : a.at < b.at;
    });
    for (std::size_t first = 0; first < events.size();) {
        std::size_t end = first + 1;
        while (end < events.size() && record_order(events[first].record, events[end].record) == 0)
            ++end;
        const Event& earliest = events[first];
        const Event& latest = events[end - 1];
        const bool was_there = earliest.kind == Event::Kind::Removed;
        const bool is_there = latest.kind == Event::Kind::Added;
        const bool is_same = was_there && is_there && earliest.record.ttl == latest.record.ttl &&
                             equal_octets(earliest.record.rdata, latest.record.rdata);
        if (was_there && !is_same) out.removed.append(earliest.record);
        if (is_there && !is_same) out.added.append(latest.record);
        first = end;
    }
    return out;
}

}  // namespace lockstep
