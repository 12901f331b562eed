// FAULTS.md §3 "Wire": octets that no resolver sends, and what each must get, over UDP and over TCP. How TCP
// frames them is net's matter.

#include "outcome.hpp"

using namespace lockstep;
using namespace lockstep::test;
using namespace std::literals;

namespace {

struct Row {
    std::string what;
    std::string octets;
    std::string outcome;
    std::optional<Transport> over = {};  // both, where the outcome is the same
};

const auto www = "\3www\7example\0"s;
const auto apex = "\7example\0"s;
const auto www_a = www + "\0\1\0\1"s;
const auto apex_soa = apex + "\0\6\0\1"s;
const auto apex_axfr = apex + "\0\xfc\0\1"s;
const auto apex_ixfr = apex + "\0\xfb\0\1"s;
constexpr auto good = "NOERROR AA Q 1 answers";

std::string two(std::size_t number) {
    return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

struct Counts {
    std::size_t questions = 1, answers = 0, authority = 0, additional = 0;
};
std::string message(Counts counts, const std::string& body, unsigned flags = 0) {
    return "\x12\x67" + two(flags) + two(counts.questions) + two(counts.answers) + two(counts.authority) +
           two(counts.additional) + body;
}
std::string query(const std::string& question, unsigned flags = 0) {
    return message({}, question, flags);
}
unsigned opcode(unsigned number) {
    return number << 11;
}

/// `claimed`: the RDLENGTH, where it is not the truth.
std::string record(const std::string& owner, unsigned type, const std::string& rdata, unsigned rr_class = 1,
                   std::optional<std::size_t> claimed = {}) {
    return owner + two(type) + two(rr_class) + "\0\0\0\0"s + two(claimed.value_or(rdata.size())) + rdata;
}
std::string soa_rdata(std::uint32_t serial) {
    return "\1a\0\1b\0"s + two(serial >> 16) + two(serial) + std::string(16, '\1');
}
std::string soa(std::uint32_t serial, unsigned rr_class = 1) {
    return record(apex, 6, soa_rdata(serial), rr_class);
}
std::string opt(const std::string& options, unsigned version = 0, const std::string& owner = "\0"s) {
    return owner + "\0\x29\x04\xd0\0"s + static_cast<char>(version) + "\0\0"s + two(options.size()) + options;
}
std::string with_opt(const std::string& record) {
    return message({.additional = 1}, www_a + record);
}

/// So many labels of one octet.
std::string labels(std::size_t count, const std::string& end = "\0"s) {
    std::string wire;
    for (std::size_t i = 0; i < count; ++i)
        wire += "\1a";
    return wire + end;
}

/// A serves what the rows ask for; every address may transfer, and notify.
struct WireTableFixture : Server {
    WireTableFixture() {
        const auto version = [](unsigned serial) {
            return zone("example.", fmt::format("@ 3600 SOA ns1 host {} 3600 600 86400 300\n@ 3600 NS ns1\n"
                                                "ns1 3600 A 192.0.2.1\nwww 300 A 192.0.2.{}\n",
                                                serial, serial));
        };
        serve({name("example."), version(4), false, followed_by_change({}, *version(3), *version(4))});
        AccessPolicy rules;
        const AccessRule anybody{*Prefix::parse("192.0.2.0/24"), nullptr, "anybody"};
        rules.zones[name("example.")] = std::make_shared<const ZoneAccess>(ZoneAccess{{anybody}, {anybody}});
        allow(std::move(rules));
    }
    void play(const std::vector<Row>& rows) {
        for (const auto& row : rows) {
            for (const auto transport : {Transport::Udp, Transport::Tcp}) {
                if (row.over && *row.over != transport) continue;
                INFO(row.what << (transport == Transport::Udp ? ", over UDP" : ", over TCP"));
                CHECK(outcome_of(*this, as_octets(row.octets), client_at("192.0.2.99", transport)) ==
                      row.outcome);
            }
        }
    }
};

}  // namespace

TEST_CASE_METHOD(WireTableFixture, "Header and counts: what each gets",
                 "[wire][rfc1035][CVE-2012-2978][table]") {
    std::vector<Row> rows{
        {"no octet", "", "no reply"},
        {"1 octet", std::string(1, '\0'), "no reply"},
        {"11 octets", std::string(11, '\0'), "no reply"},
        {"12 octets of 0", std::string(12, '\0'), "FORMERR"},
        {"a question", query(www_a), good},
        {"no question", message({.questions = 0}, ""), "FORMERR"},
        {"no question, and a record", message({.questions = 0, .answers = 1}, soa(1)), "FORMERR"},
        {"two questions", message({.questions = 2}, www_a + www_a), "FORMERR Q"},
        {"two questions, of which one is there", message({.questions = 2}, www_a), "FORMERR Q"},
        {"65,535 questions, none there", message({.questions = 65535}, ""), "FORMERR"},
        {"65,535 answers, none there", message({.answers = 65535}, www_a), "FORMERR Q"},
        {"65,535 authorities, none there", message({.authority = 65535}, www_a), "FORMERR Q"},
        {"65,535 additionals, none there", message({.additional = 65535}, www_a), "FORMERR Q"},
        {"65,535 of all", message({65535, 65535, 65535, 65535}, ""), "FORMERR"},
        {"an octet behind the last record", query(www_a + "x"), "FORMERR Q"},
        {"64 KiB behind the last record", query(www_a + std::string(65000, '\0')), "FORMERR Q"},
        {"the bit that was once Z", query(www_a, 0x0040), good},
        {"AA, TC, RA and AD", query(www_a, 0x06a0), good},
        {"an RCODE", query(www_a, 0x000f), good},
    };
    for (const unsigned number : {1U, 2U, 3U, 6U, 7U, 8U, 9U, 10U, 11U, 12U, 13U, 14U, 15U}) {
        rows.push_back({fmt::format("opcode {}", number), query(www_a, opcode(number)), "NOTIMP"});
        rows.push_back({fmt::format("opcode {}, no question", number),
                        message({.questions = 0}, "", opcode(number)), "NOTIMP"});
    }
    for (unsigned number = 0; number < 16; ++number) {
        rows.push_back({fmt::format("a response of opcode {}", number), query(www_a, 0x8000 | opcode(number)),
                        "no reply"});
    }
    play(rows);
}

TEST_CASE_METHOD(WireTableFixture, "Names in the question: what each gets",
                 "[wire][rfc1035][CVE-2015-1868][table]") {
    const auto a_in = "\0\1\0\1"s;
    const std::string longest = "\x3f" + std::string(63, 'x');
    const auto below = [&](std::size_t octets) {  // one label more, of so many octets
        return longest + longest + longest + static_cast<char>(octets) + std::string(octets, 'y') + apex;
    };
    REQUIRE(below(53).size() == 255);
    std::vector<Row> rows{
        {"nothing", query(""), "FORMERR"},
        {"no end", query("\3www\7example"), "FORMERR"},
        {"an end within a label", query("\3ww"), "FORMERR"},
        {"no type", query(www), "FORMERR"},
        {"half a class", query(www + "\0\1\0"s), "FORMERR"},
        {"label type 0x40", query("\x40www"s + apex + a_in), "FORMERR"},
        {"label type 0x80", query("\x80www"s + apex + a_in), "FORMERR"},
        {"a pointer to itself", query("\xc0\x0c"s + a_in), "FORMERR"},
        {"a pointer to itself behind a label", query("\3www\xc0\x0c"s + a_in), "FORMERR"},
        {"a pointer forward", query("\xc0\x0e\3www\0"s + a_in), "FORMERR"},
        {"a pointer beyond the end", query("\xff\xff"s + a_in), "FORMERR"},
        {"half a pointer", query("\xc0"), "FORMERR"},
        {"255 octets", query(below(53) + a_in), "NXDOMAIN AA Q"},
        {"256 octets", query(below(54) + a_in), "FORMERR"},
        {"127 labels", query(labels(127) + a_in), "REFUSED Q"},
        {"128 labels", query(labels(128) + a_in), "FORMERR"},
        {"a label of 63 octets", query(longest + apex + a_in), "NXDOMAIN AA Q"},
        {"a label of 64 octets", query("\x40" + std::string(64, 'x') + apex + a_in), "FORMERR"},
        {"NUL", query("\3w\0w"s + apex + a_in), "NXDOMAIN AA Q"},
        {"a dot in a label", query("\xbwww.example\0"s + a_in), "REFUSED Q"},
        {"a backslash", query("\3w\\w"s + apex + a_in), "NXDOMAIN AA Q"},
        {"0xFF", query("\3w\xffw"s + apex + a_in), "NXDOMAIN AA Q"},
        {"the root", query("\0"s + a_in), "REFUSED Q"},
    };
    for (unsigned offset = 0; offset < 12; ++offset) {
        rows.push_back({fmt::format("a pointer to octet {} of the header", offset),
                        query(two(0xc000 | offset) + a_in), "FORMERR"});
    }
    play(rows);
}

TEST_CASE_METHOD(WireTableFixture, "Records of a question: what each gets", "[wire][rfc1035][table]") {
    const auto with = [&](const std::string& record) { return message({.additional = 1}, www_a + record); };
    // Pointers in a record's RDATA, each to the one before it, the first to the question's name.
    const std::size_t chain_at = 12 + www_a.size() + 1 + 10;
    std::string chain;
    for (std::size_t i = 0; i < 200; ++i)
        chain += two(0xc000 | (i == 0 ? 12 : chain_at + 2 * (i - 1)));
    const auto by = [&](std::size_t pointers) { return two(0xc000 | (chain_at + 2 * (pointers - 2))); };
    const auto loop = two(0xc000 | (chain_at + 2)) + two(0xc000 | chain_at);
    const auto forward = two(0xc000 | (chain_at + 2)) + two(0xc000 | 12);
    const auto behind = [&](const std::string& rdata, const std::string& owner) {
        return message({.additional = 2}, www_a + record("\0"s, 65280, rdata) + record(owner, 1, "\1\2\3\4"));
    };
    const auto to_question = "\xc0\x0c"s;
    play({
        {"an A record", with(record(www, 1, "\1\2\3\4")), good},
        {"RDATA one octet short of RDLENGTH", with(record(www, 1, "\1\2\3\4", 1, 5)), "FORMERR Q"},
        {"RDATA one octet longer than RDLENGTH", with(record(www, 1, "\1\2\3\4", 1, 3)), "FORMERR Q"},
        {"RDLENGTH 65,535", with(record(www, 1, "\1\2\3\4", 1, 65535)), "FORMERR Q"},
        {"no RDLENGTH", with(record(www, 1, "").substr(0, www.size() + 8)), "FORMERR Q"},
        {"an owner by a chain of 127 pointers", behind(chain, by(127)), good},
        {"an owner by a chain of 128 pointers", behind(chain, by(128)), "FORMERR Q"},
        {"an owner by a chain of 200 pointers", behind(chain, by(200)), "FORMERR Q"},
        {"an owner by two pointers to each other", behind(loop, two(0xc000 | chain_at)), "FORMERR Q"},
        {"an owner by a pointer that goes on forward", behind(forward, two(0xc000 | chain_at)), "FORMERR Q"},
        {"an owner by a pointer into the header", behind("x", "\xc0\x04"), "FORMERR Q"},
        {"an owner of 256 octets by a pointer", with(record(labels(122, to_question), 1, "\1\2\3\4")),
         "FORMERR Q"},
        // What nobody asked for is not looked at further.
        {"a compressed name in SRV", with(record(www, 33, "\0\0\0\0\0\0"s + to_question)), good},
        {"a compressed name in RRSIG", with(record(www, 46, std::string(18, '\0') + to_question)), good},
        {"a compressed name in an unknown type", with(record(www, 65280, to_question)), good},
        {"an A record of three octets", with(record(www, 1, "\1\2\3")), good},
        {"an answer that is there already", message({.answers = 1}, www_a + record(www, 1, "\1\2\3\4")),
         good},
        {"SIG(0)", with(record("\0"s, 24, std::string(18, '\0') + "\0x"s, 255)), good},
    });
}

TEST_CASE_METHOD(WireTableFixture, "EDNS: what each gets", "[wire][edns][rfc6891][table]") {
    const auto option = [](std::size_t code, const std::string& value,
                           std::optional<std::size_t> claimed = {}) {
        return two(code) + two(claimed.value_or(value.size())) + value;
    };
    constexpr auto good_opt = "NOERROR AA Q 1 answers OPT";
    play({
        {"OPT", with_opt(opt("")), good_opt},
        {"OPT twice", message({.additional = 2}, www_a + opt("") + opt("")), "FORMERR Q"},
        {"OPT among the answers", message({.answers = 1}, www_a + opt("")), "FORMERR Q"},
        {"OPT among the authorities", message({.authority = 1}, www_a + opt("")), "FORMERR Q"},
        {"OPT at another owner than the root", with_opt(opt("", 0, "\1x\0"s)), "FORMERR Q"},
        {"OPT at the root by a pointer", with_opt(opt("", 0, two(0xc000 | (12 + www.size() - 1)))), good_opt},
        {"version 1", with_opt(opt("", 1)), "BADVERS Q OPT"},
        {"version 255", with_opt(opt("", 255)), "BADVERS Q OPT"},
        {"version 1 with an option past the end", with_opt(opt(option(3, "", 1), 1)), "FORMERR Q"},
        {"an option past the end", with_opt(opt(option(3, "", 1))), "FORMERR Q"},
        {"an option of 65,535 octets, not there", with_opt(opt(option(3, "x", 65535))), "FORMERR Q"},
        {"half an option's head", with_opt(opt("\0\3\0"s)), "FORMERR Q"},
        {"ECS of family 0", with_opt(opt(option(8, "\0\0\0\0"s))), good_opt},
        {"ECS of family 65535", with_opt(opt(option(8, "\xff\xff\0\0"s))), good_opt},
        {"ECS of no octets", with_opt(opt(option(8, ""))), good_opt},
        {"ECS longer than an address", with_opt(opt(option(8, "\0\1\xff\xff"s + std::string(40, 'x')))),
         good_opt},
        {"NSID with a value", with_opt(opt(option(3, "x"))), good_opt},
        {"EXPIRE with a value", with_opt(opt(option(9, "xxxx"))), good_opt},
        {"an option that nobody knows, ten times", with_opt(opt([&] {
             std::string ten;
             for (int i = 0; i < 10; ++i)
                 ten += option(65001, "x");
             return ten;
         }())),
         good_opt},
        {"not well-formed, and OPT", message({.additional = 1}, www_a + opt("") + "x"), "FORMERR Q"},
        {"opcode 3 and OPT", message({.additional = 1}, www_a + opt(""), opcode(3)), "NOTIMP"},
    });
}

TEST_CASE_METHOD(WireTableFixture, "AXFR and IXFR: what each gets", "[wire][rfc1995][rfc5936][table]") {
    const auto udp = Transport::Udp;
    const auto tcp = Transport::Tcp;
    const auto ixfr = [&](const std::string& authority, std::size_t count = 1) {
        return message({.authority = count}, apex_ixfr + authority);
    };
    const auto malformed = "FORMERR Q; refused example. IXFR FORMERR: the question is not well-formed";
    const auto up_to_date = [](std::uint32_t held) {
        return fmt::format("NOERROR AA Q 1 answers; asked example. IXFR {}; finished example. SOA to 4 in 1",
                           held);
    };
    const auto lone_soa = [](std::uint32_t held) {
        return fmt::format("NOERROR AA Q 1 answers; asked example. IXFR {}", held);
    };
    const std::string whole = soa_rdata(3);
    play({
        {"AXFR", query(apex_axfr), "NOTIMP Q", udp},
        {"AXFR", query(apex_axfr),
         "NOERROR AA Q 5 answers; asked example. AXFR -; finished example. AXFR to 4 in 1", tcp},
        {"AXFR of another class", query(apex + "\0\xfc\0\3"s), "REFUSED Q"},
        {"AXFR of class ANY", query(apex + "\0\xfc\0\xff"s),
         "REFUSED Q; refused example. AXFR REFUSED: the question is not well-formed", tcp},
        {"AXFR of no apex", query(www + "\0\xfc\0\1"s),
         "NOTAUTH Q; refused www.example. AXFR NOTAUTH: the zone is not served here", tcp},
        {"IXFR of serial 3", ixfr(soa(3)),
         "NOERROR AA Q 6 answers; asked example. IXFR 3; finished example. IXFR to 4 in 1", tcp},
        {"IXFR of serial 3", ixfr(soa(3)), lone_soa(3), udp},
        {"IXFR of serial 2, which nobody remembers", ixfr(soa(2)),
         "NOERROR AA Q 5 answers; asked example. IXFR 2; finished example. AXFR to 4 in 1", tcp},
        {"IXFR of the same serial", ixfr(soa(4)), up_to_date(4), tcp},
        {"IXFR of a newer serial", ixfr(soa(5)), up_to_date(5), tcp},
        {"IXFR of a serial that is neither", ixfr(soa(0x80000004)), up_to_date(0x80000004), tcp},
        {"IXFR without SOA", query(apex_ixfr), malformed},
        {"IXFR with two SOAs", ixfr(soa(3) + soa(3), 2), malformed},
        {"IXFR with its SOA among the answers", message({.answers = 1}, apex_ixfr + soa(3)), malformed},
        {"IXFR with another zone's SOA", ixfr(record(www, 6, whole)), malformed},
        {"IXFR with a SOA of class CH", ixfr(soa(3, 3)), malformed},
        {"IXFR with another record", ixfr(record(apex, 16, "\1x")), malformed},
        {"IXFR, the SOA one octet short", ixfr(record(apex, 6, whole.substr(0, whole.size() - 1))),
         malformed},
        {"IXFR, the SOA one octet longer", ixfr(record(apex, 6, whole + "x")), malformed},
        {"IXFR, the SOA of no octets", ixfr(record(apex, 6, "")), malformed},
        {"IXFR, the SOA of 65,000 octets", ixfr(record(apex, 6, whole + std::string(64'974, 'x'))),
         malformed},
        {"IXFR, a name that crosses its RDATA's end", ixfr(record(apex, 6, "\1a\0\x30"s + whole.substr(4))),
         malformed},
        {"IXFR, names by pointers", ixfr(record(apex, 6, "\xc0\x0c\xc0\x0c"s + whole.substr(6))),
         "NOERROR AA Q 6 answers; asked example. IXFR 3; finished example. IXFR to 4 in 1", tcp},
        {"IXFR, a name by a pointer to itself",
         ixfr(record(apex, 6, two(0xc000 | (12 + apex_ixfr.size() + apex.size() + 10)) + whole.substr(3))),
         malformed},
    });
}

TEST_CASE_METHOD(WireTableFixture, "NOTIFY: what each gets", "[wire][notify][rfc1996][table]") {
    const auto notify = [&](const std::string& body, Counts counts = {}) {
        return message(counts, body, opcode(4));
    };
    const auto telling = [&](const std::string& answer) { return notify(apex_soa + answer, {.answers = 1}); };
    const std::string whole = soa_rdata(9);
    play({
        {"with its SOA", telling(soa(9)), "NOERROR AA Q; example. from 192.0.2.99 serial 9"},
        {"without", notify(apex_soa), "NOERROR AA Q; example. from 192.0.2.99 serial -"},
        {"with a record of another type", telling(record(apex, 16, "\1x")),
         "NOERROR AA Q; example. from 192.0.2.99 serial -"},
        {"no question", notify("", {.questions = 0}), "FORMERR"},
        {"two questions", notify(apex_soa + apex_soa, {.questions = 2}), "FORMERR Q"},
        {"another type", notify(apex + "\0\1\0\1"s), "FORMERR Q"},
        {"class CH", notify(apex + "\0\6\0\3"s), "REFUSED Q"},
        {"class NONE", notify(apex + "\0\6\0\xfe"s), "REFUSED Q"},
        {"class ANY", notify(apex + "\0\6\0\xff"s), "REFUSED Q"},
        {"a SOA of another owner", telling(record(www, 6, whole)), "FORMERR Q"},
        {"a SOA of class CH", telling(soa(9, 3)), "FORMERR Q"},
        {"a SOA one octet short", telling(record(apex, 6, whole.substr(0, whole.size() - 1))), "FORMERR Q"},
        {"a SOA one octet longer", telling(record(apex, 6, whole + "x")), "FORMERR Q"},
        {"a SOA of no octets", telling(record(apex, 6, "")), "FORMERR Q"},
        {"a SOA whose name crosses its end", telling(record(apex, 6, "\1a\0\x30"s + whole.substr(4))),
         "FORMERR Q"},
        {"no zone of ours", notify(www + "\0\6\0\1"s),
         "NOTAUTH Q; refused www.example. from 192.0.2.99: the zone is not served here"},
    });
}
