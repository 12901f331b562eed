#pragma once
// The text of fields whose shape belongs to one type: LOC, APL, WKS, NSAP, ATMA, A6, gateways and relays,
// HIP, SVCB.
//
// Threads: pure functions. Errors: RdataTextError.

#include "base/bytes.hpp"
#include "rdata/layout.hpp"
#include "rdata/words.hpp"

#include <string>

namespace lockstep {

/// Reads the words of one such field and appends its octets.
[[nodiscard]] TextResult<void> read_special(Field field, WordReader& words, OctetString& out);

/// Appends the text of such a field, whose octets field_octets() has accepted. False where they say something
/// (a version, a family) that only the generic form can write; `out` may then have grown.
[[nodiscard]] bool append_special(Field field, Octets octets, std::string& out);

/// SVCB's parameters in key order (RFC 9460 §2.1, Appendix A).
[[nodiscard]] TextResult<void> read_svc_params(WordReader& words, OctetString& out);
void append_svc_params(Octets octets, std::string& out);

/// LOC, version 0 (RFC 1876 §3).
[[nodiscard]] TextResult<void> read_loc(WordReader& words, OctetString& out);
[[nodiscard]] bool append_loc(Octets octets, std::string& out);

/// The bits of an address before `prefix` set to 0, in place.
inline void clear_prefix(std::span<std::byte> address, std::size_t prefix) {
    for (std::size_t i = 0; i < address.size() && prefix > 0; ++i) {
        const std::size_t bits = prefix < 8 ? prefix : 8;
        address[i] &= static_cast<std::byte>(0xffU >> bits);
        prefix -= bits;
    }
}

}  // namespace lockstep
