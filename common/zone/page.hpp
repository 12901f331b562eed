#pragma once
// One page of a ZoneTree: sorted keys, prefix-compressed, with their values (a leaf) or the pages between
// them (an inner page).
//
// Threads: immutable once more than one holds it; the count of holders is atomic. Limits: 32,767 octets a
// page by its offsets, kept far below by leaf_octets. Form in memory, after the fixed part: the common
// prefix, padded; the first eight octets of each key behind it as one native integer, so that a search reads
// one short dense array; offsets of the entries and of their end, padded; children (inner pages: one more
// than keys); the entries. An entry: 16-bit length of the key behind the prefix, its octets behind the first
// eight, the value. A large value stands elsewhere: its entry is the pointer.

#include "base/bytes.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lockstep {

/// What a page may take before it is split, in octets. Larger ones save separators, smaller ones save
/// copying, for lookups it is all the same: figures in common/README.md.
constexpr std::size_t leaf_octets = 2048;
constexpr std::size_t inner_octets = 2048;
/// Values above this stand in blocks of their own.
constexpr std::size_t inline_value_octets = 512;

/// A value too large for a page. Shared by all versions of the page that it belongs to.
class LargeValue {
public:
    [[nodiscard]] static LargeValue* make(Octets octets);
    [[nodiscard]] Octets octets() const { return {reinterpret_cast<const std::byte*>(this + 1), octets_}; }
    void hold() { references_.fetch_add(1, std::memory_order_relaxed); }
    void release();

private:
    std::atomic<std::uint32_t> references_{1};
    std::uint32_t octets_ = 0;
};

/// A key with its value, on the way into a leaf. A view; a large value's pointer is held by whoever made the
/// entry.
struct LeafEntry {
    Octets key;
    Octets value;
    LargeValue* large = nullptr;  // instead of value
};

class PageRegions;
class TreePage;

/// A page with the key that separates it from its left neighbour: at most its first key, above all keys of
/// the neighbour. The first of its parent has no use for one.
struct InnerEntry {
    Octets key;
    TreePage* child = nullptr;
};

class TreePage {
public:
    /// The first octets of a key behind the page's prefix.
    using Head = std::uint64_t;
    static constexpr std::size_t head_octets = sizeof(Head);
    /// What a key takes in a page beside its tail: its head, its offset, its length.
    static constexpr std::size_t octets_a_key = head_octets + 2 + 2;
    /// How many of the `suffix` octets behind the prefix stand behind the head.
    [[nodiscard]] static constexpr std::size_t tail_octets(std::size_t suffix) {
        return suffix > head_octets ? suffix - head_octets : 0;
    }

    TreePage(const TreePage&) = delete;
    TreePage& operator=(const TreePage&) = delete;

    /// Holds the large values a second time. `entries` must not be empty and must fit. It stands on the heap
    /// where there are no `regions`.
    [[nodiscard]] static TreePage* make_leaf(std::span<const LeafEntry> entries,
                                             PageRegions* regions = nullptr);
    /// Holds the children a second time. `level` is 1 above leaves.
    [[nodiscard]] static TreePage* make_inner(std::span<const InnerEntry> entries, std::uint8_t level,
                                              PageRegions* regions = nullptr);
    /// The same again, with its children and large values held once more.
    [[nodiscard]] TreePage* clone() const;
    /// What a page of these would take.
    [[nodiscard]] static std::size_t octets_for(std::span<const LeafEntry> entries);
    [[nodiscard]] static std::size_t octets_for(std::span<const InnerEntry> entries);

    void hold() const { references_.fetch_add(1, std::memory_order_relaxed); }
    /// Frees it, and what only it held, with the last reference. Depth: the tree's height.
    void release() const;
    /// Nobody else holds it: the caller may edit, if the same holds for all pages above.
    [[nodiscard]] bool is_exclusive() const { return references_.load(std::memory_order_acquire) == 1; }

    [[nodiscard]] bool is_leaf() const { return level_ == 0; }
    [[nodiscard]] std::uint8_t level() const { return level_; }
    [[nodiscard]] std::size_t octets() const { return octets_; }
    [[nodiscard]] std::size_t key_count() const { return key_count_; }
    /// Children of an inner page.
    [[nodiscard]] std::size_t child_count() const { return key_count_ + 1U; }
    [[nodiscard]] TreePage* child(std::size_t slot) const { return children()[slot]; }
    /// Asks for the cache lines that a search will read, all at once.
    void prefetch() const {
        for (std::size_t at = 0; at < prefetched_octets; at += 64)
            __builtin_prefetch(base() + at);
    }
    /// Puts another child in the place of one, whose reference passes to the caller as that of `with` passes
    /// to the page.
    TreePage* replace_child(std::size_t slot, TreePage* with);

