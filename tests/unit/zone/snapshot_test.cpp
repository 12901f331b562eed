#include "zone/snapshot.hpp"

#include "sample.hpp"
#include "support/catch.hpp"
#include "zone/lookup.hpp"

#include <map>
#include <random>
#include <set>

using namespace lockstep;
using namespace std::literals;
using sample::name;

namespace {

ZonePtr small_zone() {
    return sample::zone({
        sample::a("www.example.org", 1),
        sample::soa(1),
        sample::ns("example.org", "ns1.example.org"),
        sample::a("NS1.Example.Org", 2),
        sample::a("a.b.c.example.org", 3),
        sample::txt("*.wild.example.org", "any"),
        sample::txt("zz\\000.example.org", "zero"),
        sample::txt("zz.example.org", "plain"),
    });
}

std::string at(const ZoneCursor& cursor) {
    return cursor ? cursor.owner().to_string() : "-";
}

}  // namespace

TEST_CASE("a zone's names come in canonical order, the apex first", "[zone][rfc4034]") {
    const ZonePtr zone = small_zone();
    std::vector<std::string> names;
    for (ZoneCursor cursor = zone->begin(); cursor; cursor.next())
        names.push_back(at(cursor));
    REQUIRE(names == std::vector<std::string>{"example.org.", "a.b.c.example.org.", "ns1.example.org.",
                                              "*.wild.example.org.", "www.example.org.", "zz.example.org.",
                                              "zz\\000.example.org."});
    REQUIRE(zone->name_count() == 7);
    REQUIRE(zone->record_count() == 8);
    REQUIRE(zone->apex().to_string() == "example.org.");
    REQUIRE(zone->serial() == Serial{1});
    REQUIRE(zone->soa().mname == name("ns1.example.org"));
    REQUIRE(zone->soa_rrset().size() == 1);
    REQUIRE(zone->apex_node().has(RrType::NS));
}

TEST_CASE("a zone counts what its records take in a record list", "[zone]") {
    const ZonePtr zone = small_zone();
    REQUIRE(zone->wire_octets() == sample::dump(*zone).octets().size());
}

TEST_CASE("records are found whatever the case of the name", "[zone][rfc4343]") {
    const ZonePtr zone = small_zone();
    const auto node = zone->find(name("WWW.EXAMPLE.ORG"));
    REQUIRE(node);
    REQUIRE(node->find(RrType::A)->front()[3] == std::byte{1});
    REQUIRE_FALSE(node->has(RrType::TXT));
    REQUIRE_FALSE(zone->find(name("b.c.example.org")));
    REQUIRE_FALSE(zone->find(name("www.example.net")));
    REQUIRE_FALSE(zone->find(name("org")));
}

TEST_CASE("an empty non-terminal exists, without records", "[zone][rfc4592]") {
    const ZonePtr zone = small_zone();
    for (const auto* text : {"b.c.example.org", "c.example.org", "wild.example.org"}) {
        const Located located = zone->locate(LabelledName(name(text)));
        CHECK_FALSE(located.node);
        CHECK(located.exists);
        CHECK(located.encloser_labels == name(text).view().label_count());
    }
}

TEST_CASE("a name that does not exist has its closest encloser told", "[zone][rfc4592]") {
    const ZonePtr zone = small_zone();
    const auto encloser = [&](std::string_view text) {
        const Located located = zone->locate(LabelledName(name(text)));
        CHECK_FALSE(located.node);
        CHECK_FALSE(located.exists);
        return name(text).view().suffix(located.encloser_labels).to_string();
    };
    CHECK(encloser("nothing.example.org") == "example.org.");
    CHECK(encloser("x.y.www.example.org") == "www.example.org.");
    CHECK(encloser("0.b.c.example.org") == "b.c.example.org.");
    CHECK(encloser("z.b.c.example.org") == "b.c.example.org.");
    CHECK(encloser("x.c.example.org") == "c.example.org.");
    CHECK(encloser("www.wild.example.org") == "wild.example.org.");
    CHECK(encloser("zzz.example.org") == "example.org.");
    CHECK(encloser("0.example.org") == "example.org.");
    CHECK(zone->locate(LabelledName(name("example.org"))).encloser_labels == 2);
    CHECK(zone->locate(LabelledName(name("*.wild.example.org"))).node);
}

