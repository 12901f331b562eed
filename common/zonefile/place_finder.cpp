#include "zonefile/place_finder.hpp"

#include "rdata/rdata.hpp"

namespace lockstep {
namespace {

// Few owners, all from a file of ours, so no secret seed.
constexpr std::uint64_t seed = 0;

}  // namespace

PlaceFinder::PlaceFinder(std::span<const ZoneCheck> findings) : findings_(findings), found_(findings.size()) {
    for (std::size_t i = 0; i < findings.size(); ++i)
        by_owner_.emplace(hash_name(findings[i].owner, seed), i);
}

PlaceFinder::Fit PlaceFinder::fit_of(const ZoneCheck& finding, const RecordView& record) {
    if (!(finding.owner.view() == record.owner)) return Fit::None;
    if (finding.type == RrType::None) return Fit::Type;
    if (finding.type != record.type) return Fit::Owner;
    auto target = rdata_text(record.type, record.rdata);
    target.erase(0, target.rfind(' ') + 1);
    return (' ' + finding.text + ' ').find(' ' + target + ' ') == std::string::npos ? Fit::Type : Fit::Target;
}

bool PlaceFinder::wants(NameView owner) const {
    return by_owner_.contains(hash_name(owner, seed));
}

void PlaceFinder::take(const ParsedRecord& parsed) {
    const auto [first, last] = by_owner_.equal_range(hash_name(parsed.record.owner, seed));
    for (auto at = first; at != last; ++at) {
        auto& found = found_[at->second];
        if (const auto fit = fit_of(findings_[at->second], parsed.record); fit > found.fit)
            found = {fit, parsed.place};
    }
}

}  // namespace lockstep
