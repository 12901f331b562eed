#include "secondary/secondary.hpp"

#include "base/heap.hpp"
#include "daemon/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <set>

namespace lockstep {
namespace {

constexpr milliseconds least_tick{20};

std::set<StoredName, CanonicalLess> names_of(const std::vector<SecondaryZoneConfig>& zones) {
    std::set<StoredName, CanonicalLess> names;
    for (const auto& zone : zones)
        names.insert(zone.name);
    return names;
}

}  // namespace

Secondary::Secondary(SecondaryConfig config, std::filesystem::path file, Log& log)
    : config_(std::move(config)),
      file_(std::move(file)),
      log_(log),
      primaries_(std::make_unique<Primaries>(config_.server.listen, config_.limits)),
      server_(config_, make_policy(config_), *this, Role::Secondary, log) {
    refusals_ = std::make_unique<LogLimiter>(server_.clock());
    failures_ = std::make_unique<FailureLimiter>(server_.clock());
    forwarder_ = std::make_unique<UpdateForwarder>(server_);
}

Secondary::~Secondary() {
    server_.stop();
    // Their timers and sockets need the server's context, which goes with it.
    tasks_.clear();
    services_.reset();
    timers_.reset();
    primaries_.reset();
}

Result<void> Secondary::open() {
    DNS_TRY(server_.open());
    server_.confine({.read = config_.folders, .write = {}, .sockets = {}});
    timers_ = std::make_unique<TimerWriter>(server_.context(), server_.prompt_pool(), server_.store());
    services_ = std::make_unique<RefreshServices>(
        RefreshServices{.context = server_.context(),
                        .transfer = {.exchange = server_.exchange(),
                                     .primaries = *primaries_,
                                     .pool = server_.pool(),
                                     .prompt_pool = server_.prompt_pool()},
                        .store = server_.store(),
                        .timers = *timers_,
                        .history = server_.history(),
                        .counters = server_.sync_counters(),
                        .propagation = server_.ledger().propagation_log(),
                        .failures = *failures_,
                        .random = server_.random(),
                        .clock = server_.clock(),
                        .log = log_,
                        .changed = [this](NameView zone) { server_.zone_changed(zone); }});
    const auto configured = names_of(config_.zones);
    for (const auto& name : server_.store().unserved_zones()) {
        if (!configured.contains(name)) DNS_TRY(server_.store().remove_zone(name));
    }
    DNS_TRY(server_.store().add_zones(std::vector<StoredName>(configured.begin(), configured.end())));
    for (const auto& zone : config_.zones)
        adopt(zone);
    pace_first_checks();
    give_back_free_memory();
    return {};
}

void Secondary::pace_first_checks() {
    std::vector<TaskPtr> order;
    order.reserve(tasks_.size());
    for (const auto& [name, task] : tasks_)
        order.push_back(task);
    // Not by name: neighbours often share a primary.
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[server_.random().below(i)]);
    const auto latest = server_.clock().steady_now() + seconds{60} +
                        seconds(2 * order.size() / config_.limits.checks_at_start);
    for (const auto& task : order)
        task->verify_by(latest);
    server_.gate().spawn(verify_in(std::move(order), config_.limits.checks_at_start));
}

awaitable<void> Secondary::verify_in(std::vector<TaskPtr> order, std::size_t a_second) {
    const auto tick = std::max(least_tick, milliseconds(1000 / a_second));
    const auto a_tick = std::max<std::size_t>(1, a_second * static_cast<std::size_t>(tick.count()) / 1000);
    asio::steady_timer timer(server_.context());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i]->verify_now();
        if ((i + 1) % a_tick != 0) continue;
        // From now on, not from when it was due: a loop that was held up does not make up for it.
        timer.expires_after(tick);
        (void)co_await timer.async_wait(as_values);
    }
}

void Secondary::run() {
    server_.start();
    server_.run();
}

RefreshConfig Secondary::refresh_config(const SecondaryZoneConfig& zone) const {
    RefreshConfig config{
        .zone = zone.name.folded(), .primaries = {}, .timers = zone.timers, .limits = config_.limits};
    for (const auto place : zone.primaries)
        config.primaries.push_back(config_.primaries[place]);
    return config;
}

Secondary::TaskPtr Secondary::adopt(const SecondaryZoneConfig& zone) {
    const Name name = zone.name.folded();
    std::vector<PeerConfig> downstreams;
    for (const auto place : zone.secondaries)
        downstreams.push_back(config_.secondaries[place]);
    server_.follow_zone(name, downstreams);
    auto& task = tasks_[name];
    if (task) {
        task->reconfigure(refresh_config(zone));
        return nullptr;
    }
    task = std::make_shared<RefreshTask>(*services_, refresh_config(zone));
    server_.gate().spawn(RefreshTask::run(task));
    server_.gate().spawn(RefreshTask::watch_expiry(task));
    return task;
}

