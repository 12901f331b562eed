#pragma once
// How what is served differs from the file, where updates have changed it: a mark in the store for each
// record. So that file and updates live side by side, a load applies what changed in the file to what is
// served.
//
// Threads: pure. Errors: Corrupt for a mark that is none of ours. Cost: of an update, the records it changes;
// of a load, those that differ. A record is known by owner, type and the octets of its RDATA, an SOA without
// its serial, which is nobody's to differ in.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/marks.hpp"
#include "zone/changeset.hpp"
#include "zone/snapshot.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// The value of one mark, as ZoneStore::mark() tells it.
using FindMark = std::function<std::optional<std::string>(std::string_view key)>;

/// When records end by themselves, by mark_key(); nothing: they stay.
using RecordEnds = std::map<std::string, std::optional<WallTime>>;

/// What the mark of `record` is kept under.
[[nodiscard]] std::string mark_key(const RecordView& record);
/// The record that a mark is of, without its TTL; a view of `key`. Errors: Corrupt.
[[nodiscard]] Result<RecordView> record_of_mark(std::string_view key);
/// When the record of the mark with that value ends by itself.
[[nodiscard]] std::optional<WallTime> end_of_mark(std::string_view value);

/// What becomes of the marks where an update makes `changes` to what is served. `ends` is about records that
/// it added, also those that were there before: of these only what the file does not have ends by itself.
[[nodiscard]] std::vector<MarkChange> marks_of_update(const ChangeSet& changes, const RecordEnds& ends,
                                                      const FindMark& find);

/// A zone's file with the updates on it.
struct Overlaid {
    ZonePtr zone;
    std::vector<MarkChange> marks;  // what becomes of them
    std::string notes;              // for the operator, a line for each update that the file has no room for
};

/// What to serve of `file`, the version just loaded. A record that is in it as it was when its mark was made
/// is as the update wants it; one that the file has or lacks otherwise by now is as the file has it.
[[nodiscard]] Result<Overlaid> overlay(const ZonePtr& file, const std::vector<Mark>& marks);

}  // namespace lockstep
