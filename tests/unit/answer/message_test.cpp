// Messages and EDNS, right and wrong: RFC 1035 §4, RFC 6891. Single octets that are wrong: wire_table_test.

#include "fixture.hpp"
#include "support/heap.hpp"

#include <ctime>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::literals;

namespace {

struct MessageFixture : Server {
    MessageFixture() {
        std::string text = R"(
@     3600 SOA   ns1 host 7 3600 600 86400 300
@     3600 NS    ns1
ns1   3600 A     192.0.2.1
www   300  A     192.0.2.3
sub   300  NS    ns.sub
sub   300  NS    ns2.sub
)";
        for (int i = 0; i < 60; ++i)
            text += fmt::format("big 60 A 192.0.2.{}\n", i);
        for (int i = 0; i < 40; ++i)
            text += fmt::format("ns.sub 60 AAAA 2001:db8::{:x}\nns2.sub 60 AAAA 2001:db8:1::{:x}\n", i, i);
        serve("example.", text);
    }
    AccessPolicy named() {
        AccessPolicy rules;
        rules.identity = "ns1.example.net";
        return rules;
    }
};

}  // namespace

TEST_CASE_METHOD(MessageFixture, "What is no message, and what is an answer, gets no reply",
                 "[wire][CVE-2012-0206]") {
    for (const std::size_t size : {0U, 1U, 11U})
        CHECK(drops(OctetString(size)));
    for (unsigned opcode = 0; opcode < 16; ++opcode) {
        OctetString response = octets_of({.name = "www.example."});
        response[2] = static_cast<std::byte>(0x80 | opcode << 3);
        CHECK(drops(response));
    }
    CHECK(counters.totals().dropped_short == 3);
    CHECK(counters.totals().dropped_response == 16);
}

TEST_CASE_METHOD(MessageFixture, "Opcodes that nobody implements are NOTIMP", "[wire][rfc6895]") {
    for (const unsigned opcode : {1U, 2U, 3U, 6U, 7U, 15U}) {
        OctetString query = octets_of({.name = "www.example."});
        query[2] = static_cast<std::byte>(opcode << 3);
        const auto reply = udp(query);
        CHECK(reply.rcode() == "NOTIMP");
        CHECK(reply.view.header.opcode == static_cast<Opcode>(opcode));
        CHECK(reply.octets.size() == 12);
    }
}

TEST_CASE_METHOD(MessageFixture, "A message that is cut anywhere is FORMERR", "[wire][rfc1035]") {
    const OctetString whole = octets_of({.name = "www.example."});
    for (std::size_t size = 12; size < whole.size(); ++size) {
        const auto reply = udp(Octets(whole).first(size));
        CHECK(reply.rcode() == "FORMERR");
        CHECK(reply.octets.size() == 12);
    }
}

TEST_CASE_METHOD(MessageFixture, "Names with every octet are looked up and come back",
                 "[wire][CVE-2016-5427]") {
    for (unsigned octet = 0; octet < 256; ++octet) {
        const auto asked = fmt::format("a\\{:03}b.example.", octet);
        const auto reply = udp({.name = asked});
        CHECK(reply.rcode() == "NXDOMAIN");
        CHECK(identical(reply.view.question->name, name(asked)));
    }
    std::string longest;
    for (int i = 0; i < 123; ++i)
        longest += "a.";
    CHECK(name(longest + "example.").octets().size() == 255);
    CHECK(udp({.name = longest + "example."}).rcode() == "NXDOMAIN");
}

TEST_CASE_METHOD(MessageFixture, "Every type and class has a reply, and leaves nothing behind",
                 "[wire][CVE-2021-36754][CVE-2018-10851]") {
    OctetString query = octets_of({.name = "www.example.", .dnssec_ok = true, .options = "\0\3\0\0"s});
    OctetString at_root = octets_of({.name = "."});
    const std::size_t type_at = header_octets + name("www.example.").octets().size();
    OctetString out(1232);
    std::size_t unanswered = 0;
    const auto sweep = [&] {
        for (const unsigned rr_class : {1U, 3U, 254U, 255U, 0U, 65535U}) {
            for (unsigned type = 0; type < 65536; ++type) {
                auto& message = type % 8 == 0 ? at_root : query;
                const std::size_t at = type % 8 == 0 ? header_octets + 1 : type_at;
                store_big_endian(message.data() + at, static_cast<std::uint16_t>(type));
                store_big_endian(message.data() + at + 2, static_cast<std::uint16_t>(rr_class));
                unanswered += datagram(message, out) < header_octets ? 1 : 0;
            }
        }
    };
    (void)datagram(query, out);
    transfers.events.reserve(16);
    const std::size_t before = allocated_octets();
    sweep();
    transfers.events.clear();
    CHECK(unanswered == 0);
    CHECK(allocated_octets() == before);
}

