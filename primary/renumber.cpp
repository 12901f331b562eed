#include "primary/renumber.hpp"

#include "zone/builder.hpp"

#include <utility>

namespace lockstep {

Result<ZonePtr> renumbered(const ZonePtr& zone, Serial serial) {
    if (zone->serial() == serial) return zone;
    ZoneBuilder builder(zone);
    const auto rrset = zone->soa_rrset();
    Soa soa = zone->soa();
    soa.serial = serial;
    const auto rdata = soa.rdata();
    builder.remove_rrset(zone->apex(), RrType::SOA);
    builder.add({zone->apex(), RrType::SOA, rrset.ttl(), rdata});
    return std::move(builder).finish();
}

}  // namespace lockstep
