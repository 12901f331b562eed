// Configuration text: refused with reasons that are fit to print, or accepted with every reference whole.
#include "config/load.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

void check_problems(const lockstep::ConfigProblems& problems) {
    demand(!problems.empty() && problems.size() <= 51);
    for (const auto& problem : problems) {
        for (const char character : problem.to_string())
            demand(static_cast<unsigned char>(character) >= 0x20);
        demand(!problem.text.empty());
        demand((problem.line == 0) == (problem.column == 0));
    }
}

void check_peers(const std::vector<std::size_t>& places, const std::vector<lockstep::PeerConfig>& peers) {
    for (const auto place : places)
        demand(place < peers.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(octets), size);
    const auto primary = lockstep::parse_primary_config(text, "/nowhere/primary.json");
    if (primary) {
        demand(!primary->server.listen.empty());
        for (const auto& zone : primary->zones)
            check_peers(zone.secondaries, primary->secondaries);
    } else {
        check_problems(primary.error());
    }
    const auto secondary = lockstep::parse_secondary_config(text, "/nowhere/secondary.json");
    if (secondary) {
        demand(!secondary->server.listen.empty());
        for (const auto& zone : secondary->zones) {
            demand(!zone.primaries.empty());
            check_peers(zone.primaries, secondary->primaries);
            check_peers(zone.secondaries, secondary->secondaries);
        }
    } else {
        check_problems(secondary.error());
    }
    return 0;
}
