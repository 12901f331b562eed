// The verbs that both roles have.

#include "daemon/server.hpp"
#include "net/blocking.hpp"
#include "ops/doctor_text.hpp"
#include "ops/history_text.hpp"
#include "ops/nagios.hpp"
#include "zonefile/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace lockstep {
namespace {

constexpr double default_wait_seconds = 60;
constexpr seconds notify_patience{20};
constexpr std::size_t zones_listed = 8;

SteadyTime deadline_of(const ControlRequest& request) {
    const std::chrono::duration<double> wanted(request.timeout_seconds.value_or(default_wait_seconds));
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<milliseconds>(wanted);
}

/// The exit code is the plugin convention's, whose numbers mean other things than ours.
ControlReply plugin_reply(NagiosReport report) {
    return {ExitCode{static_cast<int>(report.code)}, std::move(report.line), {}};
}

}  // namespace

Result<ServedZonePtr> Server::zone_named(const std::string& text) const {
    const auto name = Name::parse_absolute(text);
    if (!name)
        return fail(ErrorCode::Invalid,
                    fmt::format("'{}' is no zone name: {}", text, to_string(name.error())));
    auto zone = store_->zone(*name);
    if (zone) return zone;
    std::string known;
    const auto table = store_->table().current();
    if (table->size() <= zones_listed) {
        table->for_each([&](const ServedZonePtr& one) { known += " " + one->apex.to_string(); });
    }
    return fail(ErrorCode::NotFound, fmt::format("there is no zone {} here{}{}", name->to_string(),
                                                 known.empty() ? "" : "; there is:", known));
}

DaemonStatus Server::status(const std::string& only) const {
    DaemonStatus status{
        .role = role_,
        .version = std::string(version()),
        .identity = identity(),
        .ready = ready_,
        .uptime_seconds = std::chrono::duration<double>(clock_.steady_now() - started_).count(),
        .zones = {}};
    std::vector<ServedZonePtr> zones;
    store_->table().current()->for_each([&](const ServedZonePtr& zone) {
        if (only.empty() || zone->apex.to_string() == only) zones.push_back(zone);
    });
    std::sort(zones.begin(), zones.end(),
              [](const auto& a, const auto& b) { return canonical_order(a->apex, b->apex) < 0; });
    for (const auto& zone : zones) {
        const auto& row = status.zones.emplace_back(zone_status(zone));
        status.ready = status.ready && row.state == "serving";
    }
    return status;
}

ZoneStatus Server::zone_status(const ServedZonePtr& zone) const {
    ZoneStatus row;
    row.name = zone->apex.to_string();
    if (zone->zone) row.serial = zone->zone->serial();
    if (zone->zone) row.records = zone->zone->record_count();
    row.state = !zone->zone ? "empty" : zone->expired ? "expired" : "serving";
    row.not_persisted = store_->not_persisted(zone->apex);
    row.secondaries = secondaries_of(ledger_, zone->apex);
    hooks_.describe(zone, row);
    return row;
}

Summary Server::summary() const {
    Summary summary;
    store_->table().current()->for_each([&](const ServedZonePtr& zone) {
        ++summary.zones;
        if (!zone->zone || zone->expired) ++summary.not_served;
        if (ledger_.out_of_step(zone->apex) || hooks_.behind(zone->apex)) ++summary.behind;
    });
    return summary;
}

