#include "daemon/server.hpp"

#include "base/cores.hpp"
#include "base/heap.hpp"
#include "base/log_limiter.hpp"
#include "base/scheduling.hpp"
#include "daemon/http_api.hpp"
#include "daemon/privileges.hpp"
#include "daemon/sandbox.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/watchdog.hpp"
#include "net/blocking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace lockstep {
namespace {

constexpr milliseconds clock_tick{1000};
constexpr milliseconds worth_telling{1000};  // of a clock's jump
constexpr seconds save_again{5};
constexpr milliseconds tidy_again{200};
constexpr milliseconds status_again{1000};
constexpr int status_share = 100;  // telling the status takes a hundredth of the time at most
constexpr int watchdog_share = 3;  // so often in the time after which we would be ended
// Idle threads beat every second; one that has not for this long is stuck, however short the patience.
constexpr milliseconds least_patience{2000};

unsigned worker_count(const ServerConfig& config) {
    return config.udp_workers != 0 ? config.udp_workers : static_cast<unsigned>(usable_cores());
}

HistoryLimits history_limits(const LimitsConfig& limits) {
    return {.min_changes = limits.history_versions,
            .min_age = std::chrono::days(limits.history_days),
            .max_zone_ratio = limits.history_percent / 100.0};
}

}  // namespace

std::string_view version() {
    return LOCKSTEP_VERSION;
}

/// Writes a line for each transfer out, and has the notifier look at who fetched.
class Server::TransferLog final : public TransferObserver {
public:
    TransferLog(Server& server, Log& log) : server_(server), log_(log), limiter_(server.clock_) {}

    void asked(const TransferAsked& /*event*/) override {}
    void refused(const TransferRefused& event) override {
        server_.sync_counters_.out(event.asked).refused.add();
        const auto held_back = limiter_.admit(event.zone.to_string() + event.peer.address.to_string());
        if (!held_back) return;
        log_.warning("{}: {} to {}{} refused with {}: {}{}", event.zone.to_string(), to_string(event.asked),
                     event.peer.to_string(), key_text(event), to_string(event.rcode), event.text,
                     held_back_text(*held_back));
        server_.note_refusal(
            event.zone, event.peer,
            fmt::format("{} refused with {}: {}", to_string(event.asked), to_string(event.rcode), event.text),
            "if it may have the zone, configure its address, and its key if it has one, in "
            "\"secondaries\" or \"transfer\"");
    }
    void finished(const TransferDone& event) override {
        count(event, &TransferCounters::done);
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
        asio::post(server_.context_, [&server = server_, event] {
            server.notifier_->peer_active(event.zone, event.peer);
            if (event.sent == RrType::SOA) return;
            server.history_.add(
                {.kind = EventKind::TransferOut,
                 .at = server.clock_.wall_now(),
                 .zone = event.zone.to_string(),
                 .peer = server.name_of(event.zone, event.peer),
                 .serial = event.serial,
                 .transfer = TransferFigures{.kind = std::string(to_string(event.sent)),
                                             .from = event.held,
                                             .seconds = std::chrono::duration<double>(event.duration).count(),
                                             .messages = event.messages,
                                             .octets = event.octets}});
        });
    }
    void failed(const TransferDone& event, const std::string& text) override {
        count(event, &TransferCounters::failed);
        log_.warning("{}: {} to {}{} ended early after {} messages: {}", event.zone.to_string(),
                     to_string(event.sent), event.peer.to_string(), key_text(event), event.messages, text);
        asio::post(server_.context_, [&server = server_, event, text] {
            server.history_.add({.kind = EventKind::Failure,
                                 .at = server.clock_.wall_now(),
                                 .zone = event.zone.to_string(),
                                 .peer = server.name_of(event.zone, event.peer),
                                 .serial = event.serial,
                                 .text = fmt::format("{} out ended early after {} messages: {}",
                                                     to_string(event.sent), event.messages, text),
                                 .stage = Stage::Connect,
                                 .remedy = "it closed, or read too slowly; it asks again by itself"});
        });
    }

private:
    void count(const TransferDone& event, SharedCounter TransferCounters::* result) {
        auto& counters = server_.sync_counters_;
        if (event.sent == RrType::SOA) {
            counters.up_to_date_out.add();
            return;
        }
        (counters.out(event.sent).*result).add();
        counters.out(event.sent).octets.add(event.octets);
    }
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
      tcp_(log, tcp_limits(config.limits)) {}

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
    http_ = std::make_unique<HttpApi>(*this);
    if (config_.server.http) note(http_->open(*config_.server.http));
    ledger_.on_change([this](NameView zone) { http_->zone_changed(zone); });
    history_.on_add([this](const Event& event) { http_->happened(event); });
    ledger_.propagation_log().on_add([this](const Propagation& episode) { http_->arrived(episode); });
    if (config_.server.user) note(become_user(*config_.server.user));
    if (auto dropped = drop_capabilities(); !dropped) log_.warning("{}", dropped.error().text);
    auto store =
        ZoneStore::open(config_.server.state_directory, clock_, log_, history_limits(config_.limits));
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
    notifier_ = std::make_unique<Notifier>(
        context_, exchange(), *store_, ledger_, history_, sync_counters_, log_, config_.server.listen,
        role_ == Role::Primary ? Notifier::Origin::Here : Notifier::Origin::Elsewhere,
        NotifyTiming{.alarm_after = config_.limits.alarm_behind});
    notifier_->on_ahead([this](NameView zone, const PeerConfig& secondary, Serial theirs) {
        hooks_.secondary_ahead(zone, secondary, theirs);
    });
    responders_ = std::make_unique<ResponderFactory>(AnswerServices{.zones = store_->table(),
                                                                    .policy = policy_,
                                                                    .clock = clock_,
                                                                    .quota = quota_,
                                                                    .counters = counters_,
                                                                    .transfers = *transfer_log_,
                                                                    .notifies = hooks_,
                                                                    .updates = hooks_,
                                                                    .rate_limits = rate_limit_log_});
    return {};
}

