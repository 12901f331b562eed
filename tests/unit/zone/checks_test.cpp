#include "zone/checks.hpp"

#include "complaints.hpp"
#include "support/catch.hpp"
#include "zone/changeset.hpp"

using namespace lockstep;
using namespace lockstep::sample;

TEST_CASE("a sound zone gives no complaint", "[zone]") {
    CHECK(checked({}).empty());
    CHECK(refused({}).empty());
    CHECK(checked({sample::ns("sub.example.org", "ns1.sub.example.org"), sample::a("ns1.sub.example.org", 2),
                   sample::ns("sub.example.org", "ns.example.net"),
                   sample::mx("example.org", "mail.example.net"), sample::mx("none.example.org", "."),
                   sample::target("alias.example.org", RrType::CNAME, "ns1.example.org"),
                   sample::rrsig("alias.example.org", RrType::CNAME, 3600)})
              .empty());
}

TEST_CASE("a zone without NS at its apex is an error", "[zone]") {
    const ZonePtr zone = sample::zone({sample::soa(1), sample::a("ns1.example.org", 1)});
    const Lines expected{"E example.org.: the zone has no NS at its apex"};
    CHECK(lines(check_zone(*zone)) == expected);
    CHECK(lines(check_transferred(*zone)) == expected);
}

TEST_CASE("a second SOA elsewhere in the zone is an error", "[zone]") {
    const Lines expected{"E www.example.org.: an SOA below the apex"};
    CHECK(checked({sample::soa(1, "www.example.org")}) == expected);
    CHECK(refused({sample::soa(1, "www.example.org")}) == expected);
}

TEST_CASE("more than 50 iterations of NSEC3 are an error", "[zone][rfc9276]") {
    const auto param = [](int iterations) {
        return sample::Record{sample::name("example.org"), RrType::NSEC3PARAM, Ttl{0},
                              sample::octets({1, 0, 0, iterations, 0})};
    };
    CHECK(refused({param(50)}).empty());
    const Lines complaint{
        "E example.org.: NSEC3 with 51 iterations, which each negative answer would cost; at "
        "most 50 are served: sign the zone with 0 (RFC 9276 §3.1)"};
    CHECK(refused({param(51)}) == complaint);
    CHECK(checked({param(51)}) == complaint);
}

TEST_CASE("a CNAME stands alone", "[zone][rfc2181]") {
    const std::vector<sample::Record> beside{
        sample::target("x.example.org", RrType::CNAME, "ns1.example.org"),
        sample::txt("x.example.org", "no")};
    CHECK(checked(beside) == Lines{"E x.example.org.: CNAME and other data (TXT) at one name"});
    CHECK(refused(beside) == checked(beside));
    const std::vector<sample::Record> two{sample::target("x.example.org", RrType::CNAME, "ns1.example.org"),
                                          sample::target("x.example.org", RrType::CNAME, "ns2.example.net")};
    CHECK(checked(two) == Lines{"E x.example.org.: more than one CNAME"});
    CHECK(refused(two) == checked(two));
}

TEST_CASE("a DNAME is one and has nothing below it", "[zone][rfc6672]") {
    const std::vector<sample::Record> two{sample::target("x.example.org", RrType::DNAME, "a.example.net"),
                                          sample::target("x.example.org", RrType::DNAME, "b.example.net")};
    CHECK(checked(two) == Lines{"E x.example.org.: more than one DNAME"});
    CHECK(refused(two) == checked(two));
    const std::vector<sample::Record> below{two[0], sample::a("a.b.x.example.org", 1),
                                            sample::a("y.example.org", 1)};
    CHECK(checked(below) == Lines{"E a.b.x.example.org.: stands below the DNAME at x.example.org."});
    CHECK(refused(below).empty());
}

TEST_CASE("what changes add is refused as a whole zone with it would be, and the rest is not looked at",
          "[zone]") {
    const auto refused_change = [](const std::vector<sample::Record>& before,
                                   const std::vector<sample::Record>& after) {
        const auto from = sample::zone(with(before));
        const auto to = sample::zone(with(after));
        return lines(check_changed(*to, diff(*from, *to).added));
    };
    const auto alias = sample::target("www.example.org", RrType::CNAME, "ns1.example.org");
    const auto address = sample::a("www.example.org", 2);
    CHECK(refused_change({alias}, {alias, sample::a("other.example.org", 2)}).empty());
    CHECK(refused_change({alias}, {alias, address}) == refused({alias, address}));
    CHECK(refused_change({address}, {alias, address}) == refused({alias, address}));
    CHECK(refused({alias, address}).size() == 1);
    CHECK(refused_change({alias, address}, {alias, address, sample::a("other.example.org", 2)}).empty());
    const auto bare = sample::zone({sample::soa(2), sample::a("ns1.example.org", 1)});
    CHECK(lines(check_changed(*bare, {})) == lines(check_transferred(*bare)));
    CHECK(lines(check_changed(*bare, {})).size() == 1);
}
