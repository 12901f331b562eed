#include "crypto/siphash.hpp"

#include <botan/mac.h>

#include <cassert>

namespace lockstep {

struct SipHash::State {
    std::unique_ptr<Botan::MessageAuthenticationCode> mac;
};

SipHash::SipHash()
    : state_(std::make_unique<State>(Botan::MessageAuthenticationCode::create_or_throw("SipHash(2,4)"))) {}
SipHash::SipHash(SipHash&&) noexcept = default;
SipHash& SipHash::operator=(SipHash&&) noexcept = default;
SipHash::~SipHash() = default;

SipHashValue SipHash::hash(const SecretOctets& key, Octets message) {
    assert(key.size() == siphash_key_octets);
    SipHashValue value{};
    state_->mac->set_key(key);
    if (!message.empty())
        state_->mac->update(reinterpret_cast<const std::uint8_t*>(message.data()), message.size());
    state_->mac->final(reinterpret_cast<std::uint8_t*>(value.data()));
    return value;
}

}  // namespace lockstep