TcpLimits Server::tcp_limits(const LimitsConfig& limits) const {
    return {.connections = limits.tcp_connections,
            .connections_a_peer = limits.tcp_connections_per_source,
            .idle = limits.tcp_idle,
            .favours = [policy = std::make_shared<PublishedReader<AccessPolicy>>(policy_)](
                           const IpAddress& address) { return policy->get()->peers.contains(address); }};
}

Result<void> Server::reconfigure(const CommonConfig& wanted) {
    const auto control_before = control_->path();
    DNS_TRY(control_->open(wanted.server.control_socket));
    if (auto moved = http_->move_to(wanted.server.http); !moved) {
        if (auto back = control_->open(control_before); !back) log_.error("{}", back.error().text);
        return moved;
    }
    tcp_.set_limits(tcp_limits(wanted.limits));
    store_->set_history(history_limits(wanted.limits));
    notifier_->set_alarm(wanted.limits.alarm_behind);
    log_.set_level(wanted.server.log_level);
    return {};
}

void Server::put_back(const CommonConfig& before) {
    if (auto back = reconfigure(before); !back) log_.error("{}", back.error().text);
}

void Server::confine(Reach reach) {
    if (config_.server.sandbox) {
        reach.write.insert(config_.server.state_directory);
        reach.sockets.insert(config_.server.control_socket.parent_path());
        hide_memory();
        const auto off = "\"sandbox\": false in \"server\" turns it off";
        if (const auto landlock = confine_files(reach); !landlock) {
            log_.warning("sandbox: {}; {}", landlock.error().text, off);
        } else if (*landlock == 0) {
            log_.info("sandbox: this kernel has no Landlock: all files stay within reach");
        } else {
            confined_ = true;
            log_.info("sandbox: other files are out of reach (Landlock, version {})", *landlock);
        }
        if (const auto filtered = confine_calls(); !filtered) {
            log_.warning("sandbox: {}; {}", filtered.error().text, off);
        } else {
            log_.info("sandbox: system calls are filtered (seccomp)");
        }
    }
    // A pool's threads are as the one that makes them.
    std::thread([this] {
        take_short_turns();
        prompt_pool_.emplace(2U);
    }).join();
    std::thread([this] {
        give_way();
        pool_.emplace(2U);
    }).join();
}

std::string Server::sandbox_hint(std::string_view errors) const {
    if (!confined_ || errors.find(std::strerror(EACCES)) == errors.npos) return {};
    return "if its permissions are right: a folder that was not known at the start is out of reach until a restart "
           "(server.sandbox)\n";
}

