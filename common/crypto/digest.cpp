#include "crypto/digest.hpp"

#include "crypto/secret.hpp"

#include <botan/hash.h>
#include <botan/mac.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace lockstep {
namespace {

const char* botan_name(HashAlgorithm algorithm) {
    switch (algorithm) {
    case HashAlgorithm::Md5: return "MD5";
    case HashAlgorithm::Sha1: return "SHA-1";
    case HashAlgorithm::Sha224: return "SHA-224";
    case HashAlgorithm::Sha256: return "SHA-256";
    case HashAlgorithm::Sha384: return "SHA-384";
    case HashAlgorithm::Sha512: break;
    }
    return "SHA-512";
}

// Longer keys are hashed first (RFC 2104 §2); Botan refuses them over 4,096 octets.
constexpr std::size_t longest_key_as_is = 64;

const std::uint8_t* as_uint8(Octets octets) {
    return reinterpret_cast<const std::uint8_t*>(octets.data());
}

}  // namespace

std::size_t digest_octets(HashAlgorithm algorithm) {
    switch (algorithm) {
    case HashAlgorithm::Md5: return 16;
    case HashAlgorithm::Sha1: return 20;
    case HashAlgorithm::Sha224: return 28;
    case HashAlgorithm::Sha256: return 32;
    case HashAlgorithm::Sha384: return 48;
    case HashAlgorithm::Sha512: break;
    }
    return 64;
}

DigestValue::DigestValue(Octets octets) : size_(std::min(octets.size(), max_digest_octets)) {
    std::copy_n(octets.begin(), size_, octets_.begin());
}

struct Digest::State {
    std::unique_ptr<Botan::HashFunction> hash;
    std::size_t octets = 0;
};

Digest::Digest(HashAlgorithm algorithm)
    : state_(std::make_unique<State>(Botan::HashFunction::create_or_throw(botan_name(algorithm)),
                                     digest_octets(algorithm))) {}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(Octets octets) {
    if (!octets.empty()) state_->hash->update(as_uint8(octets), octets.size());
}

DigestValue Digest::finish() {
    DigestValue value;
    value.size_ = state_->octets;
    state_->hash->final(reinterpret_cast<std::uint8_t*>(value.octets_.data()));
    return value;
}

DigestValue digest(HashAlgorithm algorithm, Octets octets) {
    Digest running(algorithm);
    running.update(octets);
    return running.finish();
}

struct Hmac::State {
    std::unique_ptr<Botan::MessageAuthenticationCode> mac;
    std::size_t octets = 0;
};

Hmac::Hmac(HashAlgorithm algorithm, Octets key)
    : state_(std::make_unique<State>(Botan::MessageAuthenticationCode::create_or_throw(
                                         std::string("HMAC(") + botan_name(algorithm) + ")"),
                                     digest_octets(algorithm))) {
    const std::size_t block = digest_octets(algorithm) > 32 ? 2 * longest_key_as_is : longest_key_as_is;
    if (key.size() <= block) {
        // Zeros at the end of a short key change nothing (RFC 2104 §2), and no octets at all are no valid
        // pointer.
        SecretOctets padded(block);
        if (!key.empty()) std::memcpy(padded.data(), key.data(), key.size());
        state_->mac->set_key(padded.data(), padded.size());
    } else {
        const DigestValue hashed = digest(algorithm, key);
        state_->mac->set_key(as_uint8(hashed.octets()), hashed.size());
    }
}
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;
Hmac::~Hmac() = default;

void Hmac::update(Octets octets) {
    if (!octets.empty()) state_->mac->update(as_uint8(octets), octets.size());
}

DigestValue Hmac::finish() {
    DigestValue value;
    value.size_ = state_->octets;
    state_->mac->final(reinterpret_cast<std::uint8_t*>(value.octets_.data()));
    return value;
}

}  // namespace lockstep
