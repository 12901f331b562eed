#pragma once
// Who may have certificates made: keys that may do nothing but the challenges of one host, and accounts of
// the API of acme-dns. Kept in the state directory, in force at once, over restarts and reloads.
//
// Threads: housekeeping; the file is written on the pool. Errors: ControlReply or Result, for people. Limits:
// 10,000 grants and 10,000 accounts. Security: a grant is TXT at `_acme-challenge.HOST`, 16 records of at
// most 3600 s that end after an hour; an account is TXT at its own name, two records. Standards: RFC 8555
// §8.4.

#include "config/acme_book.hpp"
#include "daemon/server.hpp"
#include "net/turnstile.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

constexpr std::string_view acme_challenge_label = "_acme-challenge";

/// What a grant or an account lets its holder do; `who` is yet to be said.
[[nodiscard]] UpdateRule acme_rule(const Name& owner, std::size_t max_records);

/// The zone of `policy` that `name` is in.
[[nodiscard]] std::optional<Name> zone_in(const AccessPolicy& policy, NameView name);

/// `base` and beside it what the grants allow. A key whose name the configuration has too is left out, and so
/// is a host that is in none of the zones.
[[nodiscard]] AccessPolicyPtr with_grants(const AccessPolicyPtr& base, const std::vector<AcmeGrant>& grants);

/// Resource type.
class Acme {
public:
    /// `changed` is called when the grants are others.
    Acme(Server& server, std::filesystem::path file, std::function<void()> changed);

    /// Reads the file. One that cannot be read is logged and stays as it is: until it is mended nothing is
    /// granted, and nothing written.
    void open();
    [[nodiscard]] const AcmeBook& book() const { return book_; }
    /// The account of that user; null where there is none.
    [[nodiscard]] const AcmeAccount* account(std::string_view user) const;

    /// `acme grant`, `acme list`, `acme revoke`. `config` says how clients reach us.
    [[nodiscard]] awaitable<ControlReply> grant(ControlRequest request, const CommonConfig* config);
    [[nodiscard]] ControlReply list(const ControlRequest& request, const std::optional<Name>& domain) const;
    [[nodiscard]] awaitable<ControlReply> revoke(ControlRequest request);
    [[nodiscard]] awaitable<Result<void>> add(AcmeAccount account);

private:
    using Change = std::function<Result<void>(AcmeBook&)>;
    /// Writes the book that `change` makes of the present one, and takes it over; nothing is changed where
    /// `change` has an objection.
    [[nodiscard]] awaitable<Result<void>> rewrite(Change change);

    Server& server_;
    std::filesystem::path file_;
    std::function<void()> changed_;
    AcmeBook book_;
    std::optional<std::string> damage_;  // why the file cannot be read
    Turnstile writing_;
};

}  // namespace lockstep
