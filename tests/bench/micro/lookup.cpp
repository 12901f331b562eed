// What it costs to find a name in a registry's zone, random names one after another.

#include "zone/lookup.hpp"

#include "../registry.hpp"
#include "kept.hpp"
#include "zones.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lockstep::bench {
namespace {

/// More do not make the caches colder than they are.
constexpr std::size_t names_asked = 200'000;

enum class Asked { Delegation, Nothing, BelowDelegation };

template <Asked asked>
std::vector<Name> make_names(std::int64_t delegations) {
    const auto& labels = registry_labels(delegations);
    const Name apex(registry_zone(delegations)->apex());
    std::vector<Name> names;
    for (std::size_t i = 0; i < std::min(labels.size(), names_asked); ++i) {
        std::string label = labels[i];
        if (asked == Asked::Nothing) label.insert(label.size() / 2, "x");
        names.push_back(below(label, apex));
        if (asked == Asked::BelowDelegation) names.back() = below("www", names.back());
    }
    return names;
}

bool find(const ZoneSnapshot& zone, NameView name) {
    return zone.find(name).has_value();
}
std::size_t locate(const ZoneSnapshot& zone, NameView name) {
    return zone.locate(LabelledName(name)).encloser_labels;
}
std::size_t answer(const ZoneSnapshot& zone, NameView name) {
    return lookup(zone, LabelledName(name), RrType::A).index();
}

/// `state` has the delegations.
template <auto look, Asked asked>
void look_up(benchmark::State& state) {
    const ZoneSnapshot& zone = *registry_zone(state.range(0));
    const auto& names = kept<make_names<asked>>(state.range(0));
    std::size_t at = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(look(zone, names[at]));
        if (++at == names.size()) at = 0;
    }
}
void sizes(benchmark::internal::Benchmark* each) {
    each->Arg(10'000)->Arg(100'000)->Arg(1'000'000);
}
BENCHMARK(look_up<find, Asked::Delegation>)->Name("find/hit")->Apply(sizes);
BENCHMARK(look_up<find, Asked::Nothing>)->Name("find/miss")->Apply(sizes);
BENCHMARK(look_up<locate, Asked::Delegation>)->Name("locate/hit")->Apply(sizes);
BENCHMARK(look_up<locate, Asked::Nothing>)->Name("locate/miss")->Apply(sizes);
BENCHMARK(look_up<locate, Asked::BelowDelegation>)->Name("locate/below")->Apply(sizes);
BENCHMARK(look_up<answer, Asked::Nothing>)->Name("lookup/nxdomain")->Apply(sizes);
BENCHMARK(look_up<answer, Asked::BelowDelegation>)->Name("lookup/referral")->Apply(sizes);

}  // namespace
}  // namespace lockstep::bench
