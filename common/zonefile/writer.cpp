#include "zonefile/writer.hpp"

#include "rdata/rdata.hpp"

#include <algorithm>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t piece_octets = 64 * 1024;

/// SOA, NS, the rest by type, signatures right behind what they cover: the order that BIND writes.
unsigned rank(const RrsetView& rrset) {
    const bool is_signature = rrset.type() == RrType::RRSIG;
    const auto type = is_signature ? rrset.covered() : rrset.type();
    const unsigned order = type == RrType::SOA ? 0 : type == RrType::NS ? 1 : 2 + static_cast<unsigned>(type);
    return order * 2 + (is_signature ? 1 : 0);
}

}  // namespace

void write_canonical(const ZoneSnapshot& zone, const TextSink& sink) {
    std::string out;
    std::string prefix;
    OctetString rdata;
    std::vector<RrsetView> rrsets;
    out.reserve(piece_octets + 1024);
    for (auto cursor = zone.begin(); cursor; cursor.next()) {
        const auto owner = cursor.owner().to_string();
        rrsets.clear();
        for (const auto rrset : cursor.node())
            rrsets.push_back(rrset);
        std::stable_sort(rrsets.begin(), rrsets.end(),
                         [](const auto& a, const auto& b) { return rank(a) < rank(b); });
        for (const auto& rrset : rrsets) {
            prefix =
                owner + ' ' + std::to_string(rrset.ttl().value()) + " IN " + to_string(rrset.type()) + ' ';
            for (const auto record : rrset) {
                rdata.clear();
                append_canonical_rdata(rrset.type(), record, rdata);
                out += prefix;
                append_rdata_text(rrset.type(), rdata, out);
                out += '\n';
                if (out.size() < piece_octets) continue;
                sink(out);
                out.clear();
            }
        }
    }
    if (!out.empty()) sink(out);
}

std::string canonical_text(const ZoneSnapshot& zone) {
    std::string text;
    write_canonical(zone, [&](std::string_view piece) { text += piece; });
    return text;
}

}  // namespace lockstep