TEST_CASE("cursors find the first name not before and the last not after", "[zone]") {
    const ZonePtr zone = small_zone();
    CHECK(at(zone->at_or_after(name("b.c.example.org"))) == "a.b.c.example.org.");
    CHECK(at(zone->at_or_after(name("www.example.org"))) == "www.example.org.");
    CHECK(at(zone->at_or_after(name("x.www.example.org"))) == "zz.example.org.");
    CHECK(at(zone->at_or_after(name("zzz.example.org"))) == "-");
    CHECK(at(zone->at_or_before(name("zzz.example.org"))) == "zz\\000.example.org.");
    CHECK(at(zone->at_or_before(name("b.c.example.org"))) == "example.org.");
    CHECK(at(zone->at_or_before(name("www.example.org"))) == "www.example.org.");
    ZoneCursor cursor = zone->at_or_before(name("www.example.org"));
    cursor.previous();
    CHECK(at(cursor) == "*.wild.example.org.");
}

TEST_CASE("a zone without exactly one SOA record at its apex is refused", "[zone]") {
    CHECK(sample::try_zone({sample::a("www.example.org", 1)}).error().code == ErrorCode::Invalid);
    CHECK(sample::try_zone({sample::soa(1), sample::soa(2)}).error().code == ErrorCode::Invalid);
    CHECK(sample::try_zone({sample::soa(1, "www.example.org")}).error().code == ErrorCode::Invalid);
    CHECK(sample::try_zone({}).error().code == ErrorCode::Invalid);
}

TEST_CASE("duplicates are kept once and the lowest TTL of an RRset holds", "[zone][rfc2181]") {
    ZonePtr zone = sample::zone({sample::soa(1), sample::a("www.example.org", 2, 600),
                                 sample::a("www.example.org", 1, 300), sample::a("WWW.example.org", 2, 900)});
    auto rrset = *zone->find(name("www.example.org"))->find(RrType::A);
    CHECK(rrset.size() == 2);
    CHECK(rrset.ttl() == Ttl{300});
    CHECK(rrset.front()[3] == std::byte{1});

    ZoneBuilder builder(zone);
    CHECK(builder.add(sample::a("www.example.org", 3, 200).view()) == ZoneBuilder::Added::Yes);
    CHECK(builder.add(sample::a("www.example.org", 2, 900).view()) == ZoneBuilder::Added::Duplicate);
    CHECK(builder.add(sample::a("www.example.org", 2, 100).view()) == ZoneBuilder::Added::Duplicate);
    CHECK(builder.add(sample::a("www.example.net", 2).view()) == ZoneBuilder::Added::OutOfZone);
    zone = *std::move(builder).finish();
    rrset = *zone->find(name("www.example.org"))->find(RrType::A);
    CHECK(rrset.size() == 3);
    CHECK(rrset.ttl() == Ttl{100});
    CHECK(zone->record_count() == 4);
    CHECK(zone->wire_octets() == sample::dump(*zone).octets().size());
}

TEST_CASE("a first version tells whether TTLs within an RRset differed", "[zone][rfc2181]") {
    const auto differ = [](const std::vector<sample::Record>& records) {
        ZoneBuilder builder(name("example.org"));
        for (const auto& record : records)
            CHECK(builder.add(record.view()) == ZoneBuilder::Added::Yes);
        return builder.ttls_differ();
    };
    CHECK_FALSE(differ({sample::a("a.example.org", 1, 60), sample::a("b.example.org", 1, 61),
                        sample::rrsig("a.example.org", RrType::A, 60),
                        sample::rrsig("a.example.org", RrType::TXT, 61)}));
    CHECK(differ({sample::a("a.example.org", 1, 60), sample::a("a.example.org", 2, 61)}));
    CHECK(differ({sample::a("a.example.org", 1, 61), sample::a("a.example.org", 1, 60)}));
    CHECK(differ({sample::rrsig("a.example.org", RrType::A, 60, 1),
                  sample::rrsig("a.example.org", RrType::A, 61, 2)}));
}

TEST_CASE("signatures keep the TTL of what they cover", "[zone][rfc4034]") {
    for (const bool on_a_base : {false, true}) {
        const std::vector<sample::Record> signatures{
            sample::rrsig("example.org", RrType::NS, 500), sample::rrsig("example.org", RrType::SOA, 900),
            sample::rrsig("example.org", RrType::NS, 600, 2), sample::rrsig("example.org", RrType::A, 700)};
        ZoneBuilder builder =
            on_a_base ? ZoneBuilder(sample::zone({sample::soa(1)})) : ZoneBuilder(name("example.org"));
        builder.add(sample::soa(1).view());
        for (const auto& record : signatures)
            CHECK(builder.add(record.view()) == ZoneBuilder::Added::Yes);
        const ZonePtr zone = *std::move(builder).finish();
        const NodeView node = zone->apex_node();
        CHECK(node.signatures(RrType::NS)->ttl() == Ttl{500});
        CHECK(node.signatures(RrType::NS)->size() == 2);
        CHECK(node.signatures(RrType::SOA)->ttl() == Ttl{900});
        CHECK(node.signatures(RrType::A)->ttl() == Ttl{700});
        CHECK_FALSE(node.signatures(RrType::AAAA));
        CHECK(node.find(RrType::RRSIG)->covered() == RrType::A);
        CHECK(zone->record_count() == 5);

        ZoneBuilder next(zone);
        CHECK(next.remove(signatures[1].view()));
        CHECK_FALSE(next.remove(signatures[1].view()));
        const ZonePtr after = *std::move(next).finish();
        CHECK_FALSE(after->apex_node().signatures(RrType::SOA));
        CHECK(after->apex_node().signatures(RrType::NS)->size() == 2);
    }
}

