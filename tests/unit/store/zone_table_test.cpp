#include "store/zone_table.hpp"

#include "base/random.hpp"
#include "support/catch.hpp"
#include "support/zone_text.hpp"

#include <cctype>
#include <chrono>
#include <map>
#include <set>
#include <string>

using namespace lockstep;
using namespace lockstep::test;

namespace {

ServedZonePtr empty_zone(NameView apex) {
    auto zone = std::make_shared<ServedZone>();
    zone->apex = Name(apex).folded();
    return zone;
}

/// The table as one would write it without a thought for speed.
using Model = std::map<Name, ServedZonePtr, CanonicalLess>;

const ServedZone* find(const Model& model, NameView name) {
    for (std::size_t labels = name.label_count() + 1; labels-- > 0;) {
        const auto found = model.find(Name(name.suffix(labels)));
        if (found != model.end()) return found->second.get();
    }
    return nullptr;
}

/// Names of few labels from few letters, in any case, so that many are within one another.
Name random_name(Random& random) {
    static constexpr std::array<std::string_view, 6> labels = {"a", "B", "ab", "Example", "longer-than-eight",
                                                               "*"};
    std::string text;
    for (std::uint64_t count = random.below(5); count > 0; --count)
        text += std::string(labels[random.below(labels.size())]) + ".";
    return name(text.empty() ? "." : text);
}

}  // namespace

TEST_CASE("a name is found in the zone with the longest apex that it is within", "[store][table]") {
    ZoneTable table;
    CHECK(table.find(name("example.org.")) == nullptr);
    for (const std::string_view apex : {"example.org.", "sub.example.org.", "org."})
        table = table.with(empty_zone(name(apex)));
    const auto apex_for = [&](std::string_view text) {
        const ServedZone* zone = table.find(name(text));
        return zone != nullptr ? zone->apex.to_string() : "none";
    };
    CHECK(apex_for("www.Example.ORG.") == "example.org.");
    CHECK(apex_for("example.org.") == "example.org.");
    CHECK(apex_for("a.b.SUB.example.org.") == "sub.example.org.");
    CHECK(apex_for("xsub.example.org.") == "example.org.");
    CHECK(apex_for("example.com.") == "none");
    CHECK(apex_for("xorg.") == "none");
    CHECK(apex_for(".") == "none");
    table = table.with(empty_zone(name(".")));
    CHECK(apex_for("example.com.") == ".");
    CHECK(apex_for(".") == ".");
    CHECK(table.exact(name("ORG."))->apex.to_string() == "org.");
    CHECK(table.exact(name("com.")) == nullptr);
}

TEST_CASE("a table behaves as a map from apexes, through every change", "[store][table]") {
    SeededRandom random(7);
    ZoneTable table;
    Model model;
    for (int step = 0; step < 3000; ++step) {
        const Name apex = random_name(random);
        const ZoneTable before = table;
        const auto before_find = before.find(apex);
        if (random.below(3) == 0) {
            table = table.without(apex);
            model.erase(apex);
        } else {
            const auto zone = empty_zone(apex);
            table = table.with(zone);
            model[apex] = zone;
        }
        REQUIRE(table.size() == model.size());
        REQUIRE(before.find(apex) == before_find);
        const Name asked = random_name(random);
        REQUIRE(table.find(asked) == find(model, asked));
        const auto exact = model.find(asked);
        REQUIRE(table.exact(asked) == (exact != model.end() ? exact->second : nullptr));
    }
    std::set<ServedZonePtr> seen;
    table.for_each([&](const ServedZonePtr& zone) { REQUIRE(seen.insert(zone).second); });
    REQUIRE(seen.size() == model.size());
}

TEST_CASE("many zones at once are the same as one after another", "[store][table]") {
    SeededRandom random(8);
    ZoneTable table;
    Model model;
    for (int step = 0; step < 200; ++step) {
        std::set<Name, CanonicalLess> apexes;
        for (std::uint64_t count = random.below(40); count > 0; --count)
            apexes.insert(random_name(random));
        std::vector<ServedZonePtr> zones;
        for (const Name& apex : apexes) {
            zones.push_back(empty_zone(apex));
            model[apex] = zones.back();
        }
        table = table.with(zones);
        const Name gone = random_name(random);
        table = table.without(gone);
        model.erase(gone);
        REQUIRE(table.size() == model.size());
        for (const auto& [apex, zone] : model)
            REQUIRE(table.exact(apex) == zone);
        const Name asked = random_name(random);
        REQUIRE(table.find(asked) == find(model, asked));
    }
}

TEST_CASE("names of the greatest length and depth are looked up", "[store][table]") {
    std::string deep;
    for (int i = 0; i < 127; ++i)
        deep += "a.";
    std::string wide = std::string(63, 'b') + "." + std::string(63, 'C') + "." + std::string(63, 'd') + "." +
                       std::string(61, 'e') + ".";
    const ZoneTable table = ZoneTable().with(empty_zone(name(deep))).with(empty_zone(name(wide)));
    REQUIRE(table.find(name(deep)) != nullptr);
    CHECK(table.find(name(deep))->apex == name(deep));
    REQUIRE(table.find(name(wide)) != nullptr);
    CHECK(table.find(name(wide))->apex == name(wide));
    CHECK(table.find(name(deep.substr(2))) == nullptr);
}

TEST_CASE("octets beyond letters are not folded", "[store][table]") {
    // 0x40 and 0x5b stand beside A and Z, 0xc1 is A with the top bit.
    for (const std::string_view pair : {R"(\064.|\096.)", R"(\091.|\123.)", R"(\193.|\225.)"}) {
        const auto bar = pair.find('|');
        const ZoneTable table = ZoneTable().with(empty_zone(name(pair.substr(0, bar))));
        CHECK(table.find(name(pair.substr(0, bar))) != nullptr);
        CHECK(table.find(name(pair.substr(bar + 1))) == nullptr);
    }
}

TEST_CASE("what a lookup costs with one zone and with a hundred thousand", "[.][bench]") {
    for (const std::size_t zones : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}}) {
        ZoneTable table;
        std::vector<Name> names;
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < zones; ++i) {
            const std::string apex = "zone-" + std::to_string(i) + ".example.";
            table = table.with(empty_zone(name(apex)));
            names.push_back(name("www." + apex));
        }
        const auto filled = std::chrono::steady_clock::now();
        SeededRandom random(1);
        std::vector<std::size_t> order(1 << 16);
        for (auto& each : order)
            each = random.below(names.size());
        std::size_t found = 0;
        const auto looked = std::chrono::steady_clock::now();
        for (int round = 0; round < 30; ++round) {
            for (const std::size_t each : order)
                found += table.find(names[each]) != nullptr ? 1 : 0;
        }
        const auto done = std::chrono::steady_clock::now();
        REQUIRE(found == 30 * order.size());
        const std::chrono::duration<double, std::nano> looking = done - looked;
        const std::chrono::duration<double, std::micro> filling = filled - start;
        WARN(zones << " zones: " << looking.count() / static_cast<double>(found) << " ns a lookup, "
                   << filling.count() / static_cast<double>(zones) << " us an addition");
    }
}
