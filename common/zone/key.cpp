#include "zone/key.hpp"

#include "wire/name_hash.hpp"

#include <algorithm>
#include <bit>

namespace lockstep {
namespace {

constexpr std::byte label_end{0};
constexpr std::byte escape{1};

/// Zero where no octet of `word` is below 2; else the top bit of the lowest that is, and perhaps of some
/// above.
constexpr std::uint64_t below_two(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    return (word - 2 * ones) & ~word & (0x80 * ones);
}

/// Writes the `size` octets of a label from `from` to `to` in lower case. Whether one of them wants an
/// escape: then they must be written anew with it.
bool fold_label(const std::byte* from, std::size_t size, std::byte* to) {
    std::uint64_t small = 0;
    const auto fold = [&small](std::uint64_t word) {
        const std::uint64_t folded = fold_word(word);
        small |= below_two(folded);
        return folded;
    };
    if (size >= 8) {
        for (std::size_t at = 0; at < size - 8; at += 8)
            store_native(to + at, fold(load_native<std::uint64_t>(from + at)));
        store_native(to + size - 8, fold(load_native<std::uint64_t>(from + size - 8)));
    } else if (size >= 4) {
        const std::uint64_t last = load_native<std::uint32_t>(from + size - 4);
        const std::uint64_t word = fold(last << 32 | load_native<std::uint32_t>(from));
        store_native(to, static_cast<std::uint32_t>(word));
        store_native(to + size - 4, static_cast<std::uint32_t>(word >> 32));
    } else {
        for (std::size_t at = 0; at < size; ++at) {
            to[at] = fold_octet(from[at]);
            small |= to[at] <= escape ? 1U : 0U;
        }
    }
    return small != 0;
}

/// Octets of `key` from `at` on that are neither a label's end nor an escape.
std::size_t plain_octets(Octets key, std::size_t at) {
    const std::size_t start = at;
    for (; key.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
        const std::uint64_t below = below_two(load_native<std::uint64_t>(key.data() + at));
        if (below != 0 && std::endian::native == std::endian::little)
            return at - start + static_cast<std::size_t>(std::countr_zero(below)) / 8;
        if (below != 0) break;
    }
    while (key[at] > escape)
        ++at;
    return at - start;
}

}  // namespace

NameKey::NameKey(const LabelledName& name, std::size_t apex_octets) {
    const Octets wire = name.name().octets();
    std::size_t labels = 0;
    while (name.start(labels) + apex_octets < wire.size())
        ++labels;
    std::byte* out = octets_.data();
    while (labels > 0) {
        const std::byte* at = wire.data() + name.start(--labels);
        const auto size = std::to_integer<std::size_t>(*at++);
        if (!fold_label(at, size, out)) [[likely]] {
            out += size;
            *out++ = label_end;
            continue;
        }
        for (std::size_t left = size; left > 0; --left) {
            const std::byte octet = fold_octet(*at++);
            if (octet > escape) {
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
    for (std::size_t at = 0; at < key.size(); ++at) {
        std::array<std::byte, max_label_octets> unescaped;
        const std::byte* label = key.data() + at;
        std::size_t octets = plain_octets(key, at);
        at += octets;
        if (key[at] == escape) {
            std::memcpy(unescaped.data(), label, octets);
            label = unescaped.data();
            for (; key[at] != label_end; ++at) {
                if (key[at] != escape) {
                    unescaped[octets++] = key[at];
                } else {
                    unescaped[octets++] = key[++at] == std::byte{1} ? std::byte{0} : std::byte{1};
                }
            }
        }
        start -= octets + 1;
        out[start] = static_cast<std::byte>(octets);
        std::memcpy(out.data() + start + 1, label, octets);
    }
    return out.size() - start;
}

Name name_of(Octets key, NameView apex) {
    std::array<std::byte, max_name_octets> name;
    std::ranges::copy(apex.octets(), name.end() - static_cast<std::ptrdiff_t>(apex.size()));
    return Name(NameView::trusted(Octets(name).last(write_name(key, apex.size(), name))));
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

bool has_asterisk_label(Octets key) {
    constexpr std::byte asterisk{'*'};
    for (auto at = std::ranges::find(key, asterisk); at != key.end();
         at = std::find(at + 1, key.end(), asterisk)) {
        if ((at == key.begin() || at[-1] == label_end) && at[1] == label_end) return true;
    }
    return false;
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
    while (at + 8 <= both &&
           load_native<std::uint64_t>(a.data() + at) == load_native<std::uint64_t>(b.data() + at))
        at += 8;
    while (at < both && a[at] == b[at])
        ++at;
    return at;
}

std::size_t whole_labels(Octets key, std::size_t octets) {
    return static_cast<std::size_t>(
        std::count(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(octets), label_end));
}

}  // namespace lockstep
