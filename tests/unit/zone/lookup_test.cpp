#include "zone/lookup.hpp"

#include "support/catch.hpp"
#include "support/zone_text.hpp"

using namespace lockstep;

namespace {

// RFC 4592 §2.2.1's example, and more.
constexpr std::string_view example = R"(
@                 3600 SOA   ns.example.com. host.example.com. 1 3600 600 86400 300
@                 3600 NS    ns.example.com.
@                 3600 NS    ns.example.net.
*                 3600 TXT   "this is a wildcard"
*                 3600 MX    10 host1
sub.*             3600 TXT   "this is not a wildcard"
host1             3600 A     192.0.2.1
_ssh._tcp.host1   3600 SRV   0 0 22 host1
_ssh._tcp.host2   3600 SRV   0 0 22 host2
subdel            3600 NS    ns.example.com.
subdel            3600 NS    ns.subdel
ns.subdel         3600 A     192.0.2.53
signed            3600 NS    ns.signed
signed            3600 DS    60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
deep.below.signed 3600 A     192.0.2.54
alias             3600 CNAME host1
*.many            3600 CNAME host1
tree              3600 DNAME elsewhere.example.net.
tree              3600 A     192.0.2.7
hidden.tree       3600 A     192.0.2.8
below.*.ent       3600 A     192.0.2.9
*.cut             3600 NS    ns.example.net.
)";

ZonePtr make() {
    return test::zone("example.", example);
}

template <class Found>
Found expect(const ZonePtr& zone, std::string_view name, RrType type) {
    const Name asked = test::name(name);
    const auto result = lookup(*zone, LabelledName(asked), type);
    INFO(name << ' ' << to_string(type) << " gave alternative " << result.index());
    REQUIRE(std::holds_alternative<Found>(result));
    return std::get<Found>(result);
}

}  // namespace

TEST_CASE("A name with the type asked for is answered from itself", "[lookup][rfc1034]") {
    const auto zone = make();
    const auto found = expect<FoundAnswer>(zone, "host1.example.", RrType::A);
    CHECK_FALSE(found.match.wildcard);
    CHECK(found.rrset.size() == 1);
    CHECK(expect<FoundAnswer>(zone, "HOST1.eXample.", RrType::A).rrset.type() == RrType::A);
    CHECK(expect<FoundAnswer>(zone, "example.", RrType::SOA).rrset.ttl().value() == 3600);
    CHECK(expect<FoundAnswer>(zone, "example.", RrType::NS).rrset.size() == 2);
}

TEST_CASE("A name without the type asked for has no data", "[lookup][rfc2308]") {
    const auto zone = make();
    CHECK(expect<FoundNoData>(zone, "host1.example.", RrType::AAAA).node.has_value());
    CHECK(expect<FoundNoData>(zone, "example.", RrType::A).node.has_value());
    CHECK(expect<FoundNoData>(zone, "example.", RrType::DS).node.has_value());
}

TEST_CASE("An empty non-terminal has no data of any type and no wildcard stands for it",
          "[lookup][rfc4592]") {
    const auto zone = make();
    for (const auto* name :
         {"_tcp.host1.example.", "_tcp.host2.example.", "host2.example.", "ent.example."}) {
        const auto found = expect<FoundNoData>(zone, name, RrType::TXT);
        CHECK_FALSE(found.node.has_value());
        CHECK_FALSE(found.match.wildcard);
    }
    CHECK_FALSE(expect<FoundNoData>(zone, "host2.example.", RrType::ANY).node.has_value());
}

TEST_CASE("Each of RFC 4592's examples is answered as the RFC says", "[lookup][rfc4592]") {
    const auto zone = make();
    const auto mx = expect<FoundAnswer>(zone, "host3.example.", RrType::MX);
    CHECK(mx.match.wildcard);
    CHECK(mx.match.encloser_labels == 1);
    const auto no_a = expect<FoundNoData>(zone, "host3.example.", RrType::A);
    CHECK(no_a.match.wildcard);
    CHECK(expect<FoundAnswer>(zone, "foo.bar.example.", RrType::TXT).match.wildcard);
    CHECK_FALSE(expect<FoundNoData>(zone, "host1.example.", RrType::MX).match.wildcard);
    CHECK_FALSE(expect<FoundNoData>(zone, "sub.*.example.", RrType::MX).match.wildcard);
    CHECK(expect<FoundNxDomain>(zone, "_telnet._tcp.host1.example.", RrType::SRV).encloser_labels == 3);
    CHECK(expect<FoundReferral>(zone, "host.subdel.example.", RrType::A).labels == 2);
    // The closest encloser is *.example., which has no *.*.example. below it.
    CHECK(expect<FoundNxDomain>(zone, "ghost.*.example.", RrType::MX).encloser_labels == 2);
}

TEST_CASE("A wildcard asked for by its own name is a name like any other", "[lookup][rfc4592]") {
    const auto found = expect<FoundAnswer>(make(), "*.example.", RrType::TXT);
    CHECK_FALSE(found.match.wildcard);
}

TEST_CASE("A wildcard that is an empty non-terminal gives no data, not NXDOMAIN", "[lookup][rfc4592]") {
    const auto found = expect<FoundNoData>(make(), "x.ent.example.", RrType::A);
    CHECK(found.match.wildcard);
    CHECK_FALSE(found.node.has_value());
}

