#pragma once
// What the micro benchmarks tell beside the time of one iteration.
//
// Threads: one. A counter is a figure of its own name in the JSON: seconds for per(), a rate for octets().

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

namespace lockstep::bench {

/// For Benchmark::Apply: 10,000 to a million of what makes up a zone.
inline void at_all_sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
}

/// CPU seconds for each of the `count` that one iteration goes through: `record=105ns`.
inline void per(benchmark::State& state, const std::string& what, std::uint64_t count) {
    using Counter = benchmark::Counter;
    state.counters[what] =
        Counter(static_cast<double>(count), Counter::kIsIterationInvariantRate | Counter::kInvert);
}

/// Octets a CPU second where one iteration goes through `count`: `octets=1.1G/s`.
inline void octets(benchmark::State& state, std::uint64_t count) {
    using Counter = benchmark::Counter;
    state.counters["octets"] = Counter(static_cast<double>(count), Counter::kIsIterationInvariantRate);
}

}  // namespace lockstep::bench
