#include "zone/node.hpp"

#include "rdata/rdata.hpp"

#include <algorithm>
#include <optional>

namespace lockstep {
namespace {

struct RrsetKey {
    RrType type;
    RrType covered;
    auto operator<=>(const RrsetKey&) const = default;
};

RrsetKey key_of(RrType type, Octets rdata) {
    return {type, covered_type(type, rdata)};
}
RrsetKey key_of(const RrsetView& rrset) {
    return {rrset.type(), covered_type(rrset.type(), rrset.front())};
}

/// Appends the fixed part; its count and length are set by end_rrset().
std::size_t begin_rrset(RrType type, Ttl ttl, OctetString& out) {
    const std::size_t at = out.size();
    out.resize(at + NodeView::header_octets);
    store_big_endian(out.data() + at, static_cast<std::uint16_t>(type));
    store_big_endian(out.data() + at + 4, ttl.value());
    return at;
}
void append_rdata(Octets rdata, OctetString& out) {
    const std::size_t at = out.size();
    out.resize(at + 2 + rdata.size());
    store_big_endian(out.data() + at, static_cast<std::uint16_t>(rdata.size()));
    if (!rdata.empty()) std::memcpy(out.data() + at + 2, rdata.data(), rdata.size());
}
void end_rrset(std::size_t at, std::size_t count, OctetString& out) {
    store_big_endian(out.data() + at + 2, static_cast<std::uint16_t>(count));
    store_big_endian(out.data() + at + 8,
                     static_cast<std::uint32_t>(out.size() - at - NodeView::header_octets));
}

/// Duplicates that differ in the case of a name come in the order of their octets, so that which of them is
/// kept does not hang on the order of arrival.
bool comes_before(const NodeRecord& a, const NodeRecord& b) {
    if (a.type != b.type) return a.type < b.type;
    if (const auto order = canonical_rdata_order(a.type, a.rdata, b.rdata); order != 0) return order < 0;
    return std::lexicographical_compare(a.rdata.begin(), a.rdata.end(), b.rdata.begin(), b.rdata.end());
}

/// The RRset's octets, its fixed part included.
Octets whole(const RrsetView& rrset) {
    return {rrset.packed().data() - NodeView::header_octets, rrset.packed().size() + NodeView::header_octets};
}

/// The node's RRset with that key, or the first behind where it would be.
NodeView::Iterator lower_bound(NodeView node, const RrsetKey& key) {
    auto at = node.begin();
    while (at != node.end() && key_of(*at) < key)
        ++at;
    return at;
}
bool stands_at(NodeView node, NodeView::Iterator at, const RrsetKey& key) {
    return at != node.end() && key_of(*at) == key;
}

}  // namespace

RrType covered_type(RrType type, Octets rdata) {
    return type == RrType::RRSIG && rdata.size() >= 2 ? RrType{load_big_endian<std::uint16_t>(rdata.data())}
                                                      : RrType::None;
}

NodeChange pack_node(std::span<NodeRecord> records, OctetString& out) {
    out.clear();
    auto change = NodeChange::Done;
    if (records.size() > 1) std::sort(records.begin(), records.end(), comes_before);
    for (std::size_t first = 0; first < records.size();) {
        const RrsetKey key = key_of(records[first].type, records[first].rdata);
        const std::size_t at = begin_rrset(key.type, {}, out);
        Ttl ttl = records[first].ttl;
        std::size_t count = 0;
        std::size_t next = first;
        for (; next < records.size() && key_of(records[next].type, records[next].rdata) == key; ++next) {
            if (records[next].ttl != ttl) change = NodeChange::TtlLowered;
            ttl = std::min(ttl, records[next].ttl);
            if (next != first && equal_rdata(key.type, records[next - 1].rdata, records[next].rdata))
                continue;
            append_rdata(records[next].rdata, out);
            ++count;
        }
        if (count > max_rrset_records) return NodeChange::TooMany;
        store_big_endian(out.data() + at + 4, ttl.value());
        end_rrset(at, count, out);
        first = next;
    }
    return change;
}

NodeChange add_record(Octets node_octets, const NodeRecord& record, OctetString& out) {
    const NodeView node(node_octets);
    const RrsetKey key = key_of(record.type, record.rdata);
    const auto at = lower_bound(node, key);
    const bool has_rrset = stands_at(node, at, key);
    const std::byte* rest = node_octets.data() + node_octets.size();
    std::size_t before = node_octets.size();
    if (at != node.end()) before = static_cast<std::size_t>(whole(*at).data() - node_octets.data());

    out.clear();
    append_octets(out, node_octets.first(before));
    const Ttl ttl = has_rrset ? std::min((*at).ttl(), record.ttl) : record.ttl;
    const std::size_t start = begin_rrset(record.type, ttl, out);
    std::size_t count = 0;
    bool placed = false;
    bool was_there = false;
    if (has_rrset) {
        for (const Octets rdata : *at) {
            if (!placed) {
                const auto order = canonical_rdata_order(record.type, record.rdata, rdata);
                was_there = was_there || order == 0;
                placed = order <= 0;
                if (order < 0) {
                    append_rdata(record.rdata, out);
                    ++count;
                }
            }
            append_rdata(rdata, out);
            ++count;
        }
        before += whole(*at).size();
    }
    if (!placed) {
        append_rdata(record.rdata, out);
        ++count;
    }
    if (count > max_rrset_records) return NodeChange::TooMany;
    end_rrset(start, count, out);
    append_octets(out, {node_octets.data() + before, rest});
    return was_there ? NodeChange::AlreadySo : NodeChange::Done;
}

NodeChange remove_record(Octets node_octets, RrType type, Octets rdata, OctetString& out) {
    const NodeView node(node_octets);
    const RrsetKey key = key_of(type, rdata);
    const auto at = lower_bound(node, key);
    if (!stands_at(node, at, key)) return NodeChange::AlreadySo;
    const RrsetView rrset = *at;
    const auto before = static_cast<std::size_t>(whole(rrset).data() - node_octets.data());
    out.clear();
    append_octets(out, node_octets.first(before));
    const std::size_t start = begin_rrset(type, rrset.ttl(), out);
    std::size_t count = 0;
    for (const Octets other : rrset) {
        if (equal_rdata(type, other, rdata)) continue;
        append_rdata(other, out);
        ++count;
    }
    if (count == rrset.size()) return NodeChange::AlreadySo;
    if (count == 0) {
        out.resize(start);
    } else {
        end_rrset(start, count, out);
    }
    append_octets(out, node_octets.subspan(before + whole(rrset).size()));
    return NodeChange::Done;
}

NodeChange remove_type(Octets node, RrType type, OctetString& out) {
    out.clear();
    for (const RrsetView rrset : NodeView(node)) {
        if (rrset.type() != type) append_octets(out, whole(rrset));
    }
    return out.size() == node.size() ? NodeChange::AlreadySo : NodeChange::Done;
}

NodeChange set_ttl(Octets node, RrType type, Ttl ttl, OctetString& out) {
    auto change = NodeChange::AlreadySo;
    out.assign(node.begin(), node.end());
    for (const RrsetView rrset : NodeView(node)) {
        if (rrset.type() != type || rrset.ttl() == ttl) continue;
        const auto at = static_cast<std::size_t>(whole(rrset).data() - node.data());
        store_big_endian(out.data() + at + 4, ttl.value());
        change = NodeChange::Done;
    }
    return change;
}

bool is_sound_node(Octets node) {
    std::optional<RrsetKey> last;
    ByteCursor octets(node);
    while (!octets.empty()) {
        const auto header = octets.take(NodeView::header_octets);
        if (!header) return false;
        const RrType type{load_big_endian<std::uint16_t>(header->data())};
        std::size_t count = load_big_endian<std::uint16_t>(header->data() + 2);
        const auto packed = octets.take(load_big_endian<std::uint32_t>(header->data() + 8));
        if (!packed || count == 0) return false;
        ByteCursor records(*packed);
        std::optional<Octets> before;
        for (; count > 0; --count) {
            const auto size = records.read<std::uint16_t>();
            const auto rdata = size ? records.take(*size) : std::nullopt;
            if (!rdata || !check_rdata(type, *rdata)) return false;
            const RrsetKey key = key_of(type, *rdata);
            if (before ? key != last || canonical_rdata_order(type, *before, *rdata) >= 0
                       : last && key <= *last)
                return false;
            last = key;
            before = rdata;
        }
        if (!records.empty()) return false;
    }
    return last.has_value();
}

std::size_t count_records(NodeView node) {
    std::size_t count = 0;
    for (const RrsetView rrset : node)
        count += rrset.size();
    return count;
}

std::size_t record_octets(NodeView node, std::size_t owner_octets) {
    std::size_t octets = 0;
    // Type, class, TTL and RDLENGTH take 10 octets, the length in packed() 2 of them.
    for (const RrsetView rrset : node)
        octets += rrset.packed().size() + rrset.size() * (owner_octets + 8);
    return octets;
}

}  // namespace lockstep
