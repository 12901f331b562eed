#include "ops/nagios.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

std::string_view word(NagiosCode code) {
    switch (code) {
    case NagiosCode::Ok: return "OK";
    case NagiosCode::Warning: return "WARNING";
    case NagiosCode::Critical: return "CRITICAL";
    case NagiosCode::Unknown: break;
    }
    return "UNKNOWN";
}

/// One line, and no `|`, which would begin the performance data.
std::string plain(std::string_view text) {
    std::string out(text);
    std::replace_if(out.begin(), out.end(), [](char one) { return one == '\n' || one == '|'; }, ' ');
    while (out.ends_with(' '))
        out.pop_back();
    return out;
}

/// A label in quotes, within which a quote is doubled.
std::string label(std::string_view text) {
    std::string out = "'";
    for (const char one : plain(text)) {
        if (one == '\'') out += '\'';
        out += one == '=' ? '_' : one;
    }
    return out + "'";
}

/// Gathers what is wrong, and the figures.
class Verdicts {
public:
    void add(NagiosCode code, std::string text) {
        code_ = std::max(code_, code);
        auto& list = code == NagiosCode::Critical ? critical_ : warning_;
        list += (list.empty() ? "" : "; ") + plain(text);
    }
    void lag(const std::string& of, const std::optional<double>& lag) {
        figures_ +=
            (figures_.empty() ? "" : " ") + label(of) + "=" + (lag ? fmt::format("{:.3f}s", *lag) : "U");
    }
    [[nodiscard]] NagiosReport report(std::string_view fine) const {
        std::string text = critical_ + (critical_.empty() || warning_.empty() ? "" : "; ") + warning_;
        if (text.empty()) text = fine;
        if (!figures_.empty()) text += " | " + figures_;
        return {code_, fmt::format("{}: {}\n", word(code_), text)};
    }

private:
    NagiosCode code_ = NagiosCode::Ok;
    std::string critical_;
    std::string warning_;
    std::string figures_;
};

std::string serials(const std::optional<Serial>& theirs, const std::optional<Serial>& wanted) {
    if (!theirs || !wanted) return "";
    return fmt::format(", serial {} instead of {}", to_string(*theirs), to_string(*wanted));
}

std::string for_so_long(const std::optional<double>& lag) {
    return lag ? fmt::format(" for {:.1f} s", *lag) : "";
}

void judge_secondary(const ZoneStatus& zone, const SecondaryStatus& secondary, Verdicts& findings) {
    if (secondary.state == "in-sync") return;
    const bool lost = secondary.state == "unreachable" || secondary.state == "refused";
    std::string text = fmt::format("{} {} {}", zone.name, secondary.name,
                                   secondary.state == "unknown"   ? "was not seen yet"
                                   : secondary.state == "refused" ? "refuses"
                                                                  : secondary.state);
    if (secondary.state == "behind")
        text += for_so_long(secondary.lag_seconds) + serials(secondary.serial, zone.serial);
    if (lost && secondary.last_error) text += " (" + secondary.last_error->text + ")";
    findings.add(lost ? NagiosCode::Critical : NagiosCode::Warning, std::move(text));
}

void judge_inbound(const ZoneStatus& zone, const InboundStatus& in, Verdicts& findings) {
    const auto primary = in.primary.value_or("the primary");
    if (in.last_error) {
        findings.add(NagiosCode::Critical, fmt::format("{} cannot be had from {}: {}", zone.name,
                                                       in.last_error->peer, in.last_error->text));
    } else if (in.lag_seconds && *in.lag_seconds > 0) {
        findings.add(NagiosCode::Warning,
                     fmt::format("{} is behind {}{}{}", zone.name, primary, for_so_long(in.lag_seconds),
                                 serials(zone.serial, in.primary_serial)));
    }
}

void judge(const ZoneStatus& zone, Verdicts& findings) {
    if (zone.state == "expired") {
        findings.add(NagiosCode::Critical, zone.name + " has expired");
    } else if (zone.state != "serving") {
        findings.add(NagiosCode::Critical, zone.name + " has no content");
    }
    if (zone.error)
        findings.add(NagiosCode::Critical, fmt::format("{} was not loaded: {}", zone.name, *zone.error));
    if (zone.inbound) judge_inbound(zone, *zone.inbound, findings);
    for (const auto& secondary : zone.secondaries)
        judge_secondary(zone, secondary, findings);
    if (zone.not_persisted)
        findings.add(NagiosCode::Warning,
                     fmt::format("{} is not persisted: {}", zone.name, *zone.not_persisted));
}

void measure(const ZoneStatus& zone, bool alone, Verdicts& findings) {
    const std::string prefix = alone ? "" : zone.name + " ";
    if (zone.inbound)
        findings.lag(prefix + zone.inbound->primary.value_or("primary"), zone.inbound->lag_seconds);
    for (const auto& secondary : zone.secondaries)
        findings.lag(prefix + secondary.name, secondary.lag_seconds);
}

}  // namespace

NagiosReport nagios_report(const DaemonStatus& status) {
    if (status.zones.empty()) return nagios_unknown("there are no zones here");
    Verdicts findings;
    std::size_t peers = 0;
    for (const auto& zone : status.zones) {
        judge(zone, findings);
        measure(zone, status.zones.size() == 1, findings);
        peers += zone.secondaries.size();
    }
    const auto& first = status.zones.front();
    std::string fine =
        status.zones.size() == 1
            ? fmt::format("{} serial {}", first.name, first.serial ? to_string(*first.serial) : "none")
            : fmt::format("{} zones", status.zones.size());
    if (peers > 0)
        fine += status.zones.size() == 1 ? fmt::format(", all {} secondaries in sync", peers)
                                         : ", all secondaries in sync";
    if (first.inbound) fine += ", in step with the primary";
    return findings.report(fine);
}

NagiosReport nagios_unknown(std::string_view why) {
    return {NagiosCode::Unknown, fmt::format("{}: {}\n", word(NagiosCode::Unknown), plain(why))};
}

}  // namespace lockstep
