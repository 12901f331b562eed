#include "rdata/addresses.hpp"
#include "rdata/encoding.hpp"
#include "rdata/field.hpp"
#include "rdata/text_special.hpp"

namespace lockstep {
namespace {

void append_generic(Octets rdata, std::string& out) {
    out += "\\# ";
    append_number(rdata.size(), out);
    if (!rdata.empty()) out += ' ';
    append_hex(rdata, HexCase::Upper, Words::Many, out);
}

void append_strings(Octets octets, std::string& out) {
    for (std::size_t at = 0; at < octets.size();) {
        const std::size_t size = std::to_integer<std::size_t>(octets[at]);
        if (at > 0) out += ' ';
        append_quoted(octets.subspan(at + 1, size), out);
        at += 1 + size;
    }
}

/// Appends the types whose bits are set in octets that begin with type `first`.
void append_bits(Octets bits, std::size_t first, bool& is_first, std::string& out) {
    for (std::size_t i = 0; i < bits.size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            if ((bits[i] & static_cast<std::byte>(0x80U >> bit)) == std::byte{0}) continue;
            if (!is_first) out += ' ';
            is_first = false;
            out += to_string(static_cast<RrType>(first + i * 8 + bit));
        }
    }
}

void append_types(Octets octets, std::string& out) {
    bool is_first = true;
    for (std::size_t at = 0; at < octets.size();) {
        const std::size_t size = std::to_integer<std::size_t>(octets[at + 1]);
        append_bits(octets.subspan(at + 2, size), std::to_integer<std::size_t>(octets[at]) * 256, is_first,
                    out);
        at += 2 + size;
    }
}

/// Appends the text of octets that field_octets() has accepted; false where only the generic form can write
/// them.
bool append_field(Field field, Octets octets, std::string& out) {
    const auto u8 = [octets] { return std::to_integer<std::uint8_t>(octets[0]); };
    const auto u16 = [octets] { return load_big_endian<std::uint16_t>(octets.data()); };
    const auto u32 = [octets] { return load_big_endian<std::uint32_t>(octets.data()); };
    switch (field) {
    case Field::NameCompressible:
    case Field::NameDecompressed:
    case Field::NameLowered:
    case Field::NamePlain: out += NameView::trusted(octets).to_string(); return true;
    case Field::U8:
    case Field::Algorithm:
    case Field::DigestType:
    case Field::KeyProtocol: append_number(u8(), out); return true;
    case Field::U16:
    case Field::KeyFlags: append_number(u16(), out); return true;
    case Field::U32:
    case Field::Period: append_number(u32(), out); return true;
    case Field::Time: append_time_stamp(u32(), out); return true;
    case Field::TypeCode: out += to_string(static_cast<RrType>(u16())); return true;
    case Field::AlgorithmMnemonic: append_mnemonic(Registry::Algorithm, u8(), out); return true;
    case Field::CertType: append_mnemonic(Registry::CertType, u16(), out); return true;
    case Field::SyncScheme: append_mnemonic(Registry::SyncScheme, u8(), out); return true;
    case Field::Ipv4: append_ipv4(octets, out); return true;
    case Field::Ipv6: append_ipv6(octets, out); return true;
    case Field::Locator: append_locator(octets, out); return true;
    case Field::Eui48:
    case Field::Eui64: append_eui(octets, out); return true;
    case Field::String:
    case Field::OptionalString:
    case Field::Strings:
    case Field::Digits: append_strings(octets, out); return true;
    case Field::Tag: out += as_text(octets.subspan(1)); return true;
    case Field::QuotedRest: append_quoted(octets, out); return true;
    case Field::Base64:
    case Field::Base64OrNone: append_base64(octets, Words::Many, out); return true;
    case Field::Base64OrDash:
        if (octets.empty()) out += '-';
        append_base64(octets, Words::One, out);
        return true;
    case Field::Hex:
    case Field::HexOrNone: append_hex(octets, HexCase::Upper, Words::Many, out); return true;
    case Field::Salt:
        if (octets.size() == 1) out += '-';
        append_hex(octets.subspan(1), HexCase::Upper, Words::One, out);
        return true;
    case Field::HashedOwner: append_base32hex(octets.subspan(1), out); return true;
    case Field::Types:
    case Field::TypesOrNone: append_types(octets, out); return true;
    case Field::NxtTypes: {
        bool is_first = true;
        append_bits(octets, 0, is_first, out);
        return true;
    }
    case Field::Opaque: return false;
    default: return append_special(field, octets, out);
    }
}

/// Whether a field without octets still has a word.
bool writes_when_empty(Field field) {
    return field == Field::QuotedRest || field == Field::Base64OrDash || field == Field::Opaque;
}

bool append_own_text(const Layout& layout, Octets rdata, std::string& out) {
    std::size_t at = 0;
    for (const Field field : layout) {
        const auto size = field_octets(field, rdata.subspan(at));
        if (!size) return false;
        if (*size > 0 || writes_when_empty(field)) {
            if (at > 0) out += ' ';
            if (!append_field(field, rdata.subspan(at, *size), out)) return false;
        }
        at += *size;
    }
    return at == rdata.size() && check_rule(layout.rule, rdata).has_value();
}

}  // namespace

void append_rdata_text(RrType type, Octets rdata, std::string& out) {
    const std::size_t start = out.size();
    if (append_own_text(layout_of(type), rdata, out)) return;
    out.resize(start);
    append_generic(rdata, out);
}

std::string rdata_text(RrType type, Octets rdata) {
    std::string out;
    append_rdata_text(type, rdata, out);
    return out;
}

}  // namespace lockstep
