#include "wire/message.hpp"

#include "support/catch.hpp"
#include "wire/accept.hpp"
#include "wire/record.hpp"
#include "wire/types.hpp"

#include <ctime>
#include <string>
#include <string_view>

using namespace lockstep;
using namespace std::literals;

namespace {

/// A header with these counts; everything else 0 but the ID.
std::string header(unsigned questions, unsigned answers = 0, unsigned authority = 0, unsigned additional = 0,
                   unsigned flags = 0) {
    std::string octets;
    for (const unsigned field : {0x1234U, flags, questions, answers, authority, additional}) {
        octets += static_cast<char>(field >> 8 & 0xff);
        octets += static_cast<char>(field & 0xff);
    }
    return octets;
}

constexpr auto question = "\3www\7example\0\0\1\0\1"sv;
constexpr auto a_record = "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"sv;
constexpr auto opt = "\0\0\x29\x10\0\0\0\x80\0\0\0"sv;
constexpr auto tsig = "\3key\0\0\xfa\0\xff\0\0\0\0\0\0"sv;

WireError read_error(const std::string& octets) {
    const auto view = MessageView::read(as_octets(octets));
    REQUIRE_FALSE(view.has_value());
    return view.error();
}

}  // namespace

TEST_CASE("A message is taken apart into header, question and sections", "[message][rfc1035]") {
    const std::string octets = header(1, 2, 0, 2, 0x8583) + std::string(question) + std::string(a_record) +
                               std::string(a_record) + std::string(opt) + std::string(tsig);
    const auto view = MessageView::read(as_octets(octets));
    REQUIRE(view.has_value());
    CHECK(view->header.id == MessageId{0x1234});
    CHECK(view->header.response);
    CHECK(view->header.authoritative);
    CHECK(view->header.recursion_desired);
    CHECK(view->header.recursion_available);
    CHECK(view->header.rcode == Rcode::NXDOMAIN);
    CHECK(view->question->name.to_string() == "www.example.");
    CHECK(view->question->type == RrType::A);
    CHECK(view->answer_at == 12 + question.size());
    CHECK(view->authority_at == view->answer_at + 2 * a_record.size());
    CHECK(view->additional_at == view->authority_at);
    REQUIRE(view->edns.has_value());
    CHECK(view->edns->udp_octets == 4096);
    CHECK(view->edns->dnssec_ok);
    CHECK(view->edns->version == 0);
    CHECK(view->tsig_at == octets.size() - tsig.size());
}

TEST_CASE("Messages of fewer than twelve octets are no messages", "[message]") {
    for (const std::size_t size : {0U, 1U, 11U}) {
        const std::string octets(size, '\0');
        CHECK(read_error(octets) == WireError::Truncated);
        CHECK(accept(as_octets(octets)) == Accept::Drop);
    }
    CHECK(MessageView::read(as_octets(header(0))).has_value());
}

TEST_CASE("Counts of 65,535 with nothing behind them are read at once and refused",
          "[message][CVE-2016-7068]") {
    CHECK(read_error(header(65535)) == WireError::Truncated);
    CHECK(read_error(header(1, 65535) + std::string(question)) == WireError::Truncated);
    CHECK(read_error(header(1, 0, 65535) + std::string(question)) == WireError::Truncated);
    CHECK(read_error(header(1, 0, 0, 65535) + std::string(question)) == WireError::Truncated);
}

TEST_CASE("A message of 64 KiB full of small records is read in linear time", "[message][CVE-2023-4408]") {
    std::string octets(question);
    unsigned records = 0;
    while (octets.size() + a_record.size() + 12 <= 65535) {
        octets += a_record;
        ++records;
    }
    octets = header(1, records) + octets;
    const std::clock_t started = std::clock();  // CPU time: the machine may be busy
    CHECK(MessageView::read(as_octets(octets)).has_value());
    CHECK(std::clock() - started < CLOCKS_PER_SEC / 10);
}

