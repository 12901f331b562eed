#pragma once
// Builds a tree from entries that come in key order: full pages from the bottom up, nothing touched twice.

#include "base/bytes.hpp"
#include "zone/key.hpp"
#include "zone/page.hpp"
#include "zone/page_regions.hpp"
#include "zone/tree.hpp"

#include <vector>

namespace lockstep {

/// Resource type, used up by finish().
class TreeWriter {
public:
    /// The first `on_heap` octets of pages stand on the heap, the rest in regions.
    explicit TreeWriter(std::size_t on_heap = 2 * large_page_octets);
    TreeWriter(const TreeWriter&) = delete;
    TreeWriter& operator=(const TreeWriter&) = delete;
    ~TreeWriter();

    /// `key` must be above all keys before.
    void append(Octets key, Octets value);
    [[nodiscard]] ZoneTree finish() &&;

private:
    struct Pending {
        std::size_t key_end;    // in keys_
        std::size_t value_end;  // in values_
        LargeValue* large;
    };
    struct Built {
        std::size_t key_end;  // of its separator, in separators_
        TreePage* page;
    };
    [[nodiscard]] Octets pending_key(std::size_t at) const;
    /// What a leaf of all that is pending and of `with_key` would take; `prefix` is what its keys share.
    [[nodiscard]] std::size_t pending_octets(Octets with_key, std::size_t prefix,
                                             std::size_t with_value) const;
    void write_leaf();

    PageRegions regions_;
    std::vector<Pending> pending_;
    OctetString keys_;
    OctetString values_;
    std::size_t suffix_octets_ = 0;  // of pending keys behind prefix and head
    std::size_t prefix_octets_ = 0;
    std::vector<LeafEntry> entries_;
    NameKey last_key_;  // of the leaf written last
    std::vector<Built> leaves_;
    OctetString separators_;
};

}  // namespace lockstep
