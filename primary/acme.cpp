#include "primary/acme.hpp"

#include "base/replace_file.hpp"
#include "net/blocking.hpp"
#include "ops/acme_text.hpp"
#include "primary/acme_clients.hpp"
#include "primary/update.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t most_grants = 10'000;
constexpr std::size_t most_accounts = 10'000;
constexpr std::size_t most_records = 16;
constexpr std::uint32_t longest_ttl = 3600;
constexpr seconds lifetime{3600};

std::optional<Name> below(std::string_view label, const Name& host) {
    const auto owner = Name::prepend(as_octets(label), host);
    return owner ? std::optional(*owner) : std::nullopt;
}

/// The host that certificates are wanted for: `*.HOST` is proved by the same records as HOST.
Result<Name> host_of(std::string_view text) {
    if (text.starts_with("*.")) text.remove_prefix(2);
    const auto host = Name::parse_absolute(text);
    if (!host)
        return fail(ErrorCode::Invalid, fmt::format("'{}' is no name: {}", text, to_string(host.error())));
    if (!host->view().is_root() && as_text(host->view().first_label()) == acme_challenge_label)
        return fail(ErrorCode::Invalid,
                    fmt::format("give the host itself, without {}", acme_challenge_label));
    return host->folded();
}

/// Why a record at `owner` would prove nothing, if it would not.
std::optional<std::string> obstacle_at(const ServedZonePtr& served, NameView owner) {
    if (!served || !served->zone) return "its zone is not loaded; 'status' tells why";
    const ZoneSnapshot& zone = *served->zone;
    if (is_sealed(zone)) return "its zone has signatures or a ZONEMD, and such a zone takes no updates here";
    for (NameView name = owner; name != zone.apex(); name = name.parent()) {
        const auto node = zone.find(name);
        if (node && node->has(RrType::NS))
            return fmt::format("{} is delegated to other servers: the challenge has to be there",
                               name.to_string());
    }
    if (const auto node = zone.find(owner); node && node->has(RrType::CNAME))
        return "is an alias (CNAME): the challenge has to be at its target";
    return std::nullopt;
}

}  // namespace

std::optional<Name> zone_in(const AccessPolicy& policy, NameView name) {
    for (NameView apex = name;; apex = apex.parent()) {
        if (policy.zones.contains(apex)) return Name(apex);
        if (apex.is_root()) return std::nullopt;
    }
}

UpdateRule acme_rule(const Name& owner, std::size_t max_records) {
    return {.who = {},
            .names = {{NamePattern::Kind::Exactly, owner}},
            .types = {RrType::TXT},
            .max_records = max_records,
            .max_ttl = longest_ttl,
            .lifetime = lifetime,
            .waits = UpdateWaits{}};
}

AccessPolicyPtr with_grants(const AccessPolicyPtr& base, const std::vector<AcmeGrant>& grants) {
    if (grants.empty()) return base;
    std::vector<TsigKey> keys;
    for (const auto& key : base->keys.keys())
        keys.push_back(*key);
    for (const auto& grant : grants) {
        if (!base->keys.find(grant.key.name)) keys.push_back(grant.key);
    }
    auto ring = TsigKeyring::make(std::move(keys));
    if (!ring) return base;  // a book has each key once
    auto policy = std::make_shared<AccessPolicy>(*base);
    policy->keys = std::move(*ring);
    std::map<Name, std::shared_ptr<ZoneAccess>, CanonicalLess> changed;
    for (const auto& grant : grants) {
        if (base->keys.find(grant.key.name)) continue;
        const auto owner = below(acme_challenge_label, grant.host);
        const auto zone = owner ? zone_in(*base, *owner) : std::nullopt;
        if (!zone) continue;
        auto& access = changed[*zone];
        if (!access) {
            const auto* present = base->access(*zone);
            access = std::make_shared<ZoneAccess>(present == nullptr ? ZoneAccess{} : *present);
        }
        UpdateRule rule = acme_rule(*owner, most_records);
        rule.who.key = policy->keys.find(grant.key.name);
        access->update.push_back(
            {{std::nullopt, rule.who.key, fmt::format("acme grant {}", grant.host.to_string())}, rule});
    }
    for (const auto& [zone, access] : changed)
        policy->zones.insert_or_assign(StoredName(zone), access);
    return policy;
}

