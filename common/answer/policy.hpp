#pragma once
// Who may do what: transfers out, NOTIFYs and UPDATEs in, by zone; the keys that are believed; what is told
// about us; how much is told to strangers.
//
// Threads: immutable once published. Errors: none. Limits: rules are looked at one by one, O(rules of the
// zone). Security: what no rule allows is denied, loopback too; where a rule names a prefix and a key both
// must match.

#include "answer/cookies.hpp"
#include "base/clock.hpp"
#include "base/endpoint.hpp"
#include "config/load.hpp"
#include "tsig/key.hpp"
#include "wire/stored_name.hpp"

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// Who, by address, by key, or both. Value type; one of them is there.
struct AccessRule {
    std::optional<Prefix> prefix;
    TsigKeyPtr key;
    std::string label;  // as the log calls it, e.g. `secondary ns2`

    /// Whether it is about `address` and `key` (null: the request was not signed).
    [[nodiscard]] bool matches(const IpAddress& address, const TsigKey* used) const;
    /// `secondary ns2 (198.51.100.2/32, key pair.example.)`
    [[nodiscard]] std::string to_string() const;
};

/// What the rules say to one request. A view of its rules.
struct AccessDecision {
    enum class Missing : std::uint8_t { Nothing, Rule, Signature, OtherKey, Address };

    bool allowed = false;
    const AccessRule* rule = nullptr;  // that allows it, or that matches in part; null where none does
    Missing missing = Missing::Rule;   // to `rule`

    /// For the log.
    [[nodiscard]] std::string to_string() const;
};

/// The first rule that allows `address` with `key` (null: the request was not signed).
[[nodiscard]] AccessDecision decide(std::span<const AccessRule> rules, const IpAddress& address,
                                    const TsigKey* key);

/// One rule of who may update, and what. Value type.
struct UpdateAccess : AccessRule {
    UpdateRule allows;  // its `who` is this rule itself
};
[[nodiscard]] AccessDecision decide_update(std::span<const UpdateAccess> rules, const IpAddress& address,
                                           const TsigKey* key);

/// The rules of one zone.
struct ZoneAccess {
    std::vector<AccessRule> transfer;       // AXFR and IXFR
    std::vector<AccessRule> notify;         // empty on a primary
    std::vector<UpdateAccess> update = {};  // empty on a secondary
    bool forwards_updates = false;          // those that are signed, whoever signed them
};

/// Bounds on transfers out (TRANSFER.md).
struct TransferOutLimits {
    unsigned in_all = 64;
    unsigned per_peer = 8;
    seconds total_time{3600};
    /// Condensed changes larger than this share of the zone: AXFR instead.
    unsigned ixfr_percent = 50;
};

/// Immutable.
struct AccessPolicy {
    TsigKeyring keys;
    std::unordered_map<StoredName, std::shared_ptr<const ZoneAccess>, HashName, SameName>
        zones;                            // by apex; absent: nothing is allowed
    std::optional<std::string> identity;  // NSID, id.server; absent: not told
    TransferOutLimits transfer_out;
    std::set<IpAddress> peers;  // of all configured primaries and secondaries
    RateLimitConfig rate_limit;
    CookieSecrets cookie_secrets;  // empty: the server's own
    milliseconds tcp_idle{10'000};

    /// Loopback, configured peers, exempt prefixes: no rate limit for these.
    [[nodiscard]] bool exempt_from_rate_limit(const IpAddress& address) const;
    /// Null where there are no rules.
    [[nodiscard]] const ZoneAccess* access(NameView apex) const;
};
using AccessPolicyPtr = std::shared_ptr<const AccessPolicy>;

/// Transfers for the zone's secondaries and for the entries of "transfer", updates for those of "update".
[[nodiscard]] AccessPolicyPtr make_policy(const PrimaryConfig& config);
/// The same, and NOTIFY from the zone's primaries.
[[nodiscard]] AccessPolicyPtr make_policy(const SecondaryConfig& config);

}  // namespace lockstep
