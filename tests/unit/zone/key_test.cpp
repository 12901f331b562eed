#include "zone/key.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

Name parse(std::string_view text) {
    auto name = Name::parse_absolute(text);
    REQUIRE(name);
    return *name;
}

Name name_of(Octets key, const Name& apex) {
    std::array<std::byte, max_name_octets> octets{};
    std::copy(apex.octets().begin(), apex.octets().end(),
              octets.end() - static_cast<std::ptrdiff_t>(apex.octets().size()));
    const std::size_t size = write_name(key, apex.octets().size(), octets);
    return Name(NameView::trusted(Octets(octets).last(size)));
}

Name random_name(std::mt19937& random, const Name& apex) {
    Name name = apex;
    for (auto labels = random() % 6; labels > 0; --labels) {
        static constexpr std::array<unsigned char, 12> octets{0,   1,   2,   'A', 'a',  'b',
                                                              'Z', 'z', '*', '.', 0xfe, 0xff};
        OctetString label(1 + (random() % 8 == 0 ? 62 : random() % (random() % 2 == 0 ? 3 : 20)));
        for (auto& octet : label)
            octet = static_cast<std::byte>(octets[random() % octets.size()]);
        auto longer = Name::prepend(label, name);
        if (!longer) break;
        name = *longer;
    }
    return name;
}

}  // namespace

TEST_CASE("the order of keys is the canonical order of names", "[zone][rfc4034]") {
    std::mt19937 random(11);
    const Name apex = parse("Example.ORG");
    for (int i = 0; i < 20000; ++i) {
        const Name a = random_name(random, apex);
        const Name b = random_name(random, apex);
        const NameKey x(a, apex.octets().size());
        const NameKey y(b, apex.octets().size());
        const auto order = std::lexicographical_compare_three_way(x.octets().begin(), x.octets().end(),
                                                                  y.octets().begin(), y.octets().end());
        REQUIRE(order == canonical_order(a, b));
    }
}

TEST_CASE("keys are compared as their octets are, wherever they differ", "[zone]") {
    std::mt19937 random(15);
    for (int i = 0; i < 20000; ++i) {
        OctetString a(random() % 27);
        for (auto& octet : a)
            octet = static_cast<std::byte>(random() % 2 == 0 ? 0x7f : 0x80);
        OctetString b = a;
        b.resize(random() % 27, std::byte{0});
        if (!b.empty() && random() % 2 == 0) b[random() % b.size()] = static_cast<std::byte>(random() % 256);
        const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
        REQUIRE(compare_keys(a, b) ==
                std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end()));
        REQUIRE(common_prefix(a, b) == static_cast<std::size_t>(differ - a.begin()));
    }
}

TEST_CASE("a key yields its name again, lower-cased", "[zone]") {
    std::mt19937 random(12);
    const Name apex = parse("example.org");
    for (int i = 0; i < 20000; ++i) {
        const Name name = random_name(random, apex);
        const NameKey key(name, apex.octets().size());
        REQUIRE(identical(name_of(key.octets(), apex), name.folded()));
        REQUIRE(name_octets(key.octets(), apex.octets().size()) == name.octets().size());
    }
}

TEST_CASE("octets are a key exactly where they are some name's", "[zone]") {
    std::mt19937 random(13);
    const Name apex = parse("example.org");
    const std::size_t apex_octets = apex.octets().size();
    std::size_t sound = 0;
    for (int i = 0; i < 20000; ++i) {
        const NameKey key(random_name(random, apex), apex_octets);
        REQUIRE(is_sound_key(key.octets(), apex_octets));
        OctetString changed(key.octets().begin(), key.octets().end());
        if (changed.empty()) continue;
        changed[random() % changed.size()] = static_cast<std::byte>(random() % 4);
        if (!is_sound_key(changed, apex_octets)) continue;
        ++sound;
        REQUIRE(equal_octets(NameKey(name_of(changed, apex), apex_octets).octets(), changed));
    }
    CHECK(sound > 100);
    const OctetString dot_at_end = {std::byte{'a'}, std::byte{0}, std::byte{0}};
    CHECK_FALSE(is_sound_key(dot_at_end, apex_octets));
    const OctetString long_label(64, std::byte{'a'});
    CHECK_FALSE(is_sound_key(long_label, apex_octets));
}

TEST_CASE("a name's key begins with the keys of the names above it", "[zone]") {
    const Name apex = parse("example.org");
    const Name name = parse("c.b\\000\\001.a.example.org");
    const NameKey key(name, apex.octets().size());
    for (std::size_t labels = 2; labels <= 5; ++labels) {
        const NameKey above(name.view().suffix(labels), apex.octets().size());
        REQUIRE(common_prefix(key.octets(), above.octets()) == above.size());
        REQUIRE(whole_labels(key.octets(), above.size()) == labels - 2);
    }
}

TEST_CASE("the longest keys fit: 255 octets of escaped octets", "[zone]") {
    const Name root;
    for (const auto value : {std::byte{0}, std::byte{1}, std::byte{0xff}}) {
        Name name = root;
        for (const std::size_t octets : {63U, 63U, 63U, 61U}) {
            auto longer = Name::prepend(OctetString(octets, value), name);
            REQUIRE(longer);
            name = *longer;
        }
        REQUIRE(name.octets().size() == 255);
        const NameKey key(name, 1);
        REQUIRE(key.size() == (value == std::byte{0xff} ? 254U : 504U));
        REQUIRE(identical(name_of(key.octets(), root), name));
    }
    Name name = root;
    for (int i = 0; i < 127; ++i) {
        auto longer = Name::prepend(OctetString(1, std::byte{0}), name);
        REQUIRE(longer);
        name = *longer;
    }
    REQUIRE(identical(name_of(NameKey(name, 1).octets(), root), name));
}
