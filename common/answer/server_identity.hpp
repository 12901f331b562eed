#pragma once
// Questions of class CH about the server itself. Standards: RFC 4892.
//
// Threads: pure. Security: the version is never told.

#include "answer/query.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

#include <optional>
#include <string>

namespace lockstep {

/// `id.server` and `hostname.bind`, type TXT or ANY, where there is an identity; anything else is REFUSED.
[[nodiscard]] QueryOutcome answer_chaos(const QuestionView& question,
                                        const std::optional<std::string>& identity, MessageWriter& writer);

}  // namespace lockstep
