#include "base/endpoint.hpp"

#include "support/catch.hpp"

using namespace lockstep;

TEST_CASE("Addresses are read and printed in their short form", "[endpoint]") {
    CHECK(IpAddress::parse("192.0.2.1")->to_string() == "192.0.2.1");
    CHECK(IpAddress::parse("2001:DB8:0:0::1")->to_string() == "2001:db8::1");
    CHECK(IpAddress::parse("::ffff:192.0.2.1")->is_v4());
    CHECK(*IpAddress::parse("::ffff:192.0.2.1") == *IpAddress::parse("192.0.2.1"));
    CHECK(IpAddress::parse("127.8.9.1")->is_loopback());
    CHECK(IpAddress::parse("::1")->is_loopback());
    CHECK_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
    CHECK(IpAddress::parse("::")->is_unspecified());
    CHECK(IpAddress{}.is_unspecified());
    for (const auto* bad :
         {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "example.com", "2001:db8::g", "[::1]"}) {
        CHECK_FALSE(IpAddress::parse(bad).has_value());
    }
}

TEST_CASE("An endpoint is an address, with a port or the default one", "[endpoint]") {
    CHECK(Endpoint::parse("192.0.2.1:5353")->port == 5353);
    CHECK(Endpoint::parse("192.0.2.1")->port == 53);
    CHECK(Endpoint::parse("192.0.2.1", 853)->port == 853);
    CHECK(Endpoint::parse("[2001:db8::1]:5353")->to_string() == "[2001:db8::1]:5353");
    CHECK(Endpoint::parse("2001:db8::1")->port == 53);
    CHECK(Endpoint::parse("[2001:db8::1]")->port == 53);
    for (const auto* bad : {"192.0.2.1:", "192.0.2.1:70000", "192.0.2.1:-1", "192.0.2.1:3.9", "192.0.2.1:1e4",
                            "192.0.2.1:53x", "[2001:db8::1", ":53", "localhost:53"}) {
        CHECK_FALSE(Endpoint::parse(bad).has_value());
    }
}

TEST_CASE("An endpoint survives the form that sockets take", "[endpoint]") {
    for (const auto* text : {"192.0.2.1:5353", "[2001:db8::1]:53"}) {
        sockaddr_storage storage{};
        const auto endpoint = *Endpoint::parse(text);
        CHECK(endpoint.to_sockaddr(storage) > 0);
        CHECK(Endpoint::from_sockaddr(storage) == endpoint);
    }
}

TEST_CASE("A prefix contains exactly the addresses that begin with it", "[endpoint]") {
    const auto prefix = *Prefix::parse("203.0.113.0/25");
    CHECK(prefix.contains(*IpAddress::parse("203.0.113.127")));
    CHECK_FALSE(prefix.contains(*IpAddress::parse("203.0.113.128")));
    CHECK_FALSE(prefix.contains(*IpAddress::parse("2001:db8::1")));
    CHECK(Prefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("203.0.113.128")));
    CHECK_FALSE(Prefix::parse("::/0")->contains(*IpAddress::parse("203.0.113.128")));
    CHECK(Prefix::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
    CHECK_FALSE(Prefix::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::1")));
    CHECK(Prefix::parse("192.0.2.1")->contains(*IpAddress::parse("192.0.2.1")));
    CHECK(Prefix::of(*IpAddress::parse("::1")).to_string() == "::1/128");
    CHECK(prefix.to_string() == "203.0.113.0/25");
}

TEST_CASE("Prefixes that cannot be meant are refused with the reason", "[endpoint]") {
    for (const auto* bad :
         {"10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "/8", "10.0/8"}) {
        CHECK_FALSE(Prefix::parse(bad).has_value());
    }
    const auto host_bits = Prefix::parse("10.1.2.3/8");
    REQUIRE_FALSE(host_bits.has_value());
    CHECK(host_bits.error().text.find("10.0.0.0/8") != std::string::npos);
}
