#include "ops/metrics.hpp"

#include "ops/process_figures.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

namespace lockstep {
namespace {

using Family = prometheus::MetricFamily;
using Labels = std::vector<prometheus::ClientMetric::Label>;
using prometheus::MetricType;

/// All of a page, in the order of its making.
class Page {
public:
    /// What follows belongs to this name.
    Family& family(std::string name, std::string help, MetricType type) {
        return families_.emplace_back(Family{"lockstep_" + std::move(name), std::move(help), type, {}});
    }
    void process(std::string name, std::string help, MetricType type, double value) {
        families_.push_back({"process_" + std::move(name), std::move(help), type, {}});
        add(families_.back(), {}, value);
    }
    static void add(Family& family, Labels labels, double value) {
        auto& metric = family.metric.emplace_back();
        metric.label = std::move(labels);
        (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    }
    static void add(Family& family, Labels labels, const PropagationHistogram& histogram) {
        auto& metric = family.metric.emplace_back();
        metric.label = std::move(labels);
        auto& out = metric.histogram;
        out.sample_sum = histogram.sum;
        for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
            out.sample_count += histogram.counts[i];
            const double bound = i < PropagationHistogram::bounds.size()
                                     ? PropagationHistogram::bounds[i]
                                     : std::numeric_limits<double>::infinity();
            out.bucket.push_back({out.sample_count, bound});
        }
    }
    void counts(std::string name, std::string help, const std::string& label,
                const std::vector<LabelledCount>& counts) {
        auto& all = family(std::move(name), std::move(help), MetricType::Counter);
        for (const auto& one : counts)
            add(all, {{label, one.label}}, static_cast<double>(one.count));
    }
    void one(std::string name, std::string help, MetricType type, Labels labels, double value) {
        add(family(std::move(name), std::move(help), type), std::move(labels), value);
    }
    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return std::move(out).str();
    }

private:
    std::vector<Family> families_;
};

void add_zones(Page& page, const DaemonStatus& status, WallTime now) {
    auto& serials = page.family("zone_serial", "The SOA serial that is served.", MetricType::Gauge);
    for (const auto& zone : status.zones) {
        if (zone.serial) Page::add(serials, {{"zone", zone.name}}, zone.serial->value());
    }
    auto& records = page.family("zone_records", "Records of the zone as it is served.", MetricType::Gauge);
    for (const auto& zone : status.zones)
        Page::add(records, {{"zone", zone.name}}, static_cast<double>(zone.records));
    auto& lags = page.family("zone_lag_seconds",
                             "Since when a newer serial than the one seen on the secondary is served; on a "
                             "secondary, than the one served here.",
                             MetricType::Gauge);
    for (const auto& zone : status.zones) {
        for (const auto& secondary : zone.secondaries) {
            if (secondary.lag_seconds)
                Page::add(lags, {{"zone", zone.name}, {"secondary", secondary.name}}, *secondary.lag_seconds);
        }
        if (zone.inbound && zone.inbound->lag_seconds) {
            Page::add(lags, {{"zone", zone.name}, {"primary", zone.inbound->primary.value_or("")}},
                      *zone.inbound->lag_seconds);
        }
    }
    auto& in_sync = page.family("secondary_in_sync", "1 where the secondary was seen to serve our serial.",
                                MetricType::Gauge);
    for (const auto& zone : status.zones) {
        for (const auto& secondary : zone.secondaries) {
            Page::add(in_sync, {{"zone", zone.name}, {"secondary", secondary.name}},
                      secondary.state == to_string(PeerState::InSync) ? 1 : 0);
        }
    }
    if (status.role == Role::Primary) return;
    auto& expiries =
        page.family("zone_expires_in_seconds", "What is left until the zone expires; 0 or less once it has.",
                    MetricType::Gauge);
    for (const auto& zone : status.zones) {
        if (zone.state == "expired") {
            Page::add(expiries, {{"zone", zone.name}}, 0);
        } else if (zone.inbound && zone.inbound->expires_at) {
            Page::add(expiries, {{"zone", zone.name}},
                      std::chrono::duration<double>(*zone.inbound->expires_at - now).count());
        }
    }
}

void add_propagation(Page& page, const DaemonStatus& status, const Ledger& ledger) {
    auto& family = page.family("propagation_seconds",
                               "From a new serial served here to that serial seen on the secondary.",
                               MetricType::Histogram);
    for (const auto& zone : status.zones) {
        const auto name = Name::parse_absolute(zone.name);
        if (!name) continue;
        for (const auto& entry : ledger.entries(*name)) {
            if (entry.propagation)
                Page::add(family, {{"zone", zone.name}, {"secondary", entry.peer.name}}, *entry.propagation);
        }
    }
}

void add_transfers(Page& page, const SyncCounters& sync) {
    struct Row {
        const char* direction;
        const char* kind;
        const TransferCounters* counters;
    };
    const Row rows[] = {{"in", "AXFR", &sync.axfr_in},
                        {"in", "IXFR", &sync.ixfr_in},
                        {"out", "AXFR", &sync.axfr_out},
                        {"out", "IXFR", &sync.ixfr_out}};
    auto& total = page.family("transfers_total", "Zone transfers.", MetricType::Counter);
    const auto add = [&](const Row& row, const char* result, const SharedCounter& counter) {
        Page::add(total, {{"direction", row.direction}, {"kind", row.kind}, {"result", result}},
                  static_cast<double>(counter.value()));
    };
    for (const auto& row : rows) {
        add(row, "done", row.counters->done);
        add(row, "failed", row.counters->failed);
        add(row, "refused", row.counters->refused);
    }
    add({"in", "IXFR", nullptr}, "up-to-date", sync.up_to_date_in);
    add({"out", "IXFR", nullptr}, "up-to-date", sync.up_to_date_out);
    auto& octets = page.family("transfer_octets_total", "Octets of zone transfers, TSIG records included.",
                               MetricType::Counter);
    for (const auto& row : rows)
        Page::add(octets, {{"direction", row.direction}, {"kind", row.kind}},
                  static_cast<double>(row.counters->octets.value()));
}

void add_notifies(Page& page, const SyncCounters& sync, const AnswerFigures& answers) {
    auto& total = page.family("notifies_total", "NOTIFY messages.", MetricType::Counter);
    const auto add = [&](const char* direction, const std::string& result, std::uint64_t count) {
        Page::add(total, {{"direction", direction}, {"result", result}}, static_cast<double>(count));
    };
    add("out", "acknowledged", sync.notifies_out_acknowledged.value());
    add("out", "failed", sync.notifies_out_failed.value());
    for (const auto& one : answers.notifies_in)
        add("in", one.label, one.count);
}

void add_answers(Page& page, const AnswerFigures& answers) {
    page.counts("queries_total", "Messages received.", "transport", answers.queries);
    page.counts("responses_total", "Responses sent; a transfer counts once.", "rcode", answers.responses);
    page.one("truncated_total", "Responses with TC set.", MetricType::Counter, {},
             static_cast<double>(answers.truncated));
    page.counts("dropped_total", "Messages that got no response.", "reason", answers.dropped);
    page.counts("rate_limited_total", "UDP responses over the rate limit, dropped or sent truncated.",
                "action", answers.rate_limited);
    page.one("tcp_connections", "DNS connections open now.", MetricType::Gauge, {},
             static_cast<double>(answers.tcp_connections));
    page.counts("updates_total", "Dynamic updates.", "result", answers.updates);
}

void add_process(Page& page) {
    const auto own = process_figures();
    page.process("cpu_seconds_total", "User and system CPU time in seconds.", MetricType::Counter,
                 own.cpu_seconds);
    page.process("start_time_seconds", "When the process began, in seconds since 1970.", MetricType::Gauge,
                 own.start_time);
    page.process("virtual_memory_bytes", "Virtual memory.", MetricType::Gauge,
                 static_cast<double>(own.virtual_octets));
    page.process("resident_memory_bytes", "Resident memory.", MetricType::Gauge,
                 static_cast<double>(own.resident_octets));
    page.process("open_fds", "Open descriptors.", MetricType::Gauge,
                 static_cast<double>(own.open_descriptors));
    page.process("max_fds", "How many descriptors may be open.", MetricType::Gauge,
                 static_cast<double>(own.most_descriptors));
    page.process("threads", "Threads.", MetricType::Gauge, static_cast<double>(own.threads));
}

}  // namespace

std::string metrics_text(const DaemonStatus& status, const Ledger& ledger, const SyncCounters& sync,
                         const AnswerFigures& answers, WallTime now) {
    Page page;
    add_zones(page, status, now);
    add_propagation(page, status, ledger);
    add_transfers(page, sync);
    add_notifies(page, sync, answers);
    add_answers(page, answers);
    page.one("build_info", "Always 1; the version is a label.", MetricType::Gauge,
             {{"version", status.version}}, 1);
    add_process(page);
    return page.text();
}

}  // namespace lockstep