Acme::Acme(Server& server, std::filesystem::path file, std::function<void()> changed)
    : server_(server), file_(std::move(file)), changed_(std::move(changed)) {}

void Acme::open() {
    auto book = read_acme_book(file_);
    if (book) {
        book_ = std::move(*book);
        damage_.reset();
        return;
    }
    damage_ = book.error().text;
    server_.log().error(
        "{}; no acme grant and no account is in force: mend the file or move it away, then restart",
        *damage_);
}

const AcmeAccount* Acme::account(std::string_view user) const {
    const auto found = std::find_if(book_.accounts.begin(), book_.accounts.end(),
                                    [&](const AcmeAccount& account) { return account.user == user; });
    return found == book_.accounts.end() ? nullptr : &*found;
}

awaitable<Result<void>> Acme::rewrite(Change change) {
    const auto pass = co_await writing_.enter();
    if (damage_)
        co_return fail(ErrorCode::Corrupt,
                       fmt::format("{}; mend the file or move it away, then restart", *damage_));
    auto next = book_;
    if (auto objection = change(next); !objection) co_return objection;
    const bool other_grants =
        next.grants.size() != book_.grants.size();  // they come and go, and never change
    const auto written_book = std::make_shared<const AcmeBook>(std::move(next));
    auto work = [file = file_, written_book] { return replace_file(file, text_of(*written_book)); };
    auto written = co_await run_blocking(&server_.pool(), work);
    if (!written) co_return written;
    book_ = *written_book;
    if (other_grants) changed_();
    co_return Result<void>{};
}

awaitable<Result<void>> Acme::add(AcmeAccount account) {
    Change change = [account = std::move(account)](AcmeBook& book) -> Result<void> {
        if (book.accounts.size() >= most_accounts)
            return fail(ErrorCode::Limit, fmt::format("there are {} accounts already", most_accounts));
        book.accounts.push_back(account);
        return {};
    };
    auto added = co_await rewrite(std::move(change));
    co_return added;
}

awaitable<ControlReply> Acme::grant(ControlRequest request, const CommonConfig* config) {
    const auto host = host_of(request.host);
    if (!host) co_return ControlReply::not_so(host.error().text + "\n");
    const auto client = parse_acme_client(request.client);
    if (!client)
        co_return ControlReply{
            ExitCode::Usage,
            {},
            fmt::format("'{}' is no client known here; {}\n", request.client, acme_client_names())};
    const auto owner = below(acme_challenge_label, *host);
    const auto zone = owner ? zone_in(*server_.policy().current(), *owner) : std::nullopt;
    if (!zone)
        co_return ControlReply::not_so(
            fmt::format("{} is in no zone of this server: there would be no place for its challenge\n",
                        host->to_string()));
    if (const auto obstacle = obstacle_at(server_.store().zone(*zone), *owner))
        co_return ControlReply::not_so(fmt::format("{}: {}\n", owner->to_string(), *obstacle));
    const auto key_name = request.key.empty() ? below("acme", *host) : [&]() -> std::optional<Name> {
        const auto name = Name::parse_absolute(request.key);
        return name ? std::optional(name->folded()) : std::nullopt;
    }();
    if (!key_name)
        co_return ControlReply::not_so(
            fmt::format("'{}' is no name of a key; --key NAME\n",
                        request.key.empty() ? "acme." + host->to_string() : request.key));
    if (config->keys.find(*key_name))
        co_return ControlReply::not_so(
            fmt::format("there is a key {} in the configuration; give this one another name: --key NAME\n",
                        key_name->to_string()));
    const AcmeGrant made{.host = *host,
                         .key = generate_key(*key_name, TsigAlgorithm::HmacSha256),
                         .made_at = to_rfc3339(server_.clock().wall_now())};
    Change change = [&made](AcmeBook& book) -> Result<void> {
        const auto same = std::find_if(book.grants.begin(), book.grants.end(), [&](const AcmeGrant& grant) {
            return grant.key.name.view() == made.key.name.view();
        });
        if (same != book.grants.end()) {
            return fail(
                ErrorCode::Exists,
                fmt::format("{} was granted to key {} at {}: its secret is not shown again; 'acme revoke {}' "
                            "takes it back, --key NAME makes a second one",
                            same->host.to_string(), same->key.name.to_string(), same->made_at,
                            same->key.name.to_string()));
        }
        if (book.grants.size() >= most_grants)
            return fail(ErrorCode::Limit, fmt::format("there are {} grants already", most_grants));
        book.grants.push_back(made);
        return {};
    };
    const auto kept = co_await rewrite(std::move(change));
    if (!kept) co_return ControlReply::not_so(kept.error().text + "\n");
    server_.log().info("acme: {} granted to key {}", host->to_string(), key_name->to_string());
    co_return ControlReply::done(how_to_use(
        {.host = *host, .zone = *zone, .key = made.key, .server = address_for_clients(*config)}, *client));
}