TEST_CASE("A message of 64 KiB whose owners are chains of pointers is read in linear time",
          "[message][CVE-2015-1868]") {
    OctetString message(12);
    const auto pointer_to = [](std::size_t at) { return static_cast<std::uint16_t>(0xc000 | at); };
    // A name of 126 pointers in the RDATA of the first record, to the root name of that record.
    append_octets(message, as_octets(std::string_view("\0\xff\0\0\1\0\0\0\0\0\xfc", 11)));
    std::size_t target = 12;
    for (unsigned i = 0; i < 126; ++i) {
        const std::size_t here = message.size();
        append_big_endian(message, pointer_to(target));
        target = here;
    }
    std::uint16_t count = 1;
    for (; message.size() + 12 <= 65535; ++count) {
        append_big_endian(message, pointer_to(target));
        append_octets(message, as_octets(std::string_view("\0\1\0\1\0\0\0\0\0\0", 10)));
    }
    store_big_endian(message.data() + 6, count);
    const std::clock_t started = std::clock();  // CPU time: the machine may be busy
    CHECK(MessageView::read(message).has_value());
    CHECK(std::clock() - started < CLOCKS_PER_SEC / 5);
}

TEST_CASE("Every cut of a message is refused", "[message]") {
    const std::string octets = header(1, 1, 0, 2) + std::string(question) + std::string(a_record) +
                               std::string(opt) + std::string(tsig);
    REQUIRE(MessageView::read(as_octets(octets)).has_value());
    for (std::size_t size = 0; size < octets.size(); ++size) {
        CHECK_FALSE(MessageView::read(as_octets(octets).first(size)).has_value());
    }
}

TEST_CASE("The first question's name can point nowhere", "[message][rfc1035]") {
    for (const auto name : {"\xc0\x0c"sv, "\xc0\0"sv, "\xc0\x0e"sv, "\1x\xc0\x0c"sv, "\xff\xff"sv})
        CHECK(read_error(header(1) + std::string(name) + std::string("\0\1\0\1"sv)) == WireError::BadPointer);
}

TEST_CASE("Octets behind the last record are refused", "[message]") {
    CHECK(read_error(header(1) + std::string(question) + "x") == WireError::Trailing);
}

TEST_CASE("OPT stands once, in the additional section, at the root", "[message][rfc6891]") {
    const std::string start(question);
    CHECK(read_error(header(1, 0, 0, 2) + start + std::string(opt) + std::string(opt)) ==
          WireError::BadSection);
    CHECK(read_error(header(1, 1) + start + std::string(opt)) == WireError::BadSection);
    CHECK(read_error(header(1, 0, 1) + start + std::string(opt)) == WireError::BadSection);
    CHECK(read_error(header(1, 0, 0, 1) + start + "\1x" + std::string(opt)) == WireError::BadSection);
}

TEST_CASE("TSIG stands once, and last", "[message][rfc8945]") {
    const std::string start(question);
    CHECK(read_error(header(1, 0, 0, 2) + start + std::string(tsig) + std::string(tsig)) ==
          WireError::BadSection);
    CHECK(read_error(header(1, 0, 0, 2) + start + std::string(tsig) + std::string(opt)) ==
          WireError::BadSection);
    CHECK(read_error(header(1, 1) + start + std::string(tsig)) == WireError::BadSection);
}

TEST_CASE("Options end within their OPT record", "[message][rfc6891]") {
    const auto with_options = [](std::string_view options) {
        std::string record = "\0\0\x29\x02\0\0\0\0\0"s;
        record += static_cast<char>(options.size() >> 8);
        record += static_cast<char>(options.size() & 0xff);
        return header(1, 0, 0, 1) + std::string(question) + record + std::string(options);
    };
    const std::string octets = with_options("\0\3\0\0\0\x0a\0\x08\1\2\3\4\5\6\7\x08"sv);
    const auto good = MessageView::read(as_octets(octets));
    REQUIRE(good.has_value());
    CHECK(good->edns->udp_octets == 512);  // never less
    CHECK(good->edns->option(EdnsOption::NSID)->empty());
    CHECK(good->edns->option(EdnsOption::COOKIE)->size() == 8);
    CHECK_FALSE(good->edns->option(EdnsOption::EXPIRE).has_value());
    for (const auto bad : {"\0"sv, "\0\3"sv, "\0\3\0"sv, "\0\3\0\1"sv, "\0\3\xff\xff"sv, "\0\3\0\0\0"sv}) {
        CHECK(read_error(with_options(bad)) == WireError::BadRdata);
    }
}

