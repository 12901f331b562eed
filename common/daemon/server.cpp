#include "daemon/server.hpp"

#include "daemon/log_limiter.hpp"
#include "daemon/privileges.hpp"
#include "net/blocking.hpp"
#include "zonefile/writer.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <thread>

namespace lockstep {
namespace {

constexpr double default_wait_seconds = 60;
constexpr seconds notify_patience{20};
constexpr std::size_t zones_listed = 8;

unsigned worker_count(const ServerConfig& config) {
    return config.udp_workers != 0 ? config.udp_workers : std::max(1U, std::thread::hardware_concurrency());
}

SteadyTime deadline_of(const ControlRequest& request) {
    const std::chrono::duration<double> wanted(request.timeout_seconds.value_or(default_wait_seconds));
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<milliseconds>(wanted);
}

}  // namespace

std::string held_back_text(std::uint64_t count) {
    return count == 0 ? std::string() : fmt::format(" (and {} more since the last such line)", count);
}

std::string_view version() {
    return LOCKSTEP_VERSION;
}

/// Writes a line for each transfer out, and has the notifier look at who fetched.
class Server::TransferLog final : public TransferObserver {
public:
    TransferLog(Server& server, Log& log) : server_(server), log_(log), limiter_(server.clock_) {}

    void asked(const TransferAsked& /*event*/) override {}
    void refused(const TransferRefused& event) override {
        const auto held_back = limiter_.admit(event.zone.to_string() + event.peer.address.to_string());
        if (!held_back) return;
        log_.warning("{}: {} to {}{} refused with {}: {}{}", event.zone.to_string(), to_string(event.asked),
                     event.peer.to_string(), key_text(event), to_string(event.rcode), event.text,
                     held_back_text(*held_back));
    }
    void finished(const TransferDone& event) override {
        const auto level = event.sent == RrType::SOA ? LogLevel::Debug : LogLevel::Info;
        if (log_.wants(level)) {
            log_.write(
                level,
                fmt::format("{}: {} to {}{}: serial {} -> {}, {:.3f} s, {} messages, {} octets",
                            event.zone.to_string(), to_string(event.sent), event.peer.to_string(),
                            key_text(event), event.held ? to_string(*event.held) : "none",
                            to_string(event.serial), std::chrono::duration<double>(event.duration).count(),
                            event.messages, event.octets));
        }
        asio::post(server_.context_, [&server = server_, zone = event.zone, peer = event.peer] {
            server.notifier_->peer_active(zone, peer);
        });
    }
    void failed(const TransferDone& event, const std::string& text) override {
        log_.warning("{}: {} to {}{} ended early after {} messages: {}", event.zone.to_string(),
                     to_string(event.sent), event.peer.to_string(), key_text(event), event.messages, text);
    }

private:
    static std::string key_text(const TransferPeer& event) {
        return event.key ? fmt::format(" (key {})", event.key->name.to_string()) : "";
    }
    Server& server_;
    Log& log_;
    LogLimiter limiter_;
};

Server::Server(const CommonConfig& config, AccessPolicyPtr policy, RoleHooks& hooks, Role role, Log& log)
    : config_(config),
      hooks_(hooks),
      role_(role),
      log_(log),
      started_(clock_.steady_now()),
      policy_(std::move(policy)),
      transfer_log_(std::make_unique<TransferLog>(*this, log)),
      tcp_(log, TcpLimits{.connections = config.limits.tcp_connections,
                          .connections_a_peer = config.limits.tcp_connections_per_source,
                          .idle = config.limits.tcp_idle}) {}

Server::~Server() {
    stop();
}

Result<void> Server::open() {
    raise_descriptor_limit();
    // Low ports need privileges that the files must not be made with: so the sockets first.
    std::string problems;
    const auto note = [&](Result<void> result) {
        if (!result) problems += (problems.empty() ? "" : "\n") + result.error().text;
    };
    note(udp_.open(config_.server.listen, worker_count(config_.server)));
    note(tcp_.open(config_.server.listen));
    if (config_.server.user) note(become_user(*config_.server.user));
    auto store = ZoneStore::open(config_.server.state_directory, clock_, log_,
                                 {.min_changes = config_.limits.history_versions,
                                  .min_age = std::chrono::days(config_.limits.history_days),
                                  .max_zone_ratio = config_.limits.history_percent / 100.0});
    if (store) {
        store_ = std::move(*store);
    } else {
        note(unexpected(std::move(store).error()));
    }
    control_ = std::make_unique<ControlServer>(
        context_, log_, [this](ControlRequest request) { return handle(std::move(request)); });
    note(control_->open(config_.server.control_socket));
    if (!problems.empty()) return fail(ErrorCode::Io, std::move(problems));
    store_->on_commit([this](const Committed& committed) { on_commit(committed); });
    notifier_ =
        std::make_unique<Notifier>(context_, exchange(), *store_, ledger_, log_, config_.server.listen);
    responders_ = std::make_unique<ResponderFactory>(AnswerServices{.zones = store_->table(),
                                                                    .policy = policy_,
                                                                    .clock = clock_,
                                                                    .quota = quota_,
                                                                    .counters = counters_,
                                                                    .transfers = *transfer_log_,
                                                                    .notifies = hooks_,
                                                                    .expiry = hooks_});
    return {};
}

void Server::start() {
    udp_.start(*responders_);
    tcp_.start(*responders_);
    if (config_.server.http)
        log_.warning("server.http: this version has no HTTP server yet, nothing listens on {}",
                     config_.server.http->to_string());
    gate_.spawn(stop_on_signal());
    gate_.spawn(reload_on_hangup());
    ready_ = true;
    (void)sd_notify(0, "READY=1");
    std::string addresses;
    for (const auto& address : config_.server.listen)
        addresses += " " + address.to_string();
    log_.info("{} {} serves {} zones on{}", to_string(role_), version(), store_->table().current()->size(),
              addresses);
}

void Server::run() {
    context_.run();
}

void Server::stop() {
    if (std::exchange(stopped_, true)) return;
    (void)sd_notify(0, "STOPPING=1");
    if (control_) control_->close();
    context_.stop();
    udp_.stop();
    tcp_.stop();
    pool_.join();
    store_.reset();
    context_.end();
}

awaitable<void> Server::stop_on_signal() {
    auto got = co_await terminate_.async_wait(as_values);
    if (std::get<0>(got)) co_return;
    log_.info("stopping on signal {}", std::get<1>(got));
    context_.stop();
}

awaitable<void> Server::reload_on_hangup() {
    for (;;) {
        auto got = co_await hangup_.async_wait(as_values);
        if (std::get<0>(got)) co_return;
        log_.info("reloading on SIGHUP");
        auto reply = co_await hooks_.reload({});
        for (const auto* text : {&reply.output, &reply.errors}) {
            if (!text->empty())
                log_.write(text == &reply.output ? LogLevel::Info : LogLevel::Error,
                           text->substr(0, text->size() - 1));
        }
    }
}

void Server::on_commit(const Committed& committed) {
    if (!committed.now->zone) return;
    asio::post(context_, [this, zone = committed.now->apex, serial = committed.now->zone->serial()] {
        ledger_.served(zone, serial);
        notifier_->kick(zone, Notifier::Whom::All);
    });
}

awaitable<Result<void>> Server::add_zones(std::vector<Name> zones) {
    auto work = [this, zones = std::move(zones)]() -> Result<void> {
        for (auto at = zones.begin(); at != zones.end(); ++at) {
            const auto added = store_->add_zone(*at);
            if (added) continue;
            for (auto before = zones.begin(); before != at; ++before) {
                if (auto removed = store_->remove_zone(*before); !removed)
                    log_.error("{}: {}", before->to_string(), removed.error().text);
            }
            return fail(added.error().code, fmt::format("{}: {}", at->to_string(), added.error().text));
        }
        return {};
    };
    auto result = co_await run_blocking(&pool_, std::move(work));
    co_return result;
}

awaitable<void> Server::remove_zones(std::vector<Name> zones) {
    auto work = [this, zones = std::move(zones)] {
        for (const auto& zone : zones) {
            if (auto removed = store_->remove_zone(zone); !removed)
                log_.error("{}: {}", zone.to_string(), removed.error().text);
        }
        return zones.size();
    };
    (void)co_await run_blocking(&pool_, std::move(work));
}

std::string Server::reload_notes(const CommonConfig& wanted, const std::filesystem::path& file) const {
    std::string notes;
    for (const auto& key : restart_needed(config_, wanted))
        notes += fmt::format("{}: a change of {} takes a restart\n", file.string(), key);
    for (const auto& warning : wanted.warnings)
        notes += warning.to_string() + "\n";
    return notes;
}

void Server::follow_zone(const Name& zone, const std::vector<PeerConfig>& secondaries) {
    ledger_.configure(zone, secondaries);
    const auto served = store_->zone(zone);
    if (!served || !served->zone) return;
    ledger_.served(zone, served->zone->serial());
    notifier_->kick(zone, Notifier::Whom::OutOfStep);
}

void Server::forget_zone(const Name& zone) {
    ledger_.configure(zone, {});
    notifier_->kick(zone, Notifier::Whom::OutOfStep);
    ledger_.remove(zone);
}

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
        ZoneStatus& row = status.zones.emplace_back();
        row.name = zone->apex.to_string();
        if (zone->zone) row.serial = zone->zone->serial();
        if (zone->zone) row.records = zone->zone->record_count();
        row.state = !zone->zone ? "empty" : zone->expired ? "expired" : "serving";
        row.secondaries = secondaries_of(ledger_, zone->apex);
        hooks_.describe(zone, row);
        status.ready = status.ready && row.state == "serving";
    }
    return status;
}

