#pragma once
// The TSIG record itself, and what goes into a MAC. For the other files of this floor.
//
// Threads: values. Errors: WireError. Limits: 65,535 octets. Security: positions are checked against the
// message; nothing here judges a MAC. Standards: RFC 8945 §4.2, §4.3.

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "crypto/digest.hpp"
#include "tsig/key.hpp"
#include "wire/error.hpp"
#include "wire/header.hpp"
#include "wire/name.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace lockstep {

/// The fields of a TSIG record. `mac` and `other` are views of the message or of the caller's octets.
struct TsigRecord {
    Name key_name = {};
    Name algorithm = {};
    std::uint64_t time = 0;  // seconds since 1970, 48 bits
    std::uint16_t fudge = 0;
    Octets mac = {};
    MessageId original_id{};
    Rcode error = Rcode::NOERROR;
    Octets other = {};

    /// The record at `at`, which must be the last octets of `message`. Errors: Truncated, those of
    /// Name::read, BadSection (class not ANY, TTL not 0), BadRdata, Trailing.
    [[nodiscard]] static WireResult<TsigRecord> read(Octets message, std::size_t at);
    /// The 48-bit time in Other Data (BADTIME); 0 where there is none.
    [[nodiscard]] std::uint64_t other_time() const;
};

/// Octets of a record with these names and lengths.
[[nodiscard]] std::size_t tsig_record_octets(NameView key_name, NameView algorithm, std::size_t mac,
                                             std::size_t other);

/// Appends `record` to the message in the first `length` octets of `buffer` and counts it; the new length.
/// Errors: NoSpace, Truncated (no whole header).
[[nodiscard]] WireResult<std::size_t> append_tsig(std::span<std::byte> buffer, std::size_t length,
                                                  const TsigRecord& record);

/// A MAC that came before, with its length in front.
void digest_mac(Hmac& hmac, Octets mac);
/// A message without its TSIG record (`tsig_counted`: its ARCOUNT still counts it), under its original ID.
enum class TsigCounted : bool { No, Yes };
void digest_message(Hmac& hmac, Octets message, MessageId original_id, TsigCounted tsig_counted);
/// All TSIG variables (RFC 8945 §4.3.3).
void digest_variables(Hmac& hmac, const TsigRecord& record);
/// Time and fudge alone (§5.3.1).
void digest_timers(Hmac& hmac, const TsigRecord& record);

[[nodiscard]] Hmac keyed_hmac(const TsigKey& key);
/// Whole seconds since 1970, 0 for times before; 48 bits.
[[nodiscard]] std::uint64_t tsig_time(WallTime now);
/// Whether a MAC may have that length at all: max(10, half the digest) to the digest (RFC 8945 §5.2.2.1).
[[nodiscard]] bool mac_length_allowed(std::size_t octets, TsigAlgorithm algorithm);
/// The shortest MAC that the key's policy takes.
[[nodiscard]] std::size_t least_mac_octets(const TsigKey& key);
/// Seconds between two times, whichever is later.
[[nodiscard]] inline std::uint64_t time_apart(std::uint64_t a, std::uint64_t b) {
    return a > b ? a - b : b - a;
}

}  // namespace lockstep
