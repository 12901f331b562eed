#include "zones.hpp"

#include "../registry.hpp"
#include "kept.hpp"
#include "zone/builder.hpp"
#include "zonefile/zone_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::bench {
namespace {

Registry make_registry(std::int64_t delegations) {
    return Registry(static_cast<std::size_t>(delegations));
}

OctetString address_of(Serial serial) {
    OctetString address(4);
    store_big_endian(address.data(), serial.value());
    return address;
}

}  // namespace

const ZonePtr& registry_zone(std::int64_t delegations) {
    return kept<registry_zone_anew>(delegations);
}

ZonePtr registry_zone_anew(std::int64_t delegations) {
    return kept<make_registry>(delegations).zone();
}

const std::vector<std::string>& registry_labels(std::int64_t delegations) {
    return kept<make_registry>(delegations).labels;
}

std::string hosts_text(std::int64_t hosts) {
    std::string text =
        "@ 3600 SOA ns1 host 1 3600 600 86400 300\n@ 3600 NS ns1\n@ 3600 NS ns2\n"
        "ns1 3600 A 192.0.2.1\nns2 3600 A 192.0.2.2\n";
    for (std::int64_t i = 0; i < hosts; ++i) {
        const auto n = std::to_string(i);
        text += "host" + n + " 300 A 192.0.2.1\nhost" + n + " 300 AAAA 2001:db8::1\nhost" + n +
                " 300 MX 10 mail" + n + "\nmail" + n + " 300 A 192.0.2.3\nwww" + n + " 300 CNAME host" + n +
                "\n";
    }
    return text;
}

ZonePtr zone_of(std::string_view text, const Name& apex) {
    return load_zone_text(text, "benchmark", apex).value().zone;
}

ZonePtr next_version(const ZonePtr& zone) {
    ZoneBuilder builder(zone);
    const Name apex(zone->apex());
    const Name changed = below("changed", apex);
    const Ttl ttl = zone->soa_rrset().ttl();
    Soa soa = zone->soa();
    builder.remove({apex, RrType::SOA, ttl, soa.rdata()});
    builder.remove({changed, RrType::A, ttl, address_of(soa.serial)});
    soa.serial = soa.serial.advanced();
    builder.add({apex, RrType::SOA, ttl, soa.rdata()});
    builder.add({changed, RrType::A, ttl, address_of(soa.serial)});
    return std::move(builder).finish().value();
}

}  // namespace lockstep::bench
