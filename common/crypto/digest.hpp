#pragma once
// Digests and keyed digests (HMAC).
//
// Threads: each object one; free functions any. Errors: none. Security: secrets are wiped with their object.
// Standards: FIPS 180-4, RFC 1321, RFC 2104.

#include "base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lockstep {

enum class HashAlgorithm : std::uint8_t { Md5, Sha1, Sha224, Sha256, Sha384, Sha512 };

constexpr std::size_t max_digest_octets = 64;

/// 16, 20, 28, 32, 48 or 64.
[[nodiscard]] std::size_t digest_octets(HashAlgorithm algorithm);

/// A digest or MAC, or the front part of one, held inline. Value type; empty by default.
class DigestValue {
public:
    DigestValue() = default;
    /// The first 64 octets at most count.
    explicit DigestValue(Octets octets);

    [[nodiscard]] Octets octets() const { return {octets_.data(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    bool operator==(const DigestValue& other) const { return equal_octets(octets(), other.octets()); }

private:
    friend class Digest;
    friend class Hmac;
    std::array<std::byte, max_digest_octets> octets_{};
    std::size_t size_ = 0;
};

/// A running digest. Resource type, move-only.
class Digest {
public:
    explicit Digest(HashAlgorithm algorithm);
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    ~Digest();

    void update(Octets octets);
    /// The digest of all since the start or the last finish(); ready for the next one.
    [[nodiscard]] DigestValue finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] DigestValue digest(HashAlgorithm algorithm, Octets octets);

/// A running MAC. Resource type, move-only. Keys of any length, also 0.
class Hmac {
public:
    Hmac(HashAlgorithm algorithm, Octets key);
    Hmac(Hmac&&) noexcept;
    Hmac& operator=(Hmac&&) noexcept;
    ~Hmac();

    void update(Octets octets);
    /// The MAC of all since the start or the last finish(); ready for the next one under the same key.
    [[nodiscard]] DigestValue finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lockstep
