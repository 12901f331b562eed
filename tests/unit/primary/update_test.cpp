// Prerequisites and updates, rule by rule. RFC 2136 §3.2, §3.4.

#include "update_fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

using M = UpdateBuilder;

TEST_CASE_METHOD(UpdateScene, "A prerequisite that holds lets the update happen", "[update][rfc2136]") {
    CHECK(send(M().is_in_use("www")
                   .is_free("new")
                   .has("www", RrType::A)
                   .lacks("www", RrType::MX)
                   .add("new 60 A 192.0.2.9")) == "NOERROR");
    CHECK(at("new") == Lines{"60 A 192.0.2.9"});
    CHECK(send(M().has_just("www 0 A 192.0.2.3\nwww 0 A 192.0.2.2\nal 0 CNAME WWW\n").remove_name("new")) ==
          "NOERROR");
    CHECK(at("new").empty());
}

TEST_CASE_METHOD(UpdateScene, "One that does not hold is told by its RCODE, and nothing happens",
                 "[update][rfc2136]") {
    const auto* add = "new 60 A 192.0.2.9";
    CHECK(send(M().is_in_use("none").add(add)) == "NXDOMAIN");
    CHECK(send(M().is_free("www").add(add)) == "YXDOMAIN");
    CHECK(send(M().has("www", RrType::MX).add(add)) == "NXRRSET");
    CHECK(send(M().lacks("www", RrType::A).add(add)) == "YXRRSET");
    CHECK(send(M().has_just("www 0 A 192.0.2.2").add(add)) == "NXRRSET");
    CHECK(send(M().has_just("www 0 A 192.0.2.2\nwww 0 A 192.0.2.3\nwww 0 A 192.0.2.4").add(add)) ==
          "NXRRSET");
    CHECK(send(M().has_just("none 0 A 192.0.2.2").add(add)) == "NXRRSET");
    CHECK(at("new").empty());
    CHECK(serial() == 7);
}

TEST_CASE_METHOD(UpdateScene, "A name that only has names below it is not in use", "[update][rfc2136]") {
    CHECK(send(M().add("a.b 60 A 192.0.2.9")) == "NOERROR");
    CHECK(send(M().is_in_use("b")) == "NXDOMAIN");
    CHECK(send(M().is_free("b")) == "NOERROR");
}

TEST_CASE_METHOD(UpdateScene, "A prerequisite that means nothing: FORMERR, NOTZONE", "[update][rfc2136]") {
    CHECK(send(M().raw(Section::Answer, "www", RrType::A, RrClass::ANY, 1, "")) == "FORMERR");
    CHECK(send(M().raw(Section::Answer, "www", RrType::A, RrClass::ANY, 0, "abcd")) == "FORMERR");
    CHECK(send(M().raw(Section::Answer, "www", RrType::A, RrClass::NONE, 0, "abcd")) == "FORMERR");
    CHECK(send(M().raw(Section::Answer, "www", RrType::A, RrClass::CH, 0, "abcd")) == "FORMERR");
    CHECK(send(M().raw(Section::Answer, "www", RrType::A, RrClass::IN, 0, "abc")) == "FORMERR");
    CHECK(send(M().raw(Section::Answer, "www.example.net.", RrType::A, RrClass::ANY, 0, "")) == "NOTZONE");
    // In their order, a class that is none included.
    CHECK(send(M().is_in_use("none").raw(Section::Answer, "www", RrType::A, RrClass::CH, 0, "abcd")) ==
          "NXDOMAIN");
}

TEST_CASE_METHOD(UpdateScene,
                 "An update that means nothing: FORMERR, NOTZONE, and none of the message is done",
                 "[update][rfc2136]") {
    const auto bad = [](std::string_view owner, RrType type, RrClass rr_class, std::uint32_t ttl,
                        std::string_view rdata) {
        M message;
        message.add("new 60 A 192.0.2.9").raw(Section::Authority, owner, type, rr_class, ttl, rdata);
        return message;
    };
    CHECK(send(bad("www.example.net.", RrType::A, RrClass::IN, 1, "abcd")) == "NOTZONE");
    CHECK(send(bad("www", RrType::ANY, RrClass::IN, 1, "")) == "FORMERR");
    CHECK(send(bad("www", RrType::AXFR, RrClass::IN, 1, "")) == "FORMERR");
    CHECK(send(bad("www", RrType::OPT, RrClass::NONE, 0, "")) == "FORMERR");
    CHECK(send(bad("www", RrType::AXFR, RrClass::ANY, 0, "")) == "FORMERR");
    CHECK(send(bad("www", RrType{0}, RrClass::IN, 0, "")) == "FORMERR");
    CHECK(send(bad("www", RrType::A, RrClass::ANY, 1, "")) == "FORMERR");
    CHECK(send(bad("www", RrType::A, RrClass::ANY, 0, "abcd")) == "FORMERR");
    CHECK(send(bad("www", RrType::A, RrClass::NONE, 1, "abcd")) == "FORMERR");
    CHECK(send(bad("www", RrType::A, RrClass::NONE, 0, "")) == "FORMERR");
    CHECK(send(bad("www", RrType::A, RrClass::IN, 1, "abc")) == "FORMERR");
    CHECK(send(bad("www", RrType::A, RrClass::HS, 1, "abcd")) == "FORMERR");
    CHECK(at("new").empty());
    CHECK(serial() == 7);
}

