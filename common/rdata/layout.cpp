#include "rdata/layout.hpp"

#include <initializer_list>

namespace lockstep {
namespace {

using enum Field;

constexpr std::size_t table_size = 263;  // one past the highest type of the dense range, WALLET

constexpr Layout make(std::initializer_list<Field> fields, Rule rule = Rule::None) {
    Layout layout;
    layout.rule = rule;
    std::size_t count = 0;
    for (const Field field : fields) {
        layout.fields.at(count++) = field;
        if (field == NameCompressible || field == NameDecompressed) layout.decompressed = true;
        if (field == NameCompressible || field == NameDecompressed || field == NameLowered ||
            field == Field::A6) {
            layout.lowered = true;
        }
    }
    layout.fields.at(count) = End;
    return layout;
}

constexpr std::array<Layout, table_size> make_table() {
    std::array<Layout, table_size> table{};
    table.fill(make({Opaque}));
    const auto set = [&table](RrType type, std::initializer_list<Field> fields, Rule rule = Rule::None) {
        table.at(static_cast<std::size_t>(type)) = make(fields, rule);
    };
    set(RrType::A, {Ipv4});
    set(RrType::NS, {NameCompressible});
    set(RrType::MD, {NameCompressible});
    set(RrType::MF, {NameCompressible});
    set(RrType::CNAME, {NameCompressible});
    set(RrType::SOA, {NameCompressible, NameCompressible, U32, Period, Period, Period, Period});
    set(RrType::MB, {NameCompressible});
    set(RrType::MG, {NameCompressible});
    set(RrType::MR, {NameCompressible});
    set(RrType::WKS, {Ipv4, WksPorts});
    set(RrType::PTR, {NameCompressible});
    set(RrType::HINFO, {String, String});
    set(RrType::MINFO, {NameCompressible, NameCompressible});
    set(RrType::MX, {U16, NameCompressible});
    set(RrType::TXT, {Strings});
    set(RrType::RP, {NameDecompressed, NameDecompressed});
    set(RrType::AFSDB, {U16, NameDecompressed});
    set(RrType::X25, {Digits});
    set(RrType::ISDN, {String, OptionalString});
    set(RrType::RT, {U16, NameDecompressed});
    set(RrType::NSAP, {Nsap});
    set(RrType::NSAP_PTR, {NamePlain});
    set(RrType::SIG, {TypeCode, Algorithm, U8, U32, Time, Time, U16, NameDecompressed, Base64});
    set(RrType::KEY, {KeyFlags, KeyProtocol, Algorithm, Base64OrNone}, Rule::KeyUnlessNoKey);
    set(RrType::PX, {U16, NameDecompressed, NameDecompressed});
    set(RrType::GPOS, {String, String, String});
    set(RrType::AAAA, {Ipv6});
    set(RrType::LOC, {Loc});
    set(RrType::NXT, {NameDecompressed, NxtTypes});
    set(RrType::EID, {Hex});
    set(RrType::NIMLOC, {Hex});
    set(RrType::SRV, {U16, U16, U16, NameDecompressed});
    set(RrType::ATMA, {Atma});
    set(RrType::NAPTR, {U16, U16, String, String, String, NameDecompressed});
    set(RrType::KX, {U16, NameLowered});
    set(RrType::CERT, {CertType, U16, AlgorithmMnemonic, Base64});
    set(RrType::A6, {Field::A6});
    set(RrType::DNAME, {NameLowered});
    set(RrType::SINK, {U8, U8, U8, Base64OrNone});
    set(RrType::APL, {Apl});
    set(RrType::DS, {U16, Algorithm, DigestType, Hex}, Rule::DigestLength);
    set(RrType::SSHFP, {U8, U8, HexOrNone}, Rule::FingerprintLength);
    set(RrType::IPSECKEY, {U8, IpsecGateway});
    set(RrType::RRSIG, {TypeCode, Algorithm, U8, U32, Time, Time, U16, NameLowered, Base64});
    set(RrType::NSEC, {NamePlain, Types});
    set(RrType::DNSKEY, {KeyFlags, KeyProtocol, Algorithm, Base64});
    set(RrType::DHCID, {Base64});
    set(RrType::NSEC3, {U8, U8, U16, Salt, HashedOwner, TypesOrNone}, Rule::HashLength);
    set(RrType::NSEC3PARAM, {U8, U8, U16, Salt});
    set(RrType::TLSA, {U8, U8, U8, Hex});
    set(RrType::SMIMEA, {U8, U8, U8, Hex});
    set(RrType::HIP, {Hip});
    set(RrType::NINFO, {Strings});
    set(RrType::RKEY, {KeyFlags, KeyProtocol, Algorithm, Base64}, Rule::ZeroFlags);
    set(RrType::TALINK, {NamePlain, NamePlain});
    set(RrType::CDS, {U16, Algorithm, DigestType, Hex}, Rule::DigestLength);
    set(RrType::CDNSKEY, {KeyFlags, KeyProtocol, Algorithm, Base64});
    set(RrType::OPENPGPKEY, {Base64});
    set(RrType::CSYNC, {U32, U16, TypesOrNone});
    set(RrType::ZONEMD, {U32, U8, U8, Hex}, Rule::ZoneDigestLength);
    set(RrType::SVCB, {U16, NamePlain, SvcParams});
    set(RrType::HTTPS, {U16, NamePlain, SvcParams});
    set(RrType::DSYNC, {TypeCode, SyncScheme, U16, NamePlain});
    set(RrType::HHIT, {Base64});
    set(RrType::BRID, {Base64});
    set(RrType::SPF, {Strings});
    set(RrType::NID, {U16, Locator});
    set(RrType::L32, {U16, Ipv4});
    set(RrType::L64, {U16, Locator});
    set(RrType::LP, {U16, NamePlain});
    set(RrType::EUI48, {Eui48});
    set(RrType::EUI64, {Eui64});
    set(RrType::URI, {U16, U16, QuotedRest});
    set(RrType::CAA, {U8, Tag, QuotedRest});
    set(RrType::AVC, {Strings});
    set(RrType::DOA, {U32, U32, U8, String, Base64OrDash});
    set(RrType::AMTRELAY, {U8, AmtRelay});
    set(RrType::RESINFO, {Strings});
    set(RrType::WALLET, {Strings});
    return table;
}

constexpr std::array<Layout, table_size> dense = make_table();
constexpr Layout ds_kin = make({U16, Algorithm, DigestType, Hex}, Rule::DigestLength);
constexpr Layout unknown = make({Opaque});

}  // namespace

const Layout& layout_of(RrType type) {
    const auto number = static_cast<std::size_t>(type);
    if (number < table_size) return dense[number];
    if (type == RrType::TA || type == RrType::DLV) return ds_kin;
    return unknown;
}

bool has_own_text(RrType type) {
    return layout_of(type).fields[0] != Opaque;
}

}  // namespace lockstep
