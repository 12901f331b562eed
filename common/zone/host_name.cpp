#include "zone/host_name.hpp"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

bool is_digit(std::byte octet) {
    return octet >= std::byte{'0'} && octet <= std::byte{'9'};
}
constexpr std::array<bool, 256> make_host_octets(bool hyphen) {
    std::array<bool, 256> octets{};
    for (unsigned c = 0; c < 256; ++c) {
        const bool letter = (c | 0x20U) >= 'a' && (c | 0x20U) <= 'z';
        octets[c] = letter || (c >= '0' && c <= '9') || (hyphen && c == '-');
    }
    return octets;
}
constexpr auto alphanumeric = make_host_octets(false);
constexpr auto in_host_label = make_host_octets(true);

}  // namespace

bool is_host_name(NameView name) {
    const auto is_in = [](const std::array<bool, 256>& octets, std::byte octet) {
        return octets[std::to_integer<std::size_t>(octet)];
    };
    for (const std::byte* at = name.octets().data(); *at != std::byte{0};) {
        const auto octets = std::to_integer<std::size_t>(*at);
        bool all = is_in(alphanumeric, at[1]) && is_in(alphanumeric, at[octets]);
        for (std::size_t i = 2; i < octets; ++i)
            all &= is_in(in_host_label, at[i]);
        if (!all) return false;
        at += 1 + octets;
    }
    return true;
}

bool reads_as_ipv4(NameView name, NameView apex) {
    if (name.is_root() || !is_digit(name.first_label().front())) return false;
    const std::size_t behind = name.is_within(apex) ? apex.label_count() : 0;
    if (name.label_count() != behind + 4) return false;
    for (std::size_t labels = 0; labels < 4; ++labels, name = name.parent()) {
        const auto label = name.first_label();
        if (label.size() > 3 || !std::ranges::all_of(label, is_digit)) return false;
    }
    return true;
}

}  // namespace lockstep
