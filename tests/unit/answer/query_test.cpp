// RFC 1034 §4.3.2, RFC 2308, RFC 4592, RFC 6672: what is in which section.

#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::string_view example = R"(
@            3600 SOA   ns1 host 7 3600 600 86400 300
@            3600 NS    ns1
@            3600 NS    ns.sub
@            3600 MX    10 mail
@            3600 MX    20 mail.example.net.
ns1          3600 A     192.0.2.1
ns1          3600 AAAA  2001:db8::1
mail         3600 A     192.0.2.2
www          300  A     192.0.2.3
www          300  A     192.0.2.4
www          300  TXT   "hello"
alias        60   CNAME www
alias2       60   CNAME alias
gone         60   CNAME nothing
out          60   CNAME www.elsewhere.test.
cross        60   CNAME host.example.net.
toglue       60   CNAME deep.sub
loop1        60   CNAME loop2
loop2        60   CNAME loop1
self         60   CNAME self
*.wild       60   A     192.0.2.5
*.wildalias  60   CNAME www
*.wildloop   60   CNAME x.wildloop
a.b.ent      60   A     192.0.2.6
sub          3600 NS    ns.sub
sub          3600 NS    ns1
sub          3600 NS    ns.other.test.
ns.sub       3600 A     192.0.2.10
ns.sub       3600 AAAA  2001:db8::10
srv          60   SRV   0 0 80 www
https        60   HTTPS 1 www alpn=h2
self-https   60   HTTPS 1 . alpn=h2
self-https   60   A     192.0.2.11
dn           90   DNAME target
x.target     60   A     192.0.2.12
dnloop       90   DNAME dnloop2
dnloop2      90   DNAME dnloop
)";

constexpr std::string_view example_net = R"(
@            3600 SOA   ns1.example. host.example. 9 3600 600 86400 7200
@            60   NS    ns1.example.
host         60   A     192.0.2.20
mail         60   A     192.0.2.21
)";

struct QueryFixture : Server {
    QueryFixture() {
        serve("example.", example);
        serve("example.net.", example_net);
    }
};

const std::string soa_line = "example. 300 SOA ns1.example. host.example. 7 3600 600 86400 300";

}  // namespace

TEST_CASE_METHOD(QueryFixture, "A name with the type asked for is answered with AA and the whole RRset",
                 "[answer][rfc1034]") {
    const auto reply = udp({.name = "www.example."});
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.view.header.authoritative);
    CHECK(reply.answer == Lines{"www.example. 300 A 192.0.2.3", "www.example. 300 A 192.0.2.4"});
    CHECK(reply.authority.empty());
    CHECK(reply.additional.empty());
    CHECK_FALSE(reply.view.edns.has_value());
}

TEST_CASE_METHOD(QueryFixture, "Flags come back as they must: RD and CD copied, RA, AD and Z clear",
                 "[answer][rfc1035][Knot-476]") {
    OctetString query = octets_of({.name = "www.example."});
    query[2] = std::byte{0x01};
    query[3] = std::byte{0xf0};  // RA, Z, AD, CD
    const auto reply = udp(query);
    CHECK(reply.view.header.id == MessageId{4711});
    CHECK(reply.view.header.response);
    CHECK(reply.view.header.recursion_desired);
    CHECK_FALSE(reply.view.header.recursion_available);
    CHECK_FALSE(reply.view.header.authentic_data);
    CHECK(reply.view.header.checking_disabled);
    CHECK((reply.octets[3] & std::byte{0x40}) == std::byte{0});
    query[2] = std::byte{0};
    query[3] = std::byte{0};
    const auto plain = udp(query);
    CHECK_FALSE(plain.view.header.recursion_desired);
    CHECK_FALSE(plain.view.header.checking_disabled);
}

TEST_CASE_METHOD(QueryFixture, "The question comes back in the case that it was asked in", "[answer][0x20]") {
    const auto reply = udp({.name = "wWw.eXamPle."});
    CHECK(identical(reply.view.question->name, name("wWw.eXamPle.")));
    CHECK(reply.answer.front() == "wWw.eXamPle. 300 A 192.0.2.3");
    // Owner and question share their octets.
    CHECK(reply.octets.size() == 12 + 13 + 4 + 2 * (2 + 10 + 4));
}

