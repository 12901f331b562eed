#include "secondary/primaries.hpp"

#include "sync/exchange.hpp"

namespace lockstep {
namespace {

constexpr seconds kept_idle{8};  // most servers close after 10 s or more
constexpr milliseconds connect_time{5000};

}  // namespace

Primaries::Primaries(std::vector<Endpoint> listen, const LimitsConfig& limits)
    : listen_(std::move(listen)),
      kept_a_primary_(limits.transfers_in_per_primary),
      memory_(limits.transfers_in_memory),
      in_all_(limits.transfers_in),
      with_primary_(limits.transfers_in_per_primary) {}

void Primaries::set_limits(const LimitsConfig& limits) {
    kept_a_primary_ = limits.transfers_in_per_primary;
    memory_ = limits.transfers_in_memory;
    in_all_.set_places(limits.transfers_in);
    with_primary_.set_places(limits.transfers_in_per_primary);
}

std::optional<IpAddress> Primaries::source_to(const PeerConfig& primary) const {
    return source_towards(primary.address, listen_);
}

std::list<Primaries::Idle>& Primaries::idle_of(const PeerConfig& primary) {
    auto& idle = idle_[primary.address];
    const auto oldest = std::chrono::steady_clock::now() - kept_idle;
    while (!idle.empty() && idle.front().since < oldest)
        idle.pop_front();
    return idle;
}

bool Primaries::has_idle(const PeerConfig& primary) {
    return !idle_of(primary).empty();
}

awaitable<Result<Primaries::Connection>> Primaries::take(PeerConfig primary) {
    auto& idle = idle_of(primary);
    if (!idle.empty()) {
        Connection connection{std::move(idle.back().stream), true};
        idle.pop_back();
        co_return connection;
    }
    auto connection = co_await take_new(std::move(primary));
    co_return connection;
}

awaitable<Result<Primaries::Connection>> Primaries::take_new(PeerConfig primary) {
    auto stream = co_await connect_stream(primary.address, source_to(primary), connect_time);
    if (!stream) co_return unexpected(std::move(stream).error());
    co_return Connection{std::move(*stream), false};
}

void Primaries::give_back(const PeerConfig& primary, std::unique_ptr<DnsStream> stream) {
    auto& idle = idle_of(primary);
    while (idle.size() >= kept_a_primary_)
        idle.pop_front();
    idle.push_back({std::move(stream), std::chrono::steady_clock::now()});
}

awaitable<Primaries::Places> Primaries::wait_for_place(PeerConfig primary) {
    auto with_primary = co_await with_primary_.of(primary.address).enter();
    auto in_all = co_await in_all_.enter();
    co_return Places{std::move(in_all), std::move(with_primary)};
}

}  // namespace lockstep
