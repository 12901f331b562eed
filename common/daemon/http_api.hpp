#pragma once
// What the daemon tells over HTTP: INTERFACE.md, "HTTP". Read-only but for what the role takes; the routes
// stand in http_api.cpp.
//
// Threads: housekeeping. Errors: the HTTP server's at open. Cost: an answer is made for each request; events
// only while somebody is subscribed.

#include "ops/event_hub.hpp"
#include "ops/http_server.hpp"
#include "ops/status_events.hpp"

namespace lockstep {

class Server;

/// Resource type; the server outlives it.
class HttpApi {
public:
    explicit HttpApi(Server& server);

    [[nodiscard]] Result<void> open(const Endpoint& address) { return http_.open(address); }
    [[nodiscard]] Result<void> move_to(const std::optional<Endpoint>& address) {
        return http_.move_to(address);
    }
    void close() { http_.close(); }
    void zone_changed(NameView zone) { changes_.zone_changed(zone); }
    void happened(const Event& event) { changes_.happened(event); }
    void arrived(const Propagation& episode) { changes_.arrived(episode); }

private:
    struct Route;
    awaitable<HttpAnswer> answer(HttpRequest request);
    [[nodiscard]] HttpAnswer page(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer status(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer history(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer propagation(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer metrics(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer events(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer alive(const HttpRequest& request) const;
    [[nodiscard]] HttpAnswer ready(const HttpRequest& request) const;

    Server& server_;
    EventHub events_;
    StatusEvents changes_;
    HttpServer http_;
};

}  // namespace lockstep
