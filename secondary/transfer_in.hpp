#pragma once
// One transfer from one primary: asked, verified, read to its end. Nothing of it is in service yet.
//
// Threads: housekeeping; a whole zone is put together on the pool. Errors: TransferFailed. Limits:
// LimitsConfig. Security: see transfer/reader and tsig/stream. Standards: RFC 5936, RFC 1995, RFC 7314.

#include "secondary/primaries.hpp"
#include "sync/exchange.hpp"
#include "transfer/reader.hpp"

#include <boost/asio/thread_pool.hpp>

namespace lockstep {

/// What came of it.
struct TransferredIn {
    TransferOutcome outcome;
    TransferCounts counts;
    RrType kind = RrType::IXFR;  // AXFR where a whole zone came
    std::optional<seconds> expire;
    milliseconds duration{0};
    std::optional<Rcode> ixfr_rcode;  // with which IXFR was refused before AXFR was asked
};

struct TransferFailed {
    Failure failure;
    TransferRemedy remedy = TransferRemedy::BackOff;
    std::optional<Rcode> rcode;
    std::optional<Rcode> ixfr_rcode;
};

/// What a transfer is made with. All of it outlives the transfer.
struct TransferInContext {
    ExchangeContext exchange;
    Primaries& primaries;
    asio::thread_pool& pool;         // for what takes long
    asio::thread_pool& prompt_pool;  // for what is soon done
};

/// Asks `primary` for the changes since `held`, or for the whole zone where there is no `held`. `last_octets`
/// is the size of the version held. `answered` is set once the primary has said anything.
[[nodiscard]] awaitable<Expected<TransferredIn, TransferFailed>> transfer_in(
    const TransferInContext* context, PeerConfig primary, Name zone, std::optional<Soa> held,
    std::uint64_t last_octets, LimitsConfig limits, bool* answered);

}  // namespace lockstep
