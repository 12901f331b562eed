#include "answer/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

bool is_key(const TsigKey& wanted, const TsigKey* used) {
    return used != nullptr && wanted.name.view() == used->name.view();
}

bool fits(const AccessRule& rule, const IpAddress& address) {
    return !rule.prefix || rule.prefix->contains(address);
}

bool fits(const AccessRule& rule, const TsigKey* key) {
    return !rule.key || is_key(*rule.key, key);
}

/// The first rule that matches, else the one that does so best in part.
template <class Rule>
AccessDecision nearest_of(std::span<const Rule> rules, const IpAddress& address, const TsigKey* key) {
    AccessDecision nearest;
    for (const AccessRule& rule : rules) {
        const bool address_fits = fits(rule, address);
        const bool key_fits = fits(rule, key);
        using enum AccessDecision::Missing;
        if (address_fits && key_fits) return {true, &rule, Nothing};
        if (key_fits && rule.key) {
            nearest = {false, &rule, Address};
        } else if (address_fits && rule.prefix && nearest.missing != Address) {
            nearest = {false, &rule, key == nullptr ? Signature : OtherKey};
        }
    }
    return nearest;
}

std::vector<UpdateAccess> update_rules(const PrimaryZoneConfig& zone) {
    std::vector<UpdateAccess> rules;
    for (const UpdateRule& rule : zone.update)
        rules.push_back(
            {{rule.who.prefix, rule.who.key, fmt::format("update rule {}", rules.size() + 1)}, rule});
    return rules;
}

AccessRule rule_for(const PeerConfig& peer, std::string_view kind) {
    return {Prefix::of(peer.address.address), peer.key, fmt::format("{} {}", kind, peer.name)};
}

std::vector<AccessRule> transfer_rules(const ServedZoneConfig& zone,
                                       const std::vector<PeerConfig>& secondaries) {
    std::vector<AccessRule> rules;
    rules.reserve(zone.secondaries.size() + zone.transfer.size());
    for (const std::size_t place : zone.secondaries)
        rules.push_back(rule_for(secondaries[place], "secondary"));
    for (const PeerRule& rule : zone.transfer)
        rules.push_back({rule.prefix, rule.key,
                         fmt::format("transfer rule {}", rules.size() - zone.secondaries.size() + 1)});
    return rules;
}

bool same_transfer(const ServedZoneConfig& a, const ServedZoneConfig& b) {
    return a.secondaries == b.secondaries && a.transfer == b.transfer;
}

AccessPolicy common_policy(const CommonConfig& config) {
    AccessPolicy policy;
    policy.keys = config.keys;
    policy.identity = config.server.identity;
    policy.transfer_out = {.in_all = config.limits.transfers_out,
                           .per_peer = config.limits.transfers_out_per_peer,
                           .total_time = config.limits.transfer_out_time,
                           .ixfr_percent = config.limits.ixfr_percent};
    for (const PeerConfig& peer : config.secondaries)
        policy.peers.insert(peer.address.address);
    policy.rate_limit = config.rate_limit;
    policy.cookie_secrets = config.server.cookie_secrets;
    policy.tcp_idle = config.limits.tcp_idle;
    return policy;
}

}  // namespace

std::string AccessRule::to_string() const {
    std::string who;
    if (prefix) who = prefix->to_string();
    if (key) who += fmt::format("{}key {}", who.empty() ? "" : ", ", key->name.to_string());
    return fmt::format("{} ({})", label, who);
}

std::string AccessDecision::to_string() const {
    switch (missing) {
    case Missing::Nothing: return fmt::format("allowed by {}", rule->to_string());
    case Missing::Rule: return "no rule matches, not even in part";
    case Missing::Signature:
        return fmt::format("{} nearly matches: the request is not signed", rule->to_string());
    case Missing::OtherKey:
        return fmt::format("{} nearly matches: the request is signed with another key", rule->to_string());
    case Missing::Address:
        return fmt::format("{} nearly matches: the request comes from another address", rule->to_string());
    }
    std::unreachable();
}

bool AccessRule::matches(const IpAddress& address, const TsigKey* used) const {
    return fits(*this, address) && fits(*this, used);
}

AccessDecision decide(std::span<const AccessRule> rules, const IpAddress& address, const TsigKey* key) {
    return nearest_of(rules, address, key);
}

AccessDecision decide_update(std::span<const UpdateAccess> rules, const IpAddress& address,
                             const TsigKey* key) {
    return nearest_of(rules, address, key);
}

const ZoneAccess* AccessPolicy::access(NameView apex) const {
    const auto at = zones.find(apex);
    return at == zones.end() ? nullptr : at->second.get();
}

bool AccessPolicy::exempt_from_rate_limit(const IpAddress& address) const {
    return address.is_loopback() || peers.contains(address) ||
           std::any_of(rate_limit.exempt.begin(), rate_limit.exempt.end(),
                       [&](const Prefix& prefix) { return prefix.contains(address); });
}

AccessPolicyPtr make_policy(const PrimaryConfig& config) {
    AccessPolicy policy = common_policy(config);
    policy.zones.reserve(config.zones.size());
    const PrimaryZoneConfig* last = nullptr;  // most zones have the same rules
    std::shared_ptr<const ZoneAccess> access;
    for (const PrimaryZoneConfig& zone : config.zones) {
        if (last == nullptr || !same_transfer(zone, *last) || zone.update != last->update)
            access = std::make_shared<const ZoneAccess>(
                ZoneAccess{transfer_rules(zone, config.secondaries), {}, update_rules(zone), false});
        last = &zone;
        policy.zones.emplace(zone.name, access);
    }
    return std::make_shared<const AccessPolicy>(std::move(policy));
}

AccessPolicyPtr make_policy(const SecondaryConfig& config) {
    AccessPolicy policy = common_policy(config);
    for (const PeerConfig& peer : config.primaries)
        policy.peers.insert(peer.address.address);
    policy.zones.reserve(config.zones.size());
    const SecondaryZoneConfig* last = nullptr;
    std::shared_ptr<const ZoneAccess> access;
    for (const SecondaryZoneConfig& zone : config.zones) {
        if (last == nullptr || !same_transfer(zone, *last) || zone.primaries != last->primaries ||
            zone.forward_updates != last->forward_updates) {
            std::vector<AccessRule> notify;
            for (const std::size_t place : zone.primaries)
                notify.push_back(rule_for(config.primaries[place], "primary"));
            access = std::make_shared<const ZoneAccess>(ZoneAccess{
                transfer_rules(zone, config.secondaries), std::move(notify), {}, zone.forward_updates});
        }
        last = &zone;
        policy.zones.emplace(zone.name, access);
    }
    return std::make_shared<const AccessPolicy>(std::move(policy));
}

}  // namespace lockstep
