// A registry's zone by AXFR: into messages, and out of them. No sockets, no TSIG.

#include "base/bytes.hpp"
#include "figures.hpp"
#include "kept.hpp"
#include "transfer/reader.hpp"
#include "transfer/request.hpp"
#include "transfer/writer.hpp"
#include "zones.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace lockstep::bench {
namespace {

constexpr MessageId id{4711};

TransferWriter writer_of(const ZonePtr& zone) {
    TransferQuery query;
    query.id = id;
    query.zone = Name(zone->apex());
    return TransferWriter::axfr(std::move(query), zone);
}

std::vector<OctetString> messages_of(std::int64_t delegations) {
    std::vector<OctetString> messages;
    auto writer = writer_of(registry_zone(delegations));
    OctetString buffer(65535);
    while (const std::size_t size = writer.next(buffer).value())
        messages.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
    return messages;
}

/// `state` has the delegations.
void write(benchmark::State& state) {
    const ZonePtr& zone = registry_zone(state.range(0));
    OctetString buffer(65535);
    std::uint64_t records = 0;
    std::uint64_t written = 0;
    for (auto _ : state) {
        auto writer = writer_of(zone);
        while (writer.next(buffer).value() > 0)
            benchmark::ClobberMemory();
        records = writer.records();
        written = writer.octets();
    }
    per(state, "record", records);
    octets(state, written);
}

/// How far a transfer in is followed: all messages are in, or the zone is there too.
enum class Until { Fed, Taken };

/// `state` has the delegations.
template <Until until>
void read(benchmark::State& state) {
    const auto& messages = kept<messages_of>(state.range(0));
    TransferRequest request;
    request.id = id;
    request.zone = Name(registry_zone(state.range(0))->apex());
    TransferCounts counts;
    for (auto _ : state) {
        std::optional<TransferReader> reader(std::in_place, request,
                                             TransferLimits{.max_octets = std::uint64_t{8} << 30});
        auto progress = TransferProgress::NeedMore;
        for (const OctetString& message : messages)
            progress = reader->feed(message).value();
        if (progress != TransferProgress::Done) state.SkipWithError("the transfer is not complete");
        counts = reader->counts();
        if (until == Until::Taken) {
            const auto outcome = std::move(*reader).take().value();
            benchmark::DoNotOptimize(std::get<WholeZone>(outcome).zone.get());
        }
        state.PauseTiming();
        reader.reset();
        state.ResumeTiming();
    }
    per(state, "record", counts.records);
    octets(state, counts.octets);
}

void sizes(benchmark::internal::Benchmark* each) {
    each->Apply(at_all_sizes);
}
BENCHMARK(write)->Name("transfer/write")->Apply(sizes);
BENCHMARK(read<Until::Fed>)->Name("transfer/feed")->Apply(sizes);
BENCHMARK(read<Until::Taken>)->Name("transfer/feed_and_take")->Apply(sizes);

}  // namespace
}  // namespace lockstep::bench