TEST_CASE_METHOD(UpdateScene, "Each message raises the serial once, and only where something changes",
                 "[update]") {
    CHECK(send(M().add("a 60 A 192.0.2.9\na 60 A 192.0.2.10\nb 60 TXT x")) == "NOERROR");
    CHECK(serial() == 8);
    CHECK(send(M().add("a 60 A 192.0.2.9")) == "NOERROR");
    CHECK(send(M().remove_rrset("none", RrType::A).remove_name("none").remove("www 0 A 192.0.2.99")) ==
          "NOERROR");
    CHECK(send(M().add("c 60 A 192.0.2.9").remove_name("c")) == "NOERROR");
    CHECK_FALSE(changes);
    CHECK(serial() == 8);
}

TEST_CASE_METHOD(UpdateScene, "An RRset has one TTL, that of the record added last", "[update][rfc2136]") {
    CHECK(send(M().add("www 900 A 192.0.2.4")) == "NOERROR");
    CHECK(at("www") == Lines{"900 A 192.0.2.2", "900 A 192.0.2.3", "900 A 192.0.2.4", "300 TXT \"here\""});
    CHECK(send(M().add("www 30 A 192.0.2.4")) == "NOERROR");
    CHECK(at("www") == Lines{"30 A 192.0.2.2", "30 A 192.0.2.3", "30 A 192.0.2.4", "300 TXT \"here\""});
}

TEST_CASE_METHOD(UpdateScene, "Deleting: an RR, an RRset, all of a name", "[update][rfc2136]") {
    CHECK(send(M().remove("www 0 A 192.0.2.2")) == "NOERROR");
    CHECK(at("www") == Lines{"300 A 192.0.2.3", "300 TXT \"here\""});
    CHECK(send(M().remove_rrset("www", RrType::A)) == "NOERROR");
    CHECK(at("www") == Lines{"300 TXT \"here\""});
    CHECK(send(M().add("www 60 A 192.0.2.5").remove_name("WWW")) == "NOERROR");
    CHECK(at("www").empty());
}

TEST_CASE_METHOD(UpdateScene, "A CNAME and other data are not put beside each other", "[update][rfc2136]") {
    CHECK(send(M().add("al 60 A 192.0.2.9").add("www 60 CNAME ns1")) == "NOERROR");
    CHECK_FALSE(changes);
    CHECK(send(M().add("al 60 CNAME ns1")) == "NOERROR");
    CHECK(at("al") == Lines{"60 CNAME ns1.example.com."});
    CHECK(send(M().remove_name("al").add("al 60 A 192.0.2.9")) == "NOERROR");
    CHECK(at("al") == Lines{"60 A 192.0.2.9"});
}

TEST_CASE_METHOD(UpdateScene, "A name has one DNAME; WKS of one address and protocol replace each other",
                 "[update][rfc2136]") {
    CHECK(send(M().add("d 60 DNAME www").add("d 60 DNAME ns1")) == "NOERROR");
    CHECK(at("d") == Lines{"60 DNAME ns1.example.com."});
    CHECK(send(M().add("w 60 WKS 192.0.2.1 6 25")
                   .add("w 60 WKS 192.0.2.1 6 80")
                   .add("w 60 WKS 192.0.2.1 17 53")) == "NOERROR");
    CHECK(at("w").size() == 2);
}

