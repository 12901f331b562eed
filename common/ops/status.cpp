#include "ops/status.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

template <class T, class Convert>
Json or_null(const std::optional<T>& value, Convert&& convert) {
    return value ? Json(convert(*value)) : Json(nullptr);
}
Json time_json(const std::optional<WallTime>& time) {
    return or_null(time, to_rfc3339);
}
Json serial_json(const std::optional<Serial>& serial) {
    return or_null(serial, [](Serial one) { return one.value(); });
}
Json number_json(const std::optional<double>& number) {
    return or_null(number, [](double one) { return one; });
}

Json failure_json(const Failure& failure) {
    return {{"at", to_rfc3339(failure.at)}, {"stage", to_string(failure.stage)},
            {"peer", failure.peer},         {"zone", failure.zone},
            {"text", failure.text},         {"remedy", failure.remedy}};
}

Json secondary_json(const SecondaryStatus& secondary) {
    return {{"name", secondary.name},
            {"address", secondary.address},
            {"serial", serial_json(secondary.serial)},
            {"state", secondary.state},
            {"lag_seconds", number_json(secondary.lag_seconds)},
            {"notified_at", time_json(secondary.notified_at)},
            {"verified_at", time_json(secondary.verified_at)},
            {"last_error", or_null(secondary.last_error, failure_json)}};
}

Json transfer_json(const TransferSummary& transfer) {
    return {{"kind", transfer.kind},       {"primary", transfer.primary},   {"at", to_rfc3339(transfer.at)},
            {"seconds", transfer.seconds}, {"messages", transfer.messages}, {"octets", transfer.octets}};
}

Json zone_json(const ZoneStatus& zone) {
    Json json{{"name", zone.name},
              {"serial", serial_json(zone.serial)},
              {"records", zone.records},
              {"state", zone.state},
              {"persisted", !zone.not_persisted},
              {"not_persisted", or_null(zone.not_persisted, [](const auto& text) { return text; })}};
    if (zone.inbound) {
        const auto& in = *zone.inbound;
        json["primary"] = or_null(in.primary, [](const auto& name) { return name; });
        json["primary_serial"] = serial_json(in.primary_serial);
        json["lag_seconds"] = number_json(in.lag_seconds);
        json["refreshed_at"] = time_json(in.refreshed_at);
        json["next_refresh_at"] = time_json(in.next_refresh_at);
        json["expires_at"] = time_json(in.expires_at);
        json["last_transfer"] = or_null(in.last_transfer, transfer_json);
        json["last_error"] = or_null(in.last_error, failure_json);
    } else {
        json["loaded_at"] = time_json(zone.loaded_at);
        json["error"] = or_null(zone.error, [](const auto& text) { return text; });
    }
    json["secondaries"] = Json::array();
    for (const auto& secondary : zone.secondaries)
        json["secondaries"].push_back(secondary_json(secondary));
    return json;
}

std::string dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string on_one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Rows whose columns are as wide as their widest cell; colour comes on top and takes no width.
class Table {
public:
    explicit Table(Colour colour) : colour_(colour) {}
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    [[nodiscard]] std::string text() const {
        std::vector<std::size_t> widths;
        for (const auto& cells : rows_) {
            widths.resize(std::max(widths.size(), cells.size()));
            for (std::size_t i = 0; i < cells.size(); ++i)
                widths[i] = std::max(widths[i], cells[i].size());
        }
        std::string out;
        for (const auto& cells : rows_) {
            std::string line;
            for (std::size_t i = 0; i < cells.size(); ++i) {
                line += painted(cells[i]);
                if (i + 1 < cells.size()) line.append(widths[i] - cells[i].size() + 2, ' ');
            }
            out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        }
        return out;
    }

private:
    [[nodiscard]] std::string painted(const std::string& cell) const {
        if (colour_ == Colour::No) return cell;
        const auto state = std::string_view(cell).substr(std::min(cell.find_first_not_of(' '), cell.size()));
        if (state == "serving" || state == "in-sync") return "\x1b[32m" + cell + "\x1b[0m";
        if (state == "behind" || state == "empty" || state == "unknown") return "\x1b[33m" + cell + "\x1b[0m";
        if (state == "failed" || state == "expired" || state == "unreachable" || state == "refused") {
            return "\x1b[31m" + cell + "\x1b[0m";
        }
        return cell;
    }
    Colour colour_;
    std::vector<std::vector<std::string>> rows_;
};

