#pragma once
// Carries UPDATE messages out on a zone, one after another, towards one new version.
//
// Threads: one; no I/O. Errors: an RCODE a message, with the story for the log. Limits: an RRset of 65,535
// records. Each message is done whole or not at all. Standards: RFC 2136 §3, RFC 3007, RFC 1982.

#include "answer/update_in.hpp"
#include "base/clock.hpp"
#include "primary/overlay.hpp"
#include "primary/update_message.hpp"
#include "zone/builder.hpp"
#include "zone/changeset.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// What one message came to.
struct UpdateOutcome {
    Rcode rcode = Rcode::NOERROR;
    std::optional<ToldError> error{};
    std::string text{};  // for the log, where it was refused
};

/// The version that the messages lead to.
struct UpdatedZone {
    ZonePtr zone;
    std::shared_ptr<const ChangeSet> changes;  // from the one served
};

/// Whether there is something that only its maker could make anew, so that no update is taken: signatures, or
/// a digest of the whole zone, with which no secondary would take the new version (RFC 8976 §4).
[[nodiscard]] bool is_sealed(const ZoneSnapshot& zone);

/// Resource type; used up by finish().
class ZoneUpdater {
public:
    ZoneUpdater(ZonePtr served, WallTime now) : served_(std::move(served)), now_(now), builder_(served_) {}

    [[nodiscard]] UpdateOutcome carry_out(const UpdateRequest& request);
    /// Takes out a record whose time is over, if the zone can be without it.
    void end(const RecordView& record);
    /// When the records that were added end by themselves.
    [[nodiscard]] const RecordEnds& ends() const { return ends_; }
    /// Nothing where all of it changes nothing. Under the serial that an update has set, where it is newer
    /// than the one served, else under the next in its style.
    [[nodiscard]] Result<std::optional<UpdatedZone>> finish() &&;

private:
    [[nodiscard]] bool is_apex(NameView owner) const { return owner == served_->apex(); }
    [[nodiscard]] bool overfull(const std::vector<UpdateRecord>& updates);
    void apply(const UpdateRecord& update, std::optional<seconds> lifetime);
    void add(const UpdateRecord& update, std::optional<seconds> lifetime);
    [[nodiscard]] std::string key_of(const UpdateRecord& update);
    void make_room(const UpdateRecord& update, RrsetView rrset);
    void remove_types(const UpdateRecord& update);
    void remove_record(const RecordView& record);

    ZonePtr served_;
    WallTime now_;
    ZoneBuilder builder_;
    RecordEnds ends_;
};

}  // namespace lockstep