awaitable<ControlReply> Server::handle(ControlRequest request) {
    const auto colour = request.colour ? Colour::Yes : Colour::No;
    if (!request.zone.empty()) {
        const auto zone = zone_named(request.zone);
        // A zone that the configuration has only just got is what `reload ZONE` is for.
        const bool may_be_new = request.verb == "reload" && !zone && zone.error().code == ErrorCode::NotFound;
        if (!zone && !may_be_new) co_return ControlReply::not_so(zone.error().text + "\n");
        request.zone = Name::parse_absolute(request.zone)->folded().to_string();
    }
    if (request.verb == "status") {
        const auto state = status(request.zone);
        co_return ControlReply::done(request.json ? status_json(state) : status_text(state, colour));
    }
    if (request.verb == "zones") {
        const auto state = status({});
        co_return ControlReply::done(request.json ? zones_json(state) : zones_text(state, colour));
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
    asio::steady_timer tick(context_);
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
        tick.expires_after(milliseconds{5});
        (void)co_await tick.async_wait(as_values);
    }
    if (role_ == Role::Secondary && !request.quorum) co_return ControlReply::done(to_string(*target) + "\n");
    const auto* entries = ledger_.entries((*zone)->apex);
    const std::size_t all = entries != nullptr ? entries->size() : 0;
    const std::size_t wanted =
        std::min<std::size_t>(request.quorum.value_or(static_cast<std::uint32_t>(all)), all);
    const bool served = co_await notifier_->wait_until_served((*zone)->apex, *target, wanted, deadline);
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
        if (meant && zone->zone) zones.push_back(zone->apex);
    });
    if (zones.empty() && !request.zone.empty())
        co_return ControlReply::not_so(fmt::format("{}: has no content to tell of yet\n", request.zone));
    for (const auto& zone : zones)
        notifier_->kick(zone, Notifier::Whom::All);
    if (!request.wait) co_return ControlReply::done();
    std::string problems;
    for (const auto& zone : zones) {
        co_await notifier_->wait_until_notified(zone, since, deadline);
        const auto* entries = ledger_.entries(zone);
        if (entries == nullptr) continue;
        for (const auto& entry : *entries) {
            if (entry.acknowledged_at && *entry.acknowledged_at >= since) continue;
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
    auto text = co_await run_blocking(&pool_, work);
    co_return ControlReply::done(std::move(text));
}

}  // namespace lockstep
