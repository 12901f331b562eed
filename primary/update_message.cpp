#include "primary/update_message.hpp"

#include "rdata/rdata.hpp"
#include "wire/header.hpp"
#include "wire/reader.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

enum class Part { Prerequisite, Update };

/// Whether a record of this class stands for itself, not for a name or an RRset.
bool has_rdata(RrClass rr_class, Part part) {
    return rr_class == RrClass::IN || (rr_class == RrClass::NONE && part == Part::Update);
}

Expected<std::vector<UpdateRecord>, Rcode> read_section(MessageReader& reader, unsigned count, Part part) {
    std::vector<UpdateRecord> records;
    for (unsigned i = 0; i < count; ++i) {
        const auto wire = reader.record();
        if (!wire) return unexpected(Rcode::FORMERR);
        UpdateRecord record{wire->owner, wire->type, wire->rr_class, wire->raw_ttl, {}};
        if (has_rdata(wire->rr_class, part) && !is_meta(wire->type)) {
            if (!read_rdata(wire->type, reader.message(), wire->rdata_at, wire->rdata_octets, record.rdata))
                return unexpected(Rcode::FORMERR);
        } else {
            append_octets(record.rdata, wire->rdata(reader.message()));
        }
        records.push_back(std::move(record));
    }
    return records;
}

bool is_in_use(ZoneBuilder& zone, NameView owner) {
    return zone.find(owner).has_value();
}
bool has_type(ZoneBuilder& zone, NameView owner, RrType type) {
    const auto node = zone.find(owner);
    return node && node->has(type);
}

bool less(const UpdateRecord* a, const UpdateRecord* b) {
    if (const auto owners = canonical_order(a->owner, b->owner); owners != 0) return owners < 0;
    if (a->type != b->type) return a->type < b->type;
    if (is_meta(a->type))
        return std::lexicographical_compare(a->rdata.begin(), a->rdata.end(), b->rdata.begin(),
                                            b->rdata.end());
    return canonical_rdata_order(a->type, a->rdata, b->rdata) < 0;
}

/// Whether the zone has of one owner and type just these records (§3.2.3); they are sorted.
bool has_rrset(ZoneBuilder& zone, std::vector<const UpdateRecord*>::const_iterator first,
               std::vector<const UpdateRecord*>::const_iterator end) {
    const RrType type = (*first)->type;
    const auto node = zone.find((*first)->owner);
    if (!node || is_meta(type)) return false;
    // Signatures are kept as one RRset a covered type.
    std::vector<Octets> present;
    for (const RrsetView rrset : *node) {
        if (rrset.type() == type) present.insert(present.end(), rrset.begin(), rrset.end());
    }
    std::sort(present.begin(), present.end(),
              [type](Octets a, Octets b) { return canonical_rdata_order(type, a, b) < 0; });
    auto wanted = first;
    for (const Octets rdata : present) {
        if (wanted == end || !equal_rdata(type, (*wanted)->rdata, rdata)) return false;
        do
            ++wanted;
        while (wanted != end && equal_rdata(type, (*wanted)->rdata, rdata));
    }
    return wanted == end;
}

/// What one prerequisite says by itself.
std::optional<Rcode> unmet(const UpdateRecord& wanted, NameView apex, ZoneBuilder& zone) {
    if (wanted.raw_ttl != 0) return Rcode::FORMERR;
    if (!wanted.owner.view().is_within(apex)) return Rcode::NOTZONE;
    if (wanted.rr_class == RrClass::IN) return std::nullopt;
    if (wanted.rr_class != RrClass::ANY && wanted.rr_class != RrClass::NONE) return Rcode::FORMERR;
    if (!wanted.rdata.empty()) return Rcode::FORMERR;
    const bool wants = wanted.rr_class == RrClass::ANY;
    if (wanted.type == RrType::ANY) {
        if (is_in_use(zone, wanted.owner) == wants) return std::nullopt;
        return wants ? Rcode::NXDOMAIN : Rcode::YXDOMAIN;
    }
    if (has_type(zone, wanted.owner, wanted.type) == wants) return std::nullopt;
    return wants ? Rcode::NXRRSET : Rcode::YXRRSET;
}

}  // namespace

