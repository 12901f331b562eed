#include "primary/acme_dns.hpp"

#include "base/counted.hpp"
#include "crypto/encoding.hpp"
#include "ops/acme_text.hpp"
#include "primary/overlay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t records_kept = 2;  // base and wildcard
constexpr std::uint32_t record_ttl = 1;
constexpr std::size_t password_octets = 30;
constexpr std::size_t identifier_octets = 16;
constexpr std::size_t most_of_an_account = 8;  // updates under way
constexpr std::size_t most_under_way = 32;     // half of the HTTP server's connections

/// A random UUID (RFC 9562 §5.4).
std::string new_identifier() {
    auto octets = random_octets(identifier_octets);
    octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0fU) | 0x40U);
    octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3fU) | 0x80U);
    auto text = to_hex(secret_view(octets));
    for (const std::size_t at : {20U, 16U, 12U, 8U})
        text.insert(at, "-");
    return text;
}

/// 40 digits of base64url.
std::string new_password() {
    auto text = to_base64(secret_view(random_octets(password_octets)));
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

bool is_allowed(const std::vector<Prefix>& prefixes, const IpAddress& address) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const Prefix& prefix) { return prefix.contains(address); });
}

HttpAnswer too_many(std::string_view seconds_to_wait) {
    auto answer = acme_refusal(429, "too_many_requests");
    answer.headers.emplace_back("Retry-After", seconds_to_wait);
    return answer;
}

}  // namespace

AcmeDns::AcmeDns(Server& server, Acme& acme, InsideUpdates& updates)
    : server_(server),
      acme_(acme),
      updates_(updates),
      registrations_(server.clock(), 10, seconds{30}),
      failures_(server.clock(), 10, seconds{10}),
      updates_of_accounts_(server.clock(), 20, seconds{1}),
      refusals_(server.clock()) {}

bool AcmeDns::takes(std::string_view path) const {
    return config_ && (path == "/register" || path == "/update");
}

awaitable<HttpAnswer> AcmeDns::post(HttpRequest request) {
    if (!takes(request.path)) co_return acme_refusal(404, "acme_dns is off");
    // Only browsers say it, for a page of anybody's.
    if (request.field("origin")) co_return acme_refusal(403, "not_for_browsers");
    if (request.path == "/register") {
        auto made = co_await make_account(std::move(request));
        co_return made;
    }
    auto updated = co_await update(std::move(request));
    co_return updated;
}

awaitable<HttpAnswer> AcmeDns::make_account(HttpRequest request) {
    const bool is_passed_on =
        request.field("forwarded") || request.field("x-forwarded-for") || request.field("via");
    const bool from_anywhere = is_passed_on && config_->register_from_default;
    if (from_anywhere || !is_allowed(config_->register_from, *request.from)) {
        if (const auto held_back = refusals_.admit(request.from->to_string())) {
            server_.log().warning(
                "acme_dns: an account for {} refused: {}{}", request.from->to_string(),
                from_anywhere
                    ? "a proxy passes it on, so it may come from anywhere; \"register_from\" allows it"
                    : "not in \"register_from\"",
                held_back_text(*held_back));
        }
        co_return acme_refusal(401, "forbidden");
    }
    auto allow_from = read_acme_registration(request.body);
    if (!allow_from) co_return allow_from.error();
    if (!registrations_.take(*request.from)) co_return too_many("30");
    AcmeCredentials credentials{.user = new_identifier(),
                                .password = new_password(),
                                .subdomain = new_identifier(),
                                .full_domain = {},
                                .allow_from = std::move(*allow_from)};
    const auto name = Name::prepend(as_octets(credentials.subdomain), config_->domain);
    if (!name) co_return acme_refusal(500, "the domain of acme_dns is too long");
    credentials.full_domain = name->to_string();
    credentials.full_domain.pop_back();
    AcmeAccount account{.user = credentials.user,
                        .password_digest = password_digest_of(credentials.user, credentials.password),
                        .label = credentials.subdomain,
                        .allow_from = credentials.allow_from,
                        .made_at = to_rfc3339(server_.clock().wall_now())};
    const auto added = co_await acme_.add(std::move(account));
    if (!added) {
        server_.log().error("acme_dns: an account for {} could not be made: {}", request.from->to_string(),
                            added.error().text);
        co_return acme_refusal(added.error().code == ErrorCode::Limit ? 503 : 500,
                               "the account could not be stored");
    }
    server_.log().info("acme_dns: account {} made for {}, at {}", credentials.user, request.from->to_string(),
                       name->to_string());
    co_return acme_registered(credentials);
}

