#include "ops/acme_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace lockstep {
namespace {

using AcmeJson = nlohmann::json;

constexpr std::size_t challenge_digits = 43;  // SHA-256 in base64url (RFC 8555 §8.4)
constexpr std::size_t most_prefixes = 100;

/// An object whose members are no objects; nothing for anything else.
std::optional<AcmeJson> flat_object(std::string_view body) {
    bool nests = false;
    const auto flat = [&](int depth, AcmeJson::parse_event_t event, AcmeJson&) {
        const bool object = event == AcmeJson::parse_event_t::object_start;
        const bool list = event == AcmeJson::parse_event_t::array_start;
        nests = nests || (object && depth > 0) || (list && depth > 1);
        return !nests;
    };
    AcmeJson json = AcmeJson::parse(body, flat, false);
    if (nests || !json.is_object()) return std::nullopt;
    return json;
}

std::optional<std::string> text_at(const AcmeJson& json, const char* key) {
    const auto value = json.find(key);
    if (value == json.end() || !value->is_string()) return std::nullopt;
    return value->get<std::string>();
}

bool is_challenge(std::string_view text) {
    return text.size() == challenge_digits && std::all_of(text.begin(), text.end(), [](char one) {
               return (one >= 'A' && one <= 'Z') || (one >= 'a' && one <= 'z') ||
                      (one >= '0' && one <= '9') || one == '-' || one == '_';
           });
}

auto bad_request(std::string_view text) {
    return unexpected(acme_refusal(400, text));
}

std::string one_line(const AcmeJson& json) {
    return json.dump(-1, ' ', true, AcmeJson::error_handler_t::replace) + "\n";
}

AcmeJson null_if_empty(const std::string& text) {
    return text.empty() ? AcmeJson() : AcmeJson(text);
}

}  // namespace

std::string acme_text(const std::vector<AcmeRow>& rows) {
    std::size_t widest = 0;
    for (const auto& row : rows)
        widest = std::max(widest, row.name.size());
    std::string text;
    for (const auto& row : rows) {
        const bool is_grant = row.kind == AcmeRow::Kind::Grant;
        text += fmt::format("{:<{}}  {} {}, {}, {}\n", row.name.empty() ? "-" : row.name, widest,
                            is_grant ? "key" : "account", row.holder,
                            row.zone.empty() ? "in no zone here" : "in " + row.zone, row.made_at);
    }
    return text;
}

std::string acme_json(const std::vector<AcmeRow>& rows) {
    AcmeJson json{{"grants", AcmeJson::array()}, {"accounts", AcmeJson::array()}};
    for (const auto& row : rows) {
        if (row.kind == AcmeRow::Kind::Grant) {
            json["grants"].push_back({{"host", row.name},
                                      {"key", row.holder},
                                      {"zone", null_if_empty(row.zone)},
                                      {"made_at", row.made_at}});
        } else {
            json["accounts"].push_back(
                {{"user", row.holder}, {"name", null_if_empty(row.name)}, {"made_at", row.made_at}});
        }
    }
    return json.dump(2) + "\n";
}

Expected<std::vector<Prefix>, HttpAnswer> read_acme_registration(std::string_view body) {
    std::vector<Prefix> from;
    if (body.empty()) return from;
    const auto json = flat_object(body);
    if (!json) return bad_request("malformed_json_payload");
    const auto list = json->find("allowfrom");
    if (list == json->end() || list->is_null()) return from;
    if (!list->is_array() || list->size() > most_prefixes) return bad_request("invalid_allowfrom_cidr");
    for (const auto& entry : *list) {
        const auto prefix = Prefix::parse(entry.is_string() ? entry.get<std::string>() : std::string());
        if (!prefix) return bad_request("invalid_allowfrom_cidr");
        from.push_back(*prefix);
    }
    return from;
}

Expected<AcmeDnsUpdate, HttpAnswer> read_acme_update(std::string_view body) {
    const auto json = flat_object(body);
    if (!json) return bad_request("malformed_json_payload");
    auto subdomain = text_at(*json, "subdomain");
    if (!subdomain || subdomain->empty()) return bad_request("bad_subdomain");
    auto txt = text_at(*json, "txt");
    if (!txt || !is_challenge(*txt)) return bad_request("bad_txt");
    return AcmeDnsUpdate{std::move(*subdomain), std::move(*txt)};
}

HttpAnswer acme_registered(const AcmeCredentials& credentials) {
    AcmeJson from = AcmeJson::array();
    for (const auto& prefix : credentials.allow_from)
        from.push_back(prefix.to_string());
    return HttpAnswer::json(one_line({{"username", credentials.user},
                                      {"password", credentials.password},
                                      {"fulldomain", credentials.full_domain},
                                      {"subdomain", credentials.subdomain},
                                      {"allowfrom", std::move(from)}}),
                            201);
}

HttpAnswer acme_updated(std::string_view txt) {
    return HttpAnswer::json(one_line({{"txt", txt}}));
}

HttpAnswer acme_refusal(unsigned status, std::string_view text) {
    return HttpAnswer::json(one_line({{"error", text}}), status);
}

}  // namespace lockstep
