#include "base/random.hpp"

#include <cstdlib>
#include <sys/random.h>

namespace lockstep {

std::uint64_t Random::below(std::uint64_t bound) {
    if (bound == 0) return 0;
    // Values past the last whole multiple of `bound` would favour the small results: draw again.
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    std::uint64_t value = next();
    while (value >= limit)
        value = next();
    return value % bound;
}

double Random::fraction() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t SystemRandom::next() {
    std::uint64_t value = 0;
    // getrandom never returns short for 8 octets once the pool is up; without randomness nothing here is
    // safe.
    if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) std::abort();
    return value;
}

std::uint64_t SeededRandom::next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

}  // namespace lockstep
