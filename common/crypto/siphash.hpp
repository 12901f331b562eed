#pragma once
// SipHash-2-4: a short keyed digest of short messages. Standards: as RFC 9018 §4.4 uses it.
//
// Threads: each object one. Errors: none. Security: with a secret key nobody else finds two messages of one
// digest; eight octets are no signature.

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

#include <array>
#include <cstddef>
#include <memory>

namespace lockstep {

constexpr std::size_t siphash_key_octets = 16;
using SipHashValue = std::array<std::byte, 8>;

/// Resource type, move-only; allocates nothing once it is there.
class SipHash {
public:
    SipHash();
    SipHash(SipHash&&) noexcept;
    SipHash& operator=(SipHash&&) noexcept;
    ~SipHash();

    /// `key` has 16 octets.
    [[nodiscard]] SipHashValue hash(const SecretOctets& key, Octets message);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lockstep