TEST_CASE("An OPT record is written as it is read", "[edns][rfc6891]") {
    EdnsBuilder builder;
    builder.dnssec_ok = true;
    builder.rcode = 16;
    builder.add(EdnsOption::NSID, as_octets("ns1"));
    builder.add_error(ExtendedError::Prohibited, "no");
    std::string octets = header(0, 0, 0, 1);
    const std::size_t at = octets.size();
    octets.resize(at + builder.size());
    builder.write(reinterpret_cast<std::byte*>(octets.data()) + at);
    const auto view = MessageView::read(as_octets(octets));
    REQUIRE(view.has_value());
    CHECK(view->edns->udp_octets == 1232);
    CHECK(view->edns->dnssec_ok);
    CHECK(view->edns->extended_rcode == 1);
    CHECK(as_text(*view->edns->option(EdnsOption::NSID)) == "ns1");
    CHECK(as_text(*view->edns->option(EdnsOption::EDE)) == "\0\x12no"sv);
}

TEST_CASE("An option that does not fit an OPT record is left out", "[edns]") {
    EdnsBuilder builder;
    builder.add(EdnsOption::NSID, as_octets(std::string(EdnsBuilder::max_options_octets - 4, 'x')));
    CHECK(builder.size() == 11 + EdnsBuilder::max_options_octets);
    builder.add(EdnsOption::EXPIRE, as_octets("1234"));
    CHECK(builder.size() == 11 + EdnsBuilder::max_options_octets);
}

TEST_CASE("The gate drops responses and short messages, whatever the opcode", "[accept][CVE-2012-0206]") {
    for (unsigned opcode = 0; opcode < 16; ++opcode) {
        CHECK(accept(as_octets(header(1, 0, 0, 0, 0x8000 | opcode << 11))) == Accept::Drop);
        const auto verdict = accept(as_octets(header(1, 0, 0, 0, opcode << 11)));
        const bool known = opcode == 0 || opcode == 4 || opcode == 5;
        CHECK(verdict == (known ? Accept::Yes : Accept::NotImp));
    }
    CHECK(accept(as_octets(header(0))) == Accept::Yes);  // it may ask for a cookie (RFC 7873 §5.4)
    CHECK(accept(as_octets(header(0, 0, 0, 0, 4 << 11))) == Accept::FormErr);
    CHECK(accept(as_octets(header(0, 0, 0, 0, 5 << 11))) == Accept::FormErr);
    CHECK(accept(as_octets(header(2))) == Accept::FormErr);
    CHECK(accept(as_octets(header(65535))) == Accept::FormErr);
}

TEST_CASE("The Z bit is never sent", "[header][Knot-476]") {
    const std::string octets = header(0, 0, 0, 0, 0x0040);
    Header read = Header::read(as_octets(octets));
    std::array<std::byte, 12> written{};
    read.write(written.data());
    CHECK(written[3] == std::byte{0});
}

TEST_CASE("Every flag of a header survives reading and writing", "[header]") {
    for (unsigned flags = 0; flags < 0x10000; flags += 7) {
        const unsigned without_z = flags & ~0x0040U;
        const std::string octets = header(1, 2, 3, 4, without_z);
        std::array<std::byte, 12> written{};
        Header::read(as_octets(octets)).write(written.data());
        REQUIRE(as_text(written) == octets);
    }
}