awaitable<ControlReply> Server::handle(ControlRequest request) {
    const auto colour = request.colour ? Colour::Yes : Colour::No;
    if (!request.zone.empty()) {
        const auto zone = zone_named(request.zone);
        // A zone that the configuration has only just got is what `reload ZONE` is for.
        const bool may_be_new = request.verb == "reload" && !zone && zone.error().code == ErrorCode::NotFound;
        if (!zone && request.nagios) co_return plugin_reply(nagios_unknown(zone.error().text));
        if (!zone && !may_be_new) co_return ControlReply::not_so(zone.error().text + "\n");
        request.zone = Name::parse_absolute(request.zone)->folded().to_string();
    }
    if (request.verb == "status") {
        const auto state = status(request.zone);
        if (request.nagios) co_return plugin_reply(nagios_report(state));
        co_return ControlReply::done(request.json ? status_json(state) : status_text(state, colour));
    }
    if (request.verb == "zones") {
        const auto state = status({});
        co_return ControlReply::done(request.json ? zones_json(state) : zones_text(state, colour));
    }
    if (request.verb == "history") {
        const auto events = history_.of(request.zone);
        co_return ControlReply::done(request.json ? history_json(events) : history_text(events));
    }
    ControlReply reply;
    if (request.verb == "stop") {
        log_.info("stopping as told over the control socket");
        context_.stop();
        // Never goes on: the connection closes when everything is down, which is the answer.
        asio::steady_timer forever(context_, asio::steady_timer::time_point::max());
        (void)co_await forever.async_wait(as_values);
        co_return ControlReply::done();
    }
    if (!request.wait && (request.verb == "reload" || request.verb == "bump")) {
        gate_.spawn(handle_alone(std::move(request)));
        co_return ControlReply::done();
    }
    if (request.verb == "wait") {
        reply = co_await wait(std::move(request));
    } else if (request.verb == "notify") {
        reply = co_await notify(std::move(request));
    } else if (request.verb == "doctor") {
        reply = co_await doctor(std::move(request));
    } else if (request.verb == "dump") {
        reply = co_await dump(std::move(request));
    } else if (request.verb == "reload") {
        reply = co_await hooks_.reload(request.zone);
    } else {
        auto own = co_await hooks_.handle(request);
        if (!own)
            co_return ControlReply{
                ExitCode::Usage, {}, fmt::format("a {} has no verb '{}'\n", to_string(role_), request.verb)};
        co_return std::move(*own);
    }
    co_return reply;
}

awaitable<void> Server::handle_alone(ControlRequest request) {
    const std::string what = request.verb + " " + request.zone;
    request.wait = true;
    auto reply = co_await handle(std::move(request));
    if (reply.exit_code != ExitCode::Done)
        log_.error("{}: {}", what, reply.errors.substr(0, reply.errors.size() - 1));
}

awaitable<ControlReply> Server::wait(ControlRequest request) {
    const auto zone = zone_named(request.zone);
    if (!zone) co_return ControlReply{ExitCode::Usage, {}, "wait wants the name of a zone\n"};
    const auto deadline = deadline_of(request);
    // Ours first: on a secondary that is all, on a primary what secondaries can follow.
    std::optional<Serial> target;
    if (request.serial) target = Serial{*request.serial};
    for (;;) {
        const auto served = store_->zone((*zone)->apex);
        const bool content = served && served->zone && !served->expired;
        if (content &&
            (!target || *target == served->zone->serial() || is_newer(served->zone->serial(), *target))) {
            if (!target) target = served->zone->serial();
            break;
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            const std::string have =
                content ? "it serves " + to_string(served->zone->serial()) : "it has no content";
            co_return ControlReply::not_so(
                fmt::format("{}: not served here in time: {}\n", request.zone, have));
        }
        co_await notifier_->wait_for_news(deadline);
    }
    if (role_ == Role::Secondary && !request.quorum) co_return ControlReply::done(to_string(*target) + "\n");
    const std::size_t all = ledger_.entries((*zone)->apex).size();
    const std::size_t wanted =
        std::min<std::size_t>(request.quorum.value_or(static_cast<std::uint32_t>(all)), all);
    const Name apex((*zone)->apex);
    const bool served = co_await notifier_->wait_until_served(apex, *target, wanted, deadline);
    if (served) co_return ControlReply::done(to_string(*target) + "\n");
    std::string late =
        fmt::format("{}: not all secondaries serve {} yet\n", request.zone, to_string(*target));
    for (const auto& row : secondaries_of(ledger_, (*zone)->apex)) {
        late +=
            fmt::format("  {} ({}): {}, {}{}\n", row.name, row.address,
                        row.serial ? to_string(*row.serial) : "serial unknown", row.state,
                        row.last_error ? ": " + row.last_error->text + " -> " + row.last_error->remedy : "");
    }
    co_return ControlReply::not_so(std::move(late));
}

