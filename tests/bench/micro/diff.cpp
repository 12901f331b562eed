// What it costs to find how two versions differ: in serial and one address.

#include "figures.hpp"
#include "kept.hpp"
#include "zone/changeset.hpp"
#include "zones.hpp"

#include <cstddef>
#include <cstdint>

namespace lockstep::bench {
namespace {

struct Versions {
    ZonePtr from;
    ZonePtr to;
};
/// They share all but the path to the change.
Versions made_of_each_other(std::int64_t delegations) {
    const ZonePtr& zone = registry_zone(delegations);
    return {zone, next_version(zone)};
}
/// As two master files would have it.
Versions loaded_apart(std::int64_t delegations) {
    return {registry_zone(delegations), next_version(registry_zone_anew(delegations))};
}

void compare(benchmark::State& state, const Versions& versions) {
    std::size_t added = 0;
    for (auto _ : state)
        added = diff(*versions.from, *versions.to).added.size();
    if (added != 2) state.SkipWithError("the versions differ in more than one address");
}

/// `state` has the delegations.
void diff_shared(benchmark::State& state) {
    compare(state, kept<made_of_each_other>(state.range(0)));
}
BENCHMARK(diff_shared)->Name("diff/shared")->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

/// `state` has the delegations.
void diff_apart(benchmark::State& state) {
    const Versions& versions = kept<loaded_apart>(state.range(0));
    compare(state, versions);
    per(state, "record", versions.from->record_count());
}
BENCHMARK(diff_apart)->Name("diff/apart")->Apply(at_all_sizes);

}  // namespace
}  // namespace lockstep::bench
