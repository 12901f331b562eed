#include "transfer/whole_zone.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace lockstep {
namespace {

/// What may stand beside a CNAME: its own signatures and proofs (RFC 4035 §2.5).
bool may_stand_beside_cname(RrType type) {
    switch (type) {
    case RrType::CNAME:
    case RrType::RRSIG:
    case RrType::NSEC:
    case RrType::SIG:
    case RrType::KEY:
    case RrType::NXT: return true;
    default: return false;
    }
}

std::optional<WholeZoneFault> fault_of(NameView owner, NodeView node, std::size_t max_rrset_records) {
    const auto cname = node.find(RrType::CNAME);
    if (cname && cname->size() > 1) {
        return WholeZoneFault{TransferError::CnameNotAlone,
                              fmt::format("{}: two CNAME records", owner.to_string())};
    }
    for (const RrsetView rrset : node) {
        if (rrset.size() > max_rrset_records) {
            return WholeZoneFault{
                TransferError::RrsetTooLarge,
                fmt::format("{} {}: {} records in one RRset, at most {} are allowed", owner.to_string(),
                            to_string(rrset.type()), rrset.size(), max_rrset_records)};
        }
        if (cname && !may_stand_beside_cname(rrset.type())) {
            return WholeZoneFault{
                TransferError::CnameNotAlone,
                fmt::format("{}: CNAME beside {}", owner.to_string(), to_string(rrset.type()))};
        }
    }
    return std::nullopt;
}

}  // namespace

Expected<ZonePtr, WholeZoneFault> finish_whole_zone(ZoneBuilder builder, std::size_t max_rrset_records) {
    auto zone = std::move(builder).finish();
    if (!zone) return unexpected(WholeZoneFault{TransferError::Unfit, std::move(zone.error().text)});
    if (!(*zone)->apex_node().has(RrType::NS)) {
        return unexpected(WholeZoneFault{TransferError::NoApexNs,
                                         fmt::format("no NS record at {}", (*zone)->apex().to_string())});
    }
    for (ZoneCursor name = (*zone)->begin(); name; name.next()) {
        if (auto fault = fault_of(name.owner(), name.node(), max_rrset_records))
            return unexpected(std::move(*fault));
    }
    return std::move(*zone);
}

}  // namespace lockstep
