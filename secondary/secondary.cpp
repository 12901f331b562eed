#include "secondary/secondary.hpp"

#include "daemon/program.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
Secondary::Secondary(SecondaryConfig config, std::filesystem::path file, Log& log)
    : config_(std::move(config)),
      file_(std::move(file)),
      log_(log),
      primaries_(std::make_unique<Primaries>(config_.server.listen, config_.limits)),
      server_(config_, make_policy(config_), *this, Role::Secondary, log) {
    refusals_ = std::make_unique<LogLimiter>(server_.clock());
}

Secondary::~Secondary() {
    server_.stop();
    // Their timers and sockets need the server's context, which goes with it.
    tasks_.clear();
    services_.reset();
    primaries_.reset();
}

Result<void> Secondary::open() {
    DNS_TRY(server_.open());
    services_ = std::make_unique<RefreshServices>(RefreshServices{
        .context = server_.context(),
        .transfer = {.exchange = server_.exchange(), .primaries = *primaries_, .pool = server_.pool()},
        .store = server_.store(),
        .random = server_.random(),
        .clock = server_.clock(),
        .log = log_});
    drop_zones_not_in(config_);
    for (const auto& zone : config_.zones)
        DNS_TRY(adopt(zone));
    return {};
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

Result<void> Secondary::adopt(const SecondaryZoneConfig& zone) {
    const Name name = zone.name.folded();
    auto& task = tasks_[name];
    if (task) {
        task->reconfigure(refresh_config(zone));
    } else {
        if (auto added = server_.store().add_zone(name); !added) {
            tasks_.erase(name);
            return unexpected(std::move(added).error());
        }
        task = std::make_shared<RefreshTask>(*services_, refresh_config(zone));
        server_.gate().spawn(RefreshTask::run(task));
        server_.gate().spawn(RefreshTask::watch_expiry(task));
    }
    std::vector<PeerConfig> downstreams;
    for (const auto place : zone.secondaries)
        downstreams.push_back(config_.secondaries[place]);
    server_.follow_zone(name, downstreams);
    return {};
}

void Secondary::drop_zones_not_in(const SecondaryConfig& config) {
    const auto configured = [&](NameView name) {
        return std::any_of(config.zones.begin(), config.zones.end(),
                           [&](const auto& zone) { return zone.name.view() == name; });
    };
    const auto stored = server_.store().stored_zones();
    if (!stored) {
        log_.error("{}", stored.error().text);
        return;
    }
    auto gone = *stored;
    for (const auto& [name, task] : tasks_)
        gone.push_back(name);
    for (const auto& name : gone) {
        if (configured(name)) continue;
        if (const auto task = tasks_.find(name); task != tasks_.end()) {
            task->second->stop();
            tasks_.erase(task);
        }
        server_.forget_zone(name);
        if (auto removed = server_.store().remove_zone(name); !removed)
            log_.error("{}: {}", name.to_string(), removed.error().text);
    }
}

awaitable<ControlReply> Secondary::reload(std::string zone) {
    auto loaded = load_secondary_config(file_);
    if (!loaded) {
        std::string errors;
        for (const auto& problem : loaded.error())
            errors += problem.to_string() + "\n";
        co_return ControlReply::not_so(errors + "nothing was changed\n");
    }
    std::string notes = server_.reload_notes(*loaded, file_);
    config_ = std::move(*loaded);
    log_.set_level(config_.server.log_level);
    server_.policy().publish(make_policy(config_));
    drop_zones_not_in(config_);
    std::string errors;
    for (const auto& one : config_.zones) {
        if (auto adopted = adopt(one); !adopted)
            errors += fmt::format("{}: {}\n", one.name.to_string(), adopted.error().text);
    }
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

awaitable<std::optional<ControlReply>> Secondary::handle(ControlRequest request) {
    if (request.verb != "refresh" && request.verb != "retransfer") co_return std::nullopt;
    const auto how = request.verb == "refresh" ? RefreshTask::How::ByTimers : RefreshTask::How::Whole;
    const auto tasks = tasks_of(request.zone);
    std::string problems;
    std::size_t left = tasks.size();
    asio::steady_timer done(server_.context(), asio::steady_timer::time_point::max());
    for (const auto& task : tasks) {
        if (request.wait) {
            server_.gate().spawn(check_into(task, how, &problems, &left, &done));
        } else {
            server_.gate().spawn(check_into(task, how, nullptr, nullptr, nullptr));
        }
    }
    while (request.wait && left > 0)
        (void)co_await done.async_wait(as_values);
    if (!problems.empty()) co_return ControlReply::not_so(std::move(problems));
    co_return ControlReply::done();
}

void Secondary::describe(const ServedZonePtr& zone, ZoneStatus& status) const {
    const auto task = tasks_.find(zone->apex);
    if (task != tasks_.end()) status.inbound = task->second->status();
}

void Secondary::notified(const Name& zone, const Endpoint& from, std::optional<Serial> serial) {
    asio::post(server_.context(), [this, zone, from, serial] {
        const auto task = tasks_.find(zone);
        if (task != tasks_.end()) task->second->notified(from, serial);
    });
}

void Secondary::refused(const Name& zone, const Endpoint& from, const std::string& text) {
    const auto held_back = refusals_->admit(zone.to_string() + from.address.to_string());
    if (!held_back) return;
    log_.warning("{}: NOTIFY from {} refused: {}{}", zone.to_string(), from.to_string(), text,
                 held_back_text(*held_back));
}

std::optional<seconds> Secondary::remaining(const Name& zone) const {
    // Query workers ask: the stored deadline is read, not the task, which is housekeeping's alone.
    const auto timers = server_.store().timers(zone);
    if (!timers || timers->expires_at == WallTime{}) return std::nullopt;
    const auto left = std::chrono::duration_cast<seconds>(timers->expires_at - server_.clock().wall_now());
    return std::max(left, seconds{0});
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
