// What /metrics shows.

#include "daemon/server.hpp"
#include "ops/metrics.hpp"

namespace lockstep {
namespace {

struct TransportName {
    Transport transport;
    const char* name;
};
constexpr TransportName transports[] = {
    {Transport::Udp, "udp"}, {Transport::Tcp, "tcp"}, {Transport::Tls, "tls"}};

std::vector<LabelledCount> responses_of(const AnswerTotals& totals) {
    std::vector<LabelledCount> counts;
    for (std::size_t code = 0; code < totals.responses.size(); ++code) {
        const bool usual = code <= static_cast<std::size_t>(Rcode::NOTZONE);
        if (!usual && totals.responses[code] == 0) continue;
        const bool rest = code + 1 == totals.responses.size();
        counts.push_back({rest ? "other" : to_string(static_cast<Rcode>(code)), totals.responses[code]});
    }
    return counts;
}

}  // namespace

std::string Server::metrics() const {
    const auto totals = counters_.totals();
    AnswerFigures figures;
    for (const auto& [transport, name] : transports)
        figures.queries.push_back({name, totals.queries[static_cast<std::size_t>(transport)]});
    figures.responses = responses_of(totals);
    figures.dropped = {{"short", totals.dropped_short},
                       {"response", totals.dropped_response},
                       {"space", totals.dropped_space},
                       {"rate_limit", totals.dropped_rate}};
    figures.rate_limited = {{"dropped", totals.dropped_rate}, {"truncated", totals.truncated_rate}};
    figures.notifies_in = {{"taken", totals.notifies_taken}, {"refused", totals.notifies_refused}};
    const auto& updates = sync_counters_.updates;
    figures.updates = {{"done", updates.done.value()},
                       {"unmet", updates.unmet.value()},
                       {"refused", totals.updates_refused + updates.refused.value()},
                       {"failed", updates.failed.value()},
                       {"late", updates.late.value()},
                       {"again", updates.again.value()},
                       {"forwarded", updates.forwarded.value()},
                       {"not_forwarded", updates.not_forwarded.value()}};
    figures.truncated = totals.truncated;
    figures.tcp_connections = tcp_.connections();
    return metrics_text(status({}), ledger_, sync_counters_, figures, clock_.wall_now());
}

}  // namespace lockstep
