#pragma once
// What `acme list` shows, and the bodies of the API of acme-dns.
//
// Threads: pure functions. Errors: the HttpAnswer that refuses. Limits: those of http_request. Security: JSON
// of strangers is parsed flat, one level of lists. Standards: the API as acme-dns documents it, RFC 8555 §8.4
// for the form of a challenge's text.

#include "base/endpoint.hpp"
#include "ops/http_message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// A grant, or an account. Value type.
struct AcmeRow {
    enum class Kind { Grant, Account };
    Kind kind = Kind::Grant;
    std::string name;    // the host; of an account, the name of its records: empty where there is none now
    std::string holder;  // the key's name, or the user
    std::string zone;    // empty: in none
    std::string made_at;
};

[[nodiscard]] std::string acme_text(const std::vector<AcmeRow>& rows);
/// `{ "grants": [ { "host", "key", "zone", "made_at" } ], "accounts": [ { "user", "name", "made_at" } ] }`
[[nodiscard]] std::string acme_json(const std::vector<AcmeRow>& rows);

/// What POST /register asks for: from where the account may be used; empty: anywhere. An empty body asks for
/// nothing.
[[nodiscard]] Expected<std::vector<Prefix>, HttpAnswer> read_acme_registration(std::string_view body);

/// What POST /update asks for.
struct AcmeDnsUpdate {
    std::string subdomain;
    std::string txt;  // 43 digits of base64url
};
[[nodiscard]] Expected<AcmeDnsUpdate, HttpAnswer> read_acme_update(std::string_view body);

/// What a client needs of a new account; there is no other time that the password is told.
struct AcmeCredentials {
    std::string user;
    std::string password;
    std::string subdomain;
    std::string full_domain;  // without a final dot
    std::vector<Prefix> allow_from;
};
[[nodiscard]] HttpAnswer acme_registered(const AcmeCredentials& credentials);
[[nodiscard]] HttpAnswer acme_updated(std::string_view txt);
/// `{ "error": text }`
[[nodiscard]] HttpAnswer acme_refusal(unsigned status, std::string_view text);

}  // namespace lockstep
