#include "zone/changeset.hpp"

#include "sample.hpp"
#include "support/catch.hpp"

#include <random>

using namespace lockstep;
using sample::name;

namespace {

std::vector<std::string> texts_of(const RecordList& records) {
    std::vector<std::string> out;
    for (const RecordView record : records) {
        out.push_back(record.owner.to_string() + " " + std::to_string(record.ttl.value()) + " " +
                      to_string(record.type) + " " +
                      (record.type == RrType::SOA
                           ? to_string(soa_serial(record.rdata))
                           : std::to_string(std::to_integer<int>(record.rdata.back()))));
    }
    return out;
}

using Lines = std::vector<std::string>;

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

ZonePtr random_zone(std::mt19937& random, std::uint32_t serial, std::size_t names) {
    std::vector<sample::Record> records{sample::soa(serial), sample::ns("example.org", "ns1.example.org")};
    for (std::size_t i = 0; i < names; ++i) {
        const std::string owner =
            "n" + std::to_string(random() % 60) + (random() % 3 == 0 ? ".deep" : "") + ".example.org";
        switch (random() % 3) {
        case 0: records.push_back(sample::a(owner, static_cast<int>(random() % 4))); break;
        case 1:
            records.push_back(
                sample::target(owner, RrType::PTR, random() % 2 == 0 ? "A.example" : "a.example"));
            break;
        default:
            records.push_back(sample::rrsig(owner, random() % 2 == 0 ? RrType::A : RrType::PTR, 600));
            break;
        }
    }
    // Whole RRsets differ in TTL between versions, never within one.
    for (auto& record : records) {
        if (record.type == RrType::A)
            record.ttl = Ttl{(record.owner.octets().size() + serial) % 5 == 0 ? 60U : 3600U};
    }
    return sample::zone(records);
}

/// `base` with a few random changes.
ZonePtr changed(std::mt19937& random, const ZonePtr& base, std::uint32_t serial) {
    ZoneBuilder builder(base);
    REQUIRE(builder.remove(sample::soa(base->serial().value()).view()));
    builder.add(sample::soa(serial).view());
    for (int i = 0; i < 12; ++i) {
        const std::string owner = "n" + std::to_string(random() % 20) + ".example.org";
        const sample::Record record =
            sample::a(owner, static_cast<int>(random() % 3), random() % 4 == 0 ? 60 : 3600);
        if (random() % 2 == 0) {
            builder.add(record.view());
        } else {
            builder.remove(record.view());
        }
    }
    auto made = std::move(builder).finish();
    REQUIRE(made);
    return *made;
}

}  // namespace

TEST_CASE("a difference begins with the SOAs and names what changed", "[zone][rfc1995]") {
    const ZonePtr before =
        sample::zone({sample::soa(1), sample::a("a.example.org", 1), sample::a("a.example.org", 2),
                      sample::a("b.example.org", 3), sample::a("c.example.org", 4, 60)});
    const ZonePtr after =
        sample::zone({sample::soa(2), sample::a("a.example.org", 2), sample::a("a.example.org", 5),
                      sample::a("c.example.org", 4, 90), sample::a("d.example.org", 6)});
    const ChangeSet changes = diff(*before, *after);
    CHECK(changes.from == Serial{1});
    CHECK(changes.to == Serial{2});
    CHECK(texts_of(changes.removed) == Lines{"example.org. 3600 SOA 1", "a.example.org. 3600 A 1",
                                             "b.example.org. 3600 A 3", "c.example.org. 60 A 4"});
    CHECK(texts_of(changes.added) == Lines{"example.org. 3600 SOA 2", "a.example.org. 3600 A 5",
                                           "c.example.org. 90 A 4", "d.example.org. 3600 A 6"});
}

TEST_CASE("a difference applied to the old version makes the new one", "[zone][rfc1995]") {
    std::mt19937 random(21);
    for (int round = 0; round < 150; ++round) {
        const ZonePtr before = random_zone(random, 1, random() % 150);
        const ZonePtr after =
            round % 2 == 0 ? random_zone(random, 2, random() % 150) : changed(random, before, 2);
        const auto made = apply_changes(before, diff(*before, *after));
        if (!made) FAIL(made.error().text);
        REQUIRE(sample::same_content(**made, *after));
        REQUIRE((*made)->record_count() == after->record_count());
        REQUIRE((*made)->name_count() == after->name_count());
        REQUIRE((*made)->wire_octets() == after->wire_octets());
        const auto back = apply_changes(*made, diff(**made, *before));
        REQUIRE(back);
        REQUIRE(sample::same_content(**back, *before));
    }
}