TEST_CASE_METHOD(QueryFixture, "A name without the type gets the SOA with the TTL of RFC 2308",
                 "[answer][rfc2308]") {
    const auto reply = udp({.name = "www.example.", .type = RrType::AAAA});
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.view.header.authoritative);
    CHECK(reply.answer.empty());
    CHECK(reply.authority == Lines{soa_line});
    // Where the SOA's own TTL is the lower one it counts.
    CHECK(udp({.name = "host.example.net.", .type = RrType::TXT}).authority ==
          Lines{"example.net. 3600 SOA ns1.example. host.example. 9 3600 600 86400 7200"});
}

TEST_CASE_METHOD(QueryFixture, "A name that is not there is NXDOMAIN with the SOA", "[answer][rfc2308]") {
    const auto reply = udp({.name = "nothing.example.", .type = RrType::ANY});
    CHECK(reply.rcode() == "NXDOMAIN");
    CHECK(reply.view.header.authoritative);
    CHECK(reply.authority == Lines{soa_line});
    CHECK(udp({.name = "a.www.example."}).rcode() == "NXDOMAIN");
}

TEST_CASE_METHOD(QueryFixture, "An empty non-terminal is NODATA, not NXDOMAIN",
                 "[answer][rfc4592][rfc8020]") {
    for (const auto* empty : {"ent.example.", "b.ent.example.", "wild.example."}) {
        const auto reply = udp({.name = empty});
        CHECK(reply.rcode() == "NOERROR");
        CHECK(reply.authority == Lines{soa_line});
    }
}

TEST_CASE_METHOD(QueryFixture, "A wildcard answers under the name asked for", "[answer][rfc4592]") {
    CHECK(udp({.name = "a.b.wild.example."}).answer == Lines{"a.b.wild.example. 60 A 192.0.2.5"});
    CHECK(udp({.name = "a.wild.example.", .type = RrType::TXT}).authority == Lines{soa_line});
    CHECK(udp({.name = "*.wild.example."}).answer == Lines{"*.wild.example. 60 A 192.0.2.5"});
    CHECK(udp({.name = "q.wildalias.example."}).answer == Lines{"q.wildalias.example. 60 CNAME www.example.",
                                                                "www.example. 300 A 192.0.2.3",
                                                                "www.example. 300 A 192.0.2.4"});
}

TEST_CASE_METHOD(QueryFixture, "A CNAME is followed through our zones", "[answer][rfc1034]") {
    const auto reply = udp({.name = "alias2.example.", .type = RrType::TXT});
    CHECK(reply.view.header.authoritative);
    CHECK(reply.answer == Lines{"alias2.example. 60 CNAME alias.example.",
                                "alias.example. 60 CNAME www.example.", "www.example. 300 TXT \"hello\""});
    CHECK(udp({.name = "cross.example."}).answer ==
          Lines{"cross.example. 60 CNAME host.example.net.", "host.example.net. 60 A 192.0.2.20"});
    CHECK(udp({.name = "alias.example.", .type = RrType::CNAME}).answer ==
          Lines{"alias.example. 60 CNAME www.example."});
}

TEST_CASE_METHOD(QueryFixture, "A CNAME that leaves our zones is all of the answer", "[answer][rfc1034]") {
    const auto reply = udp({.name = "out.example."});
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.view.header.authoritative);
    CHECK(reply.answer == Lines{"out.example. 60 CNAME www.elsewhere.test."});
    CHECK(reply.authority.empty());
}

TEST_CASE_METHOD(QueryFixture, "The code behind a CNAME is that of its end", "[answer][rfc6604]") {
    const auto gone = udp({.name = "gone.example."});
    CHECK(gone.rcode() == "NXDOMAIN");
    CHECK(gone.view.header.authoritative);
    CHECK(gone.answer == Lines{"gone.example. 60 CNAME nothing.example."});
    CHECK(gone.authority == Lines{soa_line});
    const auto no_data = udp({.name = "alias.example.", .type = RrType::SRV});
    CHECK(no_data.rcode() == "NOERROR");
    CHECK(no_data.authority == Lines{soa_line});
}

