#pragma once
// The API of acme-dns: POST /register makes an account, POST /update puts a challenge at the account's name
// and answers when every secondary serves it.
//
// Threads: housekeeping. Errors: HttpAnswer, with the words that clients of acme-dns know. Limits: of one
// source 10 registrations at once and one more each 30 s; 10 updates that are refused and one more each 10 s,
// beyond which the refusal is 429; of one account 20 updates at once and one more a second, 8 of them under
// way; 32 under way in all. Security: what a proxy passes on comes from nobody knows where, so it makes no
// account unless "register_from" stands in the configuration; an account reaches nothing but TXT at its own
// name; what a browser sends for another page is refused.

#include "base/log_limiter.hpp"
#include "primary/acme.hpp"
#include "primary/allowance.hpp"
#include "primary/inside_update.hpp"

#include <map>
#include <optional>
#include <string>

namespace lockstep {

/// Resource type.
class AcmeDns {
public:
    AcmeDns(Server& server, Acme& acme, InsideUpdates& updates);

    /// From now on so; nothing: off.
    void configure(std::optional<AcmeDnsConfig> config) { config_ = std::move(config); }
    [[nodiscard]] const std::optional<AcmeDnsConfig>& config() const { return config_; }
    [[nodiscard]] bool takes(std::string_view path) const;
    [[nodiscard]] awaitable<HttpAnswer> post(HttpRequest request);

private:
    [[nodiscard]] awaitable<HttpAnswer> make_account(HttpRequest request);
    [[nodiscard]] awaitable<HttpAnswer> update(HttpRequest request);
    /// The account that the request shows to be the sender's. Errors: what it is refused with.
    [[nodiscard]] Expected<AcmeAccount, HttpAnswer> account_of(const HttpRequest& request);
    [[nodiscard]] awaitable<HttpAnswer> publish(AcmeAccount account, std::string txt);
    /// An UPDATE that adds the challenge and, where two are there already, removes the one that ends first.
    [[nodiscard]] UpdateMessage message_for(const Name& zone, const Name& owner, std::string_view txt) const;

    Server& server_;
    Acme& acme_;
    InsideUpdates& updates_;
    std::optional<AcmeDnsConfig> config_;
    Allowance registrations_;
    Allowance failures_;
    Allowance updates_of_accounts_;
    LogLimiter refusals_;
    /// Of one account.
    struct Line {
        Turnstile turnstile;  // one update at a time
        std::size_t under_way = 0;
    };
    std::map<std::string, Line> lines_;  // by user
    std::size_t under_way_ = 0;
};

}  // namespace lockstep
