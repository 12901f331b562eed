// A stream of messages, each with two octets of length in front → AXFR and IXFR readers; what they take is
// written and read again. The first octet of the input says what was asked.
#include "transfer/reader.hpp"
#include "transfer/request.hpp"
#include "transfer/writer.hpp"
#include "wire/message.hpp"
#include "zone/changeset.hpp"

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <variant>

using namespace lockstep;

namespace {

constexpr TransferLimits limits{
    .max_octets = 1 << 20, .max_rrset_records = 100, .max_empty_messages = 8, .out_of_zone = OutOfZone::Drop};

Soa soa_held() {
    return {.mname = *Name::parse_absolute("ns1.example.org"),
            .rname = *Name::parse_absolute("hostmaster.example.org"),
            .serial = Serial{1},
            .refresh = std::chrono::seconds{3600},
            .retry = std::chrono::seconds{3600},
            .expire = std::chrono::seconds{3600},
            .minimum = std::chrono::seconds{3600}};
}

/// Reads what a writer writes; the reader must take it.
TransferOutcome read_back(TransferWriter writer, const TransferRequest& request) {
    TransferReader reader(request, {.max_octets = 64 << 20,
                                    .max_rrset_records = 65535,
                                    .max_empty_messages = 8,
                                    .out_of_zone = OutOfZone::Reject});
    OctetString buffer(65535);
    while (!writer.finished()) {
        const auto length = writer.next(buffer);
        if (!length || !reader.feed(Octets(buffer).first(*length))) std::abort();
    }
    auto outcome = std::move(reader).take();
    if (!outcome) std::abort();
    return std::move(*outcome);
}

void check_whole(const ZonePtr& zone, TransferRequest request, std::size_t target) {
    request.type = RrType::AXFR;
    const TransferQuery query{
        .id = request.id, .zone = request.zone, .type = RrType::AXFR, .recursion_desired = false, .held = {}};
    const auto again = read_back(
        TransferWriter::axfr(query, zone, {.target_octets = target, .reserved_octets = 0, .opt = {}}),
        request);
    const auto& copy = std::get<WholeZone>(again).zone;
    if (copy->record_count() != zone->record_count() || copy->wire_octets() != zone->wire_octets())
        std::abort();
}

/// Changes to a serial that nobody asked for do not arise, so they can be written on any zone that has it.
void check_changes(const Changes& changes) {
    Serial at{1};
    for (const ChangeSet& change : changes.sequence) {
        if (change.from != at || !is_newer(change.to, change.from)) std::abort();
        if (change.removed.empty() || change.added.empty()) std::abort();
        at = change.to;
    }
    if (at != changes.to) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    if (size < 1 || size > 200'000) return 0;
    const bool incremental = (octets[0] & 1) != 0;
    const std::size_t target = (octets[0] & 2) != 0 ? 0 : 16 * 1024;
    TransferRequest request{.zone = *Name::parse_absolute("example.org"),
                            .type = incremental ? RrType::IXFR : RrType::AXFR,
                            .id = MessageId{4711},
                            .held = soa_held(),
                            .ask_expire = AskExpire::No};
    ByteCursor stream(std::as_bytes(std::span(octets + 1, size - 1)));
    TransferReader reader(request, limits);
    bool done = false;
    while (const auto length = stream.read<std::uint16_t>()) {
        const auto message = stream.take(*length);
        if (!message) break;
        if (const auto query = read_transfer_query(*message)) {
            // What was understood can be asked again.
            TransferRequest again{.zone = query->zone,
                                  .type = query->type,
                                  .id = query->id,
                                  .held = query->held,
                                  .ask_expire = AskExpire::Yes};
            if (!read_transfer_query(make_request(again))) std::abort();
        }
        const auto progress = reader.feed(*message);
        if (!progress) {
            if (progress.error().text.empty()) std::abort();
            return 0;
        }
        done = *progress == TransferProgress::Done;
    }
    if (!done) {
        if (reader.ended().text.empty()) std::abort();
        return 0;
    }
    const auto outcome = std::move(reader).take();
    if (!outcome) return 0;
    if (const auto* whole = std::get_if<WholeZone>(&*outcome)) check_whole(whole->zone, request, target);
    if (const auto* changes = std::get_if<Changes>(&*outcome)) check_changes(*changes);
    return 0;
}
