#include "ops/summary.hpp"

#include <fmt/format.h>

namespace lockstep {

std::string to_string(const Summary& summary) {
    std::string text = fmt::format("{} zone{}", summary.zones, summary.zones == 1 ? "" : "s");
    if (summary.behind > 0) text += fmt::format(", {} behind", summary.behind);
    if (summary.not_served > 0) text += fmt::format(", {} not served", summary.not_served);
    return text;
}

}  // namespace lockstep