TEST_CASE("changes condensed do what they did one by one", "[zone][rfc1995]") {
    std::mt19937 random(22);
    for (int round = 0; round < 100; ++round) {
        const ZonePtr first = random_zone(random, 1, 40);
        ZonePtr last = first;
        std::vector<ChangeSet> changes;
        for (std::uint32_t serial = 2; serial < 2 + 1 + random() % 6; ++serial) {
            const ZonePtr next = changed(random, last, serial);
            changes.push_back(diff(*last, *next));
            last = next;
        }
        std::vector<const ChangeSet*> all;
        for (const ChangeSet& change : changes)
            all.push_back(&change);
        const ChangeSet condensed = condense(all);
        const auto made = apply_changes(first, condensed);
        if (!made) FAIL(made.error().text);
        REQUIRE(sample::same_content(**made, *last));
        // Nothing in it that a direct comparison would not have.
        const ChangeSet direct = diff(*first, *last);
        REQUIRE(condensed.removed.size() == direct.removed.size());
        REQUIRE(condensed.added.size() == direct.added.size());
    }
}

TEST_CASE("a change that does not fit is refused and says why", "[zone][rfc1995]") {
    const ZonePtr zone = sample::zone({sample::soa(1), sample::a("a.example.org", 1)});
    const auto change = [](std::uint32_t from, std::uint32_t to, const std::vector<sample::Record>& removed,
                           const std::vector<sample::Record>& added) {
        ChangeSet changes{Serial{from}, Serial{to}, {}, {}};
        for (const auto& record : removed)
            changes.removed.append(record.view());
        for (const auto& record : added)
            changes.added.append(record.view());
        return changes;
    };
    const auto refusal = [&](const ChangeSet& changes) {
        const auto made = apply_changes(zone, changes);
        REQUIRE_FALSE(made);
        CHECK(made.error().code == ErrorCode::Invalid);
        return made.error().text;
    };
    CHECK(contains(refusal(change(7, 2, {sample::soa(7)}, {sample::soa(2)})), "does not fit serial 1"));
    CHECK(contains(refusal(change(1, 2, {sample::soa(1), sample::a("a.example.org", 9)}, {sample::soa(2)})),
                   "to remove is not there: a.example.org. A 192.0.2.9"));
    CHECK(contains(refusal(change(1, 2, {sample::soa(1)}, {sample::soa(2), sample::a("a.example.org", 1)})),
                   "to add is there already: a.example.org. A 192.0.2.1"));
    CHECK(contains(refusal(change(1, 2, {sample::soa(1)}, {sample::soa(2), sample::a("a.example.net", 1)})),
                   "not within: a.example.net."));
    CHECK(contains(refusal(change(1, 3, {sample::soa(1)}, {sample::soa(2)})), "ended at serial 2"));
    CHECK(contains(refusal(change(1, 2, {}, {sample::soa(2)})), "2 SOA records"));
    CHECK(contains(refusal(change(1, 2, {sample::soa(1)}, {})), "no SOA"));
    CHECK(zone->record_count() == 2);
}

TEST_CASE("a large zone with one change is compared without reading all of it", "[zone]") {
    ZoneBuilder builder(name("example.org"));
    builder.add(sample::soa(1).view());
    for (int i = 0; i < 20000; ++i)
        builder.add(sample::a("h" + std::to_string(i) + ".example.org", i & 0xff).view());
    const ZonePtr before = *std::move(builder).finish();
    ZoneBuilder next(before);
    next.remove(sample::soa(1).view());
    next.add(sample::soa(2).view());
    next.add(sample::a("h777.example.org", 200).view());
    const ZonePtr after = *std::move(next).finish();
    const ChangeSet changes = diff(*before, *after);
    CHECK(changes.removed.size() == 1);
    CHECK(texts_of(changes.added) == Lines{"example.org. 3600 SOA 2", "h777.example.org. 3600 A 200"});
}