TEST_CASE_METHOD(QueryFixture, "A CNAME into a delegation ends with the referral, AA by the first owner",
                 "[answer][rfc1034]") {
    const auto reply = udp({.name = "toglue.example."});
    CHECK(reply.view.header.authoritative);
    CHECK(reply.answer == Lines{"toglue.example. 60 CNAME deep.sub.example."});
    CHECK(reply.authority.size() == 3);
}

TEST_CASE_METHOD(QueryFixture, "Loops of CNAMEs end", "[answer][Ferret]") {
    CHECK(udp({.name = "loop1.example."}).answer ==
          Lines{"loop1.example. 60 CNAME loop2.example.", "loop2.example. 60 CNAME loop1.example."});
    CHECK(udp({.name = "self.example."}).answer == Lines{"self.example. 60 CNAME self.example."});
    CHECK(udp({.name = "y.wildloop.example."}).answer.size() == 2);
    CHECK(udp({.name = "self.example."}).rcode() == "NOERROR");
}

TEST_CASE("a responder lets go of what was replaced once it is idle, without a message", "[query]") {
    Server server;
    server.serve("example.", "@ 60 SOA ns1 h 1 60 60 60 60\n@ 60 NS ns1\n");
    (void)server.udp({.name = "example.", .type = RrType::SOA});
    const std::weak_ptr<const ZoneTable> table = server.zones.current();
    const std::weak_ptr<const AccessPolicy> policy = server.policy.current();
    server.serve("example.", "@ 60 SOA ns1 h 2 60 60 60 60\n@ 60 NS ns1\n");
    server.allow({});
    CHECK_FALSE(table.expired());
    CHECK_FALSE(policy.expired());
    server.responder.idle();
    CHECK(table.expired());
    CHECK(policy.expired());
}

TEST_CASE("A chain of a thousand CNAMEs is followed eighteen links far", "[answer][CVE-2021-25215]") {
    Server server;
    std::string text = "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\n";
    for (int i = 0; i < 1000; ++i)
        text += fmt::format("c{} 60 CNAME c{}\n", i, i + 1);
    server.serve("chain.", text);
    const auto reply = server.tcp({.name = "c0.chain."});
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.answer.size() == 18);
    CHECK(server.tcp({.name = "c990.chain.", .type = RrType::TXT}).rcode() == "NXDOMAIN");
}

TEST_CASE("No name of a chain whose names grow takes more than eight pointers to read", "[answer][rfc6672]") {
    Server server;
    server.serve("grow.", "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\nd 60 DNAME x.y.d\n");
    const auto reply = server.tcp({.name = "a.d.grow."});
    CHECK(reply.answer.size() == 1 + 18);
    unsigned most = 0;
    for (std::size_t start = header_octets; start + 1 < reply.octets.size(); ++start) {
        unsigned hops = 0;
        for (std::size_t at = start; at + 1 < reply.octets.size();) {
            const auto octet = std::to_integer<std::size_t>(reply.octets[at]);
            const auto next = (octet & 0x3f) << 8 | std::to_integer<std::size_t>(reply.octets[at + 1]);
            if (octet == 0 || (octet >= 64 && octet < 192)) break;
            if (octet >= 192 && next >= at) break;  // it was no name
            hops += octet >= 192 ? 1U : 0U;
            at = octet >= 192 ? next : at + 1 + octet;
        }
        most = std::max(most, hops);
    }
    CHECK(most == 8);
}

TEST_CASE_METHOD(QueryFixture, "A delegation is answered with a referral: NS, glue, no AA",
                 "[answer][rfc1034][rfc9471]") {
    for (const auto* asked : {"sub.example.", "a.b.sub.example.", "ns.sub.example."}) {
        const auto reply = udp({.name = asked});
        CHECK(reply.rcode() == "NOERROR");
        CHECK_FALSE(reply.view.header.authoritative);
        CHECK(reply.answer.empty());
        CHECK(reply.authority == Lines{"sub.example. 3600 NS ns.sub.example.",
                                       "sub.example. 3600 NS ns.other.test.",
                                       "sub.example. 3600 NS ns1.example."});
        CHECK(reply.additional ==
              Lines{"ns.sub.example. 3600 A 192.0.2.10", "ns.sub.example. 3600 AAAA 2001:db8::10",
                    "ns1.example. 3600 A 192.0.2.1", "ns1.example. 3600 AAAA 2001:db8::1"});
    }
}