TEST_CASE("removing the last record of a name removes the name", "[zone]") {
    const ZonePtr zone = small_zone();
    ZoneBuilder builder(zone);
    CHECK_FALSE(builder.remove(sample::a("a.b.c.example.org", 4).view()));
    CHECK_FALSE(builder.remove(sample::txt("a.b.c.example.org", "x").view()));
    CHECK_FALSE(builder.remove(sample::a("www.example.net", 1).view()));
    CHECK(builder.find(name("a.b.c.example.org")));
    CHECK(builder.remove(sample::a("a.b.c.example.org", 3).view()));
    CHECK_FALSE(builder.find(name("a.b.c.example.org")));
    const ZonePtr after = *std::move(builder).finish();
    CHECK_FALSE(after->locate(LabelledName(name("c.example.org"))).exists);
    CHECK(after->name_count() == 6);
    CHECK(zone->locate(LabelledName(name("c.example.org"))).exists);
}

TEST_CASE("a zone knows whether it has wildcards, whatever changes made it", "[zone][rfc4592]") {
    const ZonePtr none = sample::zone({sample::soa(1), sample::a("a*.example.org", 1),
                                       sample::a("**.example.org", 2), sample::a("*a.example.org", 3)});
    CHECK_FALSE(none->has_wildcards());
    const auto answers = [](const ZonePtr& zone) {
        const Name asked = name("x.deep.example.org");
        return std::holds_alternative<FoundAnswer>(lookup(*zone, LabelledName(asked), RrType::A));
    };
    for (const auto* text : {"*.example.org", "*.deep.example.org", "*.*.example.org"}) {
        const auto wildcard = sample::a(text, 4);
        ZoneBuilder more(none);
        REQUIRE(more.add(wildcard.view()) == ZoneBuilder::Added::Yes);
        const ZonePtr one = std::move(more).finish().value();
        CHECK(one->has_wildcards());
        CHECK(answers(one) == (text != "*.*.example.org"sv));
        ZoneBuilder less(one);
        REQUIRE(less.remove(wildcard.view()));
        const ZonePtr gone = std::move(less).finish().value();
        CHECK_FALSE(gone->has_wildcards());
        CHECK_FALSE(answers(gone));
    }
    CHECK(sample::zone({sample::soa(1), sample::a("*.example.org", 1)})->has_wildcards());
}

TEST_CASE("a wildcard exists where a name below it does", "[zone][rfc4592]") {
    const ZonePtr zone =
        sample::zone({sample::soa(1), sample::a("a*.example.org", 1), sample::a("ns.*.example.org", 2)});
    const Name asked = name("any.other.example.org");
    const auto found = lookup(*zone, LabelledName(asked), RrType::A);
    REQUIRE(std::holds_alternative<FoundNoData>(found));
    CHECK(std::get<FoundNoData>(found).match.wildcard);
}

TEST_CASE("a first version can be corrected before it is finished", "[zone]") {
    ZoneBuilder builder(name("example.org"));
    builder.add(sample::soa(1).view());
    builder.add(sample::a("www.example.org", 1).view());
    CHECK(builder.remove(sample::a("www.example.org", 1).view()));
    CHECK(builder.add(sample::a("ftp.example.org", 1).view()) == ZoneBuilder::Added::Yes);
    CHECK(builder.add(sample::a("ftp.example.org", 1).view()) == ZoneBuilder::Added::Duplicate);
    const ZonePtr zone = *std::move(builder).finish();
    CHECK(zone->name_count() == 2);
}

