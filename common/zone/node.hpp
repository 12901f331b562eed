#pragma once
// Makes the octets of a node (form: NodeView) from records, or from a node and one record.

#include "base/bytes.hpp"
#include "wire/record.hpp"
#include "wire/ttl.hpp"
#include "wire/types.hpp"
#include "zone/rrset.hpp"

#include <cstddef>
#include <span>

namespace lockstep {

/// A record of a known owner. A view.
struct NodeRecord {
    RrType type = RrType::None;
    Ttl ttl;
    Octets rdata;
};

/// What an RRset holds at most.
constexpr std::size_t max_rrset_records = 65535;

enum class NodeChange { Done, AlreadySo, TtlLowered, TooMany };

/// Writes to `out` what `records` come to, whatever their order: sorted, duplicates left out, the lowest TTL
/// of each RRset. Reorders `records`. TtlLowered: done, and the TTLs of an RRset differed. TooMany: an RRset
/// would hold more than max_rrset_records.
[[nodiscard]] NodeChange pack_node(std::span<NodeRecord> records, OctetString& out);

/// Writes to `out` the node with `record`. AlreadySo: it was there; `out` is the node all the same, with the
/// lower TTL.
[[nodiscard]] NodeChange add_record(Octets node, const NodeRecord& record, OctetString& out);
/// Writes to `out` the node without the record (nothing, where that was its last). AlreadySo: it was not
/// there.
[[nodiscard]] NodeChange remove_record(Octets node, RrType type, Octets rdata, OctetString& out);

/// Writes to `out` the node without any record of `type` (nothing, where it had no others). AlreadySo: it had
/// none.
[[nodiscard]] NodeChange remove_type(Octets node, RrType type, OctetString& out);
/// Writes to `out` the node, the records of `type` with `ttl`. AlreadySo: they have it, or there are none.
[[nodiscard]] NodeChange set_ttl(Octets node, RrType type, Ttl ttl, OctetString& out);

/// The type that makes an RRset of its own together with `type`: what a signature covers, else None.
[[nodiscard]] RrType covered_type(RrType type, Octets rdata);

/// Whether `node` is what pack_node() makes of some records whose RDATA fits their types.
[[nodiscard]] bool is_sound_node(Octets node);

/// How many records the node has.
[[nodiscard]] std::size_t count_records(NodeView node);
/// What the node's records take in a RecordList, for an owner of `owner_octets`.
[[nodiscard]] std::size_t record_octets(NodeView node, std::size_t owner_octets);

}  // namespace lockstep