ControlReply Acme::list(const ControlRequest& request, const std::optional<Name>& domain) const {
    if (damage_) return ControlReply::not_so(*damage_ + "\n");
    const auto policy = server_.policy().current();
    const auto zone_text = [&](const std::optional<Name>& name) {
        const auto zone = name ? zone_in(*policy, *name) : std::nullopt;
        return zone ? zone->to_string() : std::string();
    };
    std::vector<AcmeRow> rows;
    for (const auto& grant : book_.grants) {
        const auto owner = below(acme_challenge_label, grant.host);
        rows.push_back({AcmeRow::Kind::Grant, grant.host.to_string(), grant.key.name.to_string(),
                        zone_text(owner), grant.made_at});
    }
    for (const auto& account : book_.accounts) {
        const auto name = domain ? below(account.label, *domain) : std::nullopt;
        rows.push_back({AcmeRow::Kind::Account, name ? name->to_string() : std::string(), account.user,
                        zone_text(name), account.made_at});
    }
    return ControlReply::done(request.json ? acme_json(rows) : acme_text(rows));
}

awaitable<ControlReply> Acme::revoke(ControlRequest request) {
    const auto host = host_of(request.host);
    const auto key = Name::parse_absolute(request.host);
    std::vector<std::string> gone;
    Change change = [&](AcmeBook& book) -> Result<void> {
        // A host first: a key may have the name of another host.
        const auto take = [&](const auto& is_meant) {
            std::erase_if(book.grants, [&](const AcmeGrant& grant) {
                if (!is_meant(grant)) return false;
                gone.push_back(fmt::format("{}, key {}", grant.host.to_string(), grant.key.name.to_string()));
                return true;
            });
        };
        if (host) take([&](const AcmeGrant& grant) { return grant.host.view() == host->view(); });
        if (gone.empty() && key)
            take([&](const AcmeGrant& grant) { return grant.key.name.view() == key->view(); });
        std::erase_if(book.accounts, [&](const AcmeAccount& account) {
            if (account.user != request.host && account.label != request.host) return false;
            gone.push_back("account " + account.user);
            return true;
        });
        if (!gone.empty()) return {};
        return fail(ErrorCode::NotFound,
                    fmt::format("nothing was granted to '{}'; 'acme list' shows hosts, keys and accounts",
                                request.host));
    };
    const auto done = co_await rewrite(std::move(change));
    if (!done) co_return ControlReply::not_so(done.error().text + "\n");
    server_.log().info("acme: taken back: {}", fmt::join(gone, "; "));
    co_return ControlReply::done(fmt::format("{}\n", fmt::join(gone, "\n")));
}

}  // namespace lockstep
