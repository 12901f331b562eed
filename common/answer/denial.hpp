#pragma once
// What says that something is not there: the SOA, and NSEC or NSEC3 records where the zone has them and the
// client wants them.
//
// Threads: one reply, one thread. Errors: none. Limits: with NSEC3 a hash for each label between the closest
// encloser and the one that can be proved, and two more. Standards: RFC 2308 §3, RFC 4035 §3.1.3, RFC 5155
// §7.2.

#include "answer/sections.hpp"
#include "base/few.hpp"
#include "wire/name.hpp"
#include "zone/nsec3.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>

namespace lockstep {

/// The denials of one reply; none is added twice. References. In each function `name` is within the zone, and
/// `encloser_labels` are those of its closest encloser.
class Denial {
public:
    Denial(ReplySections& reply, Nsec3Hasher& hasher) : reply_(reply), hasher_(hasher) {}

    /// The zone's SOA with the TTL of a negative answer (RFC 2308 §5).
    void add_soa(const ZoneSnapshot& zone, NameView name);
    /// `name` exists, and has no such type.
    void no_data(const ZoneSnapshot& zone, NameView name) { (void)prove(zone, name, name.label_count()); }
    /// `name` does not exist, and the wildcard for it either does not exist or has no such type: what stands
    /// at or before the wildcard says which.
    void no_match(const ZoneSnapshot& zone, NameView name, std::size_t encloser_labels);
    /// Nothing closer than the wildcard that answers for `name` exists.
    void wildcard_answer(const ZoneSnapshot& zone, NameView name, std::size_t encloser_labels) {
        cover(zone, name.suffix(encloser_labels + 1));  // the next closer name: nothing is below it either
    }
    /// The delegation at `cut` has no DS: it is not signed.
    void unsigned_delegation(const ZoneSnapshot& zone, NameView cut) { no_data(zone, cut); }

private:
    static constexpr std::size_t remembered = 12;  // more would be harmless repetitions

    enum class By : std::uint8_t { Nothing, Nsec, Nsec3 };
    [[nodiscard]] By by(const ZoneSnapshot& zone) const;
    /// By NSEC, what cover() adds. By NSEC3, the record of the ancestor of `name` (or of itself) with
    /// `labels` at most that has one, and the one that covers the next closer name. Returns the ancestor's
    /// labels.
    std::size_t prove(const ZoneSnapshot& zone, NameView name, std::size_t labels);
    /// The NSEC or NSEC3 for `name`, or the one that covers it.
    void cover(const ZoneSnapshot& zone, NameView name);
    void add_nsec(const ZoneSnapshot& zone, NameView name);
    void add(NameView owner, const NodeView& node, RrType type);

    ReplySections& reply_;
    Nsec3Hasher& hasher_;
    Few<const std::byte*, remembered> added_;  // where the RRsets stand in their zones
};

}  // namespace lockstep