TEST_CASE_METHOD(MessageFixture,
                 "Every flag word and every count has a reply, or none where it is a response",
                 "[wire][CVE-2012-2978]") {
    OctetString query = octets_of({.name = "www.example."});
    OctetString out(1232);
    std::size_t wrong = 0;
    const auto sweep = [&](std::size_t at) {
        for (unsigned value = 0; value < 65536; ++value) {
            store_big_endian(query.data() + at, static_cast<std::uint16_t>(value));
            const bool response = at == 2 && value >= 0x8000;
            wrong += (datagram(query, out) == 0) == response ? 0 : 1;
        }
    };
    for (const std::size_t at :
         {std::size_t{2}, std::size_t{4}, std::size_t{6}, std::size_t{8}, std::size_t{10}}) {
        const auto whole = query;
        sweep(at);
        query = whole;
    }
    CHECK(wrong == 0);
}

TEST_CASE_METHOD(MessageFixture, "Types that can stand in no zone are refused by kind", "[wire][rfc6895]") {
    const auto rcode = [&](RrType type) { return udp({.name = "www.example.", .type = type}).rcode(); };
    CHECK(rcode(RrType::None) == "FORMERR");
    CHECK(rcode(RrType::OPT) == "FORMERR");
    CHECK(rcode(RrType::TSIG) == "FORMERR");
    CHECK(rcode(RrType{128}) == "FORMERR");
    CHECK(rcode(RrType::TKEY) == "NOTIMP");
    CHECK(rcode(RrType::MAILA) == "NOTIMP");
    CHECK(rcode(RrType::MAILB) == "NOTIMP");
    CHECK(rcode(RrType::AXFR) == "NOTIMP");
}

TEST_CASE_METHOD(MessageFixture, "Other classes are REFUSED, ANY is answered as IN", "[wire]") {
    for (const RrClass rr_class : {RrClass::CH, RrClass::HS, RrClass::NONE, RrClass{0}})
        CHECK(udp({.name = "www.example.", .rr_class = rr_class}).rcode() == "REFUSED");
    CHECK(udp({.name = "www.example.", .rr_class = RrClass::ANY}).answer.size() == 1);
}

TEST_CASE_METHOD(MessageFixture, "The identity is told where there is one, the version never",
                 "[wire][rfc4892]") {
    const Ask id{.name = "ID.server.", .type = RrType::TXT, .rr_class = RrClass::CH};
    CHECK(udp(id).rcode() == "REFUSED");
    allow(named());
    CHECK(udp(id).answer == Lines{"ID.server. 0 TXT \"ns1.example.net\""});
    CHECK(udp({.name = "hostname.bind.", .type = RrType::TXT, .rr_class = RrClass::CH}).answer.size() == 1);
    CHECK(udp({.name = "version.bind.", .type = RrType::TXT, .rr_class = RrClass::CH}).rcode() == "REFUSED");
    CHECK(udp({.name = "id.server.", .type = RrType::A, .rr_class = RrClass::CH}).rcode() == "REFUSED");
}

TEST_CASE_METHOD(MessageFixture, "OPT answers OPT, and only then", "[edns][rfc6891]") {
    CHECK_FALSE(udp({.name = "www.example."}).view.edns.has_value());
    const auto reply = udp({.name = "www.example.", .edns = true});
    REQUIRE(reply.view.edns.has_value());
    CHECK(reply.view.edns->udp_octets == 1232);
    CHECK(reply.view.edns->version == 0);
    CHECK_FALSE(reply.view.edns->dnssec_ok);
    CHECK(udp({.name = "www.example.", .dnssec_ok = true}).view.edns->dnssec_ok);
    CHECK(udp({.name = "nowhere.", .edns = true}).view.edns.has_value());
}

TEST_CASE_METHOD(MessageFixture, "A later EDNS version is BADVERS with version 0", "[edns][rfc6891]") {
    for (const unsigned version : {1U, 100U, 255U}) {
        const auto reply = udp({.name = "www.example.", .version = static_cast<std::uint8_t>(version)});
        CHECK(reply.rcode() == "BADVERS");
        CHECK(reply.view.edns->version == 0);
        CHECK(reply.answer.empty());
        CHECK(reply.view.header.question_count == 1);
    }
    CHECK(counters.totals().responses[16] == 3);
}

