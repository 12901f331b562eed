#pragma once
// What the synchronising side counts: transfers and NOTIFYs, by direction and result.
//
// Threads: any.

#include "base/counters.hpp"
#include "wire/types.hpp"

namespace lockstep {

/// Transfers in one direction, of one kind.
struct TransferCounters {
    SharedCounter done;
    SharedCounter failed;
    SharedCounter refused;
    SharedCounter octets;
};

/// Resource type.
struct SyncCounters {
    TransferCounters axfr_in, ixfr_in, axfr_out, ixfr_out;
    SharedCounter up_to_date_in, up_to_date_out;  // questions for a zone, answered: nothing newer
    SharedCounter notifies_out_acknowledged;
    SharedCounter notifies_out_failed;

    [[nodiscard]] TransferCounters& in(RrType kind) { return kind == RrType::IXFR ? ixfr_in : axfr_in; }
    [[nodiscard]] TransferCounters& out(RrType kind) { return kind == RrType::IXFR ? ixfr_out : axfr_out; }
};

}  // namespace lockstep
