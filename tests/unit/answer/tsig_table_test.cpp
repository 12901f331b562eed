// FAULTS.md §3 "TSIG": signatures of every kind under a question for a transfer, what each is answered and
// what the log learns. Answers that are signed wrongly are the other side's matter: unit_tsig, response and
// stream.

#include "outcome.hpp"
#include "unit/tsig/forge.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::uint16_t id = 4711;  // of octets_of()
constexpr std::uint64_t now = 1'790'000'000;
constexpr auto granted =
    "NOERROR AA Q 3 answers signed; asked example. AXFR -; finished example. AXFR to 7 in 1";

std::string refused(std::string_view reply, std::string_view why) {
    return fmt::format("{}; refused example. AXFR {}: {}", reply, reply.substr(0, reply.find(' ')), why);
}
std::string no_key(std::string_view key) {
    return refused("NOTAUTH Q BADKEY unsigned",
                   fmt::format("key {}: no key of that name is configured", key));
}
std::string other_algorithm(std::string_view algorithm) {
    return refused(
        "NOTAUTH Q BADKEY unsigned",
        fmt::format("key pair.example.: signed with {}, but the key is for hmac-sha256", algorithm));
}
std::string too_short(std::size_t octets) {
    return refused("NOTAUTH Q BADTRUNC signed",
                   fmt::format("key pair.example.: a MAC of {} octets, at least 32 are demanded", octets));
}
std::string impossible(std::size_t octets) {
    return refused(
        "FORMERR Q",
        fmt::format("key pair.example.: a MAC of {} octets cannot be of hmac-sha256, which makes 32",
                    octets));
}
std::string late(std::uint64_t apart, unsigned fudge = 300) {
    return refused(
        "NOTAUTH Q BADTIME signed",
        fmt::format("key pair.example.: the clocks differ by {} s (at most {} s are allowed)", apart, fudge));
}
const std::string bad_mac =
    refused("NOTAUTH Q BADSIG unsigned",
            "key pair.example.: the MAC is wrong: the secrets differ, or the message was changed");
std::string malformed(std::string_view how) {
    return refused("FORMERR Q", fmt::format("the TSIG record is not well-formed: {}", how));
}
constexpr auto misfit = "RDATA that does not fit its type";
constexpr auto misplaced = "a record where it must not be";

OctetString question() {
    return octets_of({.name = "example.", .type = RrType::AXFR});
}
Forgery right() {
    return {.original_id = id};
}
OctetString signed_as(const std::function<void(Forgery&)>& change) {
    Forgery forgery = right();
    change(forgery);
    return forge(question(), forgery);
}
OctetString with_mac_of(std::size_t octets) {
    return signed_as([&](Forgery& f) {
        f.mac = [octets](OctetString mac) {
            mac.resize(octets);
            return mac;
        };
    });
}
OctetString at(std::uint64_t time, std::uint16_t fudge = 300) {
    return signed_as([&](Forgery& f) {
        f.time = time;
        f.fudge = fudge;
    });
}
/// A question that is signed rightly, and then changed; `tsig_at` is where its TSIG record begins.
OctetString changed(const std::function<void(OctetString& message, std::size_t tsig_at)>& change) {
    OctetString message = forge(question(), right());
    change(message, question().size());
    return message;
}
void set(OctetString& message, std::size_t where, std::uint16_t value) {
    store_big_endian(message.data() + where, value);
}

/// example. is for pair.example.'s holder alone; other.example. is known too.
struct TsigTableFixture : Server {
    TsigTableFixture() {
        clock.step_wall(std::chrono::duration_cast<seconds>(signing_time - clock.wall_now()));
        serve("example.", "@ 3600 SOA ns1 host 7 3600 600 86400 300\n@ 3600 NS ns1.elsewhere.\n");
        AccessPolicy rules;
        rules.keys = *TsigKeyring::make({pair_key(), make_key("other.example.")});
        rules.zones[name("example.")] = std::make_shared<const ZoneAccess>(ZoneAccess{
            {{*Prefix::parse("192.0.2.0/24"), rules.keys.find(name("pair.example.")), "peer ns2"}}, {}});
        allow(std::move(rules));
    }
    void play(const std::vector<std::tuple<std::string, OctetString, std::string>>& rows) {
        for (const auto& [what, octets, outcome] : rows) {
            INFO(what);
            CHECK(outcome_of(*this, octets, client_at("192.0.2.99", Transport::Tcp)) == outcome);
        }
    }
};

}  // namespace

