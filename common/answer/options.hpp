#pragma once
// The EDNS options of one request, and what answers them.
//
// Threads: one object a worker. Errors: FORMERR for a COOKIE that is none. Limits: of several options of one
// code the first counts; unknown ones are passed over. Security: no allocation; nothing is told that the
// options do not ask for. Standards: RFC 5001 (NSID), RFC 7314 (EXPIRE), RFC 7828 (keepalive), RFC 7873, RFC
// 9018 (COOKIE), RFC 9660 (ZONEVERSION).

#include "answer/cookies.hpp"
#include "answer/policy.hpp"
#include "store/zone_table.hpp"
#include "wire/handler.hpp"
#include "wire/message.hpp"

namespace lockstep {

/// What one request is answered from. References.
struct OptionSources {
    const MessageView& request;  // with EDNS
    const Client& client;
    const ZoneTable& zones;
    const AccessPolicy& policy;
    const CookieSecrets& cookie_secrets;
    const Clock& clock;
};

enum class CookieState : std::uint8_t { None, Malformed, Unproven, Good };

/// Resource type.
class OptionAnswerer {
public:
    /// Puts what answers the request's options into `opt`.
    CookieState answer(const OptionSources& from, EdnsBuilder& opt);

private:
    CookieState answer_cookie(const OptionSources& from, Octets option, EdnsBuilder& opt);

    CookieChecker cookies_;
};

}  // namespace lockstep