awaitable<ControlReply> Server::notify(ControlRequest request) {
    const auto since = clock_.wall_now();
    const auto deadline = std::chrono::steady_clock::now() + notify_patience;
    std::vector<Name> zones;
    store_->table().current()->for_each([&](const ServedZonePtr& zone) {
        const bool meant = request.zone.empty() || zone->apex.to_string() == request.zone;
        if (meant && zone->zone) zones.emplace_back(zone->apex);
    });
    if (zones.empty() && !request.zone.empty())
        co_return ControlReply::not_so(fmt::format("{}: has no content to tell of yet\n", request.zone));
    for (const auto& zone : zones)
        notifier_->kick(zone, Notifier::Whom::All);
    if (!request.wait) co_return ControlReply::done();
    std::string problems;
    for (const auto& zone : zones) {
        co_await notifier_->wait_until_notified(zone, since, deadline);
        for (const auto& entry : ledger_.entries(zone)) {
            if (acknowledged_since(entry, since)) continue;
            problems += entry.last_error ? to_string(*entry.last_error) + "\n"
                                         : fmt::format("{}: {}: no acknowledgement yet\n", zone.to_string(),
                                                       entry.peer.name);
        }
    }
    co_return problems.empty() ? ControlReply::done() : ControlReply::not_so(std::move(problems));
}

awaitable<ControlReply> Server::dump(ControlRequest request) {
    const auto zone = zone_named(request.zone);
    if (!zone) co_return ControlReply{ExitCode::Usage, {}, "dump wants the name of a zone\n"};
    if (!(*zone)->zone) co_return ControlReply::not_so(fmt::format("{}: has no content yet\n", request.zone));
    auto work = [snapshot = (*zone)->zone] { return canonical_text(*snapshot); };
    auto text = co_await run_blocking(&*pool_, work);
    co_return ControlReply::done(std::move(text));
}

awaitable<ControlReply> Server::doctor(ControlRequest request) {
    // One zone each: what fails for one of a peer's zones mostly fails for all.
    std::map<std::pair<PeerRole, std::string>, Examination> cases;
    const auto add = [&](PeerRole role, const PeerConfig& peer, const ServedZonePtr& zone) {
        if (!request.peer.empty() && peer.name != request.peer) return;
        cases.try_emplace({role, peer.name},
                          Examination{.peer = peer,
                                      .role = role,
                                      .from = source_towards(peer.address, config_.server.listen),
                                      .zone = Name(zone->apex),
                                      .held = zone->zone});
    };
    store_->table().current()->for_each([&](const ServedZonePtr& zone) {
        for (const auto& peer : hooks_.primaries_of(zone->apex))
            add(PeerRole::Primary, peer, zone);
        for (const auto& entry : ledger_.entries(zone->apex))
            add(PeerRole::Secondary, entry.peer, zone);
    });
    if (cases.empty()) {
        co_return ControlReply::not_so(
            request.peer.empty() ? "no peers are configured\n"
                                 : fmt::format("there is no peer '{}' of any zone here; see the names in "
                                               "\"primaries\" and \"secondaries\"\n",
                                               request.peer));
    }
    const auto context = exchange();
    std::vector<ExaminedPeer> examined;
    for (const auto& [key, one] : cases) {
        auto findings = co_await examine(&context, one);
        examined.push_back({.peer = one.peer.name,
                            .address = one.peer.address.to_string(),
                            .zone = one.zone.to_string(),
                            .role = one.role,
                            .findings = std::move(findings)});
    }
    const bool well =
        std::all_of(examined.begin(), examined.end(), [](const auto& peer) { return peer.well(); });
    const auto colour = request.colour ? Colour::Yes : Colour::No;
    co_return ControlReply{well ? ExitCode::Done : ExitCode::NotSo,
                           request.json ? doctor_json(examined) : doctor_text(examined, colour),
                           {}};
}

}  // namespace lockstep
