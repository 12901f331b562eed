#include "transfer/whole_zone.hpp"

#include "zone/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace lockstep {
namespace {

std::optional<WholeZoneFault> fault_of(const ZoneSnapshot& zone) {
    auto checks = check_transferred(zone);
    const auto first = std::find_if(checks.begin(), checks.end(), [](const ZoneCheck& check) {
        return check.severity == ZoneCheck::Severity::Error;
    });
    if (first == checks.end()) return std::nullopt;
    switch (first->type) {
    case RrType::NS: return WholeZoneFault{TransferError::NoApexNs, std::move(first->text)};
    case RrType::CNAME: return WholeZoneFault{TransferError::CnameNotAlone, std::move(first->text)};
    default: return WholeZoneFault{TransferError::Unfit, std::move(first->text)};
    }
}

std::optional<WholeZoneFault> too_large_rrset(const ZoneSnapshot& zone, std::size_t max_rrset_records) {
    for (ZoneCursor name = zone.begin(); name; name.next()) {
        for (const RrsetView rrset : name.node()) {
            if (rrset.size() <= max_rrset_records) continue;
            return WholeZoneFault{TransferError::RrsetTooLarge,
                                  fmt::format("{} {}: {} records in one RRset, at most {} are allowed",
                                              name.owner().to_string(), to_string(rrset.type()), rrset.size(),
                                              max_rrset_records)};
        }
    }
    return std::nullopt;
}

}  // namespace

Expected<ZonePtr, WholeZoneFault> finish_whole_zone(ZoneBuilder builder, std::size_t max_rrset_records) {
    auto zone = std::move(builder).finish();
    if (!zone) return unexpected(WholeZoneFault{TransferError::Unfit, std::move(zone.error().text)});
    if (auto fault = fault_of(**zone)) return unexpected(std::move(*fault));
    if (auto fault = too_large_rrset(**zone, max_rrset_records)) return unexpected(std::move(*fault));
    return std::move(*zone);
}

}  // namespace lockstep
