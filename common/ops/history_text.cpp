#include "ops/history_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

Json event_json(const Event& event) {
    Json json{{"at", to_rfc3339(event.at)}, {"event", to_string(event.kind)}};
    if (event.stage) json["stage"] = to_string(*event.stage);
    json["peer"] = event.peer;
    json["zone"] = event.zone;
    if (event.serial) json["serial"] = event.serial->value();
    if (const auto& transfer = event.transfer) {
        json["kind"] = transfer->kind;
        json["from_serial"] = transfer->from ? Json(transfer->from->value()) : Json(nullptr);
        json["seconds"] = transfer->seconds;
        json["messages"] = transfer->messages;
        json["octets"] = transfer->octets;
    }
    if (!event.text.empty()) json["text"] = event.text;
    if (!event.remedy.empty()) json["remedy"] = event.remedy;
    json["times"] = event.times;
    json["first_at"] = to_rfc3339(event.first.value_or(event.at));
    return json;
}

std::string what(const Event& event) {
    if (const auto& transfer = event.transfer) {
        return fmt::format("{}, serial {} -> {}, {:.3f} s, {} messages, {} octets", transfer->kind,
                           transfer->from ? to_string(*transfer->from) : "none",
                           event.serial ? to_string(*event.serial) : "?", transfer->seconds,
                           transfer->messages, transfer->octets);
    }
    std::string text = event.stage ? fmt::format("{}: {}", to_string(*event.stage), event.text) : event.text;
    if (event.serial) text += fmt::format("{}serial {}", text.empty() ? "" : ", ", to_string(*event.serial));
    return text;
}

}  // namespace

std::string history_json(const std::vector<Event>& events) {
    Json json = Json::array();
    for (const auto& event : events)
        json.push_back(event_json(event));
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string event_json_line(const Event& event) {
    return event_json(event).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string history_text(const std::vector<Event>& events) {
    std::string out;
    for (const auto& event : events) {
        out += fmt::format("{}  {}  {:<12}  {}{}", to_rfc3339(event.at), event.zone, to_string(event.kind),
                           event.peer.empty() ? "" : event.peer + ": ", what(event));
        if (event.times > 1)
            out +=
                fmt::format(" ({} times since {})", event.times, to_rfc3339(event.first.value_or(event.at)));
        out += "\n";
        if (!event.remedy.empty()) out += fmt::format("    -> {}\n", event.remedy);
    }
    return out;
}

}  // namespace lockstep
