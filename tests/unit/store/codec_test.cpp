#include "store/codec.hpp"

#include "crypto/encoding.hpp"
#include "scratch.hpp"
#include "store/checksum.hpp"
#include "store/save.hpp"
#include "support/catch.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

const Name example = name("example.org.");

ChangeSet some_changes() {
    return diff(*numbered_zone("example.org.", 1), *numbered_zone("example.org.", 2, 5));
}

}  // namespace

TEST_CASE("the checksum is CRC-64/XZ, whatever the pieces", "[store][codec]") {
    CHECK(Checksum().value() == 0);
    CHECK(Checksum().add(as_octets("123456789")).value() == 0x995dc9bbdf1939fa);
    const std::string text = "This is a test of the emergency broadcast system, and of the odd octet.";
    const auto whole = Checksum().add(as_octets(text)).value();
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        CHECK(Checksum().add(as_octets(text.substr(0, cut))).add(as_octets(text.substr(cut))).value() ==
              whole);
    }
}

TEST_CASE("a sealed blob opens in its place only", "[store][codec]") {
    const BlobPlace place{BlobKind::NodeChunk, example, 3, 4};
    const OctetString blob = seal(place, as_octets("content"));
    const auto content = unseal(place, blob);
    REQUIRE(content);
    CHECK(as_text(*content) == "content");
    const Name other = name("example.net.");
    for (const BlobPlace& elsewhere :
         {BlobPlace{BlobKind::Delta, example, 3, 4}, BlobPlace{BlobKind::NodeChunk, other, 3, 4},
          BlobPlace{BlobKind::NodeChunk, example, 2, 4}, BlobPlace{BlobKind::NodeChunk, example, 3, 5}}) {
        CHECK(unseal(elsewhere, blob).error().code == ErrorCode::Corrupt);
    }
}