Expected<UpdateMessage, Rcode> UpdateMessage::read(Octets message) {
    MessageReader reader(message);
    const Header header = Header::read(message);
    if (!reader.question()) return unexpected(Rcode::FORMERR);
    UpdateMessage update;
    DNS_TRY_ASSIGN(update.prerequisites, read_section(reader, header.answer_count, Part::Prerequisite));
    DNS_TRY_ASSIGN(update.updates, read_section(reader, header.authority_count, Part::Update));
    return update;
}

std::optional<Rcode> unmet_prerequisite(const std::vector<UpdateRecord>& prerequisites, NameView apex,
                                        ZoneBuilder& zone) {
    std::vector<const UpdateRecord*> values;
    for (const UpdateRecord& wanted : prerequisites) {
        if (const auto rcode = unmet(wanted, apex, zone)) return rcode;
        if (wanted.rr_class == RrClass::IN) values.push_back(&wanted);
    }
    std::sort(values.begin(), values.end(), less);
    for (auto first = values.cbegin(); first != values.cend();) {
        const auto end = std::find_if(first, values.cend(), [&](const UpdateRecord* each) {
            return each->type != (*first)->type || !(each->owner.view() == (*first)->owner.view());
        });
        if (!has_rrset(zone, first, end)) return Rcode::NXRRSET;
        first = end;
    }
    return std::nullopt;
}

std::optional<Rcode> meaningless_update(const std::vector<UpdateRecord>& updates, NameView apex) {
    for (const UpdateRecord& update : updates) {
        if (!update.owner.view().is_within(apex)) return Rcode::NOTZONE;
        const bool meta = is_meta(update.type);
        bool sound = update.rr_class == RrClass::IN && !meta;
        if (update.rr_class == RrClass::ANY)
            sound = update.raw_ttl == 0 && update.rdata.empty() && (!meta || update.type == RrType::ANY);
        if (update.rr_class == RrClass::NONE) sound = update.raw_ttl == 0 && !meta;
        if (!sound) return Rcode::FORMERR;
    }
    return std::nullopt;
}

OctetString write_update(const UpdateMessage& message) {
    constexpr std::size_t zone_octets = 1 + 4;           // the root, type, class
    constexpr std::size_t fixed_octets = 2 + 2 + 4 + 2;  // of a record: type, class, TTL, length
    std::size_t size = header_octets + zone_octets;
    for (const auto* records : {&message.prerequisites, &message.updates}) {
        for (const UpdateRecord& record : *records)
            size += record.owner.octets().size() + fixed_octets + record.rdata.size();
    }
    OctetString octets(size);
    Header header;
    header.opcode = Opcode::Update;
    header.question_count = 1;
    header.answer_count = static_cast<std::uint16_t>(message.prerequisites.size());
    header.authority_count = static_cast<std::uint16_t>(message.updates.size());
    header.write(octets.data());
    std::byte* to = octets.data() + header_octets + 1;
    const auto number = [&](auto value) {
        store_big_endian(to, value);
        to += sizeof value;
    };
    number(std::to_underlying(RrType::SOA));
    number(std::to_underlying(RrClass::IN));
    for (const auto* records : {&message.prerequisites, &message.updates}) {
        for (const UpdateRecord& record : *records) {
            to = std::copy(record.owner.octets().begin(), record.owner.octets().end(), to);
            number(std::to_underlying(record.type));
            number(std::to_underlying(record.rr_class));
            number(record.raw_ttl);
            number(static_cast<std::uint16_t>(record.rdata.size()));
            to = std::copy(record.rdata.begin(), record.rdata.end(), to);
        }
    }
    return octets;
}

}  // namespace lockstep