TEST_CASE("Stored records come back only where their framing is whole", "[record]") {
    RecordList list;
    const Name owner = *Name::parse_absolute("www.example.");
    list.append({owner, RrType::A, Ttl{300}, as_octets("\xc0\0\2\1"sv)});
    list.append({Name{}, RrType::TXT, Ttl{1}, as_octets("\2hi"sv)});
    const OctetString octets(list.octets().begin(), list.octets().end());
    const auto again = RecordList::from_octets(octets);
    REQUIRE(again.has_value());
    CHECK(again->size() == 2);
    CHECK((*again->begin()).ttl.value() == 300);
    for (std::size_t size = 1; size < octets.size(); ++size) {
        if (size == owner.octets().size() + 14) continue;  // exactly one record
        CHECK_FALSE(
            RecordList::from_octets({octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
}

TEST_CASE("Mnemonics and numbers of types and classes go both ways", "[types][rfc3597]") {
    CHECK(to_string(RrType::NSAP_PTR) == "NSAP-PTR");
    CHECK(to_string(RrType{65280}) == "TYPE65280");
    CHECK(parse_type("aaaa") == RrType::AAAA);
    CHECK(parse_type("TYPE1") == RrType::A);
    CHECK(parse_type("type65535") == RrType{65535});
    for (const auto* bad :
         {"", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "NOSUCH", "a-very-long-mnemonic-indeed"}) {
        CHECK_FALSE(parse_type(bad).has_value());
    }
    CHECK(parse_class("ch") == RrClass::CH);
    CHECK(parse_class("CLASS32") == RrClass{32});
    CHECK(to_string(RrClass{32}) == "CLASS32");
    for (unsigned number = 0; number < 65536; ++number) {
        const RrType type{static_cast<std::uint16_t>(number)};
        REQUIRE(parse_type(to_string(type)) == type);
    }
    CHECK(is_meta(RrType::OPT));
    CHECK(is_meta(RrType::ANY));
    CHECK(is_meta(RrType{128}));
    CHECK_FALSE(is_meta(RrType::URI));
}

TEST_CASE("A record that repeats its owner is read as any other", "[message]") {
    OctetString octets(header_octets);
    const auto append_record = [&](std::initializer_list<unsigned> owner) {
        const std::size_t start = octets.size();
        for (const unsigned octet : owner)
            octets.push_back(static_cast<std::byte>(octet));
        octets.resize(octets.size() + 10);
        return static_cast<unsigned>(start);
    };
    const unsigned literal = append_record({1, 'a', 2, 'b', 'c', 0});
    append_record({0xc0, literal});
    const unsigned pointer = append_record({0xc0, literal});
    append_record({0xc0, pointer});
    append_record({0xc0, literal + 2});
    append_record({0xc0, literal + 2});
    append_record({0xc0, literal});
    append_record({1, 'd', 0xc0, literal});
    append_record({0});

    MessageReader each(octets);
    MessageReader other(octets);
    WireRecord record;
    std::size_t repeated = 0;
    for (int i = 0; i < 9; ++i) {
        const bool repeats = i > 0 && other.repeats_owner(record);
        repeated += repeats ? 1 : 0;
        const auto read = repeats ? other.record_again(record) : other.record_into(record);
        REQUIRE(read.has_value());
        const auto expected = each.record();
        REQUIRE(expected.has_value());
        CHECK(identical(record.owner, expected->owner));
        CHECK(record.start == expected->start);
        CHECK(record.rdata_at == expected->rdata_at);
        CHECK(other.position() == each.position());
    }
    CHECK(repeated == 3);
    CHECK_FALSE(other.repeats_owner(record));  // at the end
}

TEST_CASE("A pointer is not taken for one to an owner that it cannot reach", "[message]") {
    constexpr std::size_t far = 0x4000 + 12;  // whose low 14 bits are the place of the question's name
    std::string octets = header(1, 3) + std::string("\1a\0\0\1\0\1"sv);
    const std::size_t padding = far - octets.size() - 11;
    octets += std::string("\0\0\x10\0\1\0\0\0\0"sv) + static_cast<char>(padding >> 8) +
              static_cast<char>(padding & 0xff) + std::string(padding, 'x');
    REQUIRE(octets.size() == far);
    octets += std::string("\1b\0\0\1\0\1\0\0\0\0\0\0"sv) + std::string("\xc0\x0c\0\1\0\1\0\0\0\0\0\0"sv);
    MessageReader reader(as_octets(octets));
    REQUIRE(reader.first_question());
    WireRecord record;
    REQUIRE(reader.record_into(record));
    REQUIRE(reader.record_into(record));
    REQUIRE(record.owner.to_string() == "b.");
    REQUIRE_FALSE(reader.repeats_owner(record));
    REQUIRE(reader.record_into(record));
    CHECK(record.owner.to_string() == "a.");
}

TEST_CASE("A record that repeats its owner and is cut off is an error", "[message]") {
    OctetString octets(header_octets);
    for (const unsigned octet :
         {1U, 97U, 0U, 0U, 1U, 0U, 1U, 0U, 0U, 0U, 0U, 0U, 0U, 0xc0U, 12U, 0U, 1U, 0U, 1U})
        octets.push_back(static_cast<std::byte>(octet));
    MessageReader reader(octets);
    WireRecord record;
    REQUIRE(reader.record_into(record));
    REQUIRE(reader.repeats_owner(record));
    CHECK(reader.record_again(record).error() == WireError::Truncated);
}
