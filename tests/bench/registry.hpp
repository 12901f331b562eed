#pragma once
// A zone as registries have it, for benchmarks.

#include "base/bytes.hpp"
#include "rdata/soa.hpp"
#include "wire/name.hpp"
#include "zone/builder.hpp"
#include "zone/snapshot.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lockstep::bench {

/// A value.
struct Record {
    Name owner;
    RrType type;
    OctetString rdata;
};

/// `label` in front of `parent`.
inline Name below(std::string_view label, const Name& parent) {
    return *Name::prepend(as_octets(label), parent);
}

/// A registry's zone: `count` delegations of two NS each, a signed third, glue (A and AAAA) for half of them.
/// The same in every run, and in order: checks find nothing. Value type.
class Registry {
public:
    explicit Registry(std::size_t count) {
        std::mt19937_64 random(42);
        static constexpr std::array<const char*, 40> syllables{
            "ma",  "ri", "no", "tech", "web", "shop", "lo",  "ka",  "be", "st", "on", "li", "ne",   "sol",
            "ar",  "in", "co", "de",   "vi",  "ta",   "pro", "net", "el", "to", "mi", "ra", "home", "go",
            "art", "da", "su", "per",  "fo",  "to",   "lab", "ex",  "qu", "za", "bi", "my"};
        std::unordered_set<std::string> seen;
        while (labels.size() < count) {
            std::string label;
            for (auto parts = 2 + random() % 4; parts > 0; --parts)
                label += syllables[random() % syllables.size()];
            if (random() % 4 == 0) label += std::to_string(random() % 1000);
            if (random() % 8 == 0) label.insert(label.size() / 2, "-");
            if (seen.insert(label).second) labels.push_back(label);
        }
        random_state = random();
    }

    /// Calls `visit(record)` for all records, in the order of `labels`.
    template <class Visit>
    void each(const Visit& visit) const {
        std::mt19937_64 random(random_state);
        std::vector<Name> hosts;
        for (int i = 0; i < 5000; ++i)
            hosts.push_back(*Name::parse_absolute("ns" + std::to_string(i) + ".hoster.net"));
        const Soa soa{.mname = hosts[0],
                      .rname = hosts[1],
                      .serial = Serial{1},
                      .refresh = std::chrono::hours{2},
                      .retry = std::chrono::minutes{15},
                      .expire = std::chrono::hours{24 * 14},
                      .minimum = std::chrono::minutes{15}};
        visit(Record{apex, RrType::SOA, soa.rdata()});
        for (const std::size_t host : {0U, 1U})
            visit(Record{apex, RrType::NS, octets_of(hosts[host])});
        for (const std::string& label : labels) {
            const Name owner = below(label, apex);
            const std::size_t kind = std::hash<std::string>{}(label) % 12;
            if (kind % 2 == 0) {
                const Name host = below("ns1", owner);
                visit(Record{owner, RrType::NS, octets_of(host)});
                visit(Record{owner, RrType::NS, octets_of(hosts[kind])});
                visit(Record{host, RrType::A, OctetString(4, std::byte{192})});
                visit(Record{host, RrType::AAAA, OctetString(16, std::byte{0x20})});
            } else {
                const std::size_t first = random() % 4999;
                visit(Record{owner, RrType::NS, octets_of(hosts[first])});
                visit(Record{owner, RrType::NS, octets_of(hosts[first + 1])});
            }
            if (kind % 3 == 0)
                visit(Record{owner, RrType::DS, OctetString(36, static_cast<std::byte>(kind))});
        }
    }
    [[nodiscard]] ZonePtr zone() const {
        ZoneBuilder builder(apex);
        each(
            [&](const Record& record) { builder.add({record.owner, record.type, Ttl{3600}, record.rdata}); });
        return *std::move(builder).finish();
    }

    void sort() { std::sort(labels.begin(), labels.end()); }

    Name apex = *Name::parse_absolute("example");
    std::vector<std::string> labels;
    std::uint64_t random_state = 0;

private:
    static OctetString octets_of(const Name& name) { return {name.octets().begin(), name.octets().end()}; }
};

}  // namespace lockstep::bench
