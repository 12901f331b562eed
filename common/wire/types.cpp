#include "wire/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace lockstep {
namespace {

struct NamedType {
    std::string_view name;
    RrType type;
};

/// Every mnemonic of the registry that we know, sorted by name for the binary search.
constexpr auto types_by_name = [] {
    using enum RrType;
    std::array table{
        NamedType{"A", A},
        NamedType{"NS", NS},
        NamedType{"MD", MD},
        NamedType{"MF", MF},
        NamedType{"CNAME", CNAME},
        NamedType{"SOA", SOA},
        NamedType{"MB", MB},
        NamedType{"MG", MG},
        NamedType{"MR", MR},
        NamedType{"NULL", NULL_},
        NamedType{"WKS", WKS},
        NamedType{"PTR", PTR},
        NamedType{"HINFO", HINFO},
        NamedType{"MINFO", MINFO},
        NamedType{"MX", MX},
        NamedType{"TXT", TXT},
        NamedType{"RP", RP},
        NamedType{"AFSDB", AFSDB},
        NamedType{"X25", X25},
        NamedType{"ISDN", ISDN},
        NamedType{"RT", RT},
        NamedType{"NSAP", NSAP},
        NamedType{"NSAP-PTR", NSAP_PTR},
        NamedType{"SIG", SIG},
        NamedType{"KEY", KEY},
        NamedType{"PX", PX},
        NamedType{"GPOS", GPOS},
        NamedType{"AAAA", AAAA},
        NamedType{"LOC", LOC},
        NamedType{"NXT", NXT},
        NamedType{"EID", EID},
        NamedType{"NIMLOC", NIMLOC},
        NamedType{"SRV", SRV},
        NamedType{"ATMA", ATMA},
        NamedType{"NAPTR", NAPTR},
        NamedType{"KX", KX},
        NamedType{"CERT", CERT},
        NamedType{"A6", A6},
        NamedType{"DNAME", DNAME},
        NamedType{"SINK", SINK},
        NamedType{"OPT", OPT},
        NamedType{"APL", APL},
        NamedType{"DS", DS},
        NamedType{"SSHFP", SSHFP},
        NamedType{"IPSECKEY", IPSECKEY},
        NamedType{"RRSIG", RRSIG},
        NamedType{"NSEC", NSEC},
        NamedType{"DNSKEY", DNSKEY},
        NamedType{"DHCID", DHCID},
        NamedType{"NSEC3", NSEC3},
        NamedType{"NSEC3PARAM", NSEC3PARAM},
        NamedType{"TLSA", TLSA},
        NamedType{"SMIMEA", SMIMEA},
        NamedType{"HIP", HIP},
        NamedType{"NINFO", NINFO},
        NamedType{"RKEY", RKEY},
        NamedType{"TALINK", TALINK},
        NamedType{"CDS", CDS},
        NamedType{"CDNSKEY", CDNSKEY},
        NamedType{"OPENPGPKEY", OPENPGPKEY},
        NamedType{"CSYNC", CSYNC},
        NamedType{"ZONEMD", ZONEMD},
        NamedType{"SVCB", SVCB},
        NamedType{"HTTPS", HTTPS},
        NamedType{"DSYNC", DSYNC},
        NamedType{"HHIT", HHIT},
        NamedType{"BRID", BRID},
        NamedType{"SPF", SPF},
        NamedType{"UINFO", UINFO},
        NamedType{"UID", UID},
        NamedType{"GID", GID},
        NamedType{"UNSPEC", UNSPEC},
        NamedType{"NID", NID},
        NamedType{"L32", L32},
        NamedType{"L64", L64},
        NamedType{"LP", LP},
        NamedType{"EUI48", EUI48},
        NamedType{"EUI64", EUI64},
        NamedType{"TKEY", TKEY},
        NamedType{"TSIG", TSIG},
        NamedType{"IXFR", IXFR},
        NamedType{"AXFR", AXFR},
        NamedType{"MAILB", MAILB},
        NamedType{"MAILA", MAILA},
        NamedType{"ANY", ANY},
        NamedType{"URI", URI},
        NamedType{"CAA", CAA},
        NamedType{"AVC", AVC},
        NamedType{"DOA", DOA},
        NamedType{"AMTRELAY", AMTRELAY},
        NamedType{"RESINFO", RESINFO},
        NamedType{"WALLET", WALLET},
        NamedType{"TA", TA},
        NamedType{"DLV", DLV},
        NamedType{"KEYDATA", KEYDATA},
    };
    std::sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return table;
}();

constexpr auto types_by_number = [] {
    auto table = types_by_name;
    std::sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
    return table;
}();

/// `text` in upper case in `buffer`; nothing where it is longer than any mnemonic.
std::optional<std::string_view> upper(std::string_view text, std::array<char, 16>& buffer) {
    if (text.size() > buffer.size()) return std::nullopt;
    std::transform(text.begin(), text.end(), buffer.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return std::string_view(buffer.data(), text.size());
}

/// `PREFIXnnn` with a number of 16 bits (RFC 3597 §5).
std::optional<std::uint16_t> generic_number(std::string_view word, std::string_view prefix) {
    if (!word.starts_with(prefix) || word.size() == prefix.size()) return std::nullopt;
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(word.data() + prefix.size(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return number;
}

}  // namespace

std::string to_string(RrType type) {
    const auto at =
        std::lower_bound(types_by_number.begin(), types_by_number.end(), type,
                         [](const NamedType& entry, RrType wanted) { return entry.type < wanted; });
    if (at != types_by_number.end() && at->type == type) return std::string(at->name);
    return fmt::format("TYPE{}", std::to_underlying(type));
}

std::optional<RrType> parse_type(std::string_view text) {
    std::array<char, 16> buffer{};
    const auto word = upper(text, buffer);
    if (!word) return std::nullopt;
    const auto at =
        std::lower_bound(types_by_name.begin(), types_by_name.end(), *word,
                         [](const NamedType& entry, std::string_view wanted) { return entry.name < wanted; });
    if (at != types_by_name.end() && at->name == *word) return at->type;
    if (const auto number = generic_number(*word, "TYPE")) return RrType{*number};
    return std::nullopt;
}

std::string to_string(RrClass rr_class) {
    switch (rr_class) {
    case RrClass::IN: return "IN";
    case RrClass::CH: return "CH";
    case RrClass::HS: return "HS";
    case RrClass::NONE: return "NONE";
    case RrClass::ANY: return "ANY";
    }
    return fmt::format("CLASS{}", std::to_underlying(rr_class));
}

std::optional<RrClass> parse_class(std::string_view text) {
    std::array<char, 16> buffer{};
    const auto word = upper(text, buffer);
    if (!word) return std::nullopt;
    for (const auto known : {RrClass::IN, RrClass::CH, RrClass::HS, RrClass::NONE, RrClass::ANY}) {
        if (*word == to_string(known)) return known;
    }
    if (const auto number = generic_number(*word, "CLASS")) return RrClass{*number};
    return std::nullopt;
}

std::string to_string(Rcode rcode) {
    switch (rcode) {
    case Rcode::NOERROR: return "NOERROR";
    case Rcode::FORMERR: return "FORMERR";
    case Rcode::SERVFAIL: return "SERVFAIL";
    case Rcode::NXDOMAIN: return "NXDOMAIN";
    case Rcode::NOTIMP: return "NOTIMP";
    case Rcode::REFUSED: return "REFUSED";
    case Rcode::YXDOMAIN: return "YXDOMAIN";
    case Rcode::YXRRSET: return "YXRRSET";
    case Rcode::NXRRSET: return "NXRRSET";
    case Rcode::NOTAUTH: return "NOTAUTH";
    case Rcode::NOTZONE: return "NOTZONE";
    case Rcode::BADVERS: return "BADVERS";
    case Rcode::BADKEY: return "BADKEY";
    case Rcode::BADTIME: return "BADTIME";
    case Rcode::BADTRUNC: return "BADTRUNC";
    case Rcode::BADCOOKIE: return "BADCOOKIE";
    }
    return fmt::format("RCODE{}", std::to_underlying(rcode));
}

std::string to_string(Opcode opcode) {
    switch (opcode) {
    case Opcode::Query: return "QUERY";
    case Opcode::IQuery: return "IQUERY";
    case Opcode::Status: return "STATUS";
    case Opcode::Notify: return "NOTIFY";
    case Opcode::Update: return "UPDATE";
    case Opcode::Dso: return "DSO";
    }
    return fmt::format("OPCODE{}", std::to_underlying(opcode));
}

}  // namespace lockstep
