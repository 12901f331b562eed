#include "zone/page.hpp"

#include "zone/key.hpp"
#include "zone/page_regions.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <new>
#include <type_traits>
#include <utility>

namespace lockstep {
namespace {

/// The first octets as an integer that orders like them, zeros where there are fewer.
TreePage::Head head_of(Octets suffix) {
    constexpr std::size_t octets = sizeof(TreePage::Head);
    if (suffix.size() >= octets) return load_big_endian<TreePage::Head>(suffix.data());
    // Parts that overlap where they have to.
    const auto part = [&]<std::unsigned_integral U>(U, std::size_t at) {
        return TreePage::Head{load_big_endian<U>(suffix.data() + at)} << 8 * (octets - sizeof(U) - at);
    };
    const std::size_t size = suffix.size();
    if (size >= 4) return part(std::uint32_t{}, 0) | part(std::uint32_t{}, size - 4);
    if (size == 0) return 0;
    return part(std::uint8_t{}, 0) | part(std::uint8_t{}, size / 2) | part(std::uint8_t{}, size - 1);
}

/// How many of `count` ascending heads are below `head`. The next place is computed, not jumped to: which
/// half it is in is anybody's guess, and each jump that the processor guesses wrongly costs as much as the
/// search.
std::size_t count_below(const TreePage::Head* first, std::size_t count, TreePage::Head head) {
    const TreePage::Head* from = first;
    while (count > 1) {
        const std::size_t half = count / 2;
        from += half & (from[half - 1] < head ? ~std::size_t{0} : 0);
        count -= half;
    }
    return static_cast<std::size_t>(from - first) + (count == 1 && *from < head ? 1 : 0);
}

std::size_t value_octets(const LeafEntry& entry) {
    return entry.large != nullptr ? sizeof entry.large : entry.value.size();
}
std::size_t value_octets(const InnerEntry&) {
    return 0;
}

template <class Entry>
std::size_t shared_prefix(std::span<const Entry> keys) {
    return keys.empty() ? 0 : common_prefix(keys.front().key, keys.back().key);
}

}  // namespace

LargeValue* LargeValue::make(Octets octets) {
    void* block = ::operator new(sizeof(LargeValue) + octets.size());
    auto* value = new (block) LargeValue;
    value->octets_ = static_cast<std::uint32_t>(octets.size());
    std::memcpy(static_cast<std::byte*>(block) + sizeof(LargeValue), octets.data(), octets.size());
    return value;
}

void LargeValue::release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    this->~LargeValue();
    ::operator delete(this);
}

TreePage* TreePage::allocate(std::size_t octets, PageRegions* regions) {
    void* const place = regions != nullptr ? regions->allocate(octets) : nullptr;
    auto* page = new (place != nullptr ? place : ::operator new(octets)) TreePage;
    page->in_region_ = place != nullptr;
    page->octets_ = static_cast<std::uint32_t>(octets);
    return page;
}

template <class Entry>
std::size_t TreePage::page_size(std::span<const Entry> keys, std::size_t children) {
    const std::size_t prefix = shared_prefix(keys);
    std::size_t octets = heads_after(prefix) + keys.size() * (head_octets + 2) + 2;
    if (children != 0) octets = padded(octets, sizeof(TreePage*)) + children * sizeof(TreePage*);
    for (const Entry& entry : keys) {
        octets += 2 + tail_octets(entry.key.size() - prefix) + value_octets(entry);
    }
    return octets;
}

std::size_t TreePage::octets_for(std::span<const LeafEntry> entries) {
    return page_size(entries, 0);
}
std::size_t TreePage::octets_for(std::span<const InnerEntry> entries) {
    return page_size(entries.subspan(1), entries.size());
}

template <class Entry>
TreePage* TreePage::make(std::span<const Entry> keys, std::size_t children, std::uint8_t level,
                         PageRegions* regions) {
    const std::size_t prefix = shared_prefix(keys);
    TreePage* page = allocate(page_size(keys, children), regions);
    page->key_count_ = static_cast<std::uint16_t>(keys.size());
    page->prefix_octets_ = static_cast<std::uint16_t>(prefix);
    page->level_ = level;
    if (prefix != 0) std::memcpy(page->base() + sizeof(TreePage), keys.front().key.data(), prefix);

    auto* heads = const_cast<Head*>(page->heads());
    auto* offsets = const_cast<std::uint16_t*>(page->offsets());
    std::size_t at = page->entries_at();
    const auto append = [&](const void* octets, std::size_t count) {
        if (count != 0) std::memcpy(page->base() + at, octets, count);
        at += count;
    };
    for (std::size_t slot = 0; slot < keys.size(); ++slot) {
        const Octets suffix = keys[slot].key.subspan(prefix);
        heads[slot] = head_of(suffix);
        offsets[slot] = static_cast<std::uint16_t>(at);
        const auto suffix_octets = static_cast<std::uint16_t>(suffix.size());
        append(&suffix_octets, sizeof suffix_octets);
        if (suffix.size() > head_octets) append(suffix.data() + head_octets, suffix.size() - head_octets);
        if constexpr (std::is_same_v<Entry, LeafEntry>) {
            if (keys[slot].large != nullptr) {
                offsets[slot] |= large_flag;
                page->has_large_ = true;
                append(&keys[slot].large, sizeof keys[slot].large);
            } else {
                append(keys[slot].value.data(), keys[slot].value.size());
            }
        }
    }
    offsets[keys.size()] = static_cast<std::uint16_t>(at);
    assert(at == page->octets());
    return page;
}