TEST_CASE_METHOD(QueryFixture, "DS at a cut is the parent's answer, with AA", "[answer][rfc4035]") {
    const auto reply = udp({.name = "sub.example.", .type = RrType::DS});
    CHECK(reply.view.header.authoritative);
    CHECK(reply.authority == Lines{soa_line});
}

TEST_CASE_METHOD(QueryFixture, "DS of a zone whose parent is ours too comes from the parent",
                 "[answer][rfc4035]") {
    serve("sub.example.", "@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.10\n");
    CHECK(udp({.name = "sub.example.", .type = RrType::DS}).authority == Lines{soa_line});
    CHECK(udp({.name = "sub.example.", .type = RrType::SOA}).answer.size() == 1);
    CHECK(udp({.name = "ns.sub.example."}).view.header.authoritative);
    CHECK(udp({.name = "example.", .type = RrType::DS}).authority == Lines{soa_line});
}

TEST_CASE_METHOD(QueryFixture, "Addresses of what the answer names come along, from all our zones",
                 "[answer][rfc1035]") {
    CHECK(udp({.name = "example.", .type = RrType::MX}).additional ==
          Lines{"mail.example. 3600 A 192.0.2.2", "mail.example.net. 60 A 192.0.2.21"});
    CHECK(udp({.name = "example.", .type = RrType::NS}).additional.size() == 4);
    CHECK(udp({.name = "srv.example.", .type = RrType::SRV}).additional.size() == 2);
    CHECK(udp({.name = "https.example.", .type = RrType::HTTPS}).additional.size() == 2);
    CHECK(udp({.name = "self-https.example.", .type = RrType::HTTPS}).additional ==
          Lines{"self-https.example. 60 A 192.0.2.11"});
}

TEST_CASE("The work for additional records is bounded by thirteen names", "[answer][CVE-2024-11187]") {
    Server server;
    std::string text = "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\n";
    for (int i = 0; i < 1000; ++i)
        text += fmt::format("@ 60 MX {} m{}\nm{} 60 A 192.0.2.1\n", i, i, i);
    server.serve("many.", text);
    const auto reply = server.tcp({.name = "many.", .type = RrType::MX});
    CHECK(reply.answer.size() == 1000);
    CHECK(reply.additional.size() == 13);
}

TEST_CASE_METHOD(QueryFixture, "A DNAME is answered with a CNAME made from it, of the same TTL",
                 "[answer][rfc6672]") {
    const auto reply = udp({.name = "X.dn.example."});
    CHECK(reply.view.header.authoritative);
    CHECK(reply.answer == Lines{"dn.example. 90 DNAME target.example.",
                                "X.dn.example. 90 CNAME X.target.example.",
                                "X.target.example. 60 A 192.0.2.12"});
    const auto gone = udp({.name = "y.dn.example."});
    CHECK(gone.rcode() == "NXDOMAIN");
    CHECK(gone.answer.size() == 2);
    CHECK(udp({.name = "x.dn.example.", .type = RrType::CNAME}).answer.size() == 2);
    CHECK(udp({.name = "dn.example.", .type = RrType::DNAME}).answer ==
          Lines{"dn.example. 90 DNAME target.example."});
    CHECK(udp({.name = "dn.example."}).authority == Lines{soa_line});
}

TEST_CASE_METHOD(QueryFixture, "DNAMEs that point to each other end", "[answer][Ferret]") {
    const auto reply = udp({.name = "a.dnloop.example."});
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.answer.size() == 4);
}

TEST_CASE("A DNAME that a chain passes more than once is answered once", "[answer][rfc2181]") {
    Server server;
    server.serve("again.",
                 "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\nd 60 DNAME e\nx.e 60 CNAME y.d\n"
                 "y.e 60 CNAME d\n");
    const auto reply = server.udp({.name = "x.d.again.", .type = RrType::DNAME});
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.answer == Lines{"d.again. 60 DNAME e.again.", "x.d.again. 60 CNAME x.e.again.",
                                "x.e.again. 60 CNAME y.d.again.", "y.d.again. 60 CNAME y.e.again.",
                                "y.e.again. 60 CNAME d.again."});
}

