#include "primary/update_rights.hpp"

#include "rdata/rdata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

constexpr std::string_view told_records = "a name or type that this key may not update";
constexpr std::string_view told_ttl = "a TTL above what this key may set";
constexpr std::string_view told_count = "more records of one name and type than this key may make";
constexpr std::string_view told_dnssec = "DNSSEC records cannot be changed by update here";

/// Those that only make sense as a signer makes them all.
bool is_signers(RrType type) {
    return type == RrType::RRSIG || type == RrType::NSEC || type == RrType::NSEC3 ||
           type == RrType::NSEC3PARAM || type == RrType::DNSKEY || type == RrType::ZONEMD;
}

/// How many records each RRset comes to while a message's steps are gone through.
class Counts {
public:
    explicit Counts(ZoneBuilder& zone) : zone_(zone) {}

    std::size_t after(const UpdateRecord& update) {
        auto& records = of(update);
        const Octets rdata = update.rdata;
        const auto same = std::find_if(records.begin(), records.end(), [&](const OctetString& each) {
            return equal_rdata(update.type, each, rdata);
        });
        if (update.rr_class == RrClass::ANY) {
            records.clear();
        } else if (update.rr_class == RrClass::NONE) {
            if (same != records.end()) records.erase(same);
        } else if (same == records.end()) {
            records.emplace_back(update.rdata);
        }
        return records.size();
    }

private:
    std::vector<OctetString>& of(const UpdateRecord& update) {
        const auto [at, is_new] =
            rrsets_.try_emplace({update.owner.folded().to_string(), update.type}, std::vector<OctetString>());
        if (!is_new) return at->second;
        const auto node = zone_.find(update.owner);
        if (const auto rrset = node ? node->find(update.type) : std::nullopt) {
            for (const Octets rdata : *rrset)
                at->second.emplace_back(rdata.begin(), rdata.end());
        }
        return at->second;
    }

    ZoneBuilder& zone_;
    std::map<std::pair<std::string, RrType>, std::vector<OctetString>> rrsets_;
};

class Rights {
public:
    Rights(const UpdateRequest& request, ZoneBuilder& zone) : zone_(zone), counts_(zone) {
        for (const UpdateAccess& rule : request.access->update) {
            if (rule.matches(request.client.peer.address, request.key.get())) rules_.push_back(&rule);
        }
        counted_ = std::any_of(rules_.begin(), rules_.end(),
                               [](const auto* rule) { return rule->allows.max_records.has_value(); });
    }

    /// The rule that allows it; null where one record of a name that is removed whole needs none.
    Expected<const UpdateAccess*, UpdateRefusal> judge(const UpdateRecord& update) {
        if (update.rr_class == RrClass::IN && is_signers(update.type))
            return unexpected(
                UpdateRefusal{about(update) + ": DNSSEC records cannot be changed by update", told_dnssec});
        if (update.rr_class == RrClass::ANY && update.type == RrType::ANY) {
            if (auto refusal = refusal_of_name(update)) return unexpected(std::move(*refusal));
            return nullptr;
        }
        const std::size_t count = counted_ ? counts_.after(update) : 0;
        const bool adds = update.rr_class == RrClass::IN;
        const UpdateAccess* nearest = nullptr;
        std::string_view told = told_records;
        std::string why;
        for (const UpdateAccess* rule : rules_) {
            if (!rule->allows.covers(update.owner, update.type)) continue;
            const auto& most = rule->allows.max_records;
            const auto& ttl = rule->allows.max_ttl;
            if (!adds || ((!most || count <= *most) && (!ttl || update.raw_ttl <= *ttl))) return rule;
            nearest = rule;
            if (ttl && update.raw_ttl > *ttl) {
                told = told_ttl;
                why = fmt::format("a TTL of {} is above {}", update.raw_ttl, *ttl);
            } else {
                told = told_count;
                why = fmt::format("{} records of that name and type are more than {}", count, *most);
            }
        }
        if (nearest == nullptr) return unexpected(uncovered(update));
        return unexpected(UpdateRefusal{
            fmt::format("{}: {} nearly matches: {}", about(update), nearest->to_string(), why), told});
    }

private:
    static std::string about(const UpdateRecord& update) {
        return fmt::format("{} {} {}", update.rr_class == RrClass::IN ? "adding" : "deleting",
                           update.owner.to_string(), to_string(update.type));
    }

    /// All that a name has: each type must be covered.
    std::optional<UpdateRefusal> refusal_of_name(const UpdateRecord& update) {
        const auto covered = [&](RrType type) {
            return std::any_of(rules_.begin(), rules_.end(), [&](const UpdateAccess* rule) {
                return rule->allows.covers(update.owner, type);
            });
        };
        if (covered(RrType::ANY)) return std::nullopt;
        const bool has_name = std::any_of(rules_.begin(), rules_.end(), [&](const UpdateAccess* rule) {
            return !rule->allows.types.empty() &&
                   rule->allows.covers(update.owner, rule->allows.types.front());
        });
        if (!has_name) return uncovered(update);
        if (const auto node = zone_.find(update.owner)) {
            for (const RrsetView rrset : *node) {
                if (!covered(rrset.type()))
                    return uncovered({update.owner, rrset.type(), RrClass::ANY, 0, {}});
            }
        }
        return std::nullopt;
    }

    UpdateRefusal uncovered(const UpdateRecord& update) const {
        if (rules_.empty()) return {about(update) + ": no rule is about its sender any more", told_records};
        return {fmt::format("{}: {} nearly matches: its names or types are others", about(update),
                            rules_.front()->to_string()),
                told_records};
    }

    ZoneBuilder& zone_;
    Counts counts_;
    std::vector<const UpdateAccess*> rules_;
    bool counted_ = false;
};

}  // namespace

Expected<std::vector<std::optional<seconds>>, UpdateRefusal> allowed(const UpdateRequest& request,
                                                                     const std::vector<UpdateRecord>& updates,
                                                                     ZoneBuilder& zone) {
    Rights rights(request, zone);
    std::vector<std::optional<seconds>> lifetimes;
    lifetimes.reserve(updates.size());
    for (const UpdateRecord& update : updates) {
        DNS_TRY_ASSIGN(const UpdateAccess* rule, rights.judge(update));
        lifetimes.push_back(rule == nullptr ? std::nullopt : rule->allows.lifetime);
    }
    return lifetimes;
}

const UpdateAccess* rule_of(const UpdateRequest& request) {
    for (const UpdateAccess& rule : request.access->update) {
        if (rule.matches(request.client.peer.address, request.key.get())) return &rule;
    }
    return nullptr;
}

}  // namespace lockstep
