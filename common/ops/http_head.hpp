#pragma once
// The head of an HTTP answer as octets.
//
// Threads: pure. Errors: none. Security: every answer forbids sniffing, caching, framing and telling others
// where the reader came from.

#include "ops/http_message.hpp"

#include <string>

namespace lockstep {

enum class AfterAnswer { GoOn, Close };

/// Status line and fields, with the empty line. The length is the body's also where the body is not sent
/// (HEAD); a stream has none.
[[nodiscard]] std::string http_head(const HttpAnswer& answer, AfterAnswer after);

}  // namespace lockstep