    /// How many keys are at most `key`; `exact` where the last of them equals it.
    [[nodiscard]] std::size_t upper_bound(Octets key, bool& exact) const;

    [[nodiscard]] Octets prefix() const { return {base() + sizeof(TreePage), prefix_octets_}; }
    [[nodiscard]] std::size_t key_octets(std::size_t slot) const {
        return prefix_octets_ + suffix_octets(slot);
    }
    /// Writes the key at `slot` to `out`, which has room for key_octets(slot).
    void copy_key(std::size_t slot, std::byte* out) const;
    /// The value at `slot` of a leaf.
    [[nodiscard]] Octets value(std::size_t slot) const {
        const Octets entry = entry_value(slot);
        return is_large(slot) ? load_large(entry)->octets() : entry;
    }
    [[nodiscard]] LargeValue* large(std::size_t slot) const {
        return is_large(slot) ? load_large(entry_value(slot)) : nullptr;
    }

private:
    static constexpr std::size_t prefetched_octets = 256;  // prefix, heads and offsets of a usual leaf
    static constexpr std::uint16_t large_flag = 0x8000;

    TreePage() = default;
    template <class Entry>
    [[nodiscard]] static std::size_t page_size(std::span<const Entry> keys, std::size_t children);
    template <class Entry>
    static TreePage* make(std::span<const Entry> keys, std::size_t children, std::uint8_t level,
                          PageRegions* regions);
    static TreePage* allocate(std::size_t octets, PageRegions* regions);

    // Offsets from the page's start. What a search reads first stands first, on as few cache lines as can be.
    [[nodiscard]] static constexpr std::size_t padded(std::size_t octets, std::size_t to) {
        return (octets + to - 1) / to * to;
    }
    [[nodiscard]] static constexpr std::size_t heads_after(std::size_t prefix_octets) {
        return sizeof(TreePage) + padded(prefix_octets, head_octets);
    }
    [[nodiscard]] std::size_t heads_at() const { return heads_after(prefix_octets_); }
    [[nodiscard]] std::size_t offsets_at() const { return heads_at() + head_octets * key_count_; }
    [[nodiscard]] std::size_t children_at() const {
        return padded(offsets_at() + 2U * (key_count_ + 1U), sizeof(TreePage*));
    }
    [[nodiscard]] std::size_t entries_at() const {
        return level_ == 0 ? offsets_at() + 2U * (key_count_ + 1U)
                           : children_at() + sizeof(TreePage*) * child_count();
    }

    [[nodiscard]] const std::byte* base() const { return reinterpret_cast<const std::byte*>(this); }
    [[nodiscard]] std::byte* base() { return reinterpret_cast<std::byte*>(this); }
    [[nodiscard]] TreePage* const* children() const {
        return reinterpret_cast<TreePage* const*>(base() + children_at());
    }
    [[nodiscard]] TreePage** children() { return reinterpret_cast<TreePage**>(base() + children_at()); }
    [[nodiscard]] const Head* heads() const { return reinterpret_cast<const Head*>(base() + heads_at()); }
    [[nodiscard]] const std::uint16_t* offsets() const {
        return reinterpret_cast<const std::uint16_t*>(base() + offsets_at());
    }
    [[nodiscard]] const std::byte* entry(std::size_t slot) const {
        return base() + (offsets()[slot] & ~std::uint32_t{large_flag});
    }
    [[nodiscard]] bool is_large(std::size_t slot) const { return (offsets()[slot] & large_flag) != 0; }
    [[nodiscard]] std::size_t suffix_octets(std::size_t slot) const {
        std::uint16_t octets;
        std::memcpy(&octets, entry(slot), sizeof octets);
        return octets;
    }
    /// The key's octets behind prefix and head.
    [[nodiscard]] Octets tail(std::size_t slot) const {
        return {entry(slot) + 2, tail_octets(suffix_octets(slot))};
    }
    [[nodiscard]] Octets entry_value(std::size_t slot) const {
        const std::byte* from = tail(slot).data() + tail(slot).size();
        return {from, static_cast<std::size_t>(entry(slot + 1) - from)};
    }
    [[nodiscard]] static LargeValue* load_large(Octets entry) {
        LargeValue* large;
        std::memcpy(&large, entry.data(), sizeof large);
        return large;
    }
    void hold_content() const;

    mutable std::atomic<std::uint32_t> references_{1};
    std::uint16_t key_count_ = 0;
    std::uint16_t prefix_octets_ = 0;
    std::uint32_t octets_ = 0;
    std::uint8_t level_ = 0;
    bool has_large_ = false;
    bool in_region_ = false;
};
static_assert(sizeof(TreePage) == 16);

}  // namespace lockstep
