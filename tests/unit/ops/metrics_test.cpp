// What Prometheus reads.
#include "ops/metrics.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace lockstep;

namespace {

struct Scene {
    Scene() {
        ledger.configure(
            zone, {{.name = "ns\"2\n", .address = {IpAddress::v4({192, 0, 2, 2}), 53}, .key = nullptr}});
        ledger.served(zone, Serial{7});
        ledger.verified(zone, "ns\"2\n", Serial{7});
        clock.advance(milliseconds{400});
        ledger.served(zone, Serial{8});
        clock.advance(milliseconds{30});
        ledger.verified(zone, "ns\"2\n", Serial{8});
        status.version = "1.2.3";
        auto& row = status.zones.emplace_back();
        row.name = zone.to_string();
        row.serial = Serial{4294967295U};
        row.records = 42;
        row.state = "serving";
        row.secondaries = secondaries_of(ledger, zone);
    }
    [[nodiscard]] std::string text() const {
        return metrics_text(status, ledger, sync, answers, clock.wall_now());
    }
    [[nodiscard]] bool has(const std::string& line) const {
        return ("\n" + text()).find("\n" + line + "\n") != std::string::npos;
    }
    const Name zone = Name::parse_absolute("e\\\"x.example.").value();
    ManualClock clock;
    Ledger ledger{clock};
    SyncCounters sync;
    AnswerFigures answers;
    DaemonStatus status;
};

}  // namespace

TEST_CASE("names with quotes and line feeds stay within their labels", "[metrics]") {
    const Scene scene;
    CHECK(scene.has(R"(lockstep_zone_serial{zone="e\\\"x.example."} 4294967295)"));
    CHECK(scene.has(R"(lockstep_zone_records{zone="e\\\"x.example."} 42)"));
    CHECK(scene.has(R"(lockstep_zone_lag_seconds{zone="e\\\"x.example.",secondary="ns\"2\n"} 0)"));
    CHECK(scene.has(R"(lockstep_secondary_in_sync{zone="e\\\"x.example.",secondary="ns\"2\n"} 1)"));
}

TEST_CASE("a propagation counts in every bucket at and above its time", "[metrics]") {
    const Scene scene;
    const std::string bucket =
        R"(lockstep_propagation_seconds_bucket{zone="e\\\"x.example.",secondary="ns\"2\n",le=)";
    CHECK(scene.has(bucket + "\"0.025\"} 0"));
    CHECK(scene.has(bucket + "\"0.05\"} 1"));
    CHECK(scene.has(bucket + "\"+Inf\"} 1"));
    CHECK(scene.has(R"(lockstep_propagation_seconds_count{zone="e\\\"x.example.",secondary="ns\"2\n"} 1)"));
}

TEST_CASE("what was counted is shown by direction, kind and result", "[metrics]") {
    Scene scene;
    scene.sync.axfr_out.done.add(3);
    scene.sync.axfr_out.octets.add(999);
    scene.sync.ixfr_in.refused.add();
    scene.sync.notifies_out_failed.add(2);
    scene.answers = {.queries = {{"udp", 5}},
                     .responses = {{"NXDOMAIN", 4}},
                     .dropped = {{"short", 1}},
                     .rate_limited = {{"dropped", 6}, {"truncated", 7}},
                     .notifies_in = {{"refused", 6}},
                     .updates = {{"refused", 7}},
                     .truncated = 8,
                     .tcp_connections = 9};
    CHECK(scene.has(R"(lockstep_transfers_total{direction="out",kind="AXFR",result="done"} 3)"));
    CHECK(scene.has(R"(lockstep_transfer_octets_total{direction="out",kind="AXFR"} 999)"));
    CHECK(scene.has(R"(lockstep_transfers_total{direction="in",kind="IXFR",result="refused"} 1)"));
    CHECK(scene.has(R"(lockstep_notifies_total{direction="out",result="failed"} 2)"));
    CHECK(scene.has(R"(lockstep_notifies_total{direction="in",result="refused"} 6)"));
    CHECK(scene.has(R"(lockstep_queries_total{transport="udp"} 5)"));
    CHECK(scene.has(R"(lockstep_responses_total{rcode="NXDOMAIN"} 4)"));
    CHECK(scene.has(R"(lockstep_dropped_total{reason="short"} 1)"));
    CHECK(scene.has(R"(lockstep_rate_limited_total{action="truncated"} 7)"));
    CHECK(scene.has(R"(lockstep_updates_total{result="refused"} 7)"));
    CHECK(scene.has("lockstep_truncated_total 8"));
    CHECK(scene.has("lockstep_tcp_connections 9"));
    CHECK(scene.has(R"(lockstep_build_info{version="1.2.3"} 1)"));
}

TEST_CASE("a secondary tells its lag by primary, and what is left until a zone expires", "[metrics]") {
    Scene scene;
    scene.status.role = Role::Secondary;
    auto& zone = scene.status.zones[0];
    zone.inbound.emplace();
    zone.inbound->primary = "ns1";
    zone.inbound->lag_seconds = 2.5;
    zone.inbound->expires_at = scene.clock.wall_now() + seconds{90};
    CHECK(scene.has(R"(lockstep_zone_lag_seconds{zone="e\\\"x.example.",primary="ns1"} 2.5)"));
    CHECK(scene.has(R"(lockstep_zone_expires_in_seconds{zone="e\\\"x.example."} 90)"));
    zone.state = "expired";
    CHECK(scene.has(R"(lockstep_zone_expires_in_seconds{zone="e\\\"x.example."} 0)"));
}

TEST_CASE("the process tells of itself what the kernel knows", "[metrics]") {
    const std::string text = Scene().text();
    for (const char* name : {"cpu_seconds_total", "start_time_seconds", "virtual_memory_bytes",
                             "resident_memory_bytes", "open_fds", "max_fds", "threads"}) {
        const auto line = "\nprocess_" + std::string(name) + " ";
        const auto at = text.find(line);
        REQUIRE(at != std::string::npos);
        CHECK(std::stod(text.substr(at + line.size())) >= (std::string(name) == "cpu_seconds_total" ? 0 : 1));
    }
}
