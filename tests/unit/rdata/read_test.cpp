#include "records.hpp"
#include "support/catch.hpp"

#include <array>
#include <map>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// A header's worth of zeros, then `example.` at 12.
OctetString message_start() {
    OctetString message(12);
    append_octets(message, origin().octets());
    return message;
}

struct Read {
    WireResult<void> result;
    std::string hex;
};
/// Reads `rdata` as it stands behind message_start().
Read read_behind_example(RrType type, std::string_view rdata_hex) {
    OctetString message = message_start();
    const std::size_t at = message.size();
    const OctetString rdata = octets(rdata_hex);
    append_octets(message, rdata);
    message.resize(message.size() + 300, std::byte{0x3f});  // whatever follows in the message
    OctetString out = octets("EE");
    const auto result = read_rdata(type, message, at, rdata.size(), out);
    return {result, hex(Octets(out).subspan(1))};
}

/// One accepted RDATA of each type that has fields.
std::map<RrType, OctetString> samples() {
    std::map<RrType, OctetString> all;
    for (const Vector& vector : vectors()) {
        if (vector.accepted && has_own_text(vector.type)) all.try_emplace(vector.type, octets(vector.hex));
    }
    return all;
}

}  // namespace

TEST_CASE("names of RFC 1035 types are read compressed", "[rdata][rfc3597]") {
    constexpr std::string_view example = "076578616D706C6500";
    for (const RrType type : {RrType::NS, RrType::MD, RrType::MF, RrType::CNAME, RrType::MB, RrType::MG,
                              RrType::MR, RrType::PTR}) {
        CAPTURE(to_string(type));
        CHECK(read_behind_example(type, "C00C").hex == example);
    }
    CHECK(read_behind_example(RrType::MX, "000A026D78C00C").hex == "000A026D78" + std::string(example));
    CHECK(read_behind_example(RrType::MINFO, "C00CC00C").hex == std::string(example) + std::string(example));
    CHECK(read_behind_example(RrType::SOA, "C00C0161C00C0000000100000002000000030000000400000005").hex ==
          std::string(example) + "0161" + std::string(example) + "0000000100000002000000030000000400000005");
}

TEST_CASE("types that RFC 3597 names are read compressed though nobody may write them so",
          "[rdata][rfc3597]") {
    const std::string example = "076578616D706C6500";
    CHECK(read_behind_example(RrType::RP, "C00CC00C").hex == example + example);
    CHECK(read_behind_example(RrType::AFSDB, "0001C00C").hex == "0001" + example);
    CHECK(read_behind_example(RrType::RT, "0001C00C").hex == "0001" + example);
    CHECK(read_behind_example(RrType::SIG, "0001050200000E106955B9006774858004D2C00C010203").hex ==
          "0001050200000E106955B9006774858004D2" + example + "010203");
    CHECK(read_behind_example(RrType::PX, "0001C00CC00C").hex == "0001" + example + example);
    CHECK(read_behind_example(RrType::NXT, "C00C40").hex == example + "40");
    CHECK(read_behind_example(RrType::NAPTR, "0001000201730000C00C").hex == "0001000201730000" + example);
    CHECK(read_behind_example(RrType::SRV, "000100020003C00C").hex == "000100020003" + example);
}

TEST_CASE("a pointer in the name of any other type is refused", "[rdata][rfc3597]") {
    const std::map<RrType, std::string_view> pointed{
        {RrType::DNAME, "C00C"},
        {RrType::KX, "0001C00C"},
        {RrType::NSAP_PTR, "C00C"},
        {RrType::NSEC, "C00C000140"},
        {RrType::LP, "0001C00C"},
        {RrType::TALINK, "C00CC00C"},
        {RrType::SVCB, "0000C00C"},
        {RrType::HTTPS, "0000C00C"},
        {RrType::DSYNC, "003B010001C00C"},
        {RrType::A6, "80C00C"},
        {RrType::IPSECKEY, "000300C00C01"},
        {RrType::AMTRELAY, "0003C00C"},
        {RrType::HIP, "0101000101010101C00C"},
        {RrType::RRSIG, "0001050200000E106955B9006774858004D2C00C010203"},
    };
    for (const auto& [type, rdata] : pointed) {
        CAPTURE(to_string(type));
        const auto read = read_behind_example(type, rdata);
        CHECK_FALSE(read.result.has_value());
        CHECK(read.hex.empty());
    }
}

