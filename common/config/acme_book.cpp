#include "config/acme_book.hpp"

#include "config/text_file.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace lockstep {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_octets = std::size_t{64} << 20;
constexpr int format = 1;

Result<std::string> text_in(const Json& entry, const char* key) {
    const auto value = entry.is_object() ? entry.find(key) : entry.end();
    if (!entry.is_object() || value == entry.end() || !value->is_string())
        return fail(ErrorCode::Corrupt, fmt::format("'{}' is missing in an entry, or is no string", key));
    return value->get<std::string>();
}

Result<AcmeGrant> grant_of(const Json& entry) {
    DNS_TRY_ASSIGN(const auto host_text, text_in(entry, "host"));
    DNS_TRY_ASSIGN(const auto key_text, text_in(entry, "key"));
    DNS_TRY_ASSIGN(const auto algorithm_text, text_in(entry, "algorithm"));
    DNS_TRY_ASSIGN(const auto secret_text, text_in(entry, "secret"));
    DNS_TRY_ASSIGN(auto made_at, text_in(entry, "made_at"));
    const auto host = Name::parse_absolute(host_text);
    const auto key = Name::parse_absolute(key_text);
    if (!host || !key)
        return fail(ErrorCode::Corrupt, fmt::format("'{}' is no name", host ? key_text : host_text));
    DNS_TRY_ASSIGN(const auto algorithm, parse_tsig_algorithm(algorithm_text));
    DNS_TRY_ASSIGN(auto secret, secret_from_base64(secret_text));
    if (secret.empty()) return fail(ErrorCode::Corrupt, fmt::format("key {} has no secret", key_text));
    return AcmeGrant{.host = host->folded(),
                     .key = {.name = key->folded(), .algorithm = algorithm, .secret = std::move(secret)},
                     .made_at = std::move(made_at)};
}

Result<AcmeAccount> account_of(const Json& entry) {
    AcmeAccount account;
    DNS_TRY_ASSIGN(account.user, text_in(entry, "user"));
    DNS_TRY_ASSIGN(account.password_digest, text_in(entry, "password_sha256"));
    DNS_TRY_ASSIGN(account.label, text_in(entry, "label"));
    DNS_TRY_ASSIGN(account.made_at, text_in(entry, "made_at"));
    const auto from = entry.find("allow_from");
    if (from == entry.end() || !from->is_array())
        return fail(ErrorCode::Corrupt, "'allow_from' is missing in an account, or is no list");
    for (const auto& text : *from) {
        if (!text.is_string())
            return fail(ErrorCode::Corrupt, "'allow_from' holds something that is no string");
        DNS_TRY_ASSIGN(const auto prefix, Prefix::parse(text.get<std::string>()));
        account.allow_from.push_back(prefix);
    }
    return account;
}

Result<AcmeBook> book_of(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return fail(ErrorCode::Corrupt, "is no JSON object");
    if (json.value("format", Json()) != Json(format))
        return fail(ErrorCode::Corrupt,
                    fmt::format("is not of format {}, the one that is known here", format));
    AcmeBook book;
    for (const char* list : {"grants", "accounts"}) {
        if (!json.contains(list) || !json[list].is_array())
            return fail(ErrorCode::Corrupt, fmt::format("'{}' is missing, or is no list", list));
    }
    std::set<Name, CanonicalLess> keys;
    for (const auto& entry : json["grants"]) {
        DNS_TRY_ASSIGN(auto grant, grant_of(entry));
        if (!keys.insert(grant.key.name).second) {
            return fail(ErrorCode::Corrupt,
                        fmt::format("there are two grants for key {}", grant.key.name.to_string()));
        }
        book.grants.push_back(std::move(grant));
    }
    for (const auto& entry : json["accounts"]) {
        DNS_TRY_ASSIGN(auto account, account_of(entry));
        book.accounts.push_back(std::move(account));
    }
    return book;
}

}  // namespace

Result<AcmeBook> read_acme_book(const std::filesystem::path& file) {
    auto text = read_text_file(file, max_octets, FileAccess::Private);
    if (!text && text.error().code == ErrorCode::NotFound) return AcmeBook{};
    if (!text) return unexpected(std::move(text).error().in(file.string()));
    auto book = book_of(*text);
    if (!book) return unexpected(std::move(book).error().in(file.string()));
    return book;
}

std::string text_of(const AcmeBook& book) {
    Json json{{"format", format}, {"grants", Json::array()}, {"accounts", Json::array()}};
    for (const auto& grant : book.grants) {
        json["grants"].push_back({{"host", grant.host.to_string()},
                                  {"key", grant.key.name.to_string()},
                                  {"algorithm", to_string(grant.key.algorithm)},
                                  {"secret", to_base64(secret_view(grant.key.secret))},
                                  {"made_at", grant.made_at}});
    }
    for (const auto& account : book.accounts) {
        Json from = Json::array();
        for (const auto& prefix : account.allow_from)
            from.push_back(prefix.to_string());
        json["accounts"].push_back({{"user", account.user},
                                    {"password_sha256", account.password_digest},
                                    {"label", account.label},
                                    {"allow_from", std::move(from)},
                                    {"made_at", account.made_at}});
    }
    return json.dump(1) + "\n";
}

std::string password_digest_of(std::string_view user, std::string_view password) {
    Digest digest(HashAlgorithm::Sha256);
    digest.update(as_octets(user));
    digest.update(as_octets(":"));
    digest.update(as_octets(password));
    return to_hex(digest.finish().octets());
}

}  // namespace lockstep