TEST_CASE("names that are alike for long come in canonical order, however they were added",
          "[zone][rfc4034]") {
    const Name apex = name("example.org");
    std::vector<Name> names;
    for (const std::string& stem : {std::string("a"), std::string(7, 'a'), std::string(8, 'a'),
                                    std::string(15, 'a'), std::string(16, 'a'), std::string(40, 'a')}) {
        names.push_back(*Name::prepend(as_octets(stem), apex));
        for (const char* longer : {"b", "0", "\001", "bbbbbbbb"})
            names.push_back(*Name::prepend(as_octets(stem + longer), apex));
        for (const char* below : {"x", "\001", "xxxxxxxx", "xxxxxxx"})
            names.push_back(*Name::prepend(as_octets(below), *Name::prepend(as_octets(stem), apex)));
    }
    std::mt19937 random(21);
    std::shuffle(names.begin(), names.end(), random);
    ZoneBuilder builder(apex);
    builder.add(sample::soa(1).view());
    const OctetString address = sample::octets({192, 0, 2, 1});
    const OctetString other = sample::octets({192, 0, 2, 2});
    for (const Name& each : names)
        builder.add({each, RrType::A, Ttl{60}, address});
    for (const Name& each : names)
        builder.add({each, RrType::A, Ttl{60}, other});
    const ZonePtr zone = *std::move(builder).finish();
    std::sort(names.begin(), names.end(), CanonicalLess{});
    auto at = zone->begin();
    for (const Name& each : names) {
        at.next();
        REQUIRE(at);
        REQUIRE(identical(at.owner(), each));
        REQUIRE(at.node().find(RrType::A)->size() == 2);
    }
    at.next();
    CHECK_FALSE(at);
}

TEST_CASE("a zone is built again from the keys and nodes of its tree, in their order only", "[zone]") {
    ZoneBuilder first(name("example.org"));
    first.add(sample::soa(1).view());
    for (const char* owner : {"a.example.org", "b.example.org", "c.b.example.org"})
        first.add(sample::a(owner, 1).view());
    const ZonePtr zone = *std::move(first).finish();

    ZoneBuilder again(name("example.org"));
    NameKey key;
    for (auto at = zone->tree().begin(); at; at.next()) {
        at.read_key(key);
        REQUIRE(again.append(key.octets(), at.value()));
        REQUIRE_FALSE(again.append(key.octets(), at.value()));
    }
    CHECK(again.find(name("c.b.example.org")));
    const ZonePtr made = *std::move(again).finish();
    CHECK(made->record_count() == zone->record_count());
    CHECK(made->name_count() == zone->name_count());
    CHECK(made->wire_octets() == zone->wire_octets());

    ZoneBuilder mixed(name("example.org"));
    mixed.add(sample::soa(1).view());
    CHECK_FALSE(mixed.append(key.octets(), zone->apex_node().octets()));
}

TEST_CASE("an RRset of more records than a count holds is refused", "[zone]") {
    ZoneBuilder builder(name("example.org"));
    builder.add(sample::soa(1).view());
    sample::Record record = sample::a("www.example.org", 1);
    for (int i = 0; i < 65536; ++i) {
        record.rdata = sample::octets({10, i >> 16, (i >> 8) & 0xff, i & 0xff});
        builder.add(record.view());
    }
    const auto zone = std::move(builder).finish();
    REQUIRE_FALSE(zone);
    CHECK(zone.error().code == ErrorCode::Limit);
    CHECK(zone.error().text.find("www.example.org.") != std::string::npos);
}

TEST_CASE("random zones answer locate as a list of all names and their ancestors does", "[zone][rfc4592]") {
    std::mt19937 random(5);
    static constexpr std::array<const char*, 10> labels{"a",     "b",  "*",      "\\000", "\\001",
                                                        "\\255", "aa", "a\\000", "A",     "mail"};
    const auto random_name = [&] {
        std::string text;
        for (auto count = random() % 5; count > 0; --count)
            text += std::string(labels[random() % labels.size()]) + ".";
        return name(text + "example.org");
    };
    for (int round = 0; round < 60; ++round) {
        std::set<Name, CanonicalLess> with_records{name("example.org")};
        std::set<Name, CanonicalLess> existing{name("example.org")};
        ZoneBuilder builder(name("example.org"));
        builder.add(sample::soa(1).view());
        for (auto count = random() % 60; count > 0; --count) {
            sample::Record record = sample::txt("example.org", "x");
            record.owner = random_name();
            builder.add(record.view());
            with_records.insert(record.owner);
            for (std::size_t up = 0; record.owner.view().label_count() >= 2 + up; ++up) {
                existing.insert(Name(record.owner.view().parent(up)));
            }
        }
        const ZonePtr zone = *std::move(builder).finish();
        REQUIRE(zone->name_count() == with_records.size());
        for (int i = 0; i < 200; ++i) {
            const Name asked = random_name();
            const Located located = zone->locate(LabelledName(asked));
            REQUIRE(located.node.has_value() == with_records.contains(asked));
            REQUIRE(located.exists == existing.contains(asked));
            Name encloser = asked;
            while (!existing.contains(encloser))
                encloser = Name(encloser.view().parent());
            REQUIRE(located.encloser_labels == encloser.view().label_count());
        }
    }
}