std::vector<Name> Secondary::drop_unconfigured() {
    const auto configured = names_of(config_.zones);
    std::vector<Name> gone;
    for (const auto& [name, task] : tasks_) {
        if (configured.contains(name)) continue;
        task->stop();
        server_.forget_zone(name);
        gone.emplace_back(name);
    }
    for (const auto& name : gone)
        tasks_.erase(StoredName(name));
    return gone;
}

awaitable<ControlReply> Secondary::reload(std::string zone) {
    const auto pass = co_await reloading_.enter();
    auto loaded = load_secondary_config(file_);
    if (!loaded) {
        std::string errors;
        for (const auto& problem : loaded.error())
            errors += problem.to_string() + "\n";
        co_return ControlReply::not_so(errors + server_.sandbox_hint(errors) + "nothing was changed\n");
    }
    std::string notes = server_.reload_notes(*loaded, file_);
    const auto taken = server_.reconfigure(*loaded);
    if (!taken) {
        const auto& text = taken.error().text;
        co_return ControlReply::not_so(text + "\n" + server_.sandbox_hint(text) + "nothing was changed\n");
    }
    std::vector<StoredName> fresh;
    for (const auto& one : loaded->zones) {
        if (!tasks_.contains(one.name)) fresh.emplace_back(one.name);
    }
    const auto added = co_await server_.add_zones(std::move(fresh));
    if (!added) {
        server_.put_back(config_);
        co_return ControlReply::not_so(added.error().text + "\nnothing was changed\n");
    }
    config_ = std::move(*loaded);
    primaries_->set_limits(config_.limits);
    server_.policy().publish(make_policy(config_));
    auto gone = drop_unconfigured();
    std::vector<TaskPtr> begun;
    for (const auto& one : config_.zones) {
        if (auto task = adopt(one)) begun.push_back(std::move(task));
    }
    co_await server_.remove_zones(std::move(gone));
    // A new zone is asked for before we say that it is done; one that cannot be had yet is tried on.
    auto errors = co_await check_all(std::move(begun), RefreshTask::How::ByTimers);
    if (!zone.empty() && tasks_of(zone).empty())
        errors += fmt::format("there is no zone {} in {}\n", zone, file_.string());
    co_return ControlReply{errors.empty() ? ExitCode::Done : ExitCode::NotSo, std::move(notes),
                           std::move(errors)};
}

std::vector<Secondary::TaskPtr> Secondary::tasks_of(const std::string& zone) const {
    std::vector<TaskPtr> tasks;
    for (const auto& [name, task] : tasks_) {
        if (zone.empty() || name.to_string() == zone) tasks.push_back(task);
    }
    return tasks;
}

awaitable<void> Secondary::check_into(TaskPtr task, RefreshTask::How how, std::string* problems,
                                      std::size_t* left, asio::steady_timer* done) {
    auto failure = co_await RefreshTask::check(task, how);
    if (failure && problems != nullptr) *problems += to_string(*failure) + "\n";
    if (left != nullptr && --*left == 0) done->cancel();
}

awaitable<std::string> Secondary::check_all(std::vector<TaskPtr> tasks, RefreshTask::How how) {
    std::string problems;
    std::size_t left = tasks.size();
    asio::steady_timer done(server_.context(), asio::steady_timer::time_point::max());
    for (const auto& task : tasks)
        server_.gate().spawn(check_into(task, how, &problems, &left, &done));
    while (left > 0)
        (void)co_await done.async_wait(as_values);
    co_return problems;
}

awaitable<std::optional<ControlReply>> Secondary::handle(ControlRequest request) {
    if (request.verb != "refresh" && request.verb != "retransfer") co_return std::nullopt;
    const auto how = request.verb == "refresh" ? RefreshTask::How::ByTimers : RefreshTask::How::Whole;
    const auto tasks = tasks_of(request.zone);
    if (!request.wait) {
        for (const auto& task : tasks)
            server_.gate().spawn(check_into(task, how, nullptr, nullptr, nullptr));
        co_return ControlReply::done();
    }
    auto problems = co_await check_all(tasks, how);
    if (!problems.empty()) co_return ControlReply::not_so(std::move(problems));
    co_return ControlReply::done();
}

