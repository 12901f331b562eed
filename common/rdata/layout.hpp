#pragma once
// THE layout table: each known type as a sequence of fields. Wire check, decompression, canonical form, text
// reading and text writing all follow it, so a new type is one line here unless its shape is new.

#include "wire/types.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace lockstep {

/// One field of RDATA: its shape in octets and its form in text.
enum class Field : std::uint8_t {
    End,
    // Names. RFC 3597 §4 says which may be compressed where; RFC 4034 §6.2 which are lower-cased in canonical
    // form.
    NameCompressible,  // RFC 1035: compressed on both sides, lower-cased
    NameDecompressed,  // read compressed, never written so, lower-cased
    NameLowered,       // never compressed, lower-cased
    NamePlain,         // never compressed, case kept
    // Numbers: decimal in text.
    U8,
    U16,
    U32,
    Period,             // 32 bits of seconds; text may have units, `1w2d3h4m5s`
    Time,               // 32 bits of seconds since 1970, text YYYYMMDDHHmmSS (RFC 4034 §3.2)
    TypeCode,           // 16 bits, a type's mnemonic
    Algorithm,          // 8 bits, mnemonic read, number written
    AlgorithmMnemonic,  // 8 bits, mnemonic read and written
    DigestType,         // 8 bits, mnemonic read, number written
    CertType,           // 16 bits, mnemonic read and written (RFC 4398 §2.1)
    KeyFlags,           // 16 bits, mnemonics of RFC 2535 §7.1 read, number written
    KeyProtocol,        // 8 bits, mnemonics of RFC 2535 §7.1 read, number written
    SyncScheme,         // 8 bits, NOTIFY or a number (RFC 9859 §2.1)
    // Addresses.
    Ipv4,
    Ipv6,
    Locator,  // 64 bits as four groups of hex (RFC 6742 §2.1.2)
    Eui48,
    Eui64,
    // Text. A string is one length octet and up to 255 octets.
    String,
    OptionalString,
    Strings,     // one or more
    Digits,      // a string of four or more decimal digits (X25, RFC 1183 §3.1)
    Tag,         // an unquoted string of letters and digits (CAA, RFC 8659 §4.1)
    QuotedRest,  // all octets left, as one quoted string that may be long (URI, CAA)
    // Runs of octets to the end.
    Base64,
    Base64OrNone,
    Base64OrDash,  // `-` where empty (DOA)
    Hex,
    HexOrNone,
    Opaque,  // only the generic form of RFC 3597 §5
    // DNSSEC.
    Salt,         // a length octet; hex, or `-` where empty (RFC 5155 §3.3)
    HashedOwner,  // a length octet; base32hex without padding
    Types,        // bitmap of one or more types (RFC 4034 §4.1.2)
    TypesOrNone,
    NxtTypes,  // the older bitmap of RFC 2535 §5.2
    // Shapes of one type each: text_special.
    WksPorts,
    Nsap,
    Loc,
    Atma,
    A6,
    Apl,
    IpsecGateway,  // gateway type, algorithm, gateway and key of RFC 4025 §2
    AmtRelay,      // discovery bit, relay type and relay of RFC 8777 §4
    Hip,
    SvcParams,
};

/// What the sequence of fields does not say.
enum class Rule : std::uint8_t {
    None,
    DigestLength,       // DS and its kin: a known digest has its length
    FingerprintLength,  // SSHFP
    ZoneDigestLength,   // ZONEMD
    KeyUnlessNoKey,     // KEY: no key where both top flags are set (RFC 2535 §3.1.2)
    ZeroFlags,          // RKEY
    HashLength,         // NSEC3: SHA-1 has 20 octets (RFC 5155 §11)
};

/// The fields of one type in order, ended by Field::End.
struct Layout {
    std::array<Field, 10> fields{};
    Rule rule = Rule::None;
    bool decompressed = false;  // some name may stand compressed in a message that we read
    bool lowered = false;       // some name is lower-cased in canonical form

    [[nodiscard]] const Field* begin() const { return fields.data(); }
    [[nodiscard]] const Field* end() const {
        const Field* at = fields.data();
        while (*at != Field::End)
            ++at;
        return at;
    }
};

/// The layout of `type`; one Opaque field for types that have none. Constant time; valid forever.
[[nodiscard]] const Layout& layout_of(RrType type);

/// Whether the type has a text form of its own.
[[nodiscard]] bool has_own_text(RrType type);

}  // namespace lockstep
