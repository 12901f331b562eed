#include "store/checksum.hpp"

#include <isa-l/crc64.h>

namespace lockstep {

Checksum& Checksum::add(Octets octets) {
    value_ = crc64_ecma_refl(value_, reinterpret_cast<const unsigned char*>(octets.data()), octets.size());
    return *this;
}

}  // namespace lockstep
