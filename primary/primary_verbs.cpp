// The verbs that only a primary has, and what it takes over HTTP.

#include "crypto/encoding.hpp"
#include "net/blocking.hpp"
#include "primary/primary.hpp"

#include <fmt/format.h>

#include <utility>

namespace lockstep {
namespace {

/// What an RCODE means to whoever typed the update.
std::string_view meaning_of(Rcode rcode) {
    switch (rcode) {
    case Rcode::YXDOMAIN: return "there is something at a name where a prerequisite wants nothing";
    case Rcode::NXDOMAIN: return "there is nothing at a name where a prerequisite wants something";
    case Rcode::YXRRSET: return "there are records that a prerequisite wants not to be there";
    case Rcode::NXRRSET: return "there are not the records that a prerequisite wants";
    case Rcode::NOTZONE: return "a name is not in the zone";
    case Rcode::FORMERR: return "the message means nothing";
    default: return "";
    }
}

}  // namespace

awaitable<ControlReply> Primary::bump(ControlRequest request) {
    const auto zones = zones_of(request.zone);
    if (zones.empty())
        co_return ControlReply::not_so(fmt::format("there is no zone {} here\n", request.zone));
    const auto& zone = zones.front();
    const auto pass = co_await zone->turnstile.enter();
    std::optional<Serial> wanted;
    if (request.serial) wanted = Serial{*request.serial};
    auto work = [&store = server_.store(), config = zone->config, wanted, now = server_.clock().wall_now()] {
        return bump_file(config, store.zone(config.name), wanted, now);
    };
    const auto next = co_await run_blocking(&server_.pool(), work);
    if (!next) {
        log_.error("{}: bump: {}", zone->config.name.to_string(), next.error().text);
        co_return ControlReply::not_so(next.error().text + "\n" + server_.sandbox_hint(next.error().text));
    }
    auto loaded = co_await load(zone, When::Always, *next);
    if (!loaded) co_return ControlReply::not_so(loaded.error().text + "\n");
    co_return ControlReply::done(std::move(*loaded));
}

awaitable<ControlReply> Primary::update_by_hand(ControlRequest request) {
    auto message = from_base64(request.message);
    if (!message) co_return ControlReply{ExitCode::Usage, {}, message.error().text + "\n"};
    const auto named = Name::parse_absolute(request.zone.empty() ? request.host : request.zone);
    if (!named) co_return ControlReply{ExitCode::Usage, {}, "update wants a zone, or a name in one\n"};
    auto zone = zone_in(*server_.policy().current(), *named);
    if (!request.zone.empty() && zone && !(zone->view() == named->view())) zone.reset();
    if (!zone)
        co_return ControlReply::not_so(fmt::format("{} is in no zone of this server\n", named->to_string()));
    UpdateRule anything;
    const auto answer = co_await inside_updates_.carry_out(std::move(*message), zone->folded(),
                                                           std::move(anything), "control socket");
    if (answer.rcode == Rcode::NOERROR) co_return ControlReply::done();
    const std::string_view why = answer.text.empty() ? meaning_of(answer.rcode) : answer.text;
    co_return ControlReply::not_so(fmt::format("{}: {}{}{}\n", zone->to_string(), to_string(answer.rcode),
                                               why.empty() ? "" : ": ", why));
}

awaitable<std::optional<ControlReply>> Primary::handle(ControlRequest request) {
    std::optional<ControlReply> reply;
    if (request.verb == "bump") {
        reply = co_await bump(std::move(request));
    } else if (request.verb == "update") {
        reply = co_await update_by_hand(std::move(request));
    } else if (request.verb == "acme grant") {
        reply = co_await acme_.grant(std::move(request), &config_);
    } else if (request.verb == "acme revoke") {
        reply = co_await acme_.revoke(std::move(request));
    } else if (request.verb == "acme list") {
        const auto& config = acme_dns_.config();
        reply = acme_.list(request, config ? std::optional(config->domain) : std::nullopt);
    }
    co_return reply;
}

bool Primary::takes_post(std::string_view path) const {
    return acme_dns_.takes(path);
}

awaitable<HttpAnswer> Primary::post(HttpRequest request) {
    auto answer = co_await acme_dns_.post(std::move(request));
    co_return answer;
}

void Primary::publish(AccessPolicyPtr base) {
    base_policy_ = std::move(base);
    for (const auto& grant : acme_.book().grants) {
        if (base_policy_->keys.find(grant.key.name)) {
            log_.warning(
                "acme: the grant of {} is not in force: the configuration has a key {} of its own; 'acme revoke' "
                "it, and grant it with another --key",
                grant.host.to_string(), grant.key.name.to_string());
        }
    }
    server_.policy().publish(with_grants(base_policy_, acme_.book().grants));
}

}  // namespace lockstep
