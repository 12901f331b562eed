// Any text: loading ends, in parts as at once, and what loads dumps to text that loads to the same zone,
// serial edits included.
#include "zonefile/serial_edit.hpp"
#include "zonefile/writer.hpp"
#include "zonefile/zone_file.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace lockstep;

void require(bool holds) {
    if (!holds) std::abort();
}

/// What became of a text, for comparison.
std::string outcome_of(const Expected<LoadedZone, ZoneFileErrors>& result) {
    std::string text = result ? canonical_text(*result->zone) : "";
    for (const auto& problem : result ? result->warnings : result.error().problems)
        text += format_problem(problem) + '\n';
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(octets), size);
    const Name apex = Name::parse_absolute("example.com.").value();
    LoadOptions options;
    options.includes = LoadOptions::Includes::Refused;
    options.max_generated_records = 1000;
    const auto loaded = load_zone_text(text, "fuzz", apex, options);
    LoadOptions in_parts = options;
    in_parts.part_octets = 64;
    in_parts.readers = 3;
    require(outcome_of(load_zone_text(text, "fuzz", apex, in_parts)) == outcome_of(loaded));
    if (!loaded) {
        require(!loaded.error().problems.empty());
        for (const auto& problem : loaded.error().problems)
            require(!format_problem(problem, ProblemFormat::WithSource).empty());
        return 0;
    }
    const auto dump = canonical_text(*loaded->zone);
    const auto again = load_zone_text(dump, "dump", apex, options);
    require(again.has_value());
    require(canonical_text(*again->zone) == dump);
    require(again->zone->record_count() == loaded->zone->record_count());

    const auto edited = with_serial(text, apex, Serial{4294967295});
    if (!edited) return 0;
    const auto bumped = load_zone_text(*edited, "edited", apex, options);
    require(bumped.has_value() && bumped->zone->serial() == Serial{4294967295});
    require(bumped->zone->record_count() == loaded->zone->record_count());
    return 0;
}
