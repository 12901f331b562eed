#pragma once
// Connections to primaries: kept warm for a while, shared by all zones, bounded in number.
//
// Threads: housekeeping. Errors: Io, Timeout from connecting. Limits: transfers_in and
// transfers_in_per_primary at once, and so many idle connections, 8 s.

#include "config/load.hpp"
#include "net/client.hpp"
#include "net/turnstile.hpp"

#include <list>
#include <map>
#include <memory>
#include <string>

namespace lockstep {

/// Resource type; outlives the connections that it hands out.
class Primaries {
public:
    Primaries(std::vector<Endpoint> listen, const LimitsConfig& limits);

    /// Other bounds for what begins from now on.
    void set_limits(const LimitsConfig& limits);

    /// A connection and the right to use it.
    struct Connection {
        std::unique_ptr<DnsStream> stream;
        bool reused = false;  // the peer may have closed it meanwhile
    };
    /// An idle connection to `primary` where there is one, else a new one.
    [[nodiscard]] awaitable<Result<Connection>> take(PeerConfig primary);
    [[nodiscard]] awaitable<Result<Connection>> take_new(PeerConfig primary);
    /// Keeps a connection whose last answer came to its end.
    void give_back(const PeerConfig& primary, std::unique_ptr<DnsStream> stream);
    [[nodiscard]] bool has_idle(const PeerConfig& primary);

    /// What one transfer holds in memory; given back with its end. Move-only.
    class Memory {
    public:
        explicit Memory(Primaries& of) : of_(of) {}
        Memory(const Memory&) = delete;
        Memory& operator=(const Memory&) = delete;
        ~Memory() { of_.memory_used_ -= octets_; }
        /// Whether all transfers together stay within transfers_in_memory.
        [[nodiscard]] bool grow_to(std::uint64_t octets) {
            of_.memory_used_ += octets - octets_;
            octets_ = octets;
            return of_.memory_used_ <= of_.memory_;
        }

    private:
        Primaries& of_;
        std::uint64_t octets_ = 0;
    };

    /// A place among the transfers that run, in all and with this primary.
    struct Places {
        Turnstile::Pass in_all;
        Turnstile::Pass with_primary;
    };
    [[nodiscard]] awaitable<Places> wait_for_place(PeerConfig primary);
    [[nodiscard]] std::optional<IpAddress> source_to(const PeerConfig& primary) const;

private:
    struct Idle {
        std::unique_ptr<DnsStream> stream;
        SteadyTime since;
    };
    std::list<Idle>& idle_of(const PeerConfig& primary);

    std::vector<Endpoint> listen_;
    std::size_t kept_a_primary_;
    std::uint64_t memory_;
    std::uint64_t memory_used_ = 0;
    Turnstile in_all_;
    PeerTurnstiles with_primary_;
    std::map<Endpoint, std::list<Idle>> idle_;
};

}  // namespace lockstep
