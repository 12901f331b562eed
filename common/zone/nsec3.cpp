#include "zone/nsec3.hpp"

#include <algorithm>
#include <string_view>

namespace lockstep {
namespace {

constexpr std::uint8_t sha1 = 1;
constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
constexpr std::size_t octets_a_group = 5;
constexpr std::size_t digits_a_group = 8;

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
    for (std::size_t group = 0; group < hash.size() / octets_a_group; ++group) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < octets_a_group; ++i)
            bits = bits << 8 | std::to_integer<std::uint64_t>(hash[group * octets_a_group + i]);
        for (std::size_t i = digits_a_group; i-- > 0; bits >>= 5)
            label[group * digits_a_group + i] = static_cast<std::byte>(digits[bits & 31]);
    }
    return label;
}

std::optional<Nsec3Hash> nsec3_hash_of(Octets label) {
    if (label.size() != nsec3_label_octets) return std::nullopt;
    Nsec3Hash hash;
    for (std::size_t group = 0; group < hash.size() / octets_a_group; ++group) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < digits_a_group; ++i) {
            const auto octet = fold_octet(label[group * digits_a_group + i]);
            const auto digit = digits.find(static_cast<char>(octet));
            if (digit == std::string_view::npos) return std::nullopt;
            bits = bits << 5 | digit;
        }
        for (std::size_t i = octets_a_group; i-- > 0; bits >>= 8)
            hash[group * octets_a_group + i] = static_cast<std::byte>(bits & 0xff);
    }
    return hash;
}

Nsec3Hash Nsec3Hasher::hash(const Nsec3Params& params, NameView name) {
    digest_.update(name.octets());
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
