#pragma once
// Randomness as a parameter.

#include <cstdint>

namespace lockstep {

/// A source of uniformly distributed integers.
class Random {
public:
    virtual ~Random() = default;
    [[nodiscard]] virtual std::uint64_t next() = 0;
    /// Uniform in [0, bound); 0 where bound is 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);
    /// Uniform in [0, 1).
    [[nodiscard]] double fraction();
};

/// The operating system's generator (getrandom(2)): for message IDs, secrets, jitter. Threads: any.
class SystemRandom final : public Random {
public:
    [[nodiscard]] std::uint64_t next() override;
};

/// A fixed sequence for tests, from its seed (splitmix64). Not for secrets. Threads: one.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    [[nodiscard]] std::uint64_t next() override;

private:
    std::uint64_t state_;
};

}  // namespace lockstep