TEST_CASE_METHOD(TsigTableFixture, "MACs of every length: what each gets",
                 "[tsig][rfc8945][CVE-2017-3142][table]") {
    play({{"right", with_mac_of(32), granted},
          {"of no octets", with_mac_of(0), impossible(0)},
          {"of 1", with_mac_of(1), impossible(1)},
          {"of 9", with_mac_of(9), impossible(9)},
          {"of 10", with_mac_of(10), impossible(10)},
          {"of half less 1", with_mac_of(15), impossible(15)},
          {"of half", with_mac_of(16), too_short(16)},
          {"of half and 1", with_mac_of(17), too_short(17)},
          {"of all less 1", with_mac_of(31), too_short(31)},
          {"of all and 1", with_mac_of(33), impossible(33)},
          {"of 255", with_mac_of(255), impossible(255)},
          {"of 60,000", with_mac_of(60'000), impossible(60'000)},
          {"of 65,535, not there",
           changed([](OctetString& m, std::size_t tsig_at) { set(m, tsig_at + 14 + 10 + 13 + 8, 65535); }),
           malformed(misfit)},
          {"that is wrong", signed_as([](Forgery& f) { f.key.secret[0] ^= 1; }), bad_mac},
          {"of another question",
           [] {
               const auto other = forge(octets_of({.name = "example.", .type = RrType::SOA}), right());
               OctetString message = question();
               const Octets record = Octets(other).subspan(message.size());
               append_octets(message, record);
               set(message, 10, 1);
               return message;
           }(),
           bad_mac}});
}

TEST_CASE_METHOD(TsigTableFixture, "Key names and algorithms: what each gets", "[tsig][rfc8945][table]") {
    const auto by_key = [](const Name& key) { return signed_as([&](Forgery& f) { f.key_name = key; }); };
    const auto by = [](const Name& algorithm) {
        return signed_as([&](Forgery& f) { f.algorithm = algorithm; });
    };
    const std::string label(63, 'a');
    const std::string longest = label + "." + label + "." + label + "." + label.substr(0, 61) + ".";
    REQUIRE(name(longest).octets().size() == 255);
    const auto other = make_key("other.example.");
    play({{"the key in capitals", by_key(name("PAIR.EXAMPLE.")), granted},
          {"the algorithm in capitals", by(name("HMAC-SHA256.")), granted},
          {"a key that nobody has", by_key(name("nobody.example.")), no_key("nobody.example.")},
          {"the root as key", by_key(Name()), no_key(".")},
          {"a key of 255 octets", by_key(name(longest)), no_key(longest)},
          {"the key of another zone", signed_as([&](Forgery& f) {
               f.key = other;
               f.key_name = other.name;
           }),
           refused("REFUSED Q signed",
                   "peer ns2 (192.0.2.0/24, key pair.example.) nearly matches: the request is "
                   "signed with another key")},
          {"another algorithm", by(name("hmac-sha512.")), other_algorithm("hmac-sha512.")},
          {"an unknown algorithm", by(name("hmac-none.")), other_algorithm("hmac-none.")},
          {"the root as algorithm", by(Name()), other_algorithm(".")},
          {"an algorithm of 255 octets", by(name(longest)), other_algorithm(longest)},
          {"HMAC-MD5, which is off", by(name("hmac-md5.sig-alg.reg.int.")),
           other_algorithm("hmac-md5.sig-alg.reg.int.")}});
}

TEST_CASE_METHOD(TsigTableFixture, "Times: what each gets", "[tsig][rfc8945][table]") {
    constexpr std::uint64_t last = 0xffff'ffff'ffff;
    play({{"299 s early", at(now - 299), granted},
          {"300 s early", at(now - 300), granted},
          {"301 s early", at(now - 301), late(301)},
          {"300 s ahead", at(now + 300), granted},
          {"301 s ahead", at(now + 301), late(301)},
          {"1970", at(0), late(now)},
          {"the last of 48 bits", at(last), late(last - now)},
          {"a fudge of 0", at(now, 0), granted},
          {"a fudge of 0, 1 s early", at(now - 1, 0), late(1, 0)},
          {"a fudge of 65,535", at(now - 65535, 65535), granted},
          {"a fudge of 65,535, 1 s more", at(now - 65536, 65535), late(65536, 65535)}});
}