TEST_CASE_METHOD(UpdateScene, "The apex keeps its SOA and its last name server", "[update][rfc2136]") {
    CHECK(send(M().remove_name("@").remove_rrset("@", RrType::NS).remove_rrset("@", RrType::SOA)) ==
          "NOERROR");
    CHECK_FALSE(changes);
    CHECK(send(M().add("@ 60 TXT x").remove_name("@")) == "NOERROR");
    CHECK(send(M().remove("@ 0 NS ns1").remove("@ 0 NS ns2")) == "NOERROR");
    CHECK(at("@") == Lines{"300 NS ns2.example.com."});
    CHECK(send(M().remove("@ 0 SOA ns1 host 8 3600 600 604800 300")) == "NOERROR");
    CHECK_FALSE(changes);
}

TEST_CASE_METHOD(UpdateScene, "An SOA replaces the zone's where its serial does not go back",
                 "[update][rfc2136]") {
    CHECK(send(M().add("@ 60 SOA ns2 host 100 1 2 3 4")) == "NOERROR");
    CHECK(serial() == 100);
    CHECK(zone->soa().mname.to_string() == "ns2.example.com.");
    CHECK(zone->soa_rrset().ttl() == Ttl{60});
    CHECK(send(M().add("@ 60 SOA ns1 host 99 1 2 3 4")) == "NOERROR");
    CHECK(send(M().add("@ 60 SOA ns1 host 0 1 2 3 4")) == "NOERROR");
    CHECK(send(M().add("www 60 SOA ns1 host 200 1 2 3 4")) == "NOERROR");
    CHECK_FALSE(changes);
    CHECK(send(M().add("@ 60 SOA ns1 host 100 1 2 3 5")) == "NOERROR");
    CHECK(serial() == 101);
    CHECK(zone->soa().minimum == seconds{5});
}

TEST_CASE_METHOD(UpdateScene, "Several messages make one version; one that fails leaves the others",
                 "[update]") {
    M first;
    first.add("a 60 TXT 1");
    M second;
    second.is_free("a").add("b 60 TXT 2");
    M third;
    third.is_in_use("a").add("c 60 TXT 3");
    ZoneUpdater updater(zone, update_time);
    CHECK(updater.carry_out(request(first)).rcode == Rcode::NOERROR);
    CHECK(updater.carry_out(request(second)).rcode == Rcode::YXDOMAIN);
    CHECK(updater.carry_out(request(third)).rcode == Rcode::NOERROR);
    finish(std::move(updater));
    CHECK(serial() == 8);
    CHECK(at("a").size() == 1);
    CHECK(at("b").empty());
    CHECK(at("c").size() == 1);
    REQUIRE(changes);
    CHECK(changes->added.size() == 3);  // the SOA too
}

TEST_CASE_METHOD(UpdateScene, "The next serial is in the style of the one served", "[update]") {
    zone = test::zone("example.com.", "@ 300 SOA a b 2026112105 1 2 3 4\n@ 300 NS a\n");
    CHECK(send(M().add("a 60 TXT 1")) == "NOERROR");
    CHECK(serial() == 2026112200);
}

TEST_CASE_METHOD(UpdateScene, "A signed zone, and records that only a signer makes, are not updated",
                 "[update]") {
    CHECK(send(M().add("www 60 NSEC a A")) == "REFUSED");
    CHECK(send(M().add("@ 60 DNSKEY 257 3 13 AAAA")) == "REFUSED");
    CHECK(send(M().add("sub 60 DS 1 8 1 ABABABABABABABABABABABABABABABABABABABAB")) == "NOERROR");
    zone = test::zone("example.com.", std::string(update_zone) + "@ 60 DNSKEY 257 3 13 AAAA\n");
    CHECK(send(M().add("a 60 TXT 1")) == "REFUSED");
    REQUIRE(outcome.error);
    CHECK(outcome.error->code == ExtendedError::NotSupported);
    zone = test::zone("example.com.",
                      std::string(update_zone) + "@ 60 ZONEMD 7 1 1 " + std::string(96, 'A') + "\n");
    CHECK(send(M().add("a 60 TXT 1")) == "REFUSED");
}

TEST_CASE_METHOD(UpdateScene, "An RRset that would grow beyond all bounds is refused", "[update]") {
    ZoneBuilder builder(name("example.com."));  // a first version: sorted once
    for (const RecordView record : records("example.com.", update_zone))
        builder.add(record);
    for (std::uint32_t i = 0; i < 65535; ++i) {
        OctetString rdata(4);
        store_big_endian(rdata.data(), i);
        builder.add({name("big.example.com."), RrType::A, Ttl{60}, rdata});
    }
    zone = *std::move(builder).finish();
    CHECK(send(M().add("big 60 A 192.0.2.1")) == "REFUSED");
    CHECK(send(M().add("big 60 TXT 1")) == "NOERROR");
}