TEST_CASE_METHOD(MessageFixture, "Options of any length, once or twice, get an answer or FORMERR",
                 "[edns][Knot-774]") {
    const auto outcome = [&](std::string options) {
        return tcp({.name = "www.example.", .options = std::move(options)}).rcode();
    };
    std::vector<unsigned> codes{65001, 65534, 65535};
    for (unsigned code = 0; code < 32; ++code)
        codes.push_back(code);
    constexpr unsigned cookie = 10;
    for (const unsigned code : codes) {
        for (const std::size_t length :
             {0U, 1U, 2U, 4U, 7U, 8U, 9U, 16U, 24U, 40U, 41U, 400U, 32'000U, 65'000U}) {
            INFO("option " << code << " of " << length << " octets");
            std::string option{static_cast<char>(code >> 8), static_cast<char>(code),
                               static_cast<char>(length >> 8), static_cast<char>(length)};
            option += std::string(length, 'o');
            const bool is_no_cookie = code == cookie && length != 8 && (length < 16 || length > 40);
            const std::string rcode = is_no_cookie ? "FORMERR" : "NOERROR";
            CHECK(outcome(option) == rcode);
            CHECK(outcome(option.substr(0, option.size() - 1)) == "FORMERR");
            if (length > 32'000) continue;
            CHECK(outcome(option + option) == rcode);
            CHECK(outcome(option + option.substr(0, option.size() - 1)) == "FORMERR");
        }
    }
}

TEST_CASE_METHOD(MessageFixture, "NSID tells the identity to those who ask", "[edns][rfc5001]") {
    const Ask ask{.name = "www.example.", .options = "\0\3\0\0"s};
    CHECK_FALSE(udp(ask).view.edns->option(EdnsOption::NSID).has_value());
    allow(named());
    CHECK(as_text(*udp(ask).view.edns->option(EdnsOption::NSID)) == "ns1.example.net");
    CHECK_FALSE(udp({.name = "www.example.", .edns = true}).view.edns->option(EdnsOption::NSID).has_value());
}

TEST_CASE_METHOD(MessageFixture, "EXPIRE tells how long the zone stays good", "[edns][rfc7314]") {
    const Ask ask{.name = "example.", .type = RrType::SOA, .options = "\0\x09\0\0"s};
    CHECK(as_text(*udp(ask).view.edns->option(EdnsOption::EXPIRE)) == "\0\1\x51\x80"sv);  // SOA EXPIRE
    auto served = *zones.current()->find(name("example."));
    served.lease = std::make_shared<Lease>();
    served.lease->set_end(clock.steady_now() + seconds{300});
    serve(served);
    clock.advance(seconds{42});
    clock.step_wall(std::chrono::hours{-24});
    CHECK(as_text(*udp(ask).view.edns->option(EdnsOption::EXPIRE)) == "\0\0\1\2"sv);
    CHECK_FALSE(udp({.name = "www.example.", .type = RrType::SOA, .options = "\0\x09\0\0"s})
                    .view.edns->option(EdnsOption::EXPIRE)
                    .has_value());
}

TEST_CASE_METHOD(MessageFixture, "Over UDP an answer is as long as client and we allow, or truncated whole",
                 "[edns][rfc2181]") {
    const auto plain = udp({.name = "big.example."});
    CHECK(plain.view.header.truncated);
    CHECK(plain.answer.empty());
    CHECK(plain.view.header.question_count == 1);
    for (const unsigned octets : {0U, 511U, 512U, 900U, 1000U, 1010U, 1100U, 1232U, 4096U, 65535U}) {
        const auto reply =
            udp({.name = "big.example.", .edns = true, .udp_octets = static_cast<std::uint16_t>(octets)});
        const std::size_t limit = std::min<std::size_t>(std::max<std::size_t>(octets, 512), 1232);
        const std::size_t needed = 12 + 17 + 60 * 16 + 11;
        CHECK(reply.octets.size() <= limit);
        CHECK(reply.view.header.truncated == (needed > limit));
        CHECK(reply.answer.size() == (needed > limit ? 0 : 60));
        CHECK(reply.view.edns.has_value());
    }
    CHECK(tcp({.name = "big.example."}).answer.size() == 60);
    CHECK(counters.totals().truncated > 0);
}

TEST_CASE_METHOD(MessageFixture, "A referral whose own glue does not fit is truncated", "[answer][rfc9471]") {
    const auto reply = udp({.name = "x.sub.example.", .edns = true});
    CHECK(reply.view.header.truncated);
    CHECK(reply.authority.size() == 2);
    CHECK(tcp({.name = "x.sub.example."}).additional.size() == 80);
    CHECK_FALSE(tcp({.name = "x.sub.example."}).view.header.truncated);
}

TEST_CASE_METHOD(MessageFixture, "A long message of many records is answered in no time",
                 "[wire][CVE-2016-7068]") {
    OctetString query = octets_of({.name = "www.example."});
    const auto record = "\xc0\x0c\0\1\0\1\0\0\0\0\0\0"sv;
    unsigned count = 0;
    for (; query.size() + record.size() <= 65535; ++count)
        append_octets(query, as_octets(record));
    store_big_endian(query.data() + 10, static_cast<std::uint16_t>(count));
    const std::clock_t started = std::clock();  // CPU time: the machine may be busy
    CHECK(udp(query).rcode() == "NOERROR");
    CHECK(std::clock() - started < CLOCKS_PER_SEC / 5);
}

TEST_CASE_METHOD(MessageFixture, "What is counted is what was sent", "[counters]") {
    (void)udp({.name = "www.example."});
    (void)udp({.name = "nothing.example."});
    (void)tcp({.name = "www.example."});
    const auto totals = counters.totals();
    CHECK(totals.queries[static_cast<std::size_t>(Transport::Udp)] == 2);
    CHECK(totals.queries[static_cast<std::size_t>(Transport::Tcp)] == 1);
    CHECK(totals.responses[static_cast<std::size_t>(Rcode::NOERROR)] == 2);
    CHECK(totals.responses[static_cast<std::size_t>(Rcode::NXDOMAIN)] == 1);
}
