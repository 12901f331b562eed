#pragma once
// Zones for the zone tests, written as triples of owner, type and RDATA octets: no master file parser below
// this floor.

#include "rdata/soa.hpp"
#include "support/catch.hpp"
#include "support/name_text.hpp"
#include "wire/name.hpp"
#include "wire/record.hpp"
#include "zone/builder.hpp"
#include "zone/snapshot.hpp"

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::sample {

using test::name;

/// An owned record.
struct Record {
    Name owner;
    RrType type = RrType::None;
    Ttl ttl{3600};
    OctetString rdata;
    [[nodiscard]] RecordView view() const { return {owner, type, ttl, rdata}; }
};

inline OctetString octets(std::initializer_list<int> values) {
    OctetString out;
    for (const int value : values)
        out.push_back(static_cast<std::byte>(value));
    return out;
}
inline OctetString of(NameView value) {
    return {value.octets().begin(), value.octets().end()};
}

inline Record a(std::string_view owner, int last, std::uint32_t ttl = 3600) {
    return {name(owner), RrType::A, Ttl{ttl}, octets({192, 0, 2, last})};
}
inline Record target(std::string_view owner, RrType type, std::string_view target_name,
                     std::uint32_t ttl = 3600) {
    return {name(owner), type, Ttl{ttl}, of(name(target_name))};
}
inline Record ns(std::string_view owner, std::string_view target_name) {
    return target(owner, RrType::NS, target_name);
}
inline Record mx(std::string_view owner, std::string_view target_name) {
    Record record = target(owner, RrType::MX, target_name);
    record.rdata.insert(record.rdata.begin(), {std::byte{0}, std::byte{10}});
    return record;
}
inline Record txt(std::string_view owner, std::string_view text) {
    OctetString rdata{static_cast<std::byte>(text.size())};
    append_octets(rdata, as_octets(text));
    return {name(owner), RrType::TXT, Ttl{3600}, rdata};
}
inline Record rrsig(std::string_view owner, RrType covered, std::uint32_t ttl, int signature = 1) {
    OctetString rdata;
    append_big_endian(rdata, static_cast<std::uint16_t>(covered));
    append_octets(rdata, octets({13, 2}));
    for (int i = 0; i < 3; ++i)
        append_big_endian(rdata, ttl);
    append_octets(rdata, octets({0, 1}));
    append_octets(rdata, name("example.org").octets());
    rdata.push_back(static_cast<std::byte>(signature));
    return {name(owner), RrType::RRSIG, Ttl{ttl}, rdata};
}
inline Record soa(std::uint32_t serial, std::string_view apex = "example.org") {
    Soa fields;
    fields.mname = name("ns1.example.org");
    fields.rname = name("hostmaster.example.org");
    fields.serial = Serial{serial};
    fields.refresh = std::chrono::hours{2};
    fields.retry = fields.minimum = std::chrono::hours{1};
    fields.expire = std::chrono::weeks{2};
    return {name(apex), RrType::SOA, Ttl{3600}, fields.rdata()};
}

inline Result<ZonePtr> try_zone(const std::vector<Record>& records, std::string_view apex = "example.org") {
    ZoneBuilder builder(name(apex));
    for (const Record& record : records)
        REQUIRE(builder.add(record.view()) == ZoneBuilder::Added::Yes);
    return std::move(builder).finish();
}
inline ZonePtr zone(const std::vector<Record>& records, std::string_view apex = "example.org") {
    auto made = try_zone(records, apex);
    if (!made) FAIL(made.error().text);
    return *made;
}

/// All records, in the zone's order: owner, type, TTL, RDATA.
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
inline bool same_content(const ZoneSnapshot& a, const ZoneSnapshot& b) {
    return equal_octets(dump(a).octets(), dump(b).octets());
}

}  // namespace lockstep::sample
