#pragma once
// TSIG keys as configuration text, ours and that of the peers, for `key generate`.

#include "tsig/key.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

enum class KeyFormat { Json, Bind, Knot, Nsd, Secret };

/// `json`, `bind`, `knot`, `nsd` or `secret`.
[[nodiscard]] std::optional<KeyFormat> parse_key_format(std::string_view text);

/// The key with its secret, ready to paste: for Json an entry of "keys" on one line, else a statement of
/// several lines; for Secret, the secret alone, as a "secret_file" has it. Ends with a newline. Whatever
/// octets the name holds, the result is one well-formed statement.
[[nodiscard]] std::string format_key(const TsigKey& key, KeyFormat format);

}  // namespace lockstep
