#include "daemon/http_api.hpp"

#include "daemon/server.hpp"
#include "ops/history_text.hpp"
#include "ops/metrics.hpp"
#include "ops/propagation_text.hpp"
#include "ops/status_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lockstep {

struct HttpApi::Route {
    std::string_view path;
    HttpAnswer (HttpApi::*answer)(const HttpRequest& request) const;
};

awaitable<HttpAnswer> HttpApi::answer(HttpRequest request) {
    static constexpr std::array routes{
        Route{"/", &HttpApi::page},
        Route{"/api/status", &HttpApi::status},
        Route{"/api/history", &HttpApi::history},
        Route{"/api/propagation", &HttpApi::propagation},
        Route{"/api/events", &HttpApi::events},
        Route{"/metrics", &HttpApi::metrics},
        Route{"/healthz", &HttpApi::alive},
        Route{"/readyz", &HttpApi::ready},
    };
    if (request.method == HttpMethod::Post) {
        auto posted = co_await server_.post(std::move(request));
        co_return posted;
    }
    if (server_.takes_post(request.path)) {
        auto refusal = HttpAnswer::text(405, "at this path there is nothing but POST");
        refusal.headers.emplace_back("Allow", "POST");
        co_return refusal;
    }
    const auto found = std::find_if(routes.begin(), routes.end(),
                                    [&](const Route& route) { return route.path == request.path; });
    if (found != routes.end()) co_return (this->*found->answer)(request);
    std::string known;
    for (const auto& route : routes)
        known += fmt::format(" {}", route.path);
    co_return HttpAnswer::text(404, fmt::format("nothing is served at this path; there is:{}", known));
}

awaitable<HttpAnswer> RoleHooks::post(HttpRequest /*request*/) {
    co_return HttpAnswer::text(404, "nothing is taken at this path");
}

namespace {

/// The zone that a request is about, as `status` and `history` know it; empty: all.
Expected<std::string, HttpAnswer> zone_asked(const Server& server, const HttpRequest& request) {
    const auto text = request.parameter("zone");
    if (!text || text->empty()) return std::string();
    const auto zone = server.zone_named(*text);
    if (zone) return (*zone)->apex.to_string();
    return unexpected(
        HttpAnswer::text(zone.error().code == ErrorCode::NotFound ? 404 : 400, zone.error().text));
}

}  // namespace

HttpApi::HttpApi(Server& server)
    : server_(server),
      changes_(server.context(), events_,
               [this](const Name& name) -> std::optional<ZoneStatus> {
                   const auto zone = server_.store().zone(name);
                   if (!zone) return std::nullopt;
                   return server_.zone_status(zone);
               }),
      http_(
          server.context(), server.log(), events_,
          [this](HttpRequest request) { return answer(std::move(request)); },
          [this] { return server_.identity(); }) {
    http_.take_posts([this](std::string_view path) { return server_.takes_post(path); });
}

HttpAnswer HttpApi::page(const HttpRequest& /*request*/) const {
    static const auto answer = HttpAnswer::page(status_page_html(), status_page_csp());
    return answer;
}

HttpAnswer HttpApi::status(const HttpRequest& request) const {
    const auto zone = zone_asked(server_, request);
    return zone ? HttpAnswer::json(status_json(server_.status(*zone))) : zone.error();
}

HttpAnswer HttpApi::history(const HttpRequest& request) const {
    const auto zone = zone_asked(server_, request);
    return zone ? HttpAnswer::json(history_json(server_.history().of(*zone))) : zone.error();
}

HttpAnswer HttpApi::propagation(const HttpRequest& request) const {
    const auto zone = zone_asked(server_, request);
    if (!zone) return zone.error();
    return HttpAnswer::json(
        propagation_json(server_.ledger().propagation(*zone), server_.clock().wall_now()));
}

HttpAnswer HttpApi::metrics(const HttpRequest& /*request*/) const {
    HttpAnswer answer;
    answer.content_type = metrics_content_type;
    answer.body = std::make_shared<const std::string>(server_.metrics());
    return answer;
}

HttpAnswer HttpApi::events(const HttpRequest& /*request*/) const {
    return HttpAnswer::event_stream();
}

HttpAnswer HttpApi::alive(const HttpRequest& /*request*/) const {
    return HttpAnswer::text(200, "ok");
}

HttpAnswer HttpApi::ready(const HttpRequest& /*request*/) const {
    const auto status = server_.status({});
    if (status.ready) return HttpAnswer::text(200, "ok");
    std::string rows;
    for (const auto& zone : status.zones) {
        if (zone.state != "serving") rows += fmt::format("\n{} {}", zone.name, zone.state);
    }
    return HttpAnswer::text(503, rows.empty() ? "starting" : "not every zone is served:" + rows);
}

}  // namespace lockstep