void Server::start() {
    udp_.start(*responders_);
    tcp_.start(*responders_);
    gate_.spawn(stop_on_signal());
    gate_.spawn(reload_on_hangup());
    gate_.spawn(watch_clocks());
    gate_.spawn(save_unsaved());
    ready_ = true;
    if (ServiceManager::present()) {
        auto summary_text = to_string(summary());
        ServiceManager::ready(summary_text);
        gate_.spawn(tell_status(std::move(summary_text)));
    }
    if (const auto within = ServiceManager::watchdog()) gate_.spawn(feed_watchdog(*within));
    std::string addresses;
    for (const auto& address : config_.server.listen)
        addresses += " " + address.to_string();
    log_.info("{} {} serves {} zones on{}", to_string(role_), version(), store_->table().current()->size(),
              addresses);
    if (config_.server.http) log_.info("status over HTTP on http://{}/", config_.server.http->to_string());
}

void Server::run() {
    context_.run();
}

void Server::stop() {
    if (std::exchange(stopped_, true)) return;
    ServiceManager::stopping();
    if (control_) control_->close();
    if (http_) http_->close();
    context_.stop();
    udp_.stop();
    tcp_.stop();
    if (pool_) pool_->join();
    if (prompt_pool_) prompt_pool_->join();
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
        ServiceManager::reloading();
        auto reply = co_await hooks_.reload({});
        if (ServiceManager::present()) ServiceManager::ready(to_string(summary()));
        for (const auto* text : {&reply.output, &reply.errors}) {
            if (!text->empty())
                log_.write(text == &reply.output ? LogLevel::Info : LogLevel::Error,
                           text->substr(0, text->size() - 1));
        }
    }
}

awaitable<void> Server::watch_clocks() {
    asio::steady_timer tick(context_);
    auto suspended = clock_.suspended();
    // Where the wall clock is when nobody sets it, and the machine sleeps now and then.
    const auto origin = [&] {
        const auto awake = std::chrono::floor<milliseconds>(clock_.steady_now()).time_since_epoch();
        return clock_.wall_now() - awake - clock_.suspended();
    };
    auto wall = origin();
    for (;;) {
        tick.expires_after(clock_tick);
        (void)co_await tick.async_wait(as_values);
        const auto length = clock_.suspended() - suspended;
        if (length >= worth_telling) {
            suspended += length;
            log_.info("the machine was suspended for {:.0f} s",
                      std::chrono::duration<double>(length).count());
            hooks_.slept(length);
        }
        const auto set_by = origin() - wall;
        if (set_by >= worth_telling || set_by <= -worth_telling) {
            wall += set_by;
            log_.warning(
                "the wall clock was set {} by {:.0f} s; signatures (TSIG) are good only while it is "
                "within 300 s of the peers' clocks",
                set_by > milliseconds{0} ? "forward" : "back",
                std::abs(std::chrono::duration<double>(set_by).count()));
            hooks_.wall_clock_set();
        }
    }
}

awaitable<void> Server::save_unsaved() {
    asio::steady_timer tick(context_);
    for (;;) {
        tick.expires_after(save_again);
        (void)co_await tick.async_wait(as_values);
        if (!store_->has_unsaved()) continue;
        auto work = [this] { return store_->save_unsaved(); };
        auto saved = co_await run_blocking(&*pool_, work);
        if (saved) log_.info("the state directory takes what is to be stored again");
    }
}

awaitable<void> Server::tidy_memory() {
    if (std::exchange(tidying_, true)) co_return;
    struct Reset {
        bool& flag;
        ~Reset() { flag = false; }
    } const reset{tidying_};
    while (!old_versions_.empty() || heap_grew_) {
        asio::steady_timer tick(context_, tidy_again);
        (void)co_await tick.async_wait(as_values);
        auto work = [this, trim = std::exchange(heap_grew_, false)] {
            const std::size_t freed = old_versions_.free_unused();
            if (trim) give_back_free_memory();
            return freed;
        };
        (void)co_await run_blocking(&*pool_, work);
    }
}

awaitable<void> Server::tell_status(std::string told) {
    asio::steady_timer tick(context_);
    for (;;) {
        const auto began = clock_.steady_now();
        auto text = to_string(summary());
        const auto took = clock_.steady_now() - began;
        if (text != told) ServiceManager::status(text);
        told = std::move(text);
        tick.expires_after(std::max<SteadyTime::duration>(status_again, took * status_share));
        (void)co_await tick.async_wait(as_values);
    }
}

