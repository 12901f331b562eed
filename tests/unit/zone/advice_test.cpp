#include "zone/advice.hpp"

#include "complaints.hpp"
#include "support/catch.hpp"

using namespace lockstep;
using namespace lockstep::sample;

namespace {

Record record(std::string_view owner, RrType type, std::initializer_list<int> rdata) {
    return {name(owner), type, Ttl{3600}, octets(rdata)};
}
Record ds(std::string_view owner) {
    return record(owner, RrType::DS, {0, 1, 13, 255, 1});
}

/// What is said about an SOA that is sound but for what `change` does.
template <class Change>
Lines checked_soa(Change change) {
    Soa fields = *Soa::read(soa(1).rdata);
    change(fields);
    const Record changed{name("example.org"), RrType::SOA, Ttl{3600}, fields.rdata()};
    return lines(check_zone(*zone({changed, ns("example.org", "ns1.example.org"), a("ns1.example.org", 1)})));
}

}  // namespace

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

TEST_CASE("of a thousand mistakes fifty are told", "[zone]") {
    std::vector<sample::Record> records;
    for (int i = 0; i < 1000; ++i)
        records.push_back(sample::mx("n" + std::to_string(i) + ".example.org", "no.example.org"));
    CHECK(checked(records).size() == 50);
}

TEST_CASE("where a host is named, no address stands", "[zone][rfc1912]") {
    CHECK(checked({mx("example.org", "192.0.2.1"), mx("example.org", "192.0.2.1.example.org"),
                   mx("example.org", "1.2.3.example.net"), ns("example.org", "198.51.100.7")}) ==
          Lines{"W example.org.: NS target 198.51.100.7. is an address: a name belongs here",
                "W example.org.: MX target 192.0.2.1. is an address: a name belongs here",
                "W example.org.: MX target 192.0.2.1.example.org. is an address: a name belongs here"});
}

TEST_CASE("hosts have names of letters, digits and hyphens", "[zone][rfc1123]") {
    const auto complaint = [](std::string_view owner, const char* type) {
        return Lines{"W " + std::string(owner) + ".: has " + type + " and is no host name (RFC 1123 §2.1)"};
    };
    for (const std::string_view owner :
         {"a_b.example.org", "-a.example.org", "a-.example.org", "a\\032b.example.org", "x._y.example.org"}) {
        CHECK(checked({a(owner, 1)}) == complaint(owner, "A"));
    }
    CHECK(checked({mx("a_b.example.org", ".")}) == complaint("a_b.example.org", "MX"));
    CHECK(checked({a("*.example.org", 1), a("A-1.2.example.org", 1), txt("_a.example.org", "x")}).empty());
    CHECK(checked({ns("example.org", "n_s.example.net"), mx("example.org", "2001:db8::1")}) ==
          Lines{"W example.org.: NS target n_s.example.net. is no host name (RFC 1123 §2.1)",
                "W example.org.: MX target 2001:db8::1. is no host name (RFC 1123 §2.1)"});
}

TEST_CASE("in reverse zones pointers lead to hosts", "[zone][rfc1123]") {
    const auto pointer = [](std::string_view apex) {
        return lines(check_zone(*zone(
            {soa(1, apex), ns(apex, "ns.example.net"), target(apex, RrType::PTR, "a_b.example.net")}, apex)));
    };
    CHECK(pointer("2.0.192.in-addr.arpa") ==
          Lines{"W 2.0.192.in-addr.arpa.: PTR target a_b.example.net. is no host name (RFC 1123 §2.1)"});
    CHECK(pointer("ip6.arpa").size() == 1);
    CHECK(checked({target("example.org", RrType::PTR, "a_b.example.net")}).empty());
}

TEST_CASE("a wildcard is a first label, and delegates nothing", "[zone][rfc4592]") {
    CHECK(
        checked({txt("a.*.example.org", "x")}) ==
        Lines{
            "W a.*.example.org.: holds a * that is no wildcard, as a label stands before it (RFC 4592 §2.1)"});
    CHECK(checked({ns("*.example.org", "ns.example.net")}) ==
          Lines{"W *.example.org.: NS at a wildcard has no meaning (RFC 4592 §4)"});
    CHECK(checked({target("*.example.org", RrType::DNAME, "example.net")}) ==
          Lines{"W *.example.org.: DNAME at a wildcard has no meaning (RFC 4592 §4)"});
    CHECK(checked({txt("*.a.example.org", "x")}).empty());
    const std::string_view apex = "*.example.org";
    CHECK(lines(check_zone(*zone({soa(1, apex), ns(apex, "ns.example.net")}, apex))) ==
          Lines{"W *.example.org.: NS at a wildcard has no meaning (RFC 4592 §4)"});
}

TEST_CASE("an SPF record has the TXT that is read", "[zone][rfc7208]") {
    Record spf = txt("example.org", "v=spf1 -all");
    spf.type = RrType::SPF;
    const Lines complaint{"W example.org.: SPF without the TXT that is read in its place (RFC 7208 §3.1)"};
    CHECK(checked({spf}) == complaint);
    CHECK(checked({spf, txt("example.org", "other")}) == complaint);
    CHECK(checked({spf, txt("example.org", "other"), txt("example.org", "v=spf1 -all")}).empty());
    CHECK(checked({txt("example.org", "v=spf1 -all")}).empty());
}

