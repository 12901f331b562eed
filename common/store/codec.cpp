#include "store/codec.hpp"

#include "rdata/rdata.hpp"
#include "rdata/soa.hpp"
#include "store/checksum.hpp"
#include "zone/key.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lockstep {
namespace {

constexpr std::array<std::byte, 2> magic{std::byte{'L'}, std::byte{'S'}};
constexpr std::size_t kind_at = 3;
constexpr std::size_t checksum_at = 4;

// The first octet of a row. The number of the base's file and that of marks, where there are any, stand
// before the source: versions that know of none take them for a part of that.
constexpr std::uint8_t has_content = 1;
constexpr std::uint8_t has_marks = 2;
constexpr std::uint8_t has_base_file = 4;

std::uint64_t checksum(const BlobPlace& place, Octets content) {
    std::array<std::byte, 18> bound{static_cast<std::byte>(blob_version), static_cast<std::byte>(place.kind)};
    store_big_endian(bound.data() + 2, place.group);
    store_big_endian(bound.data() + 10, place.number);
    return Checksum().add(bound).add(place.apex.octets()).add(content).value();
}

std::unexpected<Error> corrupt(std::string text) {
    return fail(ErrorCode::Corrupt, std::move(text));
}

void append_time(OctetString& out, WallTime time) {
    append_big_endian(out, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

/// Reads integers one after another and remembers whether one was missing.
class Fields {
public:
    explicit Fields(Octets octets) : cursor_(octets) {}
    template <std::unsigned_integral U>
    U number() {
        const auto value = cursor_.read<U>();
        whole_ = whole_ && value.has_value();
        return value.value_or(U{0});
    }
    WallTime time() { return WallTime{milliseconds{static_cast<std::int64_t>(number<std::uint64_t>())}}; }
    Octets octets(std::size_t count) {
        const auto taken = cursor_.take(count);
        whole_ = whole_ && taken.has_value();
        return taken.value_or(Octets{});
    }
    Octets rest() { return cursor_.rest(); }
    [[nodiscard]] bool whole() const { return whole_; }
    [[nodiscard]] bool at_end() const { return whole_ && cursor_.empty(); }

private:
    ByteCursor cursor_;
    bool whole_ = true;
};

/// The serial of the list's first record; nothing where that is no SOA of the apex.
std::optional<Serial> leading_serial(NameView apex, const RecordList& records) {
    if (records.empty()) return std::nullopt;
    const RecordView first = *records.begin();
    if (first.type != RrType::SOA || !(first.owner == apex)) return std::nullopt;
    return soa_serial(first.rdata);
}

}  // namespace

OctetString seal(const BlobPlace& place, Octets content) {
    OctetString blob;
    blob.reserve(blob_header_octets + content.size());
    blob.resize(blob_header_octets);
    append_octets(blob, content);
    seal_in_place(place, blob);
    return blob;
}

void seal_in_place(const BlobPlace& place, OctetString& blob) {
    std::ranges::copy(magic, blob.begin());
    blob[2] = static_cast<std::byte>(blob_version);
    blob[kind_at] = static_cast<std::byte>(place.kind);
    store_big_endian(blob.data() + checksum_at, checksum(place, Octets(blob).subspan(blob_header_octets)));
}

Result<Octets> unseal(const BlobPlace& place, Octets blob) {
    if (blob.size() < blob_header_octets || !equal_octets(blob.first(magic.size()), magic))
        return corrupt("not one of our blobs");
    if (blob[2] != static_cast<std::byte>(blob_version)) {
        return corrupt("blob version " + std::to_string(std::to_integer<int>(blob[2])) + ", not " +
                       std::to_string(blob_version));
    }
    if (blob[kind_at] != static_cast<std::byte>(place.kind)) return corrupt("a blob of another kind");
    const Octets content = blob.subspan(blob_header_octets);
    if (load_big_endian<std::uint64_t>(blob.data() + checksum_at) != checksum(place, content))
        return corrupt("checksum mismatch");
    return content;
}

OctetString encode(const ZoneState& state) {
    constexpr std::size_t numbers_at_most = 128;
    OctetString out;
    out.reserve(numbers_at_most + state.source.size());
    out.push_back(static_cast<std::byte>((state.has_content ? has_content : 0) |
                                         (state.marks > 0 ? has_marks : 0) |
                                         (state.base_file > 0 ? has_base_file : 0)));
    append_big_endian(out, state.serial.value());
    for (const std::uint64_t number :
         {state.records, state.wire_octets, state.generation, state.base_chunks, state.base_octets,
          state.base_delta, state.first_delta, state.last_delta}) {
        append_big_endian(out, number);
    }
    append_time(out, state.timers.refreshed_at);
    append_time(out, state.timers.expires_at);
    out.push_back(static_cast<std::byte>(state.timers.expired));
    for (const std::uint64_t number : {state.base_file, state.marks}) {
        if (number > 0) append_big_endian(out, number);
    }
    append_octets(out, as_octets(state.source));
    return out;
}

Result<ZoneState> decode_zone_state(Octets content) {
    Fields fields(content);
    ZoneState state;
    const auto parts = fields.number<std::uint8_t>();
    state.has_content = (parts & has_content) != 0;
    state.serial = Serial{fields.number<std::uint32_t>()};
    for (std::uint64_t* number :
         {&state.records, &state.wire_octets, &state.generation, &state.base_chunks, &state.base_octets,
          &state.base_delta, &state.first_delta, &state.last_delta}) {
        *number = fields.number<std::uint64_t>();
    }
    state.timers.refreshed_at = fields.time();
    state.timers.expires_at = fields.time();
    state.timers.expired = fields.number<std::uint8_t>() != 0;
    if ((parts & has_base_file) != 0) state.base_file = fields.number<std::uint64_t>();
    if ((parts & has_marks) != 0) state.marks = fields.number<std::uint64_t>();
    state.source = as_text(fields.rest());
    if (!fields.whole()) return corrupt("row too short");
    if (((parts & has_marks) != 0) != (state.marks > 0) || (state.marks > 0 && !state.has_content))
        return corrupt("row with marks that cannot be");
    if (((parts & has_base_file) != 0) != (state.base_file > 0) ||
        (state.base_file > 0 && !state.has_content) || state.base_file > largest_base_number)
        return corrupt("row with a base that cannot be");
    if (state.first_delta == 0 || state.last_delta < state.first_delta - 1 ||
        state.base_delta < state.first_delta - 1 || state.base_delta > state.last_delta) {
        return corrupt("row contradicts itself");
    }
    return state;
}

OctetString encode(const Mark& mark) {
    std::string text(sizeof(std::uint32_t), '\0');
    text += mark.key;
    text += mark.value;
    const Octets octets = as_octets(text);
    OctetString out(octets.begin(), octets.end());
    store_big_endian(out.data(), static_cast<std::uint32_t>(mark.key.size()));
    return out;
}

Result<Mark> decode_mark(Octets content) {
    ByteCursor octets(content);
    const auto size = octets.read<std::uint32_t>();
    const auto key = size ? octets.take(*size) : std::nullopt;
    if (!key) return fail(ErrorCode::Corrupt, "a mark without its key");
    return Mark{std::string(as_text(*key)), std::string(as_text(octets.rest()))};
}

OctetString encode(const ChangeSet& changes, WallTime at) {
    OctetString out;
    out.reserve(changes.wire_octets() + 24);
    append_big_endian(out, changes.from.value());
    append_big_endian(out, changes.to.value());
    append_time(out, at);
    append_big_endian(out, static_cast<std::uint64_t>(changes.removed.octets().size()));
    append_octets(out, changes.removed.octets());
    append_octets(out, changes.added.octets());
    return out;
}

Result<Delta> decode_delta(NameView apex, Octets content) {
    Fields fields(content);
    Delta delta;
    delta.changes.from = Serial{fields.number<std::uint32_t>()};
    delta.changes.to = Serial{fields.number<std::uint32_t>()};
    delta.at = fields.time();
    const Octets removed = fields.octets(fields.number<std::uint64_t>());
    const Octets added = fields.rest();
    if (!fields.whole()) return corrupt("delta too short");
    DNS_TRY_ASSIGN(delta.changes.removed, decode_records(apex, removed));
    DNS_TRY_ASSIGN(delta.changes.added, decode_records(apex, added));
    if (leading_serial(apex, delta.changes.removed) != delta.changes.from ||
        leading_serial(apex, delta.changes.added) != delta.changes.to) {
        return corrupt("delta without its SOA records");
    }
    return delta;
}

Result<RecordList> decode_records(NameView apex, Octets content) {
    auto records = RecordList::from_octets(OctetString(content.begin(), content.end()));
    if (!records) return corrupt("bad framing: " + std::string(to_string(records.error())));
    for (const RecordView record : *records) {
        if (!record.owner.is_within(apex)) return corrupt(record.owner.to_string() + " is outside the zone");
        if (const auto fits = check_rdata(record.type, record.rdata); !fits) {
            return corrupt(record.owner.to_string() + " " + to_string(record.type) + ": " +
                           std::string(to_string(fits.error())));
        }
    }
    return std::move(*records);
}

void append_node(Octets last_key, Octets key, Octets node, OctetString& out) {
    const std::size_t shared = common_prefix(last_key, key);
    std::array<std::byte, 8> sizes;
    store_big_endian(sizes.data(), static_cast<std::uint16_t>(shared));
    store_big_endian(sizes.data() + 2, static_cast<std::uint16_t>(key.size() - shared));
    store_big_endian(sizes.data() + 4, static_cast<std::uint32_t>(node.size()));
    append_octets(out, sizes);
    append_octets(out, key.subspan(shared));
    append_octets(out, node);
}

Result<void> decode_nodes(Octets content, ZoneBuilder& builder) {
    Fields fields(content);
    NameKey key;
    for (std::size_t number = 0; !fields.at_end(); ++number) {
        const std::size_t shared = fields.number<std::uint16_t>();
        const std::size_t more = fields.number<std::uint16_t>();
        const std::size_t node_octets = fields.number<std::uint32_t>();
        const Octets rest = fields.octets(more);
        const Octets node = fields.octets(node_octets);
        if (!fields.whole() || shared > key.size() || shared + more > NameKey::max_octets)
            return corrupt("bad framing of name " + std::to_string(number));
        key.shorten(shared);
        key.append(rest);
        if (!builder.append(key.octets(), node))
            return corrupt("name " + std::to_string(number) + " is not sound, or not behind the one before");
    }
    return {};
}

Result<void> decode_chunk(BlobPlace place, Octets blob, ZoneBuilder& builder) {
    const bool has_records =
        blob.size() > kind_at && blob[kind_at] == static_cast<std::byte>(BlobKind::RecordChunk);
    place.kind = has_records ? BlobKind::RecordChunk : BlobKind::NodeChunk;
    DNS_TRY_ASSIGN(const Octets content, unseal(place, blob));
    if (!has_records) return decode_nodes(content, builder);
    DNS_TRY_ASSIGN(const RecordList records, decode_records(place.apex, content));
    for (const RecordView record : records) {
        if (builder.add(record) != ZoneBuilder::Added::Yes)
            return corrupt(record.owner.to_string() + " " + to_string(record.type) + " cannot be added");
    }
    return {};
}

}  // namespace lockstep