TreePage* TreePage::make_leaf(std::span<const LeafEntry> entries, PageRegions* regions) {
    TreePage* page = make(entries, 0, 0, regions);
    page->hold_content();
    return page;
}

TreePage* TreePage::make_inner(std::span<const InnerEntry> entries, std::uint8_t level,
                               PageRegions* regions) {
    TreePage* page = make(entries.subspan(1), entries.size(), level, regions);
    for (std::size_t slot = 0; slot < entries.size(); ++slot)
        page->children()[slot] = entries[slot].child;
    page->hold_content();
    return page;
}

TreePage* TreePage::clone() const {
    TreePage* page = allocate(octets_, nullptr);
    page->key_count_ = key_count_;
    page->prefix_octets_ = prefix_octets_;
    page->level_ = level_;
    page->has_large_ = has_large_;
    std::memcpy(page->base() + sizeof(TreePage), base() + sizeof(TreePage), octets_ - sizeof(TreePage));
    page->hold_content();
    return page;
}

void TreePage::hold_content() const {
    if (!is_leaf()) {
        // The counts lie on as many cold cache lines: fetch them side by side before the locked additions
        // queue up.
        for (std::size_t slot = 0; slot < child_count(); ++slot)
            __builtin_prefetch(child(slot), 1);
        for (std::size_t slot = 0; slot < child_count(); ++slot)
            child(slot)->hold();
    } else if (has_large_) {
        for (std::size_t slot = 0; slot < key_count(); ++slot) {
            if (LargeValue* value = large(slot)) value->hold();
        }
    }
}

void TreePage::release() const {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (!is_leaf()) {
        for (std::size_t slot = 0; slot < child_count(); ++slot)
            __builtin_prefetch(child(slot), 1);
        for (std::size_t slot = 0; slot < child_count(); ++slot)
            child(slot)->release();
    } else if (has_large_) {
        for (std::size_t slot = 0; slot < key_count(); ++slot) {
            if (LargeValue* value = large(slot)) value->release();
        }
    }
    auto* const place = const_cast<TreePage*>(this);
    const bool in_region = in_region_;
    place->~TreePage();
    if (in_region) {
        PageRegions::release(place);
    } else {
        ::operator delete(place);
    }
}

TreePage* TreePage::replace_child(std::size_t slot, TreePage* with) {
    return std::exchange(children()[slot], with);
}

std::size_t TreePage::upper_bound(Octets key, bool& exact) const {
    exact = false;
    if (prefix_octets_ != 0) {
        const auto order =
            compare_keys(key.first(std::min<std::size_t>(prefix_octets_, key.size())), prefix());
        if (order < 0) return 0;
        if (order > 0) return key_count();
    }
    const Octets suffix = key.subspan(prefix_octets_);
    const Head head = head_of(suffix);
    const Head* first = heads();
    std::size_t low = count_below(first, key_count(), head);
    if (low == key_count() || first[low] != head) return low;
    std::size_t high = low + 1;
    while (high < key_count() && first[high] == head)
        ++high;

    const Octets rest = suffix.size() > head_octets ? suffix.subspan(head_octets) : Octets{};
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        auto order = compare_keys(rest, tail(middle));
        // Suffixes shorter than a head are told apart by their length alone.
        if (order == 0) order = suffix.size() <=> suffix_octets(middle);
        if (order == 0) {
            exact = true;
            return middle + 1;
        }
        if (order > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void TreePage::copy_key(std::size_t slot, std::byte* out) const {
    if (prefix_octets_ != 0) std::memcpy(out, prefix().data(), prefix_octets_);
    out += prefix_octets_;
    const std::size_t suffix = suffix_octets(slot);
    std::array<std::byte, head_octets> head;
    store_big_endian(head.data(), heads()[slot]);
    if (suffix != 0) std::memcpy(out, head.data(), std::min(suffix, head_octets));
    const Octets rest = tail(slot);
    if (!rest.empty()) std::memcpy(out + head_octets, rest.data(), rest.size());
}

}  // namespace lockstep
