#include "zone/key.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::byte label_end{0};
constexpr std::byte escape{1};

}  // namespace

NameKey::NameKey(NameView name, std::size_t apex_octets) {
    const Octets wire = name.octets();
    std::array<std::uint8_t, max_name_octets / 2> starts;
    std::size_t labels = 0;
    for (std::size_t at = 0; at + apex_octets < wire.size();
         at += 1 + std::to_integer<std::size_t>(wire[at])) {
        starts[labels++] = static_cast<std::uint8_t>(at);
    }
    std::byte* out = octets_.data();
    while (labels > 0) {
        const std::byte* at = wire.data() + starts[--labels];
        for (auto left = std::to_integer<unsigned>(*at++); left > 0; --left) {
            const std::byte octet = fold_octet(*at++);
            if (octet > escape) [[likely]] {
                *out++ = octet;
            } else {
                *out++ = escape;
                *out++ = octet == label_end ? std::byte{1} : std::byte{2};
            }
        }
        *out++ = label_end;
    }
    size_ = static_cast<std::size_t>(out - octets_.data());
}

std::size_t write_name(Octets key, std::size_t apex_octets, std::span<std::byte, max_name_octets> out) {
    std::size_t start = out.size() - apex_octets;
    for (std::size_t at = 0; at < key.size();) {
        std::array<std::byte, max_label_octets> label;
        std::size_t octets = 0;
        while (key[at] != label_end) {
            if (key[at] == escape) {
                label[octets++] = key[at + 1] == std::byte{1} ? std::byte{0} : std::byte{1};
                at += 2;
            } else {
                label[octets++] = key[at++];
            }
        }
        ++at;
        start -= octets + 1;
        out[start] = static_cast<std::byte>(octets);
        std::memcpy(out.data() + start + 1, label.data(), octets);
    }
    return out.size() - start;
}

std::size_t name_octets(Octets key, std::size_t apex_octets) {
    // A label's end takes the place of its length; of an escape and its octet one remains.
    std::size_t octets = apex_octets + key.size();
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] == escape) {
            --octets;
            ++at;
        }
    }
    return octets;
}

bool is_sound_key(Octets key, std::size_t apex_octets) {
    std::size_t label_octets = 0;
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] == label_end) {
            if (label_octets == 0 || label_octets > max_label_octets) return false;
            label_octets = 0;
            continue;
        }
        if (fold_octet(key[at]) != key[at]) return false;
        if (key[at] == escape && (++at == key.size() || (key[at] != std::byte{1} && key[at] != std::byte{2})))
            return false;
        ++label_octets;
    }
    return label_octets == 0 && name_octets(key, apex_octets) <= max_name_octets;
}

std::size_t common_prefix(Octets a, Octets b) {
    const std::size_t both = std::min(a.size(), b.size());
    std::size_t at = 0;
    while (at < both && a[at] == b[at])
        ++at;
    return at;
}

std::size_t whole_labels(Octets key, std::size_t octets) {
    return static_cast<std::size_t>(
        std::count(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(octets), label_end));
}

}  // namespace lockstep
