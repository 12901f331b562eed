#include "zone/zonemd.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "rdata/rdata.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>
#include <utility>

namespace lockstep {
namespace {

constexpr std::uint8_t scheme_simple = 1;
constexpr std::size_t digest_at = 6;  // behind serial, scheme and hash

std::optional<HashAlgorithm> hash_of(std::uint8_t number) {
    if (number == 1) return HashAlgorithm::Sha384;
    if (number == 2) return HashAlgorithm::Sha512;
    return std::nullopt;
}

/// RFC 8976 §3.3.1.3: what the digest covers leaves out the ZONEMD RRset at the apex and its signatures.
bool is_left_out(const RrsetView& rrset) {
    return rrset.type() == RrType::ZONEMD ||
           (rrset.type() == RrType::RRSIG && rrset.covered() == RrType::ZONEMD);
}

DigestValue digest_of(const ZoneSnapshot& zone, HashAlgorithm algorithm) {
    Digest digest(algorithm);
    OctetString rdata;
    std::array<std::byte, 10> fixed{};
    for (auto cursor = zone.begin(); cursor; cursor.next()) {
        const bool at_apex = cursor.owner() == zone.apex();
        for (const auto rrset : cursor.node()) {
            if (at_apex && is_left_out(rrset)) continue;
            store_big_endian(fixed.data(), static_cast<std::uint16_t>(rrset.type()));
            store_big_endian(fixed.data() + 2, static_cast<std::uint16_t>(RrClass::IN));
            store_big_endian(fixed.data() + 4, rrset.ttl().value());
            for (const auto record : rrset) {
                rdata.clear();
                append_canonical_rdata(rrset.type(), record, rdata);
                store_big_endian(fixed.data() + 8, static_cast<std::uint16_t>(rdata.size()));
                digest.update(cursor.owner().octets());
                digest.update(fixed);
                digest.update(rdata);
            }
        }
    }
    return digest.finish();
}

}  // namespace

Result<ZoneDigest> verify_zone_digest(const ZoneSnapshot& zone) {
    const auto records = zone.apex_node().find(RrType::ZONEMD);
    if (!records) return ZoneDigest::Absent;
    std::map<std::pair<std::uint8_t, std::uint8_t>, unsigned>
        times;  // scheme and hash: twice is once too many
    for (const auto record : *records)
        ++times[{std::to_integer<std::uint8_t>(record[4]), std::to_integer<std::uint8_t>(record[5])}];
    std::optional<std::string> wrong;
    for (const auto record : *records) {
        const auto scheme = std::to_integer<std::uint8_t>(record[4]);
        const auto number = std::to_integer<std::uint8_t>(record[5]);
        const auto hash = hash_of(number);
        if (scheme != scheme_simple || !hash) continue;
        const Serial serial{load_big_endian<std::uint32_t>(record.data())};
        if (serial != zone.serial()) {
            wrong = fmt::format("its ZONEMD is for serial {}, its SOA has {}", to_string(serial),
                                to_string(zone.serial()));
            continue;
        }
        if (times[{scheme, number}] > 1) {
            wrong = fmt::format("it has {} ZONEMD records of scheme {} and hash {}", times[{scheme, number}],
                                scheme, number);
            continue;
        }
        const Octets told = record.subspan(digest_at);
        const auto found = digest_of(zone, *hash);
        if (equal_octets(told, found.octets())) return ZoneDigest::Verified;
        wrong =
            fmt::format("its ZONEMD says {}, its records come to {}", to_hex(told), to_hex(found.octets()));
    }
    if (wrong) return fail(ErrorCode::Invalid, *wrong + " (RFC 8976)");
    return ZoneDigest::Unknown;
}

}  // namespace lockstep