std::string serial_text(const std::optional<Serial>& serial) {
    return serial ? to_string(*serial) : "-";
}

std::string lag_text(const std::optional<double>& lag) {
    if (!lag) return "lag unknown";
    return *lag == 0 ? "" : fmt::format("lag {:.1f} s", *lag);
}

std::string error_lines(const std::optional<Failure>& error) {
    return error ? fmt::format("    {} {}: {}\n    -> {}\n", to_rfc3339(error->at), error->peer, error->text,
                               error->remedy)
                 : std::string();
}

}  // namespace

std::vector<SecondaryStatus> secondaries_of(const Ledger& ledger, NameView zone) {
    std::vector<SecondaryStatus> rows;
    for (const auto& entry : ledger.entries(zone)) {
        rows.push_back({.name = entry.peer.name,
                        .address = entry.peer.address.to_string(),
                        .serial = entry.serial,
                        .state = std::string(to_string(ledger.state(zone, entry))),
                        .lag_seconds = ledger.lag_seconds(zone, entry),
                        .notified_at = entry.notified_at,
                        .verified_at = entry.verified_at,
                        .last_error = entry.last_error});
    }
    return rows;
}

std::string status_json(const DaemonStatus& status) {
    Json json{{"role", to_string(status.role)}, {"version", status.version}};
    if (status.identity) json["identity"] = *status.identity;
    json["ready"] = status.ready;
    json["uptime_seconds"] = status.uptime_seconds;
    json["zones"] = Json::array();
    for (const auto& zone : status.zones)
        json["zones"].push_back(zone_json(zone));
    return dump(json);
}

std::string zone_json_line(const ZoneStatus& zone) {
    return on_one_line(zone_json(zone));
}

std::string name_json_line(NameView zone) {
    return on_one_line(Json{{"name", zone.to_string()}});
}

std::string zones_json(const DaemonStatus& status) {
    Json json = Json::array();
    for (const auto& zone : status.zones) {
        json.push_back({{"name", zone.name},
                        {"serial", serial_json(zone.serial)},
                        {"records", zone.records},
                        {"state", zone.state}});
    }
    return dump(json);
}

std::string zones_text(const DaemonStatus& status, Colour colour) {
    Table table(colour);
    for (const auto& zone : status.zones) {
        table.row({zone.name, serial_text(zone.serial), std::to_string(zone.records), zone.state});
    }
    return table.text();
}

std::string status_text(const DaemonStatus& status, Colour colour) {
    std::string out = fmt::format("{} {}, {}, up {:.0f} s, {} zone{}\n", to_string(status.role),
                                  status.version, status.ready ? "ready" : "not ready", status.uptime_seconds,
                                  status.zones.size(), status.zones.size() == 1 ? "" : "s");
    for (const auto& zone : status.zones) {
        Table table(colour);
        table.row({zone.name, serial_text(zone.serial), fmt::format("{} records", zone.records), zone.state});
        if (zone.inbound) {
            const auto& in = *zone.inbound;
            table.row({fmt::format("  from {}", in.primary.value_or("-")), serial_text(in.primary_serial),
                       in.refreshed_at ? "seen " + to_rfc3339(*in.refreshed_at) : "never seen",
                       lag_text(in.lag_seconds)});
        }
        for (const auto& secondary : zone.secondaries) {
            table.row({"  to " + secondary.name, serial_text(secondary.serial), secondary.address,
                       secondary.state, lag_text(secondary.lag_seconds)});
        }
        out += table.text();
        if (zone.error) out += fmt::format("    {}\n", *zone.error);
        if (zone.not_persisted) out += fmt::format("    not persisted: {}\n", *zone.not_persisted);
        if (zone.inbound) out += error_lines(zone.inbound->last_error);
        for (const auto& secondary : zone.secondaries)
            out += error_lines(secondary.last_error);
    }
    return out;
}

}  // namespace lockstep
