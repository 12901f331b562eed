// Google Benchmark's own command line, e.g. --benchmark_filter=answer --benchmark_format=json.

#include "kept.hpp"

#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    auto& endings = lockstep::bench::endings();
    for (; !endings.empty(); endings.pop_back())
        endings.back()();
    benchmark::Shutdown();
    return 0;
}
