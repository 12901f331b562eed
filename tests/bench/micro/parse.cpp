// From a master file in memory to a zone that is in order.

#include "../../support/name_text.hpp"
#include "figures.hpp"
#include "kept.hpp"
#include "signed_zone.hpp"
#include "zonefile/writer.hpp"
#include "zonefile/zone_file.hpp"
#include "zones.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::bench {
namespace {

void parse(benchmark::State& state, const std::string& text, std::string_view apex) {
    const Name name = test::name(apex);
    std::uint64_t records = 0;
    std::size_t warnings = 0;
    for (auto _ : state) {
        const LoadedZone loaded = load_zone_text(text, "benchmark", name).value();
        records = loaded.zone->record_count();
        warnings = loaded.warnings.size();
    }
    // A text with warnings is read once more for where they are.
    if (warnings > 0) state.SkipWithError("the text is read twice");
    per(state, "record", records);
    octets(state, text.size());
}

/// `state` has the hosts.
void parse_hosts(benchmark::State& state) {
    parse(state, kept<hosts_text>(state.range(0)), "example.com.");
}
BENCHMARK(parse_hosts)->Name("parse/hosts")->Apply(at_all_sizes);

std::string signed_hosts(std::int64_t hosts) {
    return signed_text(*zone_of(hosts_text(hosts), test::name("example.com.")), Proof::Nsec);
}
/// `state` has the hosts.
void parse_signed(benchmark::State& state) {
    parse(state, kept<signed_hosts>(state.range(0)), "example.com.");
}
BENCHMARK(parse_signed)->Name("parse/signed")->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

std::string registry_text(std::int64_t delegations) {
    return canonical_text(*registry_zone(delegations));
}
/// `state` has the delegations. Owners are absolute and in the zone's order.
void parse_registry(benchmark::State& state) {
    parse(state, kept<registry_text>(state.range(0)), "example.");
}
BENCHMARK(parse_registry)->Name("parse/registry")->Apply(at_all_sizes);

}  // namespace
}  // namespace lockstep::bench