TEST_CASE("RDATA of a type unknown to us is taken as it is", "[rdata][rfc3597]") {
    CHECK(read_behind_example(static_cast<RrType>(65280), "C00CFF").hex == "C00CFF");
    CHECK(read_behind_example(static_cast<RrType>(65280), "").result.has_value());
    CHECK(read_behind_example(RrType::NULL_, "C00CFF").hex == "C00CFF");
}

TEST_CASE("a name must end with its RDATA", "[rdata]") {
    CHECK(read_behind_example(RrType::NS, "").result.error() == WireError::Truncated);
    CHECK(read_behind_example(RrType::NS, "C0").result.error() == WireError::Truncated);
    CHECK(read_behind_example(RrType::NS, "0361").result.error() == WireError::Truncated);
    CHECK(read_behind_example(RrType::NS, "0161").result.error() == WireError::Truncated);
    CHECK(read_behind_example(RrType::NS, "C00C00").result.error() == WireError::Trailing);
    CHECK(read_behind_example(RrType::MX, "000A").result.error() == WireError::Truncated);
    CHECK(read_behind_example(RrType::NS, "4100").result.error() == WireError::BadLabelType);
    CHECK(read_behind_example(RrType::DNAME, "8100").result.error() == WireError::BadLabelType);
    CHECK(read_behind_example(RrType::DNAME, "C00C").result.error() == WireError::BadPointer);
}

TEST_CASE("RDATA that the message does not hold is refused", "[rdata]") {
    const OctetString message = message_start();
    OctetString out;
    CHECK(read_rdata(RrType::A, message, message.size(), 4, out).error() == WireError::Truncated);
    CHECK(read_rdata(RrType::A, message, message.size() + 1, 0, out).error() == WireError::Truncated);
    CHECK(read_rdata(RrType::NS, message, message.size() - 1, 65535, out).error() == WireError::Truncated);
    CHECK(out.empty());
}

TEST_CASE("RDATA that decompression makes longer than 65535 octets is refused", "[rdata][CVE-2020-1350]") {
    OctetString message(12);
    for (int label = 0; label < 3; ++label) {
        message.push_back(std::byte{63});
        message.insert(message.end(), 63, std::byte{'a'});
    }
    message.push_back(std::byte{0});
    const std::size_t at = message.size();
    append_octets(message, octets("0001050200000E106955B9006774858004D2C00C"));
    const std::size_t head = message.size() - at;
    message.resize(at + 65535, std::byte{1});
    OctetString out;
    CHECK(read_rdata(RrType::SIG, message, at, 65535, out).error() == WireError::BadRdata);
    CHECK(out.empty());
    CHECK(read_rdata(RrType::SIG, message, at, head + 1000, out).has_value());
}

TEST_CASE("lengths of 0, 1, n-1, n, n+1 and 65535 octets are survived by every type", "[rdata]") {
    for (const auto& [type, rdata] : samples()) {
        CAPTURE(to_string(type), hex(rdata));
        CHECK(check_rdata(type, rdata).has_value());
        // No prefix may be read past its end; what passes must have a text that reads back.
        OctetString longer = rdata;
        longer.push_back(std::byte{0});
        OctetString longest = rdata;
        longest.resize(65535, std::byte{0xff});
        std::vector<OctetString> tries{longer, longest};
        for (std::size_t size = 0; size < rdata.size(); ++size) {
            tries.emplace_back(rdata.begin(), rdata.begin() + static_cast<std::ptrdiff_t>(size));
        }
        for (const OctetString& tried : tries) {
            const OctetString exact(tried);  // so that the sanitizer sees its end
            if (!check_rdata(type, exact)) {
                CHECK(rdata_text(type, exact).starts_with("\\# "));
                continue;
            }
            CHECK(parse(type, rdata_text(type, exact)).value_or(OctetString{}) == exact);
        }
        OctetString over(65536);
        CHECK_FALSE(check_rdata(type, over).has_value());
    }
}

TEST_CASE("types of fixed length accept that length only", "[rdata]") {
    const std::map<RrType, std::size_t> lengths{{RrType::A, 4},    {RrType::AAAA, 16}, {RrType::L32, 6},
                                                {RrType::L64, 10}, {RrType::NID, 10},  {RrType::EUI48, 6},
                                                {RrType::EUI64, 8}};
    for (const auto& [type, length] : lengths) {
        CAPTURE(to_string(type));
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, length - 1, length, length + 1}) {
            CHECK(check_rdata(type, OctetString(size)).has_value() == (size == length));
        }
    }
}

