#pragma once
// RDATA in uncompressed wire form, driven by the layout table: checked, canonical, into messages, from and to
// text.
//
// Threads: pure functions. Errors: WireError, RdataTextError. Limits: 65,535 octets. Security: every length
// is checked against the RDATA's own end, also inside names. Standards: RFC 1035 §3.3, RFC 3597, RFC 4034
// §6.2, and each type's own.

#include "base/bytes.hpp"
#include "wire/error.hpp"
#include "wire/name.hpp"
#include "wire/types.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// Appends to `out` the RDATA that takes `length` octets at `at` of `message`, decompressed where its type
/// allows compression (RFC 3597 §4) and checked against the layout; a type unknown to us is taken as it is.
/// On error `out` is as it was. Errors: Truncated, BadRdata, and those of Name::read.
[[nodiscard]] WireResult<void> read_rdata(RrType type, Octets message, std::size_t at, std::size_t length,
                                          OctetString& out);

/// Whether uncompressed `rdata` fits its type's layout.
[[nodiscard]] WireResult<void> check_rdata(RrType type, Octets rdata);

/// Appends the canonical form: names lower-cased for the types of RFC 4034 §6.2 (as corrected by RFC 6840
/// §5.1).
void append_canonical_rdata(RrType type, Octets rdata, OctetString& out);

/// The order of RDATA within an RRset (RFC 4034 §6.3), by canonical form. `rdata` must fit their type's
/// layout.
[[nodiscard]] std::strong_ordering canonical_rdata_order(RrType type, Octets a, Octets b);
/// Equality of canonical forms: what makes two records of an RRset duplicates.
[[nodiscard]] bool equal_rdata(RrType type, Octets a, Octets b);

/// What RDLENGTH can say (RFC 1035 §3.2.1).
constexpr std::size_t max_rdata_octets = 65535;

/// The names within RDATA that a message may have compressed (types of RFC 1035 only, RFC 3597 §4): `count`
/// of them after `prefix` octets, next to each other.
struct CompressibleNames {
    std::uint8_t prefix = 0;
    std::uint8_t count = 0;
};
[[nodiscard]] constexpr CompressibleNames compressible_names(RrType type) {
    switch (type) {
    case RrType::NS:
    case RrType::MD:
    case RrType::MF:
    case RrType::CNAME:
    case RrType::MB:
    case RrType::MG:
    case RrType::MR:
    case RrType::PTR: return {0, 1};
    case RrType::SOA:
    case RrType::MINFO: return {0, 2};
    case RrType::MX: return {2, 1};
    default: return {};
    }
}

/// Octets that the uncompressed name at the start of `octets` takes; 0 where there is no whole one.
[[nodiscard]] inline std::size_t leading_name_octets(Octets octets) {
    std::size_t at = 0;
    while (at < octets.size() && at < max_name_octets) {
        const auto length = std::to_integer<std::size_t>(octets[at]);
        if (length == 0) return at + 1;
        if (length > max_label_octets) return 0;
        at += length + 1;
    }
    return 0;
}

/// Walks RDATA in order: `on_name(NameView)` for each name that a message may compress, `on_octets(Octets)`
/// for what is between. For the packet path: no allocation, one call for types without such names.
template <class OnName, class OnOctets>
void visit_rdata(RrType type, Octets rdata, OnName&& on_name, OnOctets&& on_octets) {
    const CompressibleNames names = compressible_names(type);
    if (names.count == 0 || rdata.size() <= names.prefix) {
        on_octets(rdata);
        return;
    }
    if (names.prefix != 0) on_octets(rdata.first(names.prefix));
    Octets rest = rdata.subspan(names.prefix);
    for (std::uint8_t i = 0; i < names.count; ++i) {
        const std::size_t size = leading_name_octets(rest);
        if (size == 0) break;
        on_name(NameView::trusted(rest.first(size)));
        rest = rest.subspan(size);
    }
    if (!rest.empty()) on_octets(rest);
}

/// The host whose addresses help whoever asks for this record (RFC 1035 §3.3, RFC 2782, RFC 9460 §4.1): for
/// NS, MX, SRV, KX, AFSDB, RT, MB, MD, MF, SVCB, HTTPS, and NAPTR with flag A or S. Nothing for other types
/// and where the target is the root (RFC 7505, RFC 2782; for SVCB the root stands for the owner itself). A
/// view into `rdata`, which must fit its layout.
[[nodiscard]] std::optional<NameView> additional_target(RrType type, Octets rdata);

/// One word of a record's text: as it stands in the file, escapes not yet undone, quotes taken off. `key="a
/// b"` (SVCB) may come as one unquoted word that keeps its quotes, or as the word `key=` with the quoted word
/// `a b` after it.
struct TextToken {
    std::string_view text;
    bool quoted = false;
};

/// What is wrong with a record's text, and at which of its words (the count of words: at the end).
struct RdataTextError {
    std::size_t token = 0;
    std::string text;
};

/// Reads RDATA from its words, also in the generic form `\# LENGTH HEX` (RFC 3597 §5) for every type.
/// Relative names take `origin`. The error's text is for people: says what was found and what was expected.
[[nodiscard]] Expected<OctetString, RdataTextError> parse_rdata(RrType type, std::span<const TextToken> words,
                                                                const Name& origin);

/// The same, appended to `out`, which is as it was on error. For loading: no allocation but `out`'s own.
[[nodiscard]] Expected<void, RdataTextError> parse_rdata_into(RrType type, std::span<const TextToken> words,
                                                              const Name& origin, OctetString& out);

/// Appends the text of `rdata`, in the same form as BIND's one-line output; for an unknown type, or octets
/// that do not fit the layout, the generic form.
void append_rdata_text(RrType type, Octets rdata, std::string& out);
[[nodiscard]] std::string rdata_text(RrType type, Octets rdata);

}  // namespace lockstep
