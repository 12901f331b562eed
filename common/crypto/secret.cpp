#include "crypto/secret.hpp"

#include <botan/mem_ops.h>
#include <botan/system_rng.h>

namespace lockstep {

SecretOctets make_secret(Octets octets) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(octets.data());
    return {first, first + octets.size()};
}

bool constant_time_equal(Octets a, Octets b) {
    if (a.size() != b.size()) return false;
    return Botan::constant_time_compare(reinterpret_cast<const std::uint8_t*>(a.data()),
                                        reinterpret_cast<const std::uint8_t*>(b.data()), a.size());
}

SecretOctets random_octets(std::size_t count) {
    SecretOctets octets(count);
    Botan::system_rng().randomize(octets.data(), octets.size());
    return octets;
}

}  // namespace lockstep
