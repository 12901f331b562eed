#pragma once
// What a zone that came whole must be like before anybody may see it.
//
// Threads: one. Errors: WholeZoneFault. Standards: RFC 1034 §4.2.1 (NS at the apex), §3.6.2 (CNAME alone),
// RFC 4035 §2.5.

#include "base/result.hpp"
#include "transfer/reader.hpp"
#include "zone/builder.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>
#include <string>

namespace lockstep {

struct WholeZoneFault {
    TransferError error = TransferError::Unfit;
    std::string text;
};

/// Finishes `builder` and looks at every name once.
[[nodiscard]] Expected<ZonePtr, WholeZoneFault> finish_whole_zone(ZoneBuilder builder,
                                                                  std::size_t max_rrset_records);

}  // namespace lockstep
