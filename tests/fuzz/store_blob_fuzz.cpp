// Blobs of the state file, as if their checksum were right: refused, or read as what encodes to the same
// octets.
#include "store/codec.hpp"
#include "store/save.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

void check_records(lockstep::NameView apex, const lockstep::RecordList& records, lockstep::Octets content) {
    demand(lockstep::equal_octets(records.octets(), content));
    for (const lockstep::RecordView record : records)
        demand(record.owner.is_within(apex));
}

/// What passes is a zone, or lacks an SOA, and is stored as the same octets again where it is but one chunk.
void check_nodes(const lockstep::Name& apex, lockstep::Octets content) {
    using namespace lockstep;
    ZoneBuilder builder(apex);
    if (!decode_nodes(content, builder)) return;
    const auto zone = std::move(builder).finish();
    if (!zone) return;
    for (ZoneCursor at = (*zone)->begin(); at; at.next())
        demand(at.owner().is_within(apex) && (*zone)->find(at.owner()).has_value());
    OctetString again;
    const auto stored =
        for_each_chunk(**zone, 1, [&](std::uint64_t number, OctetString chunk) -> Result<void> {
            const auto opened = unseal({BlobKind::NodeChunk, apex, 1, number}, chunk);
            demand(opened.has_value());
            append_octets(again, *opened);
            return {};
        });
    demand(stored.has_value());
    // A key may have been written with less shared than could be; then it is longer only.
    demand(*stored != 1 || again.size() <= content.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    using namespace lockstep;
    const Octets input = std::as_bytes(std::span(octets, size));
    const Name apex = Name::parse_absolute("example.org").value();
    if (input.empty()) return 0;
    const Octets content = input.subspan(1);
    (void)unseal({BlobKind::Delta, apex, 0, 1}, content);
    switch (octets[0] % 5) {
    case 0:
        if (const auto state = decode_zone_state(content)) {
            const auto again = decode_zone_state(encode(*state));
            demand(again->last_delta == state->last_delta && again->marks == state->marks &&
                   again->source == state->source);
        }
        break;
    case 1:
        if (const auto delta = decode_delta(apex, content))
            demand(equal_octets(encode(delta->changes, delta->at), content));
        break;
    case 3: check_nodes(apex, content); break;
    case 4:
        if (const auto mark = decode_mark(content)) demand(equal_octets(encode(*mark), content));
        break;
    default:
        if (const auto records = decode_records(apex, content)) check_records(apex, *records, content);
        break;
    }
    return 0;
}