TEST_CASE("A DNAME that makes the name too long is YXDOMAIN", "[answer][rfc6672]") {
    Server server;
    const std::string label(60, 'x');
    server.serve("long.", "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\nd 60 DNAME " + label + "." + label +
                              "." + label + "\n");
    const auto reply = server.tcp({.name = label + "." + "yy.d.long."});
    CHECK(reply.answer.size() == 2);
    const auto too_long = server.udp({.name = label + "." + std::string(20, 'y') + ".d.long."});
    CHECK(too_long.rcode() == "YXDOMAIN");
    CHECK(too_long.answer.size() == 1);
}

TEST_CASE("A DNAME that grows names ends with YXDOMAIN, not with the buffer", "[answer][CVE-2021-25215]") {
    Server server;
    server.serve("grow.",
                 "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\nd 60 DNAME " + std::string(60, 'x') + ".d\n");
    const auto reply = server.tcp({.name = "a.d.grow."});
    CHECK(reply.rcode() == "YXDOMAIN");
    CHECK(reply.answer.size() >= 4);
}

TEST_CASE_METHOD(QueryFixture, "ANY is answered with one RRset", "[answer][rfc8482]") {
    CHECK(udp({.name = "www.example.", .type = RrType::ANY}).answer.size() == 2);
    CHECK(udp({.name = "ns1.example.", .type = RrType::ANY}).answer ==
          Lines{"ns1.example. 3600 A 192.0.2.1"});
    CHECK(tcp({.name = "ns1.example.", .type = RrType::ANY}).answer.size() == 1);
    CHECK(udp({.name = "alias.example.", .type = RrType::ANY}).answer ==
          Lines{"alias.example. 60 CNAME www.example."});
}

TEST_CASE_METHOD(QueryFixture, "Names outside our zones are REFUSED with EDE 20", "[answer][rfc8914]") {
    const auto reply = udp({.name = "www.elsewhere.test.", .edns = true});
    CHECK(reply.rcode() == "REFUSED");
    CHECK(reply.extended_error() == ExtendedError::NotAuthoritative);
    CHECK_FALSE(reply.view.header.authoritative);
    CHECK(udp({.name = "."}).rcode() == "REFUSED");
    CHECK(udp({.name = "xample."}).rcode() == "REFUSED");
}

TEST_CASE_METHOD(QueryFixture, "An expired zone is SERVFAIL with EDE 24, AA clear; an empty one EDE 14",
                 "[answer][rfc8914]") {
    serve({name("example."), zones.current()->find(name("example."))->zone, true, {}});
    serve({name("empty.test."), nullptr, false, {}});
    const auto expired = udp({.name = "www.example.", .edns = true});
    CHECK(expired.rcode() == "SERVFAIL");
    CHECK(expired.extended_error() == ExtendedError::InvalidData);
    CHECK_FALSE(expired.view.header.authoritative);
    const auto empty = udp({.name = "www.empty.test.", .edns = true});
    CHECK(empty.rcode() == "SERVFAIL");
    CHECK(empty.extended_error() == ExtendedError::NotReady);
    CHECK(udp({.name = "www.example."}).rcode() == "SERVFAIL");
}

TEST_CASE_METHOD(QueryFixture, "The zone with the longest name answers", "[answer][rfc1034]") {
    serve("www.example.", "@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns.example.net.\nx 60 A 192.0.2.77\n");
    CHECK(udp({.name = "x.www.example."}).answer == Lines{"x.www.example. 60 A 192.0.2.77"});
    CHECK(udp({.name = "mail.example."}).answer.size() == 1);
}

TEST_CASE_METHOD(QueryFixture, "CAA and types nobody knows get an empty NOERROR", "[answer][lets-encrypt]") {
    for (const RrType type : {RrType::CAA, RrType{65280}, RrType{65535}}) {
        const auto reply = udp({.name = "www.example.", .type = type});
        CHECK(reply.rcode() == "NOERROR");
        CHECK(reply.answer.empty());
    }
}
