#include "config/acme_dns.hpp"

#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::string_view own_addresses[] = {"127.0.0.0/8", "::1/128"};

}  // namespace

std::optional<AcmeDnsConfig> read_acme_dns(const JsonValue& root, const PrimaryConfig& config,
                                           const Reading& reading) {
    const auto object = Section(root, root_table(), reading.role).value("acme_dns");
    if (!object) return std::nullopt;
    const Section section(*object, acme_dns_table(), reading.role);
    const auto written = section.value("domain");
    if (!written) return std::nullopt;
    const auto domain = Name::parse_absolute(written->text());
    if (!domain) return std::nullopt;
    const bool is_ours = std::any_of(config.zones.begin(), config.zones.end(),
                                     [&](const auto& zone) { return domain->view().is_within(zone.name); });
    if (!is_ours) {
        reading.report.error(written->problem(fmt::format(
            "{} is in none of \"zones\": nothing could be published there", domain->to_string())));
    }
    if (!config.server.http) {
        reading.report.error(
            object->problem("acme_dns is spoken over HTTP: \"server\" wants an \"http\" address for it"));
    }
    AcmeDnsConfig read{.domain = domain->folded(), .register_from = {}};
    if (const auto from = section.list("register_from")) {
        read.register_from_default = false;
        for (const auto& entry : *from) {
            if (const auto prefix = Prefix::parse(entry.text())) read.register_from.push_back(*prefix);
        }
    } else {
        for (const auto text : own_addresses)
            read.register_from.push_back(*Prefix::parse(text));
    }
    return read;
}

}  // namespace lockstep
