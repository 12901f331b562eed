#include "zone/nsec3.hpp"

#include "crypto/encoding.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::uint8_t sha1 = 1;

}  // namespace

std::optional<Nsec3Params> Nsec3Params::read(Octets rdata) {
    ByteCursor cursor(rdata);
    const auto algorithm = cursor.read<std::uint8_t>();
    const auto flags = cursor.read<std::uint8_t>();
    const auto iterations = cursor.read<std::uint16_t>();
    const auto salt_octets = cursor.read<std::uint8_t>();
    const auto salt = cursor.take(salt_octets.value_or(0));
    if (!algorithm || !flags || !iterations || !salt_octets || !salt) return std::nullopt;
    return Nsec3Params{*algorithm, *flags, *iterations, *salt};
}

bool Nsec3Params::hashes_as(const Nsec3Params& other) const {
    return algorithm == other.algorithm && iterations == other.iterations && equal_octets(salt, other.salt);
}

std::optional<Nsec3Params> nsec3_params(const NodeView& apex) {
    const auto rrset = apex.find(RrType::NSEC3PARAM);
    if (!rrset) return std::nullopt;
    for (const Octets rdata : *rrset) {
        const auto params = Nsec3Params::read(rdata);
        // Flags say that the chain is not to be used (RFC 5155 §4.1.2).
        if (params && params->algorithm == sha1 && params->flags == 0 &&
            params->iterations <= max_nsec3_iterations) {
            return params;
        }
    }
    return std::nullopt;
}

bool has_nsec3(const NodeView& node, const Nsec3Params& params) {
    const auto rrset = node.find(RrType::NSEC3);
    return rrset && std::any_of(rrset->begin(), rrset->end(), [&](Octets rdata) {
               const auto made_with = Nsec3Params::read(rdata);
               return made_with && made_with->hashes_as(params);
           });
}

bool has_only_nsec3(const NodeView& node) {
    return std::all_of(node.begin(), node.end(), [](const RrsetView& rrset) {
        return rrset.type() == RrType::NSEC3 ||
               (rrset.type() == RrType::RRSIG && rrset.covered() == RrType::NSEC3);
    });
}

std::array<std::byte, nsec3_label_octets> nsec3_label(const Nsec3Hash& hash) {
    std::array<std::byte, nsec3_label_octets> label;
    write_base32hex(hash, label);
    return label;
}

std::optional<Nsec3Hash> nsec3_hash_of(Octets label) {
    if (label.size() != nsec3_label_octets) return std::nullopt;
    const auto octets = from_base32hex(as_text(label));
    if (!octets) return std::nullopt;
    Nsec3Hash hash;
    std::copy(octets->begin(), octets->end(), hash.begin());
    return hash;
}

Nsec3Hash Nsec3Hasher::hash(const Nsec3Params& params, NameView name) {
    digest_.update(Name(name).folded().octets());
    digest_.update(params.salt);
    DigestValue value = digest_.finish();
    for (unsigned i = 0; i < params.iterations; ++i) {
        digest_.update(value.octets());
        digest_.update(params.salt);
        value = digest_.finish();
    }
    Nsec3Hash hash;
    std::copy_n(value.octets().begin(), hash.size(), hash.begin());
    return hash;
}

}  // namespace lockstep
