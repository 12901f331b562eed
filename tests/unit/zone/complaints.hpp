#pragma once
// What checks say about a sound zone and what a case adds to it.

#include "sample.hpp"
#include "zone/checks.hpp"

#include <string>
#include <vector>

namespace lockstep::sample {

using Lines = std::vector<std::string>;

inline Lines lines(const std::vector<ZoneCheck>& checks) {
    Lines out;
    for (const ZoneCheck& check : checks) {
        out.push_back((check.severity == ZoneCheck::Severity::Error ? "E " : "W ") + check.text);
    }
    return out;
}

inline std::vector<Record> with(std::vector<Record> more) {
    more.insert(more.begin(), {soa(1), ns("example.org", "ns1.example.org"), a("ns1.example.org", 1)});
    return more;
}
inline Lines checked(const std::vector<Record>& more) {
    return lines(check_zone(*zone(with(more))));
}
inline Lines refused(const std::vector<Record>& more) {
    return lines(check_transferred(*zone(with(more))));
}

}  // namespace lockstep::sample
