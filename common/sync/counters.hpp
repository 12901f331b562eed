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

/// Dynamic updates that were looked at, by what came of them.
struct UpdateCounters {
    SharedCounter done;       // NOERROR, whether or not it changed anything
    SharedCounter unmet;      // a prerequisite does not hold
    SharedCounter refused;    // by the rules, or not well-formed
    SharedCounter failed;     // not stored
    SharedCounter late;       // of those done: answered before the secondaries were seen to serve it
    SharedCounter again;      // sent once more by a client that had no answer yet, or had lost it
    SharedCounter forwarded;  // by a secondary, and answered by the primary
    SharedCounter not_forwarded;
};

/// Resource type.
struct SyncCounters {
    TransferCounters axfr_in, ixfr_in, axfr_out, ixfr_out;
    SharedCounter up_to_date_in, up_to_date_out;  // questions for a zone, answered: nothing newer
    SharedCounter notifies_out_acknowledged;
    SharedCounter notifies_out_failed;
    UpdateCounters updates;

    [[nodiscard]] TransferCounters& in(RrType kind) { return kind == RrType::IXFR ? ixfr_in : axfr_in; }
    [[nodiscard]] TransferCounters& out(RrType kind) { return kind == RrType::IXFR ? ixfr_out : axfr_out; }
};

}  // namespace lockstep