TEST_CASE("DS stands at a delegation of this zone", "[zone][rfc4035]") {
    CHECK(checked({ds("a.example.org")}) ==
          Lines{"W a.example.org.: DS without NS: nothing is delegated here (RFC 4035 §2.4)"});
    CHECK(checked({ds("example.org")}) ==
          Lines{"W example.org.: DS at the apex: it belongs into the parent zone (RFC 4034 §5)"});
    CHECK(checked({ds("a.example.org"), ns("a.example.org", "ns.example.net")}).empty());
}

TEST_CASE("a CDS announces a key that there is", "[zone][rfc7344]") {
    const Record cds = record("example.org", RrType::CDS, {0, 1, 13, 255, 1});
    const Record cdnskey = record("example.org", RrType::CDNSKEY, {1, 1, 3, 13, 1});
    CHECK(
        checked({cds, cdnskey}) ==
        Lines{
            "W example.org.: CDS without DNSKEY: the parent would trust a key that is not there (RFC 7344 §4.1)",
            "W example.org.: CDNSKEY without DNSKEY: the parent would trust a key that is not there (RFC 7344 §4.1)"});
    CHECK(checked({cds, cdnskey, record("example.org", RrType::DNSKEY, {1, 1, 3, 13, 1})}).empty());
    CHECK(checked({record("example.org", RrType::CDS, {0, 0, 0, 0, 0}),
                   record("example.org", RrType::CDNSKEY, {0, 0, 3, 0, 0})})
              .empty());
}

TEST_CASE("what a zone cut hides is told", "[zone][rfc1034]") {
    const Record cut = ns("sub.example.org", "ns1.sub.example.org");
    const Record glue = a("ns1.sub.example.org", 2);
    CHECK(
        checked({cut, glue, a("www.sub.example.org", 3), txt("ns1.sub.example.org", "x"),
                 mx("sub.example.org", "."), a("sub.example.org", 4),
                 ns("deep.sub.example.org", "ns.example.net")}) ==
        Lines{
            "W sub.example.org.: MX at a zone cut is never answered",
            "W deep.sub.example.org.: NS below the zone cut sub.example.org. is never answered",
            "W ns1.sub.example.org.: TXT below the zone cut sub.example.org. is never answered",
            "W sub.example.org.: A at a zone cut is never answered: it is no glue",
            "W www.sub.example.org.: A below the zone cut sub.example.org. is never answered: it is no glue"});
    CHECK(checked({cut, glue, ds("sub.example.org"), rrsig("sub.example.org", RrType::DS, 3600)}).empty());
    // Glue of the apex, of another delegation, and of a delegation that is its own name server.
    CHECK(
        checked({cut, glue, a("ns2.sub.example.org", 3), ns("example.org", "ns2.sub.example.org")}).empty());
    CHECK(checked({cut, glue, a("ns2.sub.example.org", 3), ns("b.example.org", "ns2.sub.example.org")})
              .empty());
    CHECK(checked({ns("self.example.org", "self.example.org"), a("self.example.org", 3)}).empty());
    // A mail server's address is no glue.
    CHECK(checked({cut, glue, a("mail.sub.example.org", 3), mx("example.org", "mail.sub.example.org")})
              .size() == 1);
}

TEST_CASE("a DNAME beside NS is hidden by the delegation", "[zone][rfc6672]") {
    CHECK(checked({ns("d.example.org", "ns.example.net"),
                   target("d.example.org", RrType::DNAME, "example.net")}) ==
          Lines{"W d.example.org.: DNAME at a zone cut is never answered"});
}

TEST_CASE("MD and MF are obsolete", "[zone][rfc1035]") {
    CHECK(checked({target("a.example.org", RrType::MD, "b.example.net"),
                   target("a.example.org", RrType::MF, "b.example.net")}) ==
          Lines{"W a.example.org.: MD is obsolete: MX has replaced it (RFC 1035 §3.3.4)",
                "W a.example.org.: MF is obsolete: MX has replaced it (RFC 1035 §3.3.4)"});
}

TEST_CASE("an SOA's timers fit each other", "[zone][rfc1912]") {
    CHECK(checked_soa([](Soa&) {}).empty());
    CHECK(checked_soa([](Soa& fields) { fields.retry = fields.refresh; }) ==
          Lines{"W example.org.: RETRY 7200 is not below REFRESH 7200 (RFC 1912 §2.2)"});
    CHECK(checked_soa([](Soa& fields) { fields.expire = fields.refresh + fields.retry; }).empty());
    CHECK(
        checked_soa([](Soa& fields) { fields.expire = std::chrono::seconds{10799}; }) ==
        Lines{
            "W example.org.: EXPIRE 10799 is less than REFRESH and RETRY together: one failure ends service "
            "(RFC 1912 §2.2)"});
    CHECK(checked_soa([](Soa& fields) { fields.minimum = std::chrono::hours{24}; }).empty());
    CHECK(checked_soa([](Soa& fields) { fields.minimum = std::chrono::seconds{86401}; }) ==
          Lines{"W example.org.: MINIMUM 86401 keeps negative answers for more than a day (RFC 2308 §5)"});
    CHECK(checked_soa([](Soa& fields) { fields.rname = name("host\\@example.org"); }) ==
          Lines{"W example.org.: RNAME host\\@example.org. has an @: a dot stands for it (RFC 1912 §2.2)"});
}
