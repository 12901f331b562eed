#pragma once
// Addresses and identifiers of fixed length as text.
//
// Threads: pure functions. Standards: RFC 1035 §3.4.1, RFC 4291 §2.2, RFC 6742 §2, RFC 7043 §3, §4.

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Appends the address that `text` spells; whether it spells one. Dotted quads have four parts without
/// leading zeros.
[[nodiscard]] bool read_ipv4(std::string_view text, OctetString& out);
[[nodiscard]] bool read_ipv6(std::string_view text, OctetString& out);
/// Four groups of one to four hex digits with colons.
[[nodiscard]] bool read_locator(std::string_view text, OctetString& out);
/// `octets` groups of one or two hex digits with hyphens.
[[nodiscard]] bool read_eui(std::string_view text, std::size_t octets, OctetString& out);

/// Four octets, 16, 8, any number.
void append_ipv4(Octets octets, std::string& out);
void append_ipv6(Octets octets, std::string& out);
void append_locator(Octets octets, std::string& out);
void append_eui(Octets octets, std::string& out);

}  // namespace lockstep
