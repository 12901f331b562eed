#pragma once
// Where in the text the records are that a check of the whole zone is about: found by reading once more, so
// that zones without findings pay nothing; and no more than owners where there are some.
//
// Threads: one. Errors: none. Limits: as many findings as check_zone() yields.

#include "zone/checks.hpp"
#include "zonefile/parser.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// Notes the best place for each finding. A view of the findings.
class PlaceFinder final : public RecordSink {
public:
    explicit PlaceFinder(std::span<const ZoneCheck> findings);

    [[nodiscard]] bool wants(NameView owner) const override;
    void take(const ParsedRecord& parsed) override;
    /// Of finding `index`: the record of its owner and type whose target it names, the first of that owner
    /// and type, or the owner's first.
    [[nodiscard]] std::optional<Place> place(std::size_t index) const { return found_[index].place; }

private:
    enum class Fit : std::uint8_t { None, Owner, Type, Target };
    struct Found {
        Fit fit = Fit::None;
        std::optional<Place> place;
    };
    [[nodiscard]] static Fit fit_of(const ZoneCheck& finding, const RecordView& record);

    std::span<const ZoneCheck> findings_;
    std::vector<Found> found_;
    std::unordered_multimap<std::uint64_t, std::size_t> by_owner_;
};

}  // namespace lockstep