TEST_CASE("malformed octets of the known bugs are refused", "[rdata]") {
    struct Malformed {
        RrType type;
        std::string_view hex;
    };
    constexpr std::array malformed{
        Malformed{RrType::TXT, ""},
        Malformed{RrType::TXT, "0261"},
        Malformed{RrType::TXT, "0161FF"},
        Malformed{RrType::HINFO, "0161"},
        Malformed{RrType::APL, "00012101C0"},          // prefix over 32
        Malformed{RrType::APL, "00028101C0"},          // prefix over 128
        Malformed{RrType::APL, "0001200501020304FF"},  // 5 octets of IPv4
        Malformed{RrType::APL,
                  "000220"
                  "7F01"},                       // 127 octets announced
        Malformed{RrType::APL, "00010802C000"},  // trailing zero octet
        Malformed{RrType::NSEC, "00"},           // no types
        Malformed{RrType::NSEC, "000000"},       // empty window
        Malformed{RrType::NSEC,
                  "000021"
                  "404040404040404040404040404040404040404040404040404040404040404040"},
        Malformed{RrType::NSEC,
                  "0001014000"
                  "0140"},  // windows descend
        Malformed{RrType::NSEC,
                  "0000014000"
                  "0140"},                         // window twice
        Malformed{RrType::NSEC, "0000024000"},     // last octet zero
        Malformed{RrType::NSEC3, "01000000FF"},    // salt past the end
        Malformed{RrType::NSEC3, "0100000000"},    // no hash
        Malformed{RrType::NSEC3, "010000000000"},  // hash of no octets
        Malformed{RrType::NSEC3, "0100000000FF"},  // hash past the end
        Malformed{RrType::NSEC3PARAM, "01000000FF"},
        Malformed{RrType::SVCB, "0001000001000302683200"},  // octets after the last parameter
        Malformed{RrType::SVCB,
                  "000100000100030468"
                  "3200"},  // identifier past the value
        Malformed{RrType::SVCB, "00010000010001FF"},
        Malformed{RrType::SVCB, "0001000008FFFF"},  // value past the end
        Malformed{RrType::SVCB,
                  "00010000090000"
                  "00080000"},  // keys descend
        Malformed{RrType::SVCB,
                  "00010000080000"
                  "00080000"},  // key twice
        Malformed{RrType::SVCB,
                  "0001000000000200"
                  "00"},  // mandatory names itself
        Malformed{RrType::SVCB,
                  "000100000000040003000100010003026832"
                  "000300020050"},                                   // mandatory unsorted
        Malformed{RrType::SVCB, "00010000000002000100020000"},       // mandatory key missing
        Malformed{RrType::LOC, "00000000000000000000000000000000"},  // latitude off the globe
        Malformed{RrType::LOC, "00A00000800000008000000000000000"},  // size digit of 10
        Malformed{RrType::LOC, "000000008000000080000000000000"},    // 15 octets
        Malformed{RrType::HIP, "00020001FF"},
        Malformed{RrType::HIP, "FF020001FF"},
        Malformed{RrType::HIP, "0102FFFF0101"},
        Malformed{RrType::IPSECKEY, "0A0400"},
        Malformed{RrType::IPSECKEY, "0A01020102"},
        Malformed{RrType::IPSECKEY, "0A0302"},
        Malformed{RrType::AMTRELAY, "0A03"},
        Malformed{RrType::AMTRELAY, "0A01010203"},
        Malformed{RrType::A6, "81"},
        Malformed{RrType::A6, "4000"},
        Malformed{RrType::CAA, "0000"},
        Malformed{RrType::CAA, "00FF69"},
        Malformed{RrType::CAA, "00012D"},
        Malformed{RrType::URI, "000100"},
        Malformed{RrType::DNSKEY, "01010308"},
        Malformed{RrType::DS, "0001080200"},
        Malformed{RrType::OPENPGPKEY, ""},
        Malformed{RrType::HHIT, ""},
        Malformed{RrType::BRID, ""},
        Malformed{RrType::X25, "03313233"},
        Malformed{RrType::X25, "0431323361"},
        Malformed{RrType::ZONEMD, "000000010101"},
    };
    for (const Malformed& m : malformed) {
        CAPTURE(to_string(m.type), m.hex);
        CHECK_FALSE(check_rdata(m.type, octets(m.hex)).has_value());
    }
}