TEST_CASE_METHOD(TsigTableFixture, "Several faults: the first in the order of RFC 8945 section 5.2 is told",
                 "[tsig][rfc8945][CVE-2017-11104][table]") {
    const auto both = [](Forgery& f) {
        f.time = now - 4000;
        f.mac = [](OctetString mac) {
            mac[0] ^= std::byte{1};
            return mac;
        };
    };
    play({{"a wrong MAC at a wrong time", signed_as(both), bad_mac},
          {"an unknown key at a wrong time", signed_as([&](Forgery& f) {
               both(f);
               f.key_name = name("nobody.example.");
           }),
           no_key("nobody.example.")},
          {"an unknown key with a MAC of no octets", signed_as([](Forgery& f) {
               f.key_name = name("nobody.example.");
               f.mac = [](const OctetString&) { return OctetString(); };
           }),
           no_key("nobody.example.")},
          {"another algorithm with a wrong MAC", signed_as([&](Forgery& f) {
               both(f);
               f.algorithm = name("hmac-sha1.");
           }),
           other_algorithm("hmac-sha1.")},
          {"half a MAC at a wrong time", signed_as([](Forgery& f) {
               f.time = now - 4000;
               f.mac = [](OctetString mac) {
                   mac.resize(16);
                   return mac;
               };
           }),
           late(4000)}});
}

TEST_CASE_METHOD(TsigTableFixture, "Other fields of the record, and its place: what each gets",
                 "[tsig][rfc8945][table]") {
    const auto with_other = [](std::size_t octets) {
        return signed_as([&](Forgery& f) { f.other = OctetString(octets, std::byte{7}); });
    };
    const std::size_t owner = name("pair.example.").octets().size();
    const auto record_of = [](const OctetString& message, std::size_t tsig_at) {
        return OctetString(message.begin() + static_cast<std::ptrdiff_t>(tsig_at), message.end());
    };
    play({{"another original ID, as of a forwarder",
           changed([](OctetString& m, std::size_t) { set(m, 0, 99); }), granted},
          {"an original ID that the MAC does not cover",
           changed([](OctetString& m, std::size_t) { set(m, m.size() - 6, 99); }), bad_mac},
          {"an error", signed_as([](Forgery& f) { f.error = Rcode::BADTIME; }), granted},
          {"1 octet of other data", with_other(1), granted},
          {"6 octets of other data", with_other(6), granted},
          {"7 octets of other data", with_other(7), granted},
          {"60,000 octets of other data", with_other(60'000), granted},
          {"65,535 octets of other data, not there",
           changed([](OctetString& m, std::size_t) { set(m, m.size() - 2, 65535); }), malformed(misfit)},
          {"class IN", changed([&](OctetString& m, std::size_t tsig_at) { set(m, tsig_at + owner + 2, 1); }),
           malformed(misplaced)},
          {"TTL 1", changed([&](OctetString& m, std::size_t tsig_at) { set(m, tsig_at + owner + 6, 1); }),
           malformed(misplaced)},
          {"no RDATA", changed([&](OctetString& m, std::size_t tsig_at) {
               set(m, tsig_at + owner + 8, 0);
               m.resize(tsig_at + owner + 10);
           }),
           malformed("ends before all that it announces")},
          {"TC beside it",
           [] {
               OctetString message = question();
               message[2] |= std::byte{0x02};
               return forge(message, right());
           }(),
           granted},
          {"twice", changed([&](OctetString& m, std::size_t tsig_at) {
               append_octets(m, record_of(m, tsig_at));
               set(m, 10, 2);
           }),
           "FORMERR Q"},
          {"before another record", changed([](OctetString& m, std::size_t) {
               append_octets(m, Octets(plain_answer(1)).subspan(header_octets));
               set(m, 10, 2);
           }),
           "FORMERR Q"},
          {"among the answers", changed([](OctetString& m, std::size_t) {
               set(m, 6, 1);
               set(m, 10, 0);
           }),
           "FORMERR Q"},
          {"among the authorities", changed([](OctetString& m, std::size_t) {
               set(m, 8, 1);
               set(m, 10, 0);
           }),
           "FORMERR Q"}});
}

TEST_CASE_METHOD(TsigTableFixture, "A question that is played again within its time is answered again",
                 "[tsig][rfc8945]") {
    const OctetString message = forge(question(), right());
    play({{"first", message, granted}, {"again", message, granted}});
    clock.step_wall(seconds{301});
    play({{"later", message, late(301)}});
}
