#pragma once
// What a daemon counts and knows, as Prometheus text (INTERFACE.md, "Metrics").
//
// Threads: values; the housekeeping thread's, as the ledger is. Errors: none. Security: label values are
// escaped; zone names are RFC 1035 text by then.

#include "ops/status.hpp"
#include "sync/counters.hpp"
#include "sync/ledger.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// A counter among others of its name: the value of its label, and how often.
struct LabelledCount {
    std::string label;
    std::uint64_t count = 0;
};

/// What the answering side has counted. Value type.
struct AnswerFigures {
    std::vector<LabelledCount> queries;       // by transport
    std::vector<LabelledCount> responses;     // by RCODE
    std::vector<LabelledCount> dropped;       // by reason
    std::vector<LabelledCount> rate_limited;  // by what became of them
    std::vector<LabelledCount> notifies_in;   // by result
    std::vector<LabelledCount> updates;       // by result
    std::uint64_t truncated = 0;
    std::uint64_t tcp_connections = 0;  // open now
};

/// The content type of metrics_text().
constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// `now` is what remaining times are counted from.
[[nodiscard]] std::string metrics_text(const DaemonStatus& status, const Ledger& ledger,
                                       const SyncCounters& sync, const AnswerFigures& answers, WallTime now);

}  // namespace lockstep
