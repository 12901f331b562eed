#pragma once
// The numbers of the protocol as open enums: each holds any value of its registry, known or not.
//
// Threads: values. Errors: none. Limits: 16 bits, opcodes 4, rcodes 12. Security: nothing is trusted to be a
// known value. Standards: RFC 1035 §3.2, RFC 6895, the IANA DNS parameters.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// A resource record type. Names are the registry's mnemonics; rdata/layout knows their shapes.
enum class RrType : std::uint16_t {
    None = 0,
    A = 1,
    NS = 2,
    MD = 3,
    MF = 4,
    CNAME = 5,
    SOA = 6,
    MB = 7,
    MG = 8,
    MR = 9,
    NULL_ = 10,
    WKS = 11,
    PTR = 12,
    HINFO = 13,
    MINFO = 14,
    MX = 15,
    TXT = 16,
    RP = 17,
    AFSDB = 18,
    X25 = 19,
    ISDN = 20,
    RT = 21,
    NSAP = 22,
    NSAP_PTR = 23,
    SIG = 24,
    KEY = 25,
    PX = 26,
    GPOS = 27,
    AAAA = 28,
    LOC = 29,
    NXT = 30,
    EID = 31,
    NIMLOC = 32,
    SRV = 33,
    ATMA = 34,
    NAPTR = 35,
    KX = 36,
    CERT = 37,
    A6 = 38,
    DNAME = 39,
    SINK = 40,
    OPT = 41,
    APL = 42,
    DS = 43,
    SSHFP = 44,
    IPSECKEY = 45,
    RRSIG = 46,
    NSEC = 47,
    DNSKEY = 48,
    DHCID = 49,
    NSEC3 = 50,
    NSEC3PARAM = 51,
    TLSA = 52,
    SMIMEA = 53,
    HIP = 55,
    NINFO = 56,
    RKEY = 57,
    TALINK = 58,
    CDS = 59,
    CDNSKEY = 60,
    OPENPGPKEY = 61,
    CSYNC = 62,
    ZONEMD = 63,
    SVCB = 64,
    HTTPS = 65,
    DSYNC = 66,
    HHIT = 67,
    BRID = 68,
    SPF = 99,
    UINFO = 100,
    UID = 101,
    GID = 102,
    UNSPEC = 103,
    NID = 104,
    L32 = 105,
    L64 = 106,
    LP = 107,
    EUI48 = 108,
    EUI64 = 109,
    TKEY = 249,
    TSIG = 250,
    IXFR = 251,
    AXFR = 252,
    MAILB = 253,
    MAILA = 254,
    ANY = 255,
    URI = 256,
    CAA = 257,
    AVC = 258,
    DOA = 259,
    AMTRELAY = 260,
    RESINFO = 261,
    WALLET = 262,
    TA = 32768,
    DLV = 32769,
    KEYDATA = 65533,
};

enum class RrClass : std::uint16_t { IN = 1, CH = 3, HS = 4, NONE = 254, ANY = 255 };

enum class Opcode : std::uint8_t { Query = 0, IQuery = 1, Status = 2, Notify = 4, Update = 5, Dso = 6 };

/// A response code with its EDNS extension bits, or a TSIG error.
enum class Rcode : std::uint16_t {
    NOERROR = 0,
    FORMERR = 1,
    SERVFAIL = 2,
    NXDOMAIN = 3,
    NOTIMP = 4,
    REFUSED = 5,
    YXDOMAIN = 6,
    YXRRSET = 7,
    NXRRSET = 8,
    NOTAUTH = 9,
    NOTZONE = 10,
    BADVERS = 16,
    BADSIG = 16,
    BADKEY = 17,
    BADTIME = 18,
    BADTRUNC = 22,
    BADCOOKIE = 23,
};

/// `A`, `RRSIG`, … or `TYPE65280` (RFC 3597 §5).
[[nodiscard]] std::string to_string(RrType type);
/// `IN`, `CH`, … or `CLASS32`.
[[nodiscard]] std::string to_string(RrClass rr_class);
/// `NOERROR`, … or `RCODE11`; 16 reads BADVERS.
[[nodiscard]] std::string to_string(Rcode rcode);
/// `QUERY`, … or `OPCODE7`.
[[nodiscard]] std::string to_string(Opcode opcode);

/// From a mnemonic in any case, or `TYPEnnn`; nothing for what is neither.
[[nodiscard]] std::optional<RrType> parse_type(std::string_view text);
[[nodiscard]] std::optional<RrClass> parse_class(std::string_view text);

/// Whether the type can only stand in questions or messages, never in a zone: 0, OPT, and 128 to 255 (RFC
/// 6895 §3.1).
[[nodiscard]] constexpr bool is_meta(RrType type) {
    const auto number = static_cast<std::uint16_t>(type);
    return type == RrType::None || type == RrType::OPT || (number >= 128 && number <= 255);
}

}  // namespace lockstep