awaitable<void> Server::feed_watchdog(milliseconds within) {
    auto threads = udp_.threads();
    threads.push_back(tcp_.thread());
    // That housekeeping moves, this loop shows itself.
    Watchdog watchdog(threads, std::max(within / 2, least_patience), clock_.steady_now());
    asio::steady_timer tick(context_);
    for (;;) {
        const auto found = watchdog.look(clock_.steady_now());
        for (const auto& name : found.stopped) {
            log_.error(
                "{} stands still; the service manager will restart us unless it moves again within {:.0f} s",
                name, std::chrono::duration<double>(within).count());
        }
        for (const auto& name : found.resumed)
            log_.warning("{} moves again", name);
        if (found.still == 0) ServiceManager::alive();
        tick.expires_after(within / watchdog_share);
        (void)co_await tick.async_wait(as_values);
    }
}

void Server::note_refusal(const Name& zone, const Endpoint& from, std::string text, std::string remedy) {
    asio::post(context_, [this, zone, from, text = std::move(text), remedy = std::move(remedy)] {
        history_.add({.kind = EventKind::Refused,
                      .at = clock_.wall_now(),
                      .zone = zone.to_string(),
                      .peer = from.address.to_string(),
                      .text = text,
                      .remedy = remedy});
    });
}

std::string Server::name_of(NameView zone, const Endpoint& peer) const {
    // A transfer comes from a port of its own, so only the address tells.
    for (const auto& entry : ledger_.entries(zone)) {
        if (entry.peer.address.address == peer.address) return entry.peer.name;
    }
    return peer.address.to_string();
}

void Server::on_commit(const Committed& committed) {
    if (!committed.now->zone || !ready_) return;  // before the start follow_zone() tells
    old_versions_.keep(committed.before);
    asio::post(context_, [this, zone = committed.now->apex, serial = committed.now->zone->serial()] {
        ledger_.served(zone, serial);
        notifier_->kick(zone, Notifier::Whom::All);
        notifier_->news();
        if (!old_versions_.empty()) gate_.spawn(tidy_memory());
    });
}

awaitable<Result<std::vector<ServedZonePtr>>> Server::add_zones(std::vector<StoredName> zones) {
    auto work = [this, zones = std::move(zones)] { return store_->add_zones(zones); };
    auto result = co_await run_blocking(&*pool_, std::move(work));
    co_return result;
}

void Server::zone_changed(NameView zone) {
    notifier_->news();
    http_->zone_changed(zone);
}

std::optional<std::string> Server::identity() const {
    return policy_.current()->identity;
}

awaitable<void> Server::remove_zones(std::vector<Name> zones) {
    auto work = [this, &zones] {
        for (const auto& zone : zones) {
            const auto served = store_->zone(zone);
            if (auto removed = store_->remove_zone(zone); removed)
                old_versions_.keep(served);
            else
                log_.error("{}: {}", zone.to_string(), removed.error().text);
        }
        return zones.size();
    };
    (void)co_await run_blocking(&*pool_, work);
    for (const auto& zone : zones)
        zone_changed(zone);
    if (!old_versions_.empty()) gate_.spawn(tidy_memory());
}

std::string Server::reload_notes(const CommonConfig& wanted, const std::filesystem::path& file) const {
    std::string notes;
    for (const auto& key : restart_needed(config_, wanted))
        notes += fmt::format("{}: a change of {} takes a restart\n", file.string(), key);
    for (const auto& warning : wanted.warnings)
        notes += warning.to_string() + "\n";
    return notes;
}

void Server::follow_zone(NameView zone, const std::vector<PeerConfig>& secondaries) {
    ledger_.configure(zone, secondaries);
    const auto served = store_->zone(zone);
    if (!served || !served->zone) return;
    ledger_.served(zone, served->zone->serial());
    notifier_->kick(zone, Notifier::Whom::OutOfStep);
}

void Server::forget_zone(NameView zone) {
    ledger_.configure(zone, {});
    notifier_->kick(zone, Notifier::Whom::OutOfStep);
    ledger_.remove(zone);
}

}  // namespace lockstep
