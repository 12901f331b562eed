#pragma once
// The secondary daemon: its zones, their refresh tasks, its verbs.
//
// Threads: housekeeping, but for what NotifySink and UpdateSink have, which query workers call.

#include "base/log_limiter.hpp"
#include "daemon/server.hpp"
#include "secondary/refresh_task.hpp"
#include "secondary/update_forwarder.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

namespace lockstep {

/// Resource type.
class Secondary final : public RoleHooks {
public:
    Secondary(SecondaryConfig config, std::filesystem::path file, Log& log);
    ~Secondary() override;

    /// Errors: everything that keeps it from serving.
    [[nodiscard]] Result<void> open();
    void run();

    [[nodiscard]] awaitable<std::optional<ControlReply>> handle(ControlRequest request) override;
    [[nodiscard]] awaitable<ControlReply> reload(std::string zone) override;
    [[nodiscard]] std::vector<PeerConfig> primaries_of(NameView zone) const override;
    void describe(const ServedZonePtr& zone, ZoneStatus& status) const override;
    [[nodiscard]] bool behind(NameView zone) const override;
    void notified(const Name& zone, const Endpoint& from, std::optional<Serial> serial) override;
    void refused(const Name& zone, const Endpoint& from, const std::string& text) override;
    [[nodiscard]] bool admit(std::size_t octets) override;
    void forward(const Name& zone, const Endpoint& from, OctetString message,
                 std::unique_ptr<LateReply> way) override;
    void update_refused(const Name& zone, const Endpoint& from, const std::string& text) override;
    void slept(milliseconds length) override;
    void wall_clock_set() override;

private:
    using TaskPtr = std::shared_ptr<RefreshTask>;
    /// Takes over the configuration of a zone that the store has; the task, where it is a new one.
    TaskPtr adopt(const SecondaryZoneConfig& zone);
    /// Tells the zone's task what the query workers have collected.
    void pass_on(const Name& zone);
    /// Spreads the first checks: ten thousand zones must not ask their primaries in one moment.
    void pace_first_checks();
    awaitable<void> verify_in(std::vector<TaskPtr> order, std::size_t a_second);
    /// Ends the tasks of zones that are configured no more; their names.
    std::vector<Name> drop_unconfigured();
    [[nodiscard]] RefreshConfig refresh_config(const SecondaryZoneConfig& zone) const;
    [[nodiscard]] std::vector<TaskPtr> tasks_of(const std::string& zone) const;
    /// Checks them all at once; what prevented any, one a line.
    awaitable<std::string> check_all(std::vector<TaskPtr> tasks, RefreshTask::How how);
    awaitable<void> check_into(TaskPtr task, RefreshTask::How how, std::string* problems, std::size_t* left,
                               asio::steady_timer* done);

    SecondaryConfig config_;
    std::filesystem::path file_;
    Log& log_;
    std::unique_ptr<Primaries> primaries_;
    std::unique_ptr<TimerWriter> timers_;
    std::map<StoredName, TaskPtr, CanonicalLess> tasks_;
    std::unique_ptr<RefreshServices> services_;
    std::unique_ptr<LogLimiter> refusals_;
    std::unique_ptr<FailureLimiter> failures_;
    Turnstile reloading_;
    /// NOTIFYs on their way from the query workers: one a zone and primary, whatever the flood.
    struct Told {
        Endpoint from;
        std::optional<Serial> serial;  // the newest
        bool without_serial = false;   // one named none
    };
    std::mutex told_mutex_;
    std::map<Name, std::map<IpAddress, Told>, CanonicalLess> told_;
    std::unique_ptr<UpdateForwarder> forwarder_;
    Server server_;  // last: its loops end before anything that they use
};

[[nodiscard]] ExitCode serve_secondary(const std::filesystem::path& config);
[[nodiscard]] ExitCode check_secondary(const std::filesystem::path& config);

}  // namespace lockstep
