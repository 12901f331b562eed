#include "zone/node.hpp"

#include "sample.hpp"

#include <vector>

using namespace lockstep;

namespace {

OctetString packed(std::vector<NodeRecord> records) {
    OctetString node;
    REQUIRE(pack_node(records, node) == NodeChange::Done);
    return node;
}

}  // namespace

TEST_CASE("a node that was packed is sound, and no cut or grown one is", "[zone]") {
    const OctetString low = sample::octets({192, 0, 2, 1});
    const OctetString high = sample::octets({192, 0, 2, 2});
    const OctetString host = sample::of(sample::name("ns.example."));
    const Ttl ttl{60};
    const OctetString node = packed({{RrType::A, ttl, high}, {RrType::NS, ttl, host}, {RrType::A, ttl, low}});
    CHECK(is_sound_node(node));
    for (std::size_t octets = 0; octets < node.size(); ++octets) {
        // What ends behind the first RRset is a smaller node.
        const bool whole_rrset = octets == NodeView::header_octets + 2 * (2 + low.size());
        CHECK(is_sound_node(Octets(node).first(octets)) == whole_rrset);
    }
    OctetString grown = node;
    grown.push_back(std::byte{0});
    CHECK_FALSE(is_sound_node(grown));
}

TEST_CASE("a node out of order, with duplicates or RDATA that does not fit is not sound", "[zone]") {
    const OctetString low = sample::octets({192, 0, 2, 1});
    const OctetString high = sample::octets({192, 0, 2, 2});
    const Ttl ttl{60};
    const std::size_t header = NodeView::header_octets;
    const OctetString two = packed({{RrType::A, ttl, low}, {RrType::A, ttl, high}});

    OctetString same = two;
    same[header + 11] = std::byte{1};
    CHECK_FALSE(is_sound_node(same));
    OctetString reversed = two;
    std::swap(reversed[header + 5], reversed[header + 11]);
    CHECK_FALSE(is_sound_node(reversed));
    OctetString miscounted = two;
    miscounted[3] = std::byte{1};
    CHECK_FALSE(is_sound_node(miscounted));
    OctetString other_type = two;
    other_type[1] = std::byte{28};  // AAAA, of 16 octets
    CHECK_FALSE(is_sound_node(other_type));

    OctetString twice = packed({{RrType::A, ttl, low}});
    append_octets(twice, packed({{RrType::A, ttl, high}}));
    CHECK_FALSE(is_sound_node(twice));
    OctetString unordered = packed({{RrType::TXT, ttl, sample::octets({1, 'x'})}});
    append_octets(unordered, packed({{RrType::A, ttl, low}}));
    CHECK_FALSE(is_sound_node(unordered));
}
