#include "config/rate_limit.hpp"

#include "config/sections.hpp"

namespace lockstep {

RateLimitConfig read_rate_limit(const JsonValue& root, const Reading& reading) {
    const Section section(Section(root, root_table(), reading.role).value("rate_limit"), rate_limit_table(),
                          reading.role);
    RateLimitConfig config;
    config.responses_per_second = section.number<unsigned>("responses_per_second");
    config.window = std::chrono::seconds(section.integer("window_seconds"));
    config.slip = section.number<unsigned>("slip");
    config.ipv4_prefix = section.number<unsigned>("ipv4_prefix");
    config.ipv6_prefix = section.number<unsigned>("ipv6_prefix");
    for (const auto& entry : section.list("exempt").value_or(std::vector<JsonValue>{})) {
        if (const auto prefix = Prefix::parse(entry.text())) config.exempt.push_back(*prefix);
    }
    return config;
}

}  // namespace lockstep
