#pragma once
// Octets that must not linger in memory or leave it.

#include "base/bytes.hpp"

#include <botan/secmem.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep {

/// A key's secret: wiped when freed. Never printed, never logged.
using SecretOctets = Botan::secure_vector<std::uint8_t>;

[[nodiscard]] inline Octets secret_view(const SecretOctets& secret) {
    return std::as_bytes(std::span(secret.data(), secret.size()));
}
[[nodiscard]] SecretOctets make_secret(Octets octets);

/// Whether both hold the same octets, in a time that depends on their length only.
[[nodiscard]] bool constant_time_equal(Octets a, Octets b);

/// `count` octets from the operating system's generator. Threads: any.
[[nodiscard]] SecretOctets random_octets(std::size_t count);

}  // namespace lockstep
