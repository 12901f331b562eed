#include "zone/host_name.hpp"

#include <algorithm>

namespace lockstep {
namespace {

bool is_digit(std::byte octet) {
    return octet >= std::byte{'0'} && octet <= std::byte{'9'};
}
bool is_alphanumeric(std::byte octet) {
    const auto lower = octet | std::byte{0x20};
    return is_digit(octet) || (lower >= std::byte{'a'} && lower <= std::byte{'z'});
}

bool is_host_label(Octets label) {
    return is_alphanumeric(label.front()) && is_alphanumeric(label.back()) &&
           std::ranges::all_of(label, [](std::byte o) { return is_alphanumeric(o) || o == std::byte{'-'}; });
}

}  // namespace

bool is_host_name(NameView name) {
    for (; !name.is_root(); name = name.parent()) {
        if (!is_host_label(name.first_label())) return false;
    }
    return true;
}

bool reads_as_ipv4(NameView name, NameView apex) {
    const std::size_t behind = name.is_within(apex) ? apex.label_count() : 0;
    if (name.label_count() != behind + 4) return false;
    for (std::size_t labels = 0; labels < 4; ++labels, name = name.parent()) {
        const auto label = name.first_label();
        if (label.size() > 3 || !std::ranges::all_of(label, is_digit)) return false;
    }
    return true;
}

}  // namespace lockstep
