#pragma once
// DNS cookies: what a client echoes, and nobody can who only forges its address.
//
// Threads: one object a worker. Errors: a COOKIE option of a length that no cookie has. Limits: a cookie is
// good for an hour, and up to five minutes ahead of our clock. Security: compared in constant time; no
// allocation; a cookie that is not good costs one digest a secret. Standards: RFC 7873 §5.2, RFC 9018 §4.

#include "base/clock.hpp"
#include "base/endpoint.hpp"
#include "crypto/secret.hpp"
#include "crypto/siphash.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep {

/// Of 16 octets each, the same on all servers of an address: the first one makes cookies, all are tried on
/// those that come back, so that secrets can be rolled (RFC 9018 §5). At least one.
using CookieSecrets = std::vector<SecretOctets>;

/// What a request's COOKIE option is worth, and the one that answers it. Value type.
struct CookieCheck {
    bool good = false;                // the client gets what we send to its address
    std::array<std::byte, 24> reply;  // client cookie, server cookie
};

/// Resource type.
class CookieChecker {
public:
    /// Nothing where `option` is no cookie: FORMERR (RFC 7873 §5.2.2).
    [[nodiscard]] std::optional<CookieCheck> check(Octets option, const IpAddress& client,
                                                   const CookieSecrets& secrets, WallTime now);

private:
    /// The secret that made it; null where none of them did.
    [[nodiscard]] const SecretOctets* find_maker(Octets cookie, const IpAddress& client,
                                                 const CookieSecrets& secrets);
    [[nodiscard]] SipHashValue digest(const SecretOctets& secret, Octets cookie, const IpAddress& client);

    SipHash siphash_;
};

}  // namespace lockstep