TEST_CASE("no flipped bit of a blob goes unnoticed, no cut either", "[store][codec]") {
    const BlobPlace place{BlobKind::Delta, example, 0, 1};
    const OctetString blob = seal(place, encode(some_changes(), WallTime{}));
    for (std::size_t bit = 0; bit < 8 * blob.size(); ++bit) {
        OctetString flipped = blob;
        flipped[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        REQUIRE_FALSE(unseal(place, flipped));
    }
    for (std::size_t size = 0; size < blob.size(); ++size)
        REQUIRE_FALSE(unseal(place, Octets(blob).first(size)));
}

TEST_CASE("a blob of a format to come is named as such", "[store][codec]") {
    const BlobPlace place{BlobKind::Zone, example, 0, 1};
    OctetString blob = seal(place, as_octets("content"));
    blob[2] = std::byte{9};
    CHECK(unseal(place, blob).error().text.find("version 9") != std::string::npos);
}

TEST_CASE("what is known of a zone comes back", "[store][codec]") {
    ZoneState state;
    state.has_content = true;
    state.serial = Serial{0xfffffff0};
    state.records = 1;
    state.wire_octets = 2;
    state.generation = 3;
    state.base_chunks = 4;
    state.base_octets = 5;
    state.base_delta = 7;
    state.first_delta = 6;
    state.last_delta = 9;
    state.timers = {WallTime{milliseconds{-5}}, WallTime{milliseconds{1'790'000'000'123}}, true};
    state.source = std::string("a digest\0and more", 17);
    const OctetString content = encode(state);
    const auto decoded = decode_zone_state(content);
    REQUIRE(decoded);
    CHECK(encode(*decoded) == content);
    CHECK(decoded->timers == state.timers);
    CHECK(decoded->source == state.source);
    for (std::size_t size = 0; size + state.source.size() < content.size(); ++size)
        CHECK_FALSE(decode_zone_state(Octets(content).first(size)));
    // Marks cost a row nothing where there are none.
    state.marks = 7;
    const OctetString with_marks = encode(state);
    CHECK(with_marks.size() == content.size() + 8);
    const auto counted = decode_zone_state(with_marks);
    REQUIRE(counted);
    CHECK(counted->marks == 7);
    CHECK(counted->source == state.source);
    CHECK(encode(*counted) == with_marks);

    state.base_file = largest_base_number;
    const OctetString with_both = encode(state);
    const auto filed = decode_zone_state(with_both);
    REQUIRE(filed);
    CHECK(filed->base_file == largest_base_number);
    CHECK(filed->marks == 7);
    CHECK(filed->source == state.source);
    CHECK(encode(*filed) == with_both);
}

TEST_CASE("a row that contradicts itself is refused", "[store][codec]") {
    ZoneState state;
    const auto refused = [&] { return !decode_zone_state(encode(state)); };
    CHECK_FALSE(refused());
    SECTION("deltas that end before they begin") {
        state.first_delta = 5;
    }
    SECTION("a base after the last delta") {
        state.base_delta = 1;
    }
    SECTION("a base before the deltas") {
        state.first_delta = state.last_delta = 4;
    }
    SECTION("no first delta") {
        state.first_delta = 0;
    }
    SECTION("marks without content") {
        state.marks = 1;
    }
    SECTION("a base file without content") {
        state.base_file = 1;
    }
    SECTION("a base file with a number that no file has") {
        state.has_content = true;
        state.base_file = largest_base_number + 1;
    }
    CHECK(refused());
}

TEST_CASE("a mark comes back, whatever its octets, and none is read from too few", "[store][codec]") {
    const std::string octets("\0\xff key", 6);
    for (const Mark& mark : {Mark{octets, "value"}, Mark{"", octets}, Mark{octets, ""}, Mark{"", ""}}) {
        const OctetString content = encode(mark);
        const auto decoded = decode_mark(content);
        REQUIRE(decoded);
        CHECK(*decoded == mark);
        for (std::size_t size = 0; size < 4 + mark.key.size(); ++size)
            CHECK(decode_mark(Octets(content).first(size)).error().code == ErrorCode::Corrupt);
    }
}

TEST_CASE("a delta comes back record by record", "[store][codec]") {
    const ChangeSet changes = some_changes();
    const WallTime at{milliseconds{1'790'000'000'001}};
    const auto delta = decode_delta(example, encode(changes, at));
    REQUIRE(delta);
    CHECK(delta->at == at);
    CHECK(delta->changes.from == changes.from);
    CHECK(delta->changes.to == changes.to);
    CHECK(equal_octets(delta->changes.removed.octets(), changes.removed.octets()));
    CHECK(equal_octets(delta->changes.added.octets(), changes.added.octets()));
}

TEST_CASE("records that do not belong are refused, checksum or not", "[store][codec]") {
    const ChangeSet good = some_changes();
    const auto error = [](NameView zone, const ChangeSet& changes) {
        const auto delta = decode_delta(zone, encode(changes, WallTime{}));
        return delta ? std::string("taken") : delta.error().text;
    };
    CHECK(error(name("example.net."), good).find("outside") != std::string::npos);
    ChangeSet changes = good;
    changes.from = Serial{7};
    CHECK(error(example, changes).find("SOA") != std::string::npos);
    changes = good;
    changes.added.clear();
    CHECK(error(example, changes).find("SOA") != std::string::npos);
    changes = good;
    const OctetString short_address(3);
    changes.added.append({example, RrType::A, Ttl{1}, short_address});
    CHECK(error(example, changes).find("A: ") != std::string::npos);
}

TEST_CASE("a chunk of nodes comes back as the names and records that went in", "[store][codec]") {
    const ZonePtr zone = numbered_zone("example.org.", 1, 300);
    std::vector<OctetString> chunks;
    const auto count = for_each_chunk(*zone, 7, [&](std::uint64_t, OctetString chunk) -> Result<void> {
        chunks.push_back(std::move(chunk));
        return {};
    });
    REQUIRE(count.value() == chunks.size());
    ZoneBuilder builder(example);
    for (std::size_t i = 0; i < chunks.size(); ++i)
        REQUIRE(decode_chunk({BlobKind::NodeChunk, example, 7, i}, chunks[i], builder));
    const auto again = std::move(builder).finish();
    REQUIRE(again);
    CHECK((*again)->record_count() == zone->record_count());
    CHECK((*again)->wire_octets() == zone->wire_octets());
    CHECK(diff(*zone, **again).wire_octets() == diff(*zone, *zone).wire_octets());
}

TEST_CASE("a chunk of records, as it was written before nodes were, is still read", "[store][codec]") {
    const ZonePtr zone = numbered_zone("example.org.", 3);
    RecordList records;
    for (ZoneCursor at = zone->begin(); at; at.next()) {
        for (const RrsetView rrset : at.node()) {
            for (const Octets rdata : rrset)
                records.append({at.owner(), rrset.type(), rrset.ttl(), rdata});
        }
    }
    const BlobPlace place{BlobKind::RecordChunk, example, 7, 0};
    ZoneBuilder builder(example);
    REQUIRE(decode_chunk(place, seal(place, records.octets()), builder));
    CHECK(std::move(builder).finish().value()->record_count() == zone->record_count());
}

TEST_CASE("names out of order and nodes that are not sound are refused, checksum or not", "[store][codec]") {
    const OctetString address = *from_hex("000100010000000a000000060004c0000201");
    const auto error = [&](std::initializer_list<std::pair<std::string_view, Octets>> names) {
        OctetString content;
        OctetString last;
        for (const auto& [key, node] : names) {
            const std::string octets(key);
            append_node(last, as_octets(octets), node, content);
            last.assign(as_octets(octets).begin(), as_octets(octets).end());
        }
        ZoneBuilder builder(example);
        const auto taken = decode_nodes(content, builder);
        return taken ? std::string("taken") : taken.error().text;
    };
    using namespace std::string_view_literals;
    CHECK(error({{"a\0"sv, address}, {"b\0"sv, address}}) == "taken");
    CHECK(error({{"b\0"sv, address}, {"a\0"sv, address}}).find("name 1") == 0);
    CHECK(error({{"a\0"sv, address}, {"a\0"sv, address}}).find("name 1") == 0);
    CHECK(error({{"a"sv, address}}).find("name 0") == 0);
    CHECK(error({{"A\0"sv, address}}).find("name 0") == 0);
    CHECK(error({{"a\0"sv, Octets(address).first(17)}}).find("name 0") == 0);
    CHECK(error({{"a\0"sv, {}}}).find("name 0") == 0);
    OctetString cut;
    append_node({}, as_octets("a\0"sv), address, cut);
    for (std::size_t octets = 1; octets < cut.size(); ++octets) {
        ZoneBuilder builder(example);
        CHECK_FALSE(decode_nodes(Octets(cut).first(octets), builder));
    }
    store_big_endian(cut.data(), std::uint16_t{1});  // shares what was never there
    ZoneBuilder builder(example);
    CHECK_FALSE(decode_nodes(cut, builder));
}
