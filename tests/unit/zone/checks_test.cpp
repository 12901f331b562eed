#include "zone/checks.hpp"

#include "sample.hpp"
#include "support/catch.hpp"
#include "zone/changeset.hpp"

using namespace lockstep;

namespace {

using Lines = std::vector<std::string>;

Lines lines(const std::vector<ZoneCheck>& checks) {
    Lines out;
    for (const ZoneCheck& check : checks) {
        out.push_back((check.severity == ZoneCheck::Severity::Error ? "E " : "W ") + check.text);
    }
    return out;
}

/// A sound zone and what the case adds to it.
std::vector<sample::Record> with(std::vector<sample::Record> more) {
    more.insert(more.begin(), {sample::soa(1), sample::ns("example.org", "ns1.example.org"),
                               sample::a("ns1.example.org", 1)});
    return more;
}
Lines checked(const std::vector<sample::Record>& more) {
    return lines(check_zone(*sample::zone(with(more))));
}
Lines refused(const std::vector<sample::Record>& more) {
    return lines(check_transferred(*sample::zone(with(more))));
}

}  // namespace

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

TEST_CASE("name servers within the zone need addresses and are no aliases", "[zone][rfc1912]") {
    CHECK(checked({sample::ns("example.org", "ns2.example.org")}) ==
          Lines{"W example.org.: NS target ns2.example.org. has no address in the zone"});
    CHECK(checked({sample::ns("example.org", "ns2.example.org"),
                   sample::target("ns2.example.org", RrType::CNAME, "ns1.example.org")}) ==
          Lines{"W example.org.: NS target ns2.example.org. is a CNAME (RFC 2181 §10.3)"});
    CHECK(checked({sample::ns("example.org", "ns2.example.org"), sample::a("*.example.org", 7)}).empty());
    CHECK(checked({sample::ns("sub.example.org", "ns.other.example.org")}) ==
          Lines{"W sub.example.org.: NS target ns.other.example.org. has no address in the zone"});
}

TEST_CASE("a delegation to a name below itself needs glue", "[zone][rfc1034]") {
    CHECK(checked({sample::ns("sub.example.org", "ns1.sub.example.org")}) ==
          Lines{"W sub.example.org.: NS target ns1.sub.example.org. has no address in the zone"});
    // Another delegation's name servers answer for their own names.
    CHECK(checked({sample::ns("sub.example.org", "ns1.other.example.org"),
                   sample::ns("other.example.org", "ns.example.net")})
              .empty());
}

TEST_CASE("the SOA's primary has an address if it is in the zone", "[zone]") {
    const ZonePtr zone = sample::zone({sample::soa(1), sample::ns("example.org", "ns.example.net")});
    CHECK(lines(check_zone(*zone)) ==
          Lines{"W example.org.: SOA target ns1.example.org. has no address in the zone"});
}

TEST_CASE("MX and SRV targets are no aliases and have addresses", "[zone][rfc2181]") {
    sample::Record srv = sample::target("_sip._tcp.example.org", RrType::SRV, "alias.example.org");
    srv.rdata.insert(srv.rdata.begin(), 6, std::byte{0});
    CHECK(checked({sample::mx("example.org", "alias.example.org"),
                   sample::mx("example.org", "nowhere.example.org"), srv,
                   sample::target("alias.example.org", RrType::CNAME, "ns1.example.org")}) ==
          Lines{"W example.org.: MX target alias.example.org. is a CNAME (RFC 2181 §10.3)",
                "W example.org.: MX target nowhere.example.org. has no address in the zone",
                "W _sip._tcp.example.org.: SRV target alias.example.org. is a CNAME (RFC 2181 §10.3)"});
}

TEST_CASE("an owner that repeats the zone's name looks like a missing dot", "[zone]") {
    CHECK(
        checked({sample::a("www.example.org.example.org", 1), sample::a("example.example.org", 1)}) ==
        Lines{"W www.example.org.example.org.: repeats the zone's name: is a final dot missing? Did you mean "
              "www.example.org."});
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

TEST_CASE("of a thousand mistakes fifty are told", "[zone]") {
    std::vector<sample::Record> records;
    for (int i = 0; i < 1000; ++i)
        records.push_back(sample::mx("n" + std::to_string(i) + ".example.org", "no.example.org"));
    CHECK(checked(records).size() == 50);
}