Expected<AcmeAccount, HttpAnswer> AcmeDns::account_of(const HttpRequest& request) {
    const auto forbidden = [&](std::string_view why) -> std::unexpected<HttpAnswer> {
        if (!failures_.take(*request.from)) return unexpected(too_many("10"));
        server_.log().warning("acme_dns: an update from {} refused: {}", request.from->to_string(), why);
        return unexpected(acme_refusal(401, "forbidden"));
    };
    const auto user = request.field("x-api-user");
    const auto password = request.field("x-api-key");
    if (!user || !password) return forbidden("X-Api-User or X-Api-Key is missing");
    const auto* account = acme_.account(*user);
    const auto digest = password_digest_of(*user, *password);
    const std::string& wanted = account == nullptr ? std::string() : account->password_digest;
    if (!constant_time_equal(as_octets(digest), as_octets(wanted)))
        return forbidden("unknown user or wrong key");
    if (!account->allow_from.empty() && !is_allowed(account->allow_from, *request.from))
        return forbidden("its account is not for this address");
    return *account;
}

awaitable<HttpAnswer> AcmeDns::update(HttpRequest request) {
    auto account = account_of(request);
    if (!account) co_return account.error();
    auto wanted = read_acme_update(request.body);
    if (!wanted) co_return wanted.error();
    if (wanted->subdomain != account->label) co_return acme_refusal(401, "forbidden");
    auto published = co_await publish(std::move(*account), std::move(wanted->txt));
    co_return published;
}

awaitable<HttpAnswer> AcmeDns::publish(AcmeAccount account, std::string txt) {
    auto& line = lines_[account.user];
    if (line.under_way >= most_of_an_account || !updates_of_accounts_.take(account.user))
        co_return too_many("1");
    if (under_way_ >= most_under_way) co_return acme_refusal(503, "too_many_updates_under_way");
    const Counted of_account(line.under_way);
    const Counted in_all(under_way_);
    const auto pass = co_await line.turnstile.enter();
    const auto owner = config_ ? Name::prepend(as_octets(account.label), config_->domain)
                               : unexpected(WireError::EmptyLabel);
    const auto zone = owner ? zone_in(*server_.policy().current(), *owner) : std::nullopt;
    if (!zone) co_return acme_refusal(503, "acme_dns is off");
    const auto message = message_for(*zone, *owner, txt);
    const auto answer = co_await updates_.carry_out(
        write_update(message), *zone, acme_rule(*owner, records_kept), "acme_dns account " + account.user);
    if (answer.rcode != Rcode::NOERROR) {
        server_.log().error("{}: acme_dns account {}: {} {}", zone->to_string(), account.user,
                            to_string(answer.rcode), answer.text);
        co_return acme_refusal(answer.rcode == Rcode::SERVFAIL ? 503 : 500,
                               fmt::format("{}: {}", to_string(answer.rcode), answer.text));
    }
    co_return acme_updated(txt);
}

UpdateMessage AcmeDns::message_for(const Name& zone, const Name& owner, std::string_view txt) const {
    UpdateMessage message;
    OctetString rdata;
    rdata.reserve(txt.size() + 1);
    rdata.push_back(static_cast<std::byte>(txt.size()));
    append_octets(rdata, as_octets(txt));
    const auto served = server_.store().zone(zone);
    const auto node = served && served->zone ? served->zone->find(owner) : std::nullopt;
    const auto present = node ? node->find(RrType::TXT) : std::nullopt;
    const bool is_there = present && std::any_of(present->begin(), present->end(),
                                                 [&](Octets one) { return equal_octets(one, rdata); });
    if (present && !is_there && present->size() >= records_kept) {
        std::optional<WallTime> first_end;
        UpdateRecord first{owner, RrType::TXT, RrClass::NONE, 0, {}};
        for (const Octets one : *present) {
            const auto mark = server_.store().mark(zone, mark_key({owner, RrType::TXT, Ttl{}, one}));
            const auto end = mark ? end_of_mark(*mark) : std::nullopt;
            if (!first.rdata.empty() && (!end || (first_end && *end >= *first_end))) continue;
            first_end = end;
            first.rdata.assign(one.begin(), one.end());
        }
        message.updates.push_back(std::move(first));
    }
    message.updates.push_back({owner, RrType::TXT, RrClass::IN, record_ttl, std::move(rdata)});
    return message;
}

}  // namespace lockstep
