#include "rdata/field.hpp"

#include "wire/name.hpp"

#include <algorithm>
#include <optional>

namespace lockstep {
namespace {

using Octetful = WireResult<std::size_t>;

Octetful bad() {
    return unexpected(WireError::BadRdata);
}
Octetful truncated() {
    return unexpected(WireError::Truncated);
}
Octetful fixed(Octets rest, std::size_t count) {
    return rest.size() < count ? truncated() : Octetful(count);
}
Octetful all(Octets rest, std::size_t at_least) {
    return rest.size() < at_least ? truncated() : Octetful(rest.size());
}

/// A length octet and that many octets.
Octetful counted(Octets rest, std::size_t at_least = 0) {
    if (rest.empty()) return truncated();
    const std::size_t length = octet_at(rest, 0);
    if (length < at_least) return bad();
    return fixed(rest, 1 + length);
}

Octetful strings(Octets rest) {
    std::size_t at = 0;
    do {
        const auto size = counted(rest.subspan(at));
        if (!size) return size;
        at += *size;
    } while (at < rest.size());
    return at;
}

template <class Predicate>
Octetful counted_of(Octets rest, std::size_t at_least, Predicate allowed) {
    const auto size = counted(rest, at_least);
    if (size && !std::ranges::all_of(as_text(rest.subspan(1, *size - 1)), allowed)) return bad();
    return size;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter_or_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Windows ascending, none empty or over 32 octets, none ending in a zero octet (RFC 4034 §4.1.2).
Octetful type_windows(Octets rest) {
    std::optional<std::size_t> previous;
    for (std::size_t at = 0; at < rest.size();) {
        if (rest.size() - at < 2) return truncated();
        const std::size_t window = octet_at(rest, at);
        const std::size_t size = octet_at(rest, at + 1);
        if (previous && window <= *previous) return bad();
        if (size == 0 || size > 32) return bad();
        if (rest.size() - at < 2 + size) return truncated();
        if (rest[at + 1 + size] == std::byte{0}) return bad();
        previous = window;
        at += 2 + size;
    }
    return rest.size();
}

/// Types 1 to 127 in up to 16 octets, the last of which is not zero (RFC 2535 §5.2).
Octetful nxt_bitmap(Octets rest) {
    if (rest.empty()) return std::size_t{0};
    if (rest.size() > 16 || rest.back() == std::byte{0} || (rest[0] & std::byte{0x80}) != std::byte{0})
        return bad();
    return rest.size();
}

/// A protocol octet, then one bit a port.
Octetful wks_ports(Octets rest) {
    if (rest.empty()) return truncated();
    if (rest.size() > 1 + 8192 || (rest.size() > 1 && rest.back() == std::byte{0})) return bad();
    return rest.size();
}

/// 0 for the old size octets' mantissa only together with exponent 0.
bool is_loc_size(std::size_t value) {
    return value == 0 || ((value & 0xf) <= 9 && (value >> 4) >= 1 && (value >> 4) <= 9);
}

/// RFC 1876 §2; versions other than 0 have no known shape.
Octetful loc(Octets rest) {
    if (rest.empty()) return truncated();
    if (rest[0] != std::byte{0}) return rest.size();
    if (rest.size() < 16) return truncated();
    for (std::size_t i = 1; i <= 3; ++i) {
        if (!is_loc_size(octet_at(rest, i))) return bad();
    }
    constexpr std::uint32_t equator = 0x80000000U;
    constexpr std::uint32_t degree = 3'600'000U;
    const auto latitude = load_big_endian<std::uint32_t>(rest.data() + 4);
    const auto longitude = load_big_endian<std::uint32_t>(rest.data() + 8);
    if (latitude < equator - 90 * degree || latitude > equator + 90 * degree) return bad();
    if (longitude < equator - 180 * degree || longitude > equator + 180 * degree) return bad();
    return std::size_t{16};
}

/// A format octet (0 NSAP, 1 E.164 in ASCII digits), then the address.
Octetful atma(Octets rest) {
    if (rest.size() < 2) return truncated();
    if (rest[0] == std::byte{1} && !std::ranges::all_of(as_text(rest.subspan(1)), is_digit)) return bad();
    return rest.size();
}

/// RFC 2874 §3.1: prefix length, the address bits after it, the prefix's name where there is one.
Octetful a6(Octets rest) {
    if (rest.empty()) return truncated();
    const std::size_t prefix = octet_at(rest, 0);
    if (prefix > 128) return bad();
    const std::size_t offset = a6_name_offset(prefix);
    if (rest.size() < offset) return truncated();
    // The bits of the first octet that belong to the prefix are zero.
    if (prefix % 8 != 0 && octet_at(rest, 1) >> (8 - prefix % 8) != 0) return bad();
    if (prefix == 0) return offset;
    const auto name = name_octets(rest.subspan(offset));
    if (!name) return name;
    return offset + *name;
}

/// RFC 3123 §4: items of family, prefix length, negation and length, address without trailing zero octets.
Octetful apl(Octets rest) {
    for (std::size_t at = 0; at < rest.size();) {
        if (rest.size() - at < 4) return truncated();
        const auto family = load_big_endian<std::uint16_t>(rest.data() + at);
        const std::size_t prefix = octet_at(rest, at + 2);
        const std::size_t size = octet_at(rest, at + 3) & 0x7f;
        if (rest.size() - at < 4 + size) return truncated();
        if (family == 1 && (prefix > 32 || size > 4)) return bad();
        if (family == 2 && (prefix > 128 || size > 16)) return bad();
        if (size > 0 && rest[at + 3 + size] == std::byte{0}) return bad();
        at += 4 + size;
    }
    return rest.size();
}

/// Octets of a gateway or relay of this type (RFC 4025 §2.5, RFC 8777 §4.2.4).
Octetful relay(std::size_t relay_type, Octets rest) {
    switch (relay_type) {
    case 0: return std::size_t{0};
    case 1: return fixed(rest, 4);
    case 2: return fixed(rest, 16);
    case 3: return name_octets(rest);
    default: return bad();
    }
}

Octetful ipsec_gateway(Octets rest) {
    if (rest.size() < 2) return truncated();
    const auto gateway = relay(octet_at(rest, 0), rest.subspan(2));
    if (!gateway) return gateway;
    // Algorithm 0 says that there is no key (RFC 4025 §2.4).
    const bool has_key = rest.size() > 2 + *gateway;
    if (!has_key && rest[1] != std::byte{0}) return truncated();
    return rest.size();
}

Octetful amt_relay(Octets rest) {
    if (rest.empty()) return truncated();
    const std::size_t relay_type = octet_at(rest, 0) & 0x7f;
    if (relay_type > 3) return rest.size();
    const auto size = relay(relay_type, rest.subspan(1));
    if (!size) return size;
    return 1 + *size;
}

/// RFC 8005 §5: lengths and algorithm, identity tag, key, then names of rendezvous servers.
Octetful hip(Octets rest) {
    if (rest.size() < 4) return truncated();
    const std::size_t tag = octet_at(rest, 0);
    const std::size_t key = load_big_endian<std::uint16_t>(rest.data() + 2);
    if (tag == 0 || key == 0) return bad();
    if (rest.size() < 4 + tag + key) return truncated();
    std::size_t at = 4 + tag + key;
    while (at < rest.size()) {
        const auto name = name_octets(rest.subspan(at));
        if (!name) return name;
        at += *name;
    }
    return at;
}

/// One or more non-empty protocol identifiers (RFC 9460 §7.1.1).
bool is_alpn(Octets value) {
    std::size_t at = 0;
    while (at < value.size() && value[at] != std::byte{0} && octet_at(value, at) < value.size() - at) {
        at += 1 + octet_at(value, at);
    }
    return at == value.size() && !value.empty();
}

/// Whether the value of a key that we know has the form that its RFC asks for.
bool is_svc_value(std::size_t key, Octets value) {
    switch (key) {
    case 0: return !value.empty() && value.size() % 2 == 0;
    case 1: return is_alpn(value);
    case 2: return value.empty();
    case 3: return value.size() == 2;
    case 4: return !value.empty() && value.size() % 4 == 0;
    case 6: return !value.empty() && value.size() % 16 == 0;
    default: return true;
    }
}

/// Keys strictly ascending, values of known form; every mandatory key there, in order, not `mandatory` itself
/// (RFC 9460 §2.2, §8).
Octetful svc_params(Octets rest) {
    std::optional<std::size_t> previous;
    Octets mandatory;
    bool has_alpn = false;
    for (std::size_t at = 0; at < rest.size();) {
        if (rest.size() - at < 4) return truncated();
        const std::size_t key = load_big_endian<std::uint16_t>(rest.data() + at);
        const std::size_t size = load_big_endian<std::uint16_t>(rest.data() + at + 2);
        if (rest.size() - at < 4 + size) return truncated();
        const Octets value = rest.subspan(at + 4, size);
        if ((previous && key <= *previous) || !is_svc_value(key, value)) return bad();
        if (key == 0) mandatory = value;
        if (key == 1) has_alpn = true;
        if (key == 2 && !has_alpn) return bad();
        // Both lists ascend, so each mandatory key is met in turn.
        if (!mandatory.empty() && key == load_big_endian<std::uint16_t>(mandatory.data())) {
            if (key == 0) return bad();
            mandatory = mandatory.subspan(2);
        }
        previous = key;
        at += 4 + size;
    }
    return mandatory.empty() ? Octetful(rest.size()) : bad();
}

}  // namespace

WireResult<std::size_t> name_octets(Octets rest) {
    std::size_t at = 0;
    while (at < rest.size()) {
        const std::size_t length = octet_at(rest, at);
        if (length == 0) return at + 1;
        if (length > max_label_octets) {
            return unexpected(length >= 0xc0 ? WireError::BadPointer : WireError::BadLabelType);
        }
        at += 1 + length;
        if (at >= max_name_octets) return unexpected(WireError::NameTooLong);
    }
    return truncated();
}

WireResult<std::size_t> field_octets(Field field, Octets rest) {
    switch (field) {
    case Field::End: return std::size_t{0};
    case Field::NameCompressible:
    case Field::NameDecompressed:
    case Field::NameLowered:
    case Field::NamePlain: return name_octets(rest);
    case Field::U8:
    case Field::Algorithm:
    case Field::AlgorithmMnemonic:
    case Field::DigestType:
    case Field::KeyProtocol:
    case Field::SyncScheme: return fixed(rest, 1);
    case Field::U16:
    case Field::TypeCode:
    case Field::CertType:
    case Field::KeyFlags: return fixed(rest, 2);
    case Field::U32:
    case Field::Period:
    case Field::Time:
    case Field::Ipv4: return fixed(rest, 4);
    case Field::Eui48: return fixed(rest, 6);
    case Field::Locator:
    case Field::Eui64: return fixed(rest, 8);
    case Field::Ipv6: return fixed(rest, 16);
    case Field::String:
    case Field::Salt: return counted(rest);
    case Field::OptionalString: return rest.empty() ? Octetful(std::size_t{0}) : counted(rest);
    case Field::Strings: return strings(rest);
    case Field::Digits: return counted_of(rest, 4, is_digit);
    case Field::Tag: return counted_of(rest, 1, is_letter_or_digit);
    case Field::HashedOwner: return counted(rest, 1);
    case Field::QuotedRest:
    case Field::Base64OrNone:
    case Field::Base64OrDash:
    case Field::HexOrNone:
    case Field::Opaque: return rest.size();
    case Field::Base64:
    case Field::Hex:
    case Field::Nsap: return all(rest, 1);
    case Field::Types: return rest.empty() ? truncated() : type_windows(rest);
    case Field::TypesOrNone: return type_windows(rest);
    case Field::NxtTypes: return nxt_bitmap(rest);
    case Field::WksPorts: return wks_ports(rest);
    case Field::Loc: return loc(rest);
    case Field::Atma: return atma(rest);
    case Field::A6: return a6(rest);
    case Field::Apl: return apl(rest);
    case Field::IpsecGateway: return ipsec_gateway(rest);
    case Field::AmtRelay: return amt_relay(rest);
    case Field::Hip: return hip(rest);
    case Field::SvcParams: return svc_params(rest);
    }
    return bad();
}

WireResult<void> check_rule(Rule rule, Octets rdata) {
    bool fits = true;
    switch (rule) {
    case Rule::None: break;
    case Rule::DigestLength: {
        constexpr std::array<std::size_t, 5> known{0, 20, 32, 0, 48};
        const std::size_t digest = octet_at(rdata, 3);
        fits = digest >= known.size() || known[digest] == 0 || rdata.size() == 4 + known[digest];
        break;
    }
    case Rule::FingerprintLength: {
        constexpr std::array<std::size_t, 3> known{0, 20, 32};
        const std::size_t digest = octet_at(rdata, 1);
        fits = digest == 0 || digest >= known.size() || rdata.size() == 2 + known[digest];
        break;
    }
    case Rule::ZoneDigestLength: {
        constexpr std::array<std::size_t, 3> known{0, 48, 64};
        const std::size_t digest = octet_at(rdata, 5);
        // RFC 8976 §2.2.4: at least 12 octets, whatever the algorithm.
        fits = digest == 0 || digest >= known.size() ? rdata.size() >= 6 + 12
                                                     : rdata.size() == 6 + known[digest];
        break;
    }
    case Rule::KeyUnlessNoKey: {
        const bool no_key = (octet_at(rdata, 0) & 0xc0) == 0xc0;
        fits = no_key == (rdata.size() == 4);
        break;
    }
    case Rule::HashLength: {
        const std::size_t hash_at = 5 + octet_at(rdata, 4);
        fits = rdata[0] != std::byte{1} || octet_at(rdata, hash_at) == 20;
        break;
    }
    case Rule::ZeroFlags: fits = rdata[0] == std::byte{0} && rdata[1] == std::byte{0}; break;
    }
    if (!fits) return unexpected(WireError::BadRdata);
    return {};
}

}  // namespace lockstep
