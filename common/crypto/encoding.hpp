#pragma once
// Base 64, base 32 with the extended hex alphabet, base 16. Standards: RFC 4648 §4, §7, §8.
//
// Threads: pure functions. Errors: Invalid, with what was found and where. Limits: memory. Security: decoding
// into SecretOctets leaves no other copy.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"

#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// Whether spaces, tabs and line ends between the digits are skipped or are an error.
enum class Whitespace { Reject, Skip };

[[nodiscard]] std::string to_base64(Octets octets);
/// Strict: padding must be there, unused bits must be 0.
[[nodiscard]] Result<OctetString> from_base64(std::string_view text,
                                              Whitespace whitespace = Whitespace::Reject);
/// The same for a key's secret; the error text never quotes the input.
[[nodiscard]] Result<SecretOctets> secret_from_base64(std::string_view text,
                                                      Whitespace whitespace = Whitespace::Reject);

/// Lower case, no padding: as the owner names of NSEC3 records have it (RFC 5155 §3.3).
[[nodiscard]] std::string to_base32hex(Octets octets);
/// The same into `out`, which has room for ⌈8 n / 5⌉ digits of n octets; allocates nothing.
void write_base32hex(Octets octets, std::span<std::byte> out);
/// Either case, no padding; unused bits must be 0.
[[nodiscard]] Result<OctetString> from_base32hex(std::string_view text);

/// Lower case.
[[nodiscard]] std::string to_hex(Octets octets);
/// Either case; an even count of digits.
[[nodiscard]] Result<OctetString> from_hex(std::string_view text, Whitespace whitespace = Whitespace::Reject);
/// The same for a secret; the error text never quotes the input.
[[nodiscard]] Result<SecretOctets> secret_from_hex(std::string_view text);

}  // namespace lockstep
