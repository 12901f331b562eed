#include "rdata/rdata.hpp"

#include "rdata/field.hpp"
#include "rdata/layout.hpp"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

/// Where names that canonical form lower-cases stand within RDATA; no type has more than two.
struct LoweredNames {
    struct Range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    std::array<Range, 2> ranges{};
    std::size_t count = 0;

    void add(std::size_t begin, std::size_t end) {
        if (count < ranges.size()) ranges[count++] = {begin, end};
    }
};

LoweredNames lowered_names(const Layout& layout, Octets rdata) {
    LoweredNames names;
    std::size_t at = 0;
    for (const Field field : layout) {
        const Octets rest = rdata.subspan(at);
        if (field == Field::A6) {
            const std::size_t prefix = rest.empty() ? 0 : std::to_integer<std::size_t>(rest[0]);
            if (prefix > 0 && prefix <= 128) names.add(at + a6_name_offset(prefix), rdata.size());
            break;
        }
        const auto size = field_octets(field, rest);
        if (!size) break;
        if (is_lowered(field)) names.add(at, at + *size);
        at += *size;
    }
    return names;
}

/// Order of the octets from `from` to `to` of both, folded where `fold` says.
template <class Fold>
std::strong_ordering order_between(Octets a, Octets b, std::size_t from, std::size_t to, Fold fold) {
    for (std::size_t i = from; i < to; ++i) {
        const auto order = fold(a[i]) <=> fold(b[i]);
        if (order != 0) return order;
    }
    return std::strong_ordering::equal;
}

}  // namespace

WireResult<void> read_rdata(RrType type, Octets message, std::size_t at, std::size_t length,
                            OctetString& out) {
    if (at > message.size() || message.size() - at < length) return unexpected(WireError::Truncated);
    const Layout& layout = layout_of(type);
    if (!layout.decompressed) {
        const Octets rdata = message.subspan(at, length);
        DNS_TRY(check_rdata(type, rdata));
        append_octets(out, rdata);
        return {};
    }
    const std::size_t start = out.size();
    const std::size_t limit = at + length;
    const auto copy = [&]() -> WireResult<void> {
        for (const Field field : layout) {
            if (is_decompressed(field)) {
                Name name;
                DNS_TRY(Name::read_into(message, at, limit, at, name));
                append_octets(out, name.octets());
                continue;
            }
            const Octets rest = message.subspan(at, limit - at);
            DNS_TRY_ASSIGN(const std::size_t size, field_octets(field, rest));
            append_octets(out, rest.first(size));
            at += size;
        }
        if (at != limit) return unexpected(WireError::Trailing);
        // A name may grow by decompression until RDLENGTH could not say it.
        if (out.size() - start > max_rdata_octets) return unexpected(WireError::BadRdata);
        return check_rule(layout.rule, Octets(out).subspan(start));
    };
    const auto copied = copy();
    if (!copied) out.resize(start);
    return copied;
}

WireResult<void> check_rdata(RrType type, Octets rdata) {
    if (rdata.size() > max_rdata_octets) return unexpected(WireError::BadRdata);
    const Layout& layout = layout_of(type);
    std::size_t at = 0;
    for (const Field field : layout) {
        DNS_TRY_ASSIGN(const std::size_t size, field_octets(field, rdata.subspan(at)));
        at += size;
    }
    if (at != rdata.size()) return unexpected(WireError::Trailing);
    return check_rule(layout.rule, rdata);
}

void append_canonical_rdata(RrType type, Octets rdata, OctetString& out) {
    const std::size_t start = out.size();
    append_octets(out, rdata);
    const Layout& layout = layout_of(type);
    if (!layout.lowered) return;
    const LoweredNames names = lowered_names(layout, rdata);
    for (std::size_t i = 0; i < names.count; ++i) {
        // Length octets are below 64, where folding changes nothing.
        for (std::size_t at = names.ranges[i].begin; at < names.ranges[i].end; ++at) {
            out[start + at] = fold_octet(out[start + at]);
        }
    }
}

std::strong_ordering canonical_rdata_order(RrType type, Octets a, Octets b) {
    const std::size_t common = std::min(a.size(), b.size());
    const auto plain = [](std::byte octet) { return octet; };
    const Layout& layout = layout_of(type);
    std::size_t at = 0;
    if (layout.lowered) {
        // Where the first octets that differ are the same in lower case, they decide, be they in a name or
        // not.
        const std::byte* behind = a.data() + common;
        const auto [mine, theirs] = std::mismatch(a.data(), behind, b.data());
        if (mine == behind) return a.size() <=> b.size();
        if (fold_octet(*mine) == *mine && fold_octet(*theirs) == *theirs) return *mine <=> *theirs;
        // Up to the first difference both have their names in the same places, so those of one serve.
        const LoweredNames names = lowered_names(layout, a);
        for (std::size_t i = 0; i < names.count; ++i) {
            const std::size_t begin = std::min(names.ranges[i].begin, common);
            const std::size_t end = std::min(names.ranges[i].end, common);
            if (const auto order = order_between(a, b, at, begin, plain); order != 0) return order;
            if (const auto order = order_between(a, b, begin, end, fold_octet); order != 0) return order;
            at = end;
        }
    }
    if (common > at) {
        const int order = std::memcmp(a.data() + at, b.data() + at, common - at);
        if (order != 0) return order <=> 0;
    }
    return a.size() <=> b.size();
}

bool equal_rdata(RrType type, Octets a, Octets b) {
    if (a.size() != b.size()) return false;
    return equal_octets(a, b) || (layout_of(type).lowered && canonical_rdata_order(type, a, b) == 0);
}

std::optional<NameView> additional_target(RrType type, Octets rdata) {
    std::size_t skip = 0;
    switch (type) {
    case RrType::NS:
    case RrType::MB:
    case RrType::MD:
    case RrType::MF: break;
    case RrType::MX:
    case RrType::KX:
    case RrType::AFSDB:
    case RrType::RT:
    case RrType::SVCB:
    case RrType::HTTPS: skip = 2; break;
    case RrType::SRV: skip = 6; break;
    case RrType::NAPTR: {
        skip = 4;
        if (rdata.size() <= skip) return std::nullopt;
        const std::size_t flags = std::to_integer<std::size_t>(rdata[skip]);
        if (rdata.size() < skip + 1 + flags) return std::nullopt;
        const std::string_view text = as_text(rdata.subspan(skip + 1, flags));
        if (text.find_first_of("aAsS") == std::string_view::npos) return std::nullopt;
        for (int string = 0; string < 3; ++string) {
            if (rdata.size() <= skip) return std::nullopt;
            skip += 1 + std::to_integer<std::size_t>(rdata[skip]);
        }
        break;
    }
    default: return std::nullopt;
    }
    if (rdata.size() <= skip) return std::nullopt;
    const std::size_t size = leading_name_octets(rdata.subspan(skip));
    if (size <= 1) return std::nullopt;
    return NameView::trusted(rdata.subspan(skip, size));
}

}  // namespace lockstep
