#include "ops/propagation_text.hpp"

#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

Json episode_json(const Propagation& episode) {
    return {{"zone", episode.zone},
            {"peer", episode.peer},
            {"serial", episode.serial.value()},
            {"served_at", to_rfc3339(episode.served_at)},
            {"seen_at", episode.seen_at ? Json(to_rfc3339(*episode.seen_at)) : Json(nullptr)},
            {"seconds", episode.seconds}};
}

}  // namespace

std::string propagation_json(const std::vector<Propagation>& episodes, WallTime now) {
    Json json{{"window_seconds", PropagationLog::window.count()},
              {"now", to_rfc3339(now)},
              {"episodes", Json::array()}};
    for (const auto& episode : episodes)
        json["episodes"].push_back(episode_json(episode));
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string propagation_json_line(const Propagation& episode) {
    return episode_json(episode).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lockstep