TEST_CASE("A wildcard CNAME stands for any type but its own", "[lookup][rfc4592]") {
    const auto zone = make();
    CHECK(expect<FoundCname>(zone, "a.b.many.example.", RrType::AAAA).match.wildcard);
    CHECK(expect<FoundAnswer>(zone, "a.many.example.", RrType::CNAME).match.wildcard);
}

TEST_CASE("A wildcard NS answers for NS and delegates nothing but what is below its own name",
          "[lookup][rfc4592]") {
    const auto zone = make();
    CHECK(expect<FoundAnswer>(zone, "x.cut.example.", RrType::NS).match.wildcard);
    CHECK(expect<FoundNoData>(zone, "x.cut.example.", RrType::A).match.wildcard);
    CHECK(expect<FoundReferral>(zone, "x.*.cut.example.", RrType::A).labels == 3);
}

TEST_CASE("A CNAME is followed for every type but CNAME and ANY", "[lookup][rfc1034]") {
    const auto zone = make();
    CHECK(expect<FoundCname>(zone, "alias.example.", RrType::A).rrset.type() == RrType::CNAME);
    CHECK(expect<FoundCname>(zone, "alias.example.", RrType::DS).rrset.type() == RrType::CNAME);
    CHECK(expect<FoundAnswer>(zone, "alias.example.", RrType::CNAME).rrset.size() == 1);
    CHECK(expect<FoundAnswer>(zone, "alias.example.", RrType::ANY).rrset.type() == RrType::CNAME);
}

TEST_CASE("At and below a cut there is only the referral", "[lookup][rfc1034]") {
    const auto zone = make();
    CHECK(expect<FoundReferral>(zone, "subdel.example.", RrType::A).ns.size() == 2);
    CHECK(expect<FoundReferral>(zone, "subdel.example.", RrType::NS).ns.size() == 2);
    CHECK(expect<FoundReferral>(zone, "subdel.example.", RrType::ANY).ns.size() == 2);
    CHECK(expect<FoundReferral>(zone, "ns.subdel.example.", RrType::A).labels == 2);
    CHECK(expect<FoundReferral>(zone, "deep.below.signed.example.", RrType::A).labels == 2);
    CHECK(expect<FoundReferral>(zone, "nothing.below.signed.example.", RrType::DS).labels == 2);
}

TEST_CASE("DS at a cut is answered by the parent", "[lookup][rfc4035]") {
    const auto zone = make();
    CHECK(expect<FoundAnswer>(zone, "signed.example.", RrType::DS).rrset.size() == 1);
    CHECK(expect<FoundNoData>(zone, "subdel.example.", RrType::DS).node.has_value());
}

TEST_CASE("A DNAME redirects what is below it and not its own name", "[lookup][rfc6672]") {
    const auto zone = make();
    CHECK(expect<FoundDname>(zone, "a.b.tree.example.", RrType::A).labels == 2);
    CHECK(expect<FoundDname>(zone, "hidden.tree.example.", RrType::A).labels == 2);
    CHECK(expect<FoundAnswer>(zone, "tree.example.", RrType::A).rrset.size() == 1);
    CHECK(expect<FoundAnswer>(zone, "tree.example.", RrType::DNAME).rrset.size() == 1);
    CHECK(expect<FoundNoData>(zone, "tree.example.", RrType::TXT).node.has_value());
}

TEST_CASE("A DNAME at the apex redirects all of the zone but the apex", "[lookup][rfc6672]") {
    const auto zone = test::zone("old.example.", R"(
@ 300 SOA ns.example.net. host.example.net. 1 3600 600 86400 300
@ 300 NS ns.example.net.
@ 300 DNAME new.example.
)");
    CHECK(expect<FoundDname>(zone, "www.old.example.", RrType::A).labels == 2);
    CHECK(expect<FoundAnswer>(zone, "old.example.", RrType::NS).rrset.size() == 1);
}

TEST_CASE("The root zone refers to its delegations", "[lookup]") {
    const auto zone = test::zone(".", R"(
@          300 SOA a.root-servers.net. host.example. 1 3600 600 86400 300
@          300 NS a.root-servers.net.
com.       300 NS a.gtld-servers.net.
a.gtld-servers.net. 300 A 192.0.2.30
)");
    CHECK(expect<FoundReferral>(zone, "www.example.com.", RrType::A).labels == 1);
    CHECK(expect<FoundNxDomain>(zone, "www.example.org.", RrType::A).encloser_labels == 0);
    CHECK(expect<FoundAnswer>(zone, ".", RrType::NS).rrset.size() == 1);
}

TEST_CASE("The longest names have no room for a wildcard and do not exist", "[lookup]") {
    const std::string label(63, 'x');
    const std::string longest = label + "." + label + "." + label + "." + std::string(53, 'y') + ".example.";
    REQUIRE(test::name(longest).octets().size() == 255);
    const auto zone = make();
    CHECK(expect<FoundAnswer>(zone, longest, RrType::TXT).match.wildcard);
    CHECK(expect<FoundDname>(zone, label + "." + label + "." + label + ".tree.example.", RrType::A).labels ==
          2);
}
