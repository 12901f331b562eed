#pragma once
// Hashed names, as NSEC3 records have them: which parameters a zone uses, and the hash of a name.
//
// Threads: a hasher is one thread's; all else is pure. Errors: none. Limits: 50 iterations; a zone with more
// is refused (RFC 9276 §3.1 wants none, and each costs every negative answer). Standards: RFC 5155 §3, §4,
// §5; SHA-1 is the only hash that there is.

#include "base/bytes.hpp"
#include "crypto/digest.hpp"
#include "wire/name.hpp"
#include "zone/rrset.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lockstep {

constexpr unsigned max_nsec3_iterations = 50;
constexpr std::size_t nsec3_hash_octets = 20;
constexpr std::size_t nsec3_label_octets = 32;  // of the hash in base 32 hex

/// How a zone's names are hashed. A view of an NSEC3PARAM or NSEC3 record.
struct Nsec3Params {
    std::uint8_t algorithm = 1;
    std::uint8_t flags = 0;
    std::uint16_t iterations = 0;
    Octets salt;

    /// Of RDATA of NSEC3 or NSEC3PARAM, which begin alike. Nothing where it is cut short.
    [[nodiscard]] static std::optional<Nsec3Params> read(Octets rdata);
    /// Whether both hash a name to the same.
    [[nodiscard]] bool hashes_as(const Nsec3Params& other) const;
};

/// What the zone with this node at its apex proves with: the first NSEC3PARAM record that we can use.
[[nodiscard]] std::optional<Nsec3Params> nsec3_params(const NodeView& apex);
/// Whether the node has an NSEC3 record made with `params`.
[[nodiscard]] bool has_nsec3(const NodeView& node, const Nsec3Params& params);
/// Whether it has nothing but NSEC3 records and their signatures: then its name does not exist (RFC 5155
/// §7.2.8).
[[nodiscard]] bool has_only_nsec3(const NodeView& node);

using Nsec3Hash = std::array<std::byte, nsec3_hash_octets>;
/// The owner name's first label for a hash.
[[nodiscard]] std::array<std::byte, nsec3_label_octets> nsec3_label(const Nsec3Hash& hash);
/// The hash that a label stands for; nothing for any other label.
[[nodiscard]] std::optional<Nsec3Hash> nsec3_hash_of(Octets label);

/// Resource type: what it needs it has from the start, so that hashing allocates nothing.
class Nsec3Hasher {
public:
    Nsec3Hasher() : digest_(HashAlgorithm::Sha1) {}
    /// Of the name in lower case (RFC 5155 §5).
    [[nodiscard]] Nsec3Hash hash(const Nsec3Params& params, NameView name);

private:
    Digest digest_;
};

}  // namespace lockstep