std::vector<PeerConfig> Secondary::primaries_of(NameView zone) const {
    const auto task = tasks_.find(zone);
    return task == tasks_.end() ? std::vector<PeerConfig>() : task->second->config().primaries;
}

void Secondary::describe(const ServedZonePtr& zone, ZoneStatus& status) const {
    const auto task = tasks_.find(zone->apex);
    if (task != tasks_.end()) status.inbound = task->second->status();
}

bool Secondary::behind(NameView zone) const {
    const auto task = tasks_.find(zone);
    return task != tasks_.end() && task->second->behind();
}

void Secondary::notified(const Name& zone, const Endpoint& from, std::optional<Serial> serial) {
    {
        const std::lock_guard lock(told_mutex_);
        const auto [of_zone, first] = told_.try_emplace(zone);
        auto& told = of_zone->second.try_emplace(from.address, Told{from, std::nullopt, false}).first->second;
        if (!serial) {
            told.without_serial = true;
        } else if (!told.serial || is_newer(*serial, *told.serial)) {
            told.serial = serial;
        }
        if (!first) return;
    }
    try {
        asio::post(server_.context(), [this, zone] { pass_on(zone); });
    } catch (const std::bad_alloc&) {
        const std::lock_guard lock(told_mutex_);
        told_.erase(zone);  // else nothing would be passed on ever again
    }
}

void Secondary::pass_on(const Name& zone) {
    std::map<IpAddress, Told> told;
    {
        const std::lock_guard lock(told_mutex_);
        told = std::move(told_.extract(zone).mapped());
    }
    const auto task = tasks_.find(zone);
    if (task == tasks_.end()) return;
    for (const auto& [address, one] : told) {
        if (one.without_serial) task->second->notified(one.from, std::nullopt);
        if (one.serial) task->second->notified(one.from, one.serial);
    }
}

void Secondary::refused(const Name& zone, const Endpoint& from, const std::string& text) {
    const auto held_back = refusals_->admit(zone.to_string() + from.address.to_string());
    if (!held_back) return;
    log_.warning("{}: NOTIFY from {} refused: {}{}", zone.to_string(), from.to_string(), text,
                 held_back_text(*held_back));
    server_.note_refusal(zone, from, "NOTIFY refused: " + text,
                         "if it is a primary of the zone, configure its address, and its key if it has one, "
                         "in \"primaries\"");
}

bool Secondary::admit(std::size_t /*octets*/) {
    return forwarder_->admit();
}

void Secondary::forward(const Name& zone, const Endpoint& from, OctetString message,
                        std::unique_ptr<LateReply> way) {
    log_.debug("{}: an update from {} is passed on", zone.to_string(), from.to_string());
    asio::post(server_.context(), [this, zone, message = std::move(message), way = std::move(way)]() mutable {
        server_.gate().spawn(forwarder_->forward(zone, primaries_of(zone), config_.server.listen,
                                                 std::move(message), std::move(way)));
    });
}

void Secondary::update_refused(const Name& zone, const Endpoint& from, const std::string& text) {
    const auto held_back = refusals_->admit("update " + zone.to_string() + from.address.to_string());
    if (!held_back) return;
    log_.warning("{}: update from {} refused: {}{}", zone.to_string(), from.to_string(), text,
                 held_back_text(*held_back));
    server_.note_refusal(zone, from, "update refused: " + text,
                         "updates belong to the primary; with \"forward_updates\" signed ones are passed on");
}

void Secondary::slept(milliseconds length) {
    for (const auto& [name, task] : tasks_)
        task->slept(length);
}

void Secondary::wall_clock_set() {
    for (const auto& [name, task] : tasks_)
        server_.gate().spawn(RefreshTask::store_anew(task));
}

ExitCode serve_secondary(const std::filesystem::path& file) {
    auto config = load_secondary_config(file);
    if (!config) {
        print_problems(config.error());
        return ExitCode::NotSo;
    }
    print_problems(config->warnings);
    Log log(config->server.log_level);
    Secondary secondary(std::move(*config), file, log);
    if (auto opened = secondary.open(); !opened) {
        log.error("{}", opened.error().text);
        return ExitCode::NotSo;
    }
    secondary.run();
    return ExitCode::Done;
}

ExitCode check_secondary(const std::filesystem::path& file) {
    const auto config = load_secondary_config(file);
    print_problems(config ? config->warnings : config.error());
    if (!config) return ExitCode::NotSo;
    std::fputs(fmt::format("{}: {} zones, ok\n", file.string(), config->zones.size()).c_str(), stdout);
    return ExitCode::Done;
}

}  // namespace lockstep
