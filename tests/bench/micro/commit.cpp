// What the store adds to a new version: journalled and published. In memory (/dev/shm) where there is such a
// place, so that no figure is the disk's.

#include "../../support/scratch_directory.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "figures.hpp"
#include "kept.hpp"
#include "store/zone_store.hpp"
#include "zone/changeset.hpp"
#include "zones.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

namespace lockstep::bench {
namespace {

constexpr std::size_t history = 100;

/// A store of one zone.
struct Stored {
    explicit Stored(const ZonePtr& first) : zone(first), apex(first->apex()) {
        (void)store->add_zone(apex).value();
    }
    /// Returns whether it is stored.
    bool commit(Candidate candidate) { return store->commit(apex, std::move(candidate)).has_value(); }

    test::ScratchDirectory scratch;
    ManualClock clock;
    Log log = Log::silent();
    std::unique_ptr<ZoneStore> store =
        ZoneStore::open(scratch.path(), clock, log, {.max_changes = history}).value();
    ZonePtr zone;
    Name apex;
};

Candidate whole(const ZonePtr& zone) {
    Candidate candidate;
    candidate.zone = zone;
    candidate.breaks_history = true;
    return candidate;
}

/// With as much history as it may have, so that each commit also ends the oldest change.
std::unique_ptr<Stored> with_history(std::int64_t delegations) {
    auto stored = std::make_unique<Stored>(registry_zone(delegations));
    bool done = stored->commit(whole(stored->zone));
    for (std::size_t i = 0; i < history; ++i) {
        stored->zone = next_version(stored->zone);
        Candidate candidate;
        candidate.zone = stored->zone;
        done = stored->commit(std::move(candidate)) && done;
    }
    if (!done) throw std::runtime_error("a zone that cannot be stored");
    return stored;
}

/// Where the changes come from: a secondary was told them, a primary has the store compare.
enum class Changes { Told, Found };

/// `state` has the delegations.
template <Changes changes>
void commit_one(benchmark::State& state) {
    Stored& stored = *kept<with_history>(state.range(0));
    for (auto _ : state) {
        state.PauseTiming();
        Candidate candidate;
        candidate.zone = next_version(stored.zone);
        if (changes == Changes::Told)
            candidate.changes = std::make_shared<const ChangeSet>(diff(*stored.zone, *candidate.zone));
        stored.zone = candidate.zone;
        state.ResumeTiming();
        if (!stored.commit(std::move(candidate))) state.SkipWithError("not stored");
    }
}
BENCHMARK(commit_one<Changes::Told>)
    ->Name("commit/one_told")
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(commit_one<Changes::Found>)
    ->Name("commit/one_found")
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);

/// `state` has the delegations.
void commit_whole(benchmark::State& state) {
    Stored stored(registry_zone(state.range(0)));
    for (auto _ : state) {
        state.PauseTiming();
        stored.zone = next_version(stored.zone);
        state.ResumeTiming();
        if (!stored.commit(whole(stored.zone))) state.SkipWithError("not stored");
    }
    per(state, "record", stored.zone->record_count());
    octets(state, stored.zone->wire_octets());
}
BENCHMARK(commit_whole)->Name("commit/whole")->Apply(at_all_sizes);

}  // namespace
}  // namespace lockstep::bench
